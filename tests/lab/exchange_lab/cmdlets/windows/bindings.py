# SPDX-License-Identifier: GPL-3.0-or-later
"""Bindings of web sites, and the methods that give them certificates (iis-over-remoting 2, 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from psrpcore.types import PSInt64

from ...world.windows import Binding, Machine, WebSite, Win32Error
from ...world.windows.win32 import ALREADY_EXISTS, INVALID_DATA, NOT_FOUND
from ..errors import not_simulated
from .call import IIS, WEB_ADMINISTRATION, Call, Failure, cmdlet, of_windows
from .configuration_file import commits
from .elements import FRAMEWORK, Element
from .live import CannotCall
from .sites import site_xpath
from .ssl_bindings import attach


@dataclass(slots=True)
class LiveBinding(Element):
    """A binding; its certificate is looked up in http.sys when it is read (iis-over-remoting 0.C)."""

    machine: Machine
    site: WebSite
    binding: Binding
    types = (FRAMEWORK + "ConfigurationElement#bindings#binding", FRAMEWORK + "ConfigurationElement")
    tag = "binding"

    def notes(self) -> Mapping[str, Any]:
        binding, thumbprint = self.binding, self.machine.thumbprint_of(self.binding)
        entry = self.machine.http_sys.entries.get(binding.http_sys_key) if thumbprint else None
        return {
            "protocol": binding.protocol,
            "bindingInformation": binding.information,
            "sslFlags": PSInt64(binding.ssl_flags),
            "isDsMapperEnabled": False,
            "certificateHash": thumbprint or "",
            "certificateStoreName": entry.store if entry else "",
            "ItemXPath": site_xpath(self.site),
        }

    def __str__(self) -> str:
        return f"{self.binding.protocol} {self.binding.information} sslFlags={self.binding.ssl_flags}"

    def call(self, method: str, arguments: Sequence[Any]) -> Any:
        try:
            if method.lower() == "addsslcertificate":
                return self._attach(arguments, exists=False)
            if method.lower() == "rebindsslcertificate":
                return self._attach(arguments, exists=True)
            if method.lower() == "removesslcertificate":
                self._check(exists=True)
                return self.machine.http_sys.delete(*self.binding.http_sys_key)
        except Win32Error as problem:
            raise CannotCall(str(problem)) from None
        return Element.call(self, method, arguments)

    def _attach(self, arguments: Sequence[Any], *, exists: bool) -> None:
        """Every binding of that address and port changes with it."""
        thumbprint, store = (str(argument) for argument in arguments)
        self._check(exists=exists)
        attach(self.machine, self.binding.http_sys_key, thumbprint, store)

    def _check(self, *, exists: bool) -> None:
        if (self.binding.http_sys_key in self.machine.http_sys.entries) != exists:
            raise Win32Error(NOT_FOUND if exists else ALREADY_EXISTS)


def changed(machine: Machine, site: WebSite) -> None:
    """A started site whose bindings collide now is stopped by W3SVC (W4)."""
    if site.state == "Started":
        try:
            machine.start_site(site.name)
        except Win32Error:
            return


def add_binding(machine: Machine, site: WebSite, binding: Binding) -> None:
    """Raises Failure when the site has it already: protocol and information are its key."""
    if site.find(binding.protocol, binding.information):
        raise duplicate(binding)
    site.bindings.append(binding)
    changed(machine, site)


def duplicate(binding: Binding) -> Failure:
    """A second binding of the same key."""
    return Failure(
        "Filename: \nError: Cannot add duplicate collection entry of type 'binding' with combined key attributes "
        f"'protocol, bindingInformation' respectively set to '{binding.protocol}, {binding.information}'\n "
        f"(Exception from HRESULT: 0x{ALREADY_EXISTS:08X})",
        "System.Runtime.InteropServices.COMException",
        exception="System.Runtime.InteropServices.COMException",
        hresult=ALREADY_EXISTS - 2**32,
    )


FILTERS = ("Name", "Protocol", "Port", "IPAddress", "HostHeader")


@cmdlet("Get-WebBinding", IIS + "GetWebBindingCommand", *FILTERS, module=WEB_ADMINISTRATION)
def get_web_binding(call: Call) -> Iterator[LiveBinding]:
    """Only http and https bindings, as was recorded (switch web_binding_lists).

    Under web_binding_reads=by_protocol others break the reading, unless -Protocol leaves them out.
    """
    every = call.world.switches["web_binding_lists"] == "every"
    by_protocol = call.world.switches["web_binding_reads"] == "by_protocol"
    for site, binding in _matching(call):
        if by_protocol and not binding.over_http:
            raise of_windows(Win32Error(INVALID_DATA))
        if binding.over_http or every:
            yield LiveBinding(call.machine, site, binding)


@cmdlet("New-WebBinding", IIS + "NewWebBindingCommand", *FILTERS, "SslFlags", module=WEB_ADMINISTRATION, writes=True)
def new_web_binding(call: Call) -> None:
    """Writes ``*`` where no address is named."""
    site = _site(call)
    protocol = call.get("Protocol", "http")
    port = call.get("Port", 443 if protocol == "https" else 80)
    address, host = call.get("IPAddress") or "*", call.get("HostHeader") or ""
    if protocol not in ("http", "https"):
        raise not_simulated(f"New-WebBinding for {protocol}")
    if commits(call):
        add_binding(call.machine, site, Binding(protocol, f"{address}:{port}:{host}", call.get("SslFlags", 0)))


@cmdlet(
    "Set-WebBinding",
    IIS + "SetWebBindingCommand",
    *("Name", "BindingInformation", "PropertyName", "Value"),
    module=WEB_ADMINISTRATION,
    writes=True,
)
def set_web_binding(call: Call) -> None:
    """Port, IPAddress, HostHeader or sslFlags of one binding, found by its information; http.sys is not moved."""
    information, value = call.get("BindingInformation"), call.get("Value")
    if information is None:
        raise not_simulated("Set-WebBinding without -BindingInformation")
    site = _site(call)
    for binding in [b for b in site.bindings if b.over_http and b.information == information]:
        address, port, host = information.rsplit(":", 2)
        written = {
            "port": f"{address}:{value}:{host}",
            "ipaddress": f"{value}:{port}:{host}",
            "hostheader": f"{address}:{port}:{value}",
            "sslflags": information,
        }.get(call.get("PropertyName").lower())
        if written is None:
            raise not_simulated(f"-PropertyName {call.get('PropertyName')} of Set-WebBinding")
        if commits(call):
            write(call.machine, site, binding, written, binding.ssl_flags if written != information else int(value))


def write(machine: Machine, site: WebSite, binding: Binding, information: str, ssl_flags: int) -> None:
    """Change a binding in place. Raises Failure when the site has such a one already."""
    other = site.find(binding.protocol, information)
    if other not in (None, binding):
        raise duplicate(Binding(binding.protocol, information))
    binding.information, binding.ssl_flags = information, ssl_flags
    changed(machine, site)


@cmdlet(
    "Remove-WebBinding",
    IIS + "RemoveWebBindingCommand",
    *FILTERS,
    "BindingInformation",
    piped="InputObject",
    module=WEB_ADMINISTRATION,
    writes=True,
)
def remove_web_binding(call: Call) -> None:
    """Exact with -BindingInformation; -IPAddress * means every address. http.sys keeps its entry."""
    found = [(item.site, item.binding) for item in call.input if isinstance(item, LiveBinding)]
    for site, binding in found or _matching(call):
        if binding in site.bindings and commits(call):
            site.bindings.remove(binding)


def _matching(call: Call) -> list[tuple[WebSite, Binding]]:
    """The address is a pattern: that is how ``*`` finds, and removes, all of them (iis-over-remoting 2)."""
    return [
        (site, binding)
        for site in call.machine.sites.values()
        if not call.get("Name") or site.name.lower() == call.get("Name").lower()
        for binding in site.bindings
        if _fits(call, binding)
    ]


def _fits(call: Call, binding: Binding) -> bool:
    if call.get("Protocol") and call.get("Protocol").lower() != binding.protocol:
        return False
    if call.get("BindingInformation") and call.get("BindingInformation") != binding.information:
        return False
    wanted = (call.get("IPAddress"), call.get("Port"), call.get("HostHeader"))
    if not any(wanted):
        return True
    parts = binding.information.rsplit(":", 2) if binding.over_http else ["", "", ""]
    return all(not one or fnmatchcase(two.lower(), one.lower()) for one, two in zip(wanted, parts, strict=True))


def _site(call: Call) -> WebSite:
    name = call.get("Name", "")
    for site in call.machine.sites.values():
        if site.name.lower() == name.lower():
            return site
    text = f"Cannot find path 'IIS:\\Sites\\{name}' because it does not exist."
    raise Failure(text, "PathNotFound", "ObjectNotFound", "System.Management.Automation.ItemNotFoundException")
