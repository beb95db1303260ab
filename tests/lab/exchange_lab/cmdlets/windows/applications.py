# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications, settings by location and modules of IIS: reading only (iis-over-remoting 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...world.virtual_directory import VirtualDirectory
from ...world.windows import applications
from ..errors import not_simulated
from .call import IIS, WEB_ADMINISTRATION, Call, cmdlet, path_not_found
from .elements import FRAMEWORK, Element
from .web_configuration import APP_HOST, REDIRECTION, ConfigurationAttribute, redirection

SITES = "IIS:\\Sites\\"


@dataclass(slots=True)
class LiveApplication(Element):
    """An application; its folder is a note."""

    item: VirtualDirectory
    types = (FRAMEWORK + "ConfigurationElement#site#application", FRAMEWORK + "ConfigurationElement")
    tag = "application"

    def notes(self) -> Mapping[str, Any]:
        path = f"/{self.item.noun.directory}"
        return {
            "path": path,
            "applicationPool": applications.pool(self.item),
            "enabledProtocols": "http",
            "PhysicalPath": self.item.iis["Path"],
            "ItemXPath": (
                f"/system.applicationHost/sites/site[@name='{self.item.web_site}']/application[@path='{path}']"
            ),
        }


@dataclass(slots=True)
class LiveModule(Element):
    """A module of a list."""

    values: Mapping[str, Any]
    types = (FRAMEWORK + "ConfigurationElement#add", FRAMEWORK + "ConfigurationElement")
    tag = "add"

    def notes(self) -> Mapping[str, Any]:
        return self.values


@cmdlet("Get-WebApplication", IIS + "GetWebApplicationCommand", "Site", module=WEB_ADMINISTRATION)
def get_web_application(call: Call) -> Iterator[LiveApplication]:
    """The applications of a site; the one of the root is not listed, a site that is not there has none."""
    for site in call.machine.sites.values():
        if site.name.lower() == str(call.get("Site", "")).lower():
            for item in applications.directories(call.world, call.runspace.server, site.name):
                yield LiveApplication(item)


@cmdlet(
    "Get-WebConfigurationProperty",
    IIS + "GetConfigurationPropertyCommand",
    *("PSPath", "Location", "Filter", "Name"),
    module=WEB_ADMINISTRATION,
)
def get_web_configuration_property(call: Call) -> Iterator[Any]:
    """One attribute at one location. Flags and enumerations arrive as bare text, and as an object when unset."""
    paths, locations, filters, names = (list(call.get(one) or ()) for one in ("PSPath", "Location", "Filter", "Name"))
    if [one.upper() for one in paths] == [REDIRECTION]:
        yield redirection(call)
        return
    if [one.upper() for one in paths] != [APP_HOST] or not len(locations) == len(filters) == len(names) == 1:
        raise not_simulated(f"Get-WebConfigurationProperty outside {APP_HOST}, or for several things")
    item = _at(call, locations[0])
    if item is None:
        raise path_not_found(f"{APP_HOST}/{locations[0]}")
    value = applications.location_value(item, filters[0], names[0])
    if value is None:
        raise not_simulated(f"{names[0]} of {filters[0]}")
    yield value if isinstance(value, str) and value else ConfigurationAttribute(names[0], value or False)


@cmdlet("Get-WebGlobalModule", IIS + "GetGlobalModuleCommand", module=WEB_ADMINISTRATION)
def get_web_global_module(call: Call) -> Iterator[LiveModule]:
    """The native modules of the server."""
    for name, image in applications.GLOBAL_MODULES.items():
        if name not in call.machine.modules_lost:
            yield LiveModule({"Name": name, "Image": image, "PreCondition": ""})


@cmdlet("Get-WebManagedModule", IIS + "GetManagedModuleCommand", "PSPath", module=WEB_ADMINISTRATION)
def get_web_managed_module(call: Call) -> Iterator[LiveModule]:
    """The modules of a directory; whether the native ones among them show is a switch."""
    (path,) = call.get("PSPath") or ("",)
    item = _at(call, path[len(SITES) :].replace("\\", "/")) if path.lower().startswith(SITES.lower()) else None
    if item is None:
        raise path_not_found(path)
    native_too = call.world.switches["managed_modules_list"] == "every"
    for name, kind in applications.modules(item).items():
        if kind or native_too:
            yield LiveModule({"Name": name, "Type": kind, "PreCondition": ""})


def _at(call: Call, location: str) -> VirtualDirectory | None:
    """The directory at a location such as ``Default Web Site/owa``."""
    site, _unused, path = location.partition("/")
    for item in applications.directories(call.world, call.runspace.server, site):
        if item.noun.directory.lower() == path.lower():
            return item
    return None
