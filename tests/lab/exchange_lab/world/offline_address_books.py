# SPDX-License-Identifier: GPL-3.0-or-later
"""Offline address books: which virtual directories hand them out (V8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .change import same
from .directory import AdObject
from .refused import Refused

if TYPE_CHECKING:
    from .virtual_directory import VirtualDirectory
    from .world import World

NAME = "Default Offline Address Book"


def default(world: World) -> AdObject:
    """The one that Setup makes. Every front end's directory hands it out."""
    directories = (item for item in world.virtual_directories("OabVirtualDirectory") if item.is_front_end)
    return AdObject(
        f"CN={NAME},CN=Offline Address Lists,CN=Address Lists Container,{world.directory.organization_dn}",
        NAME,
        ("top", "msExchOAB"),
        "ms-Exch-OAB",
        world.installed,
        {
            "VirtualDirectories": tuple(item.identity for item in directories),
            "GlobalWebDistributionEnabled": False,
        },
    )


def of(world: World, item: VirtualDirectory, domain_controller: str) -> tuple[str, ...]:
    """The books that a directory hands out, as its own OfflineAddressBooks shows them."""
    return tuple(
        f"\\{book.name}"
        for book in world.offline_address_books
        if item.identity in world.directory.read(book, domain_controller)["VirtualDirectories"]
    )


def set_book(world: World, book: AdObject, named: dict[str, Any], domain_controller: str) -> bool:
    """Change a book; whether anything changed. Raises Refused: all directories and some exclude each other."""
    current = world.directory.read(book, domain_controller)
    wanted = {**current, **named}
    if wanted["GlobalWebDistributionEnabled"] and wanted["VirtualDirectories"]:
        raise Refused(
            "GlobalWebDistributionEnabled can't be used together with VirtualDirectories.",
            "System.ArgumentException",
            category="InvalidArgument",
            target=f"\\{book.name}",
        )
    differing = {name: value for name, value in named.items() if not same(value, current[name])}
    if differing:
        world.directory.write(book, domain_controller, differing)
    return bool(differing)


def forget(world: World, item: VirtualDirectory, domain_controller: str) -> None:
    """A removed directory vanishes from every book's list: links to a deleted object go with it."""
    for book in world.offline_address_books:
        listed = world.directory.read(book, domain_controller)["VirtualDirectories"]
        if item.identity in listed:
            rest = tuple(identity for identity in listed if identity != item.identity)
            world.directory.write(book, domain_controller, {"VirtualDirectories": rest})
