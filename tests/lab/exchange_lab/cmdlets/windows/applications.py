# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications, settings by location and modules of IIS: reading only (iis-over-remoting 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...world.windows import places
from ..errors import not_simulated
from .call import IIS, WEB_ADMINISTRATION, Call, cmdlet, path_not_found
from .elements import FRAMEWORK, Element
from .web_configuration import APP_HOST, REDIRECTION, ConfigurationAttribute, redirection

SITES = "IIS:\\Sites\\"
MODULES = (["system.webserver/modules"], ["collection"])
"""Filter and name of a list that holds native modules and managed ones."""


@dataclass(slots=True)
class LiveApplication(Element):
    """An application; its folder is a note."""

    place: places.Place
    types = (FRAMEWORK + "ConfigurationElement#site#application", FRAMEWORK + "ConfigurationElement")
    tag = "application"

    def notes(self) -> Mapping[str, Any]:
        path = f"/{self.place.path}"
        return {
            "path": path,
            "applicationPool": self.place.app_pool,
            "enabledProtocols": "http",
            "PhysicalPath": self.place.folder,
            "ItemXPath": (
                f"/system.applicationHost/sites/site[@name='{self.place.web_site}']/application[@path='{path}']"
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
            for place in places.places(call.world, call.runspace.server, site.name):
                if place.app_pool:
                    yield LiveApplication(place)


@cmdlet(
    "Get-WebConfigurationProperty",
    IIS + "GetConfigurationPropertyCommand",
    *("PSPath", "Location", "Filter", "Name"),
    module=WEB_ADMINISTRATION,
)
def get_web_configuration_property(call: Call) -> Iterator[Any]:
    """One attribute at one location, or the modules of one path of the drive.

    Flags and enumerations arrive as bare text, and as an object when unset.
    """
    paths, locations, filters, names = (list(call.get(one) or ()) for one in ("PSPath", "Location", "Filter", "Name"))
    if [one.upper() for one in paths] == [REDIRECTION]:
        yield redirection(call)
        return
    if ([one.lower() for one in filters], [one.lower() for one in names]) == MODULES and len(paths) == 1:
        yield from _modules(call, paths[0])
        return
    if [one.upper() for one in paths] != [APP_HOST] or not len(locations) == len(filters) == len(names) == 1:
        raise not_simulated(f"Get-WebConfigurationProperty outside {APP_HOST}, or for several things")
    place = places.place_at(call.world, call.runspace.server, locations[0])
    if place is None:
        raise path_not_found(f"{APP_HOST}/{locations[0]}")
    value = place.value(filters[0], names[0])
    if value is None:
        raise not_simulated(f"{names[0]} of {filters[0]}")
    yield value if isinstance(value, str) and value else ConfigurationAttribute(names[0], value or False)


@cmdlet("Get-WebGlobalModule", IIS + "GetGlobalModuleCommand", module=WEB_ADMINISTRATION)
def get_web_global_module(call: Call) -> Iterator[LiveModule]:
    """The native modules of the server."""
    for name, image in places.GLOBAL_MODULES.items():
        if name not in call.machine.modules_lost:
            yield LiveModule({"Name": name, "Image": image, "PreCondition": ""})


def _modules(call: Call, path: str) -> Iterator[LiveModule]:
    """Raises Stopped for a path that is not there."""
    location = path[len(SITES) :].replace("\\", "/") if path.lower().startswith(SITES.lower()) else ""
    found = places.modules_at(call.world, call.runspace.server, location)
    if found is None:
        raise path_not_found(path)
    for name, kind in found.items():
        yield LiveModule({"name": name, "type": kind, "preCondition": "", "lockItem": False})
