# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set-OutlookProvider: EXCH, EXPR and WEB of the organization (client-access-laws 1.8)."""

from __future__ import annotations

from psrpcore.types import PSInt, PSObject

from ..world.directory import AdObject
from ..world.refused import not_found
from ..world.setting import set_ad_object
from .call import Call, cmdlet, named_settings
from .enumerations import DIRECTORY, enumeration
from .shapes import AD_OBJECT_TYPES
from .virtual_directories import damaged

SETTINGS = ("CertPrincipalName", "Server", "TTL", "OutlookProviderFlags", "RequiredClientVersions")


@cmdlet("Get-OutlookProvider")
def get(call: Call) -> None:
    """Every provider, or the one of -Identity."""
    controller = call.domain_controller
    for item in _find(call, controller):
        call.write(damaged(call, "*", "OutlookProvider", _shaped(call, item, controller)))


@cmdlet("Set-OutlookProvider")
def set_(call: Call) -> None:
    """Change one provider. Raises Stopped for a parameter that the lab lacks."""
    controller = call.domain_controller
    item = _find(call, controller)[0]
    named = named_settings(call, SETTINGS)
    if named.get("RequiredClientVersions", ()) is None:
        named["RequiredClientVersions"] = ()
    for text in set_ad_object(
        call.world, item, item.name, named, domain_controller=controller, what_if=call.bound.what_if
    ):
        call.warn(text)


def _find(call: Call, controller: str) -> list[AdObject]:
    identity = call.bound.get("Identity")
    providers = list(call.world.outlook_providers.values())
    if identity is None:
        return providers
    wanted = identity.lower()
    found = [item for item in providers if wanted in (item.name.lower(), item.dn.lower(), str(item.guid))]
    if not found:
        raise not_found(identity, controller)
    return found


def _shaped(call: Call, item: AdObject, controller: str) -> PSObject:
    shapes, values = call.shapes, call.world.directory.read(item, controller)
    types = (DIRECTORY + "OutlookProvider", DIRECTORY + "ADConfigurationObject", *AD_OBJECT_TYPES)
    return shapes.bag(
        types,
        [
            ("CertPrincipalName", values["CertPrincipalName"]),
            ("Server", values["Server"]),
            ("TTL", PSInt(values["TTL"])),
            (
                "OutlookProviderFlags",
                enumeration("OutlookProviderFlags", ", ".join(values["OutlookProviderFlags"]) or "None"),
            ),
            ("RequiredClientVersions", shapes.text_list(values["RequiredClientVersions"])),
            ("Name", item.name),
            *shapes.directory_tail(item, item.name, controller, "0.1 (8.0.535.0)", "Unchanged"),
        ],
        item.name,
    )
