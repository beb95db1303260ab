# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration cmdlets: exactly the XPaths that address bindings of sites, and redirection.config's one question.

The facts are those of iis-over-remoting 1, 2 and 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psrpcore.types import PSDict

from ...world.windows import Binding, WebSite
from ..errors import not_simulated
from .bindings import LiveBinding, add_binding, changed, write
from .call import IIS, WEB_ADMINISTRATION, Call, cmdlet
from .configuration_file import commits
from .elements import FRAMEWORK
from .live import Live

APP_HOST, REDIRECTION = "MACHINE/WEBROOT/APPHOST", "MACHINE/REDIRECTION"
PREDICATE = r"""\[(?P<{0}>\s*@\w+\s*=\s*(?:'[^']*'|"[^"]*")(?:\s+and\s+@\w+\s*=\s*(?:'[^']*'|"[^"]*"))*\s*)\]"""
FILTER = re.compile(
    r"/?system\.applicationHost/sites/site"
    + PREDICATE.format("site")
    + r"(?P<bindings>/bindings(?:/binding"
    + PREDICATE.format("binding")
    + r")?)?"
)
CONDITION = re.compile(r"""@(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)")""")


@dataclass(frozen=True, slots=True)
class Target:
    """What a filter names: a site, its list of bindings, or one binding."""

    site: WebSite
    whole_list: bool
    binding: Binding | None


def targets(call: Call) -> list[Target]:
    """Every element that the filter matches, in a case-sensitive way. Raises Stopped for any other shape."""
    path, location = call.get("PSPath") or (), call.get("Location")
    filters = call.get("Filter")
    if [one.upper() for one in path] != [APP_HOST] or location or len(filters) != 1:
        raise not_simulated(f"web configuration outside {APP_HOST}, or several filters")
    parsed = FILTER.fullmatch(filters[0])
    if not parsed:
        raise not_simulated(f"the filter {filters[0]}")
    found = []
    for site in call.machine.sites.values():
        if _holds(parsed["site"], {"name": site.name, "id": str(site.id)}):
            found += _inside(site, parsed)
    return found


def _inside(site: WebSite, parsed: re.Match[str]) -> list[Target]:
    if not parsed["binding"]:
        return [Target(site, bool(parsed["bindings"]), None)]
    return [
        Target(site, False, binding)
        for binding in site.bindings
        if _holds(
            parsed["binding"],
            {
                "protocol": binding.protocol,
                "bindingInformation": binding.information,
                "sslFlags": str(binding.ssl_flags),
            },
        )
    ]


def _holds(predicate: str, attributes: Mapping[str, str]) -> bool:
    return all(attributes.get(name) == (single or double) for name, single, double in CONDITION.findall(predicate))


def _targets_or_warning(call: Call) -> list[Target]:
    """A filter that matches nothing is a warning, not an error."""
    found = targets(call)
    if not found:
        call.warn(f"Target configuration object '{call.get('Filter')[0]}' is not found at path '{APP_HOST}'.")
    return found


@cmdlet(
    "Get-WebConfiguration", IIS + "GetConfigurationCommand", "PSPath", "Location", "Filter", module=WEB_ADMINISTRATION
)
def get_web_configuration(call: Call) -> Iterator[LiveBinding]:
    """The bindings that a filter matches; none is no error."""
    for target in targets(call):
        if target.binding is None:
            raise not_simulated("Get-WebConfiguration for more than bindings")
        yield LiveBinding(call.machine, target.site, target.binding)


@dataclass(slots=True)
class ConfigurationAttribute(Live):
    """What a property of the types bool, int or text comes as (iis-over-remoting 6)."""

    name: str
    value: Any
    types = (FRAMEWORK + "ConfigurationAttribute",)

    def properties(self) -> Mapping[str, Any]:
        kind = "Boolean" if isinstance(self.value, bool) else "String"
        return {"Name": self.name, "TypeName": f"System.{kind}", "Value": self.value}


