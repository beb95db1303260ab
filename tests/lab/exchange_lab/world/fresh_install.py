# SPDX-License-Identifier: GPL-3.0-or-later
"""What Setup leaves behind (client-access-laws 6)."""
from __future__ import annotations

from .directory import AdObject, Directory
from .nouns import NOUNS
from .nouns.attributes import BACK, FRONT, IIS, Noun, Place
from .servers import BACK_END, DEFAULT_WEB_SITE, Server
from .versions import PRODUCTS
from .virtual_directory import VirtualDirectory


def virtual_directories(server: Server, directory: Directory, created: float) -> list[VirtualDirectory]:
    """The virtual directories of a fresh server, front end first (client-access-laws 3.5)."""
    return [
        _create(noun, Place(server, side, web_site), directory, created)
        for noun in NOUNS
        for side, web_site in _web_sites(noun, server)
    ]


def _web_sites(noun: Noun, server: Server) -> list[tuple[str, str]]:
    found = []
    if server.has_front_end:
        found.append((FRONT, DEFAULT_WEB_SITE))
        found += [(FRONT, name) for name in server.extra_web_sites if noun.web_sites]
    if server.has_back_end and noun.back_end:
        found.append((BACK, BACK_END))
    return found


def _create(noun: Noun, place: Place, directory: Directory, created: float) -> VirtualDirectory:
    name = f"{noun.directory} ({place.web_site})"
    generation = place.server.version.generation
    in_ad, in_iis = {}, {}
    for attribute in noun.attributes:
        if PRODUCTS.index(attribute.since) <= generation <= PRODUCTS.index(attribute.until):
            (in_iis if attribute.held == IIS else in_ad)[attribute.name] = attribute.fresh_value(place)
    item = AdObject(
        f"CN={name},CN=HTTP,CN=Protocols,{place.server.object.dn}",
        name,
        ("top", "msExchVirtualDirectory", noun.object_class),
        noun.category,
        created,
        in_ad,
    )
    return VirtualDirectory(noun, place.server, place.side, place.web_site, item, in_iis)
