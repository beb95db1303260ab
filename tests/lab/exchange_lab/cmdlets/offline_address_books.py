# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set-OfflineAddressBook, as far as virtual directories hand the books out (V8)."""

from __future__ import annotations

from psrpcore.types import PSObject

from ..world.directory import AdObject
from ..world.identities import DirectoryIdentity
from ..world.offline_address_books import set_book
from ..world.refused import not_found
from ..world.setting import not_modified
from .call import Call, cmdlet
from .enumerations import DIRECTORY
from .errors import not_simulated
from .shapes import AD_OBJECT_TYPES
from .virtual_directories import damaged

SETTINGS = ("VirtualDirectories", "GlobalWebDistributionEnabled")
NOT_SETTINGS = ("Identity", "DomainController", "WhatIf", "Confirm")


@cmdlet("Get-OfflineAddressBook")
def get(call: Call) -> None:
    """Every book, or the one of -Identity."""
    if "Server" in call.bound:
        raise not_simulated("-Server of Get-OfflineAddressBook")
    controller = call.domain_controller
    for book in _find(call, controller):
        call.write(damaged(call, "*", "OfflineAddressBook", _shaped(call, book, controller)))


@cmdlet("Set-OfflineAddressBook")
def set_(call: Call) -> None:
    """Change who hands a book out. Raises Stopped for a parameter that the lab lacks."""
    controller = call.domain_controller
    book = _find(call, controller)[0]
    named = {}
    for name, value in call.bound.values.items():
        if name in NOT_SETTINGS:
            continue
        if name not in SETTINGS:
            raise not_simulated(f"-{name} of {call.bound.cmdlet.name}")
        named[name] = value
    if "VirtualDirectories" in named:
        directories = {_directory(call, text, controller) for text in named["VirtualDirectories"]}
        named["VirtualDirectories"] = tuple(sorted(directories))
    if not call.bound.what_if and not set_book(call.world, book, named, controller):
        call.warn(not_modified(f"\\{book.name}"))


def _directory(call: Call, text: str, controller: str) -> str:
    """The identity of the directory meant. Raises Refused for none and for several."""
    known = call.world.virtual_directories("OabVirtualDirectory", controller)
    return DirectoryIdentity(text, call.world).among(known, call.server, controller, one=True)[0].identity


def _find(call: Call, controller: str) -> list[AdObject]:
    identity = call.bound.get("Identity")
    books = call.world.offline_address_books
    if identity is None:
        return list(books)
    wanted = identity.lower().lstrip("\\")
    found = [book for book in books if wanted in (book.name.lower(), book.dn.lower(), str(book.guid))]
    if not found:
        raise not_found(identity, controller)
    return found


def _shaped(call: Call, book: AdObject, controller: str) -> PSObject:
    shapes, values = call.shapes, call.world.directory.read(book, controller)
    text = f"\\{book.name}"
    listed = [
        shapes.ad_object_id(item.object.dn, item.identity, item.object.guid)
        for item in call.world.virtual_directories("OabVirtualDirectory", controller)
        if item.identity in values["VirtualDirectories"]
    ]
    return shapes.bag(
        (DIRECTORY + "OfflineAddressBook", DIRECTORY + "ADConfigurationObject", *AD_OBJECT_TYPES),
        [
            ("VirtualDirectories", shapes.objects(listed)),
            ("GlobalWebDistributionEnabled", values["GlobalWebDistributionEnabled"]),
            ("Name", book.name),
            *shapes.directory_tail(book, text, controller, "0.20 (15.0.0.0)", "Unchanged"),
        ],
        text,
    )
