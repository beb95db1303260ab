# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offline address books, as far as virtual directories hand them out (Get- and Set-OfflineAddressBook)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._converge.kinds import Bool, Many
from .._remoting.command import Command
from .._remoting.session import Reply

Read = Callable[[Command], Reply]


@dataclass(frozen=True)
class AddressBook:
    """One offline address book.

    Attributes:
        directories: identities of the virtual directories that hand it out; empty where all do.
        everywhere: all directories of the organization hand it out.
    """

    identity: str
    directories: tuple[str, ...]
    everywhere: bool

    def lists(self, directory: str) -> bool:
        """Whether the book names a directory itself."""
        return directory.lower() in (named.lower() for named in self.directories)

    def hands_out_by(self, directory: str) -> bool:
        """Whether a directory hands the book out."""
        return self.everywhere or self.lists(directory)

    def without(self, directory: str) -> AddressBook:
        """The book once a directory is removed: the server takes it off the list."""
        rest = tuple(named for named in self.directories if named.lower() != directory.lower())
        return replace(self, directories=rest)

    def attach(self, directory: str, pinned: Mapping[str, Any]) -> Command:
        """Name one directory more. The list is replaced whole (client-access-laws 2.14)."""
        listed = [*self.directories, *([] if self.lists(directory) else [directory])]
        return Command(
            "Set-OfflineAddressBook",
            {"Identity": self.identity, "VirtualDirectories": listed, **pinned, "Confirm": False},
        )


def address_books(read: Read, pinned: Mapping[str, Any]) -> list[AddressBook]:
    """Every offline address book of the organization. Raises ExchangeError as Session.invoke."""
    return [
        AddressBook(
            identity=str(record["Identity"]),
            directories=tuple(Many().read(record["VirtualDirectories"])),
            everywhere=bool(Bool().read(record.get("GlobalWebDistributionEnabled"))),
        )
        for record in read(Command("Get-OfflineAddressBook", dict(pinned))).records
    ]
