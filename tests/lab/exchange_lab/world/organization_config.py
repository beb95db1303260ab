# SPDX-License-Identifier: GPL-3.0-or-later
"""The organization's own settings, as far as client access goes (client-access-laws 1.9, 2.10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .directory import AdObject, Directory
from .refused import Refused, not_found
from .versions import PRODUCTS

if TYPE_CHECKING:
    from .world import World

TRI_STATE = ("EwsAllowEntourage", "EwsAllowMacOutlook", "EwsAllowOutlook", "EwsEnabled")
EWS_LISTS = ("EwsAllowList", "EwsBlockList")
FRESH: dict[str, Any] = {
    "ActivityBasedAuthenticationTimeoutEnabled": True,
    "ActivityBasedAuthenticationTimeoutInterval": 6 * 3600,
    "ActivityBasedAuthenticationTimeoutWithSingleSignOnEnabled": True,
    **dict.fromkeys((*TRI_STATE, *EWS_LISTS, "EwsApplicationAccessPolicy")),
    "PublicComputersDetectionEnabled": False,
    "MapiHttpEnabled": True,
    "OAuth2ClientProfileEnabled": False,
    "WACDiscoveryEndpoint": "",
    "AdfsIssuer": None,
    "AdfsAudienceUris": (),
    "AdfsSignCertificateThumbprints": (),
    "EnableDownloadDomains": False,
    "DefaultAuthenticationPolicy": None,
}
SINCE = {"EnableDownloadDomains": "2016", "DefaultAuthenticationPolicy": "2019"}
"""The first product whose servers know an attribute; the others know it from 2013 on."""
TIMEOUTS = range(5 * 60, 8 * 3600 + 1)
"""Seconds that the interval may last."""
DATA_VALIDATION = "Microsoft.Exchange.Data.DataValidationException"


def installed(directory: Directory, products: Collection[str], declared: Mapping[str, Any], created: float) -> AdObject:
    """What Setup leaves, and what an estate declares of it. Raises ValueError for a setting that there is not.

    MAPI over HTTP is off as long as there are 2013 servers (client-access-laws 6.6).
    """
    if unknown := declared.keys() - FRESH.keys():
        raise ValueError(f"organization_config has no {', '.join(sorted(unknown))}.")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in declared.items()}
    return AdObject(
        directory.organization_dn,
        directory.organization,
        ("top", "container", "msExchOrganizationContainer"),
        "ms-Exch-Organization-Container",
        created,
        {**FRESH, "MapiHttpEnabled": "2013" not in products, **values},
    )


def shown_on(product: str) -> list[str]:
    """The attributes that a server of a product shows (client-access-laws 7)."""
    return [name for name in FRESH if PRODUCTS.index(SINCE.get(name, "2013")) <= PRODUCTS.index(product)]


def check(world: World, named: Mapping[str, Any], domain_controller: str) -> None:
    """Raises Refused for settings that Set-OrganizationConfig does not take."""
    item = world.organization_config
    interval = named.get("ActivityBasedAuthenticationTimeoutInterval")
    if interval is not None and interval not in TIMEOUTS:
        raise Refused(
            "ActivityBasedAuthenticationTimeoutInterval must lie between 00:05:00 and 08:00:00.",
            DATA_VALIDATION,
            category="InvalidData",
            target=item.name,
        )
    if all(name in named for name in EWS_LISTS) and world.switches["ews_lists_together"] == "refuse":
        raise Refused(
            "EwsAllowList and EwsBlockList can't be used together.",
            "System.ArgumentException",
            category="InvalidArgument",
            target=item.name,
        )
    policy = named.get("DefaultAuthenticationPolicy")
    if policy is not None and policy not in world.authentication_policies:
        raise not_found(policy, domain_controller)


def broken(world: World) -> Iterator[str]:
    """One sentence for each invariant that the organization breaks (client-access-laws 2.10)."""
    values = world.directory.newest(world.organization_config)
    if not values["EnableDownloadDomains"]:
        return
    for owa in world.virtual_directories("OwaVirtualDirectory"):
        known = world.directory.newest(owa.object)
        for side in ("Internal", "External"):
            host = f"{side}DownloadHostName"
            if owa.is_front_end and host in known and known[f"{side}Url"] and not known[host]:
                yield f"{owa.identity}: 2.10 download domains are on, and {host} is empty"