def redirection(call: Call) -> ConfigurationAttribute:
    """Whether redirection.config sends IIS to another place for its configuration (W24)."""
    if ([one.removeprefix("/") for one in call.get("Filter")], list(call.get("Name"))) != (
        ["configurationRedirection"],
        ["enabled"],
    ):
        raise not_simulated(f"Get-WebConfigurationProperty for {call.get('Name')} of {call.get('Filter')}")
    return ConfigurationAttribute("enabled", call.machine.shares_configuration)


@cmdlet(
    "Add-WebConfigurationProperty",
    IIS + "AddConfigurationPropertyCommand",
    *("PSPath", "Location", "Filter", "Name", "Value"),
    module=WEB_ADMINISTRATION,
    writes=True,
)
def add_web_configuration_property(call: Call) -> None:
    """One more binding: -Name . -Value @{protocol; bindingInformation; sslFlags}."""
    for target in _targets_or_warning(call):
        values = call.get("Value")
        if not target.whole_list or call.get("Name") not in (".", "collection") or not _is_table(values):
            raise not_simulated("Add-WebConfigurationProperty for anything but a binding in a list of bindings")
        known = {str(key): value for key, value in values.items()}
        if set(known) - {"protocol", "bindingInformation", "sslFlags"}:
            raise not_simulated(f"a binding of {', '.join(sorted(known))}")
        added = Binding(str(known["protocol"]), str(known["bindingInformation"]), int(known.get("sslFlags", 0)))
        if commits(call):
            add_binding(call.machine, target.site, added)


@cmdlet(
    "Set-WebConfigurationProperty",
    IIS + "SetConfigurationPropertyCommand",
    *("PSPath", "Location", "Filter", "Name", "Value"),
    module=WEB_ADMINISTRATION,
    writes=True,
)
def set_web_configuration_property(call: Call) -> None:
    """bindingInformation or sslFlags of a binding; http.sys is not moved along."""
    for target in _targets_or_warning(call):
        name, value, binding = call.get("Name"), call.get("Value"), target.binding
        if binding is None or name not in ("bindingInformation", "sslFlags"):
            raise not_simulated(f"Set-WebConfigurationProperty for {name} here")
        information = str(value) if name == "bindingInformation" else binding.information
        flags = binding.ssl_flags if name == "bindingInformation" else int(str(value))
        if commits(call):
            write(call.machine, target.site, binding, information, flags)


@cmdlet(
    "Clear-WebConfiguration",
    IIS + "ClearConfigurationCommand",
    *("PSPath", "Location", "Filter"),
    module=WEB_ADMINISTRATION,
    writes=True,
)
def clear_web_configuration(call: Call) -> None:
    """Clears what the filter names: a binding, or the whole list with net.tcp and all."""
    for target in _targets_or_warning(call):
        if target.binding is None and not target.whole_list:
            raise not_simulated("Clear-WebConfiguration for a whole site")
        if commits(call):
            gone = [target.binding] if target.binding else list(target.site.bindings)
            target.site.bindings = [binding for binding in target.site.bindings if binding not in gone]
            changed(call.machine, target.site)


@cmdlet(
    "Remove-WebConfigurationProperty",
    IIS + "RemoveConfigurationPropertyCommand",
    *("PSPath", "Location", "Filter", "Name", "AtIndex"),
    module=WEB_ADMINISTRATION,
    writes=True,
)
def remove_web_configuration_property(call: Call) -> None:
    """-Name bindings.collection -AtIndex i: one binding by its place."""
    for target in _targets_or_warning(call):
        at = call.get("AtIndex")
        if target.whole_list or target.binding or call.get("Name") != "bindings.collection" or at is None:
            raise not_simulated("Remove-WebConfigurationProperty for anything but a binding by its place")
        if 0 <= at < len(target.site.bindings) and commits(call):
            del target.site.bindings[at]


def _is_table(value: Any) -> bool:
    return isinstance(value, (dict, PSDict))
