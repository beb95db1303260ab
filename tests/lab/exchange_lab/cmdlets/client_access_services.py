# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set-ClientAccessService, and -ClientAccessServer as 2013 calls them (client-access-laws 1.7)."""

from __future__ import annotations

from typing import Any

from psrpcore.types import PSGuid, PSObject, PSUri

from ..world.directory import AdObject
from ..world.refused import not_found
from ..world.servers import Server
from ..world.setting import set_ad_object
from .call import Call, cmdlet
from .conversion import AddRemove
from .errors import not_simulated
from .shapes import AD, AD_OBJECT_TYPES
from .virtual_directories import damaged

SETTINGS = ("AutoDiscoverServiceInternalUri", "AutoDiscoverSiteScope")
NOT_SETTINGS = ("Identity", "DomainController", "WhatIf", "Confirm")
OLD, NEW = "ClientAccessServer", "ClientAccessService"
SERVICE_CLASS, SERVICE_KEYWORD = "ms-Exchange-AutoDiscover-Service", "77378f46-2c66-4aa9-a6a6-3e7a48b19596"


def get(call: Call) -> None:
    """Every server with Client Access, or the one of -Identity."""
    controller = call.domain_controller
    _tell_the_new_name(call)
    for server, item in _find(call, controller):
        call.write(damaged(call, server.name, NEW, _shaped(call, server, item, controller)))


def set_(call: Call) -> None:
    """Change the service connection point in AD. Raises Stopped for a parameter that the lab lacks."""
    controller = call.domain_controller
    _tell_the_new_name(call)
    server, item = _find(call, controller)[0]
    current = call.world.directory.read(item, controller)
    named: dict[str, Any] = {}
    for name, value in call.bound.values.items():
        if name in NOT_SETTINGS:
            continue
        if name not in SETTINGS:
            raise not_simulated(f"-{name} of {call.bound.cmdlet.name}")
        named[name] = value.applied_to(current[name]) if isinstance(value, AddRemove) else value
    named |= _effect_of_null(call, server, named)
    for text in set_ad_object(
        call.world, item, server.name, named, domain_controller=controller, what_if=call.bound.what_if
    ):
        call.warn(text)


def _effect_of_null(call: Call, server: Server, named: dict[str, Any]) -> dict[str, Any]:
    """Whether clearing the URI takes the service connection point away is a switch (client-access-laws 9)."""
    if "AutoDiscoverServiceInternalUri" not in named or call.world.switches["scp_null_effect"] != "scp_removed":
        return {}
    if named["AutoDiscoverServiceInternalUri"] is None:
        return {"AutoDiscoverServiceCN": None, "AutoDiscoverSiteScope": ()}
    return {"AutoDiscoverServiceCN": server.name}


def _find(call: Call, controller: str) -> list[tuple[Server, AdObject]]:
    identity = call.bound.get("Identity")
    if identity is None:
        return [(server, server.access_point) for server in call.world.servers.values() if server.access_point]
    server = call.world.server(identity)
    if server is None or server.access_point is None:
        raise not_found(identity, controller)
    return [(server, server.access_point)]


def _tell_the_new_name(call: Call) -> None:
    """From 2016 the old name still answers, with a warning (client-access-laws 6.6)."""
    name = call.bound.cmdlet.name
    if name.endswith(OLD) and call.server.version.product != "2013":
        new = name.replace(OLD, NEW)
        call.warn(
            f"The {name} cmdlet will be removed in a future version of Exchange. Use the {new} cmdlet instead. If you "
            "have any "
            f"scripts that use the {name} cmdlet, update them to use the {new} cmdlet."
        )


def _shaped(call: Call, server: Server, item: AdObject, controller: str) -> PSObject:
    shapes, values = call.shapes, call.world.directory.read(item, controller)
    uri = values["AutoDiscoverServiceInternalUri"]
    types = (AD + "Management.ClientAccessServer", AD + "Management.ADPresentationObject", *AD_OBJECT_TYPES)
    tail = shapes.directory_tail(server.object, server.name, controller, "0.1 (8.0.535.0)", "Unchanged")
    return shapes.bag(
        types,
        [
            ("Name", server.name),
            ("Fqdn", server.directory_fqdn),
            ("ClientAccessArray", None),
            ("OutlookAnywhereEnabled", True),
            ("AutoDiscoverServiceCN", values["AutoDiscoverServiceCN"]),
            ("AutoDiscoverServiceClassName", SERVICE_CLASS),
            ("AutoDiscoverServiceInternalUri", None if uri is None else PSUri(uri)),
            ("AutoDiscoverServiceGuid", PSGuid(SERVICE_KEYWORD)),
            ("AutoDiscoverSiteScope", shapes.text_list(values["AutoDiscoverSiteScope"])),
            ("AlternateServiceAccountConfiguration", None),
            *tail,
        ],
        server.name,
    )


for _noun in (OLD, NEW):
    cmdlet(f"Get-{_noun}")(get)
    cmdlet(f"Set-{_noun}")(set_)
