# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites, bindings and application pools of IIS, by the module WebAdministration (iis-over-remoting 1, 2 and 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._remoting.command import Command
from .._remoting.record import Record
from .bindings import HTTP, HTTPS, Binding
from .http_sys import thumbprint
from .quoting import exact_name, provider_path, xpath_text

FRONT_END_SITE, BACK_END_SITE = "Default Web Site", "Exchange Back End"
STARTED, STOPPED = "Started", "Stopped"
CONFIGURATION = "MACHINE/WEBROOT/APPHOST"
"""applicationHost.config, where bindings and Exchange's own settings are."""
REDIRECTION = "MACHINE/REDIRECTION"
"""redirection.config, which says where that file is."""

EVERY, BY_PROTOCOL = "all", "by_protocol"
BINDINGS_SOURCES = (EVERY, BY_PROTOCOL)

_SITE_OF_XPATH = re.compile(r"/site\[@name=(?:'([^']*)'|\"([^\"]*)\")")


@dataclass(frozen=True)
class Site:
    """A web site. ``state`` is Started or Stopped, and something else only while IIS itself does not run."""

    name: str
    id: int
    state: str
    physical_path: str
    application_pool: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return dict(vars(self))


def read_sites() -> Command:
    """All sites: old versions of the cmdlet return them all, whatever -Name says."""
    return Command("Get-Website").then(
        "Select-Object", Property=["name", "id", "state", "physicalPath", "applicationPool"]
    )


def read_bindings(source: str = EVERY) -> Sequence[Command]:
    """All bindings of all sites, with what IIS finds in http.sys for them.

    Those of net.tcp and the like may break the reading of all; by protocol they are not asked for (law W14).
    """
    filters: Sequence[Mapping[str, Any]] = [{"Protocol": HTTPS}, {"Protocol": HTTP}] if source == BY_PROTOCOL else [{}]
    wanted = [
        "protocol",
        "bindingInformation",
        "sslFlags",
        "certificateHash",
        "certificateStoreName",
        "ItemXPath",
    ]
    return [Command("Get-WebBinding", one).then("Select-Object", Property=wanted) for one in filters]


def read_pools() -> Command:
    """All application pools."""
    return Command("Get-ChildItem", {"Path": provider_path("IIS", "AppPools")}).then(
        "Select-Object", Property=["name", "state"]
    )


def read_redirection() -> Command:
    """Whether the configuration is somewhere else (iis-over-remoting 1, 6)."""
    return Command(
        "Get-WebConfigurationProperty",
        {"PSPath": REDIRECTION, "Filter": "/configurationRedirection", "Name": "enabled"},
    ).then("Select-Object", Property=["Value"])


def sites(records: Sequence[Record]) -> list[Site]:
    """In the order of their numbers."""
    found = [
        Site(
            name=str(record["name"]),
            id=int(record["id"]),
            state=str(record.get("state") or "Unknown"),
            physical_path=str(record.get("physicalPath") or ""),
            application_pool=str(record.get("applicationPool") or ""),
        )
        for record in records
    ]
    return sorted(found, key=lambda site: site.id)


def bindings(records: Sequence[Record]) -> list[Binding]:
    """Those over HTTP. Of net.tcp, net.pipe and msmq nothing is read, as nothing of them is ever written."""
    return list(_bindings(records))


def _bindings(records: Sequence[Record]) -> Iterator[Binding]:
    for record in records:
        protocol = str(record["protocol"])
        site = _SITE_OF_XPATH.search(str(record.get("ItemXPath") or ""))
        if protocol not in (HTTP, HTTPS) or site is None:
            continue
        try:
            yield Binding.of(
                site[1] if site[1] is not None else site[2],
                protocol,
                str(record["bindingInformation"]),
                ssl_flags=int(record.get("sslFlags") or 0),
                thumbprint=thumbprint(record.get("certificateHash")),
                store=str(record.get("certificateStoreName") or ""),
            )
        except ValueError:
            continue


def pools(records: Sequence[Record]) -> Mapping[str, str]:
    """The state of each pool by its name."""
    return {str(record["name"]): str(record.get("state") or "Unknown") for record in records}


def shares_configuration(records: Sequence[Record]) -> bool | None:
    """Whether other servers may share the configuration; None where that was not told."""
    told = [str(record.get("Value")).lower() for record in records]
    return told == ["true"] if told in (["true"], ["false"]) else None


# Writing


def add_binding(binding: Binding) -> Command:
    """Written as it is given; New-WebBinding would write ``*`` for no address."""
    value: dict[str, Any] = {"protocol": binding.protocol, "bindingInformation": binding.information}
    if binding.protocol == HTTPS:
        value["sslFlags"] = binding.ssl_flags
    return _configuration(
        "Add-WebConfigurationProperty", f"{_site_xpath(binding.site)}/bindings", Name=".", Value=value
    )


def set_binding(binding: Binding, name: str, value: Any) -> Command:
    """Change one attribute of a binding that is there: bindingInformation or sslFlags."""
    return _configuration("Set-WebConfigurationProperty", _binding_xpath(binding), Name=name, Value=value)


def clear_binding(binding: Binding) -> Command:
    """Remove one binding by what it is."""
    return _configuration("Clear-WebConfiguration", _binding_xpath(binding))


def remove_binding(binding: Binding) -> Command:
    """The other way to remove one. Never by address: ``*`` there means all of them (iis-over-remoting 2)."""
    return Command(
        "Remove-WebBinding",
        {
            "Name": exact_name(binding.site),
            "Protocol": binding.protocol,
            "BindingInformation": binding.information,
            "ErrorAction": "Stop",
        },
    )


def call_binding(binding: Binding, method: str, *arguments: str) -> Command:
    """Call a method of the one live binding object, inside the server (iis-over-remoting 0A)."""
    return (
        Command("Get-WebBinding", {"Name": exact_name(binding.site), "Protocol": binding.protocol})
        .then("Where-Object", Property="bindingInformation", EQ=True, Value=binding.information)
        .then("ForEach-Object", MemberName=method, ArgumentList=list(arguments), ErrorAction="Stop")
    )


def start_site(name: str) -> Command:
    return Command("Start-Website", {"Name": exact_name(name), "ErrorAction": "Stop"})


def stop_site(name: str) -> Command:
    return Command("Stop-Website", {"Name": exact_name(name), "ErrorAction": "Stop"})


def start_pool(name: str) -> Command:
    return Command("Start-WebAppPool", {"Name": exact_name(name), "ErrorAction": "Stop"})


def stop_pool(name: str) -> Command:
    return Command("Stop-WebAppPool", {"Name": exact_name(name), "ErrorAction": "Stop"})


def recycle_pool(name: str) -> Command:
    """Of a started pool; a stopped one has nothing to recycle."""
    return Command("Restart-WebAppPool", {"Name": exact_name(name), "ErrorAction": "Stop"})


def _configuration(cmdlet: str, xpath: str, **more: Any) -> Command:
    return Command(cmdlet, {"PSPath": CONFIGURATION, "Filter": xpath, **more, "ErrorAction": "Stop"})


def _site_xpath(site: str) -> str:
    return f"system.applicationHost/sites/site[@name={xpath_text(site)}]"


def _binding_xpath(binding: Binding) -> str:
    """Protocol and information together are a binding's key."""
    protocol, information = xpath_text(binding.protocol), xpath_text(binding.information)
    return f"{_site_xpath(binding.site)}/bindings/binding[@protocol={protocol} and @bindingInformation={information}]"
