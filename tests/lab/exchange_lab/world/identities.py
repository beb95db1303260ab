# SPDX-License-Identifier: GPL-3.0-or-later
"""What -Identity of a virtual directory may be (client-access-laws 3.1, 3.2)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .refused import ambiguous, not_found

if TYPE_CHECKING:
    from .servers import Server
    from .virtual_directory import VirtualDirectory
    from .world import World


class DirectoryIdentity:
    """``SERVER\\name (site)``, ``name (site)``, DN, GUID or ``SERVER\\name*``; without regard to case."""

    def __init__(self, text: str, world: World) -> None:
        self.text = text
        self._world = world

    def among(
        self,
        items: list[VirtualDirectory],
        session_server: Server,
        domain_controller: str,
        *,
        one: bool = False,
    ) -> list[VirtualDirectory]:
        """The directories meant; raises Refused for none, and with ``one`` for several or a wildcard."""
        found = [item for item in items if self._means(item, session_server)]
        if not found:
            raise not_found(self.text, domain_controller)
        if one and (len(found) > 1 or "*" in self.text):
            raise ambiguous(self.text)
        return found

    def _means(self, item: VirtualDirectory, session_server: Server) -> bool:
        wanted = self.text.lower()
        if wanted in (item.object.dn.lower(), str(item.object.guid)):
            return True
        server_part, separator, name = wanted.rpartition("\\")
        if separator and not self._is_server(item.server, server_part):
            return False
        if not separator and item.server is not session_server:
            return False
        known = item.object.name.lower()
        return fnmatchcase(known, name.replace("[", "[[]")) if name.endswith("*") else known == name

    def _is_server(self, server: Server, text: str) -> bool:
        """The short name; whether the FQDN is accepted is a switch."""
        return text == server.name.lower() or (
            text == server.fqdn and self._world.switches["identity_fqdn"] == "accept"
        )
