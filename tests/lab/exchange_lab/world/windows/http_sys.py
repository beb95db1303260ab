# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of http.sys: one entry for an address or host name and a port (iis-over-remoting 0.C, 3)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from .sites import ANY_ADDRESS

IIS_APP_ID = "{4dc3e181-e14b-4a21-b022-59fc669b0914}"

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class SslEntry:
    """``thumbprint`` is in upper case, None in a broken entry. http.sys does not look whether a store has it."""

    thumbprint: str | None
    store: str = "MY"
    app_id: str = IIS_APP_ID
    flags: int = 0

    @property
    def in_my(self) -> bool:
        """Whether its certificate is read from My, as it is where no store is named (W34)."""
        return self.store.upper() in ("", "MY")


class HttpSys:
    """``entries`` by (address or host name, port); the address of all is ``0.0.0.0``, IPv6 stands in brackets.

    ``on_put`` is told of each entry that gets a certificate.
    """

    def __init__(self, on_put: Callable[[Key], None]) -> None:
        self.entries: dict[Key, SslEntry] = {}
        self._on_put = on_put

    def entry_for(self, address: str, port: int) -> tuple[Key, SslEntry] | None:
        """What a connection to an address meets: its own entry hides that of all addresses."""
        for key in ((address, port), (ANY_ADDRESS, port)):
            if key in self.entries:
                return key, self.entries[key]
        return None

    def put(
        self,
        name: str,
        port: int,
        thumbprint: str | None,
        store: str = "MY",
        app_id: str = IIS_APP_ID,
        flags: int = 0,
    ) -> None:
        """Add or replace an entry."""
        self.entries[name, port] = SslEntry(thumbprint and thumbprint.upper(), store, app_id, flags)
        self._on_put((name, port))

    def delete(self, name: str, port: int) -> None:
        """Delete an entry; raises KeyError when there is none."""
        del self.entries[name, port]


def is_address(name: str) -> bool:
    """Whether the name of an entry is an address, not a host name."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
