# SPDX-License-Identifier: GPL-3.0-or-later
"""What Setup leaves behind (client-access-laws 6)."""

from __future__ import annotations

from typing import Any

from .directory import AdObject, Directory
from .nouns import NOUNS
from .nouns.attributes import BACK, FRONT, IIS, Noun, Place
from .servers import BACK_END, DEFAULT_WEB_SITE, Server
from .switches import Switches
from .versions import PRODUCTS
from .virtual_directory import VirtualDirectory

PROVIDERS = ("EXCH", "EXPR", "WEB")


def ad_sites(directory: Directory, created: float) -> dict[str, AdObject]:
    """The AD sites by name."""
    return {
        site.name: AdObject(
            f"CN={site.name},CN=Sites,{directory.configuration}", site.name, ("top", "site"), "Site", created, {}
        )
        for site in directory.sites
    }


def outlook_providers(directory: Directory, created: float) -> dict[str, AdObject]:
    """EXCH, EXPR and WEB with nothing set (client-access-laws 1.8, 6.5)."""
    values = {
        "CertPrincipalName": None,
        "Server": None,
        "TTL": 1,
        "OutlookProviderFlags": (),
        "RequiredClientVersions": (),
    }
    folder = f"CN=Outlook,CN=AutoDiscover,CN=Client Access,{directory.organization_dn}"
    return {
        name: AdObject(
            f"CN={name},{folder}",
            name,
            ("top", "msExchAutoDiscoverConfig", "msExchOutlookProvider"),
            "ms-Exch-Auto-Discover-Config",
            created,
            dict(values),
        )
        for name in PROVIDERS
    }


def access_point(server: Server, created: float) -> AdObject | None:
    """The service connection point of a server with Client Access (client-access-laws 1.7)."""
    if not server.has_front_end:
        return None
    values = {
        "AutoDiscoverServiceInternalUri": f"https://{server.fqdn}/Autodiscover/Autodiscover.xml",
        "AutoDiscoverSiteScope": (server.site,),
        "AutoDiscoverServiceCN": server.name,
    }
    return AdObject(
        f"CN={server.name},CN=Autodiscover,CN=Protocols,{server.object.dn}",
        server.name,
        ("top", "leaf", "connectionPoint", "serviceConnectionPoint"),
        "Service-Connection-Point",
        created,
        values,
    )


def virtual_directories(server: Server, switches: Switches, created: float) -> list[VirtualDirectory]:
    """The virtual directories of a fresh server, front end first (client-access-laws 3.5)."""
    return [
        create(noun, Place(server, side, web_site, switches), created)
        for noun in NOUNS
        for side, web_site in _web_sites(noun, server)
    ]


def _web_sites(noun: Noun, server: Server) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if server.version.parts < noun.first_build:
        return found
    if server.has_front_end:
        found.append((FRONT, DEFAULT_WEB_SITE))
        found += [(FRONT, name) for name in server.extra_web_sites if noun.web_sites]
    if server.has_back_end and noun.back_end:
        found.append((BACK, BACK_END))
    return found


def create(noun: Noun, place: Place, created: float, made_on: str = "", again: int = 0) -> VirtualDirectory:
    """A directory with the values of a fresh one (client-access-laws 1); ``made_on`` and ``again`` as of AdObject."""
    name = f"{noun.directory} ({place.web_site})"
    generation = place.server.version.generation
    in_ad: dict[str, Any] = {}
    in_iis: dict[str, Any] = {}
    for attribute in noun.attributes:
        if PRODUCTS.index(attribute.since) <= generation <= PRODUCTS.index(attribute.until):
            (in_iis if attribute.held == IIS else in_ad)[attribute.name] = attribute.fresh_value(place)
    in_iis.update({name: in_ad[name] for name in noun.copied_to_iis})
    item = AdObject(
        f"CN={name},CN=HTTP,CN=Protocols,{place.server.object.dn}",
        name,
        ("top", "msExchVirtualDirectory", noun.object_class),
        noun.category,
        created,
        in_ad,
        made_on=made_on,
        again=again,
    )
    return VirtualDirectory(noun, place.server, place.side, place.web_site, item, in_iis)
