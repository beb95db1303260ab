# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual directory of a server: where it is, how it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._converge.noun import Noun
from .._converge.resource import Pick, Resource
from .._converge.setting import Setting
from .._remoting.errors import ObjectMissing
from .._remoting.record import Record
from .servers import Server

DEFAULT_WEB_SITE = "Default Web Site"
BACK_END_WEB_SITE = "Exchange Back End"
FRONT_END, BACK_END = "ClientAccess", "Mailbox"
"""The values of -Role: client access services, and the services that they hand requests to."""


@dataclass(frozen=True)
class VirtualDirectory(Noun):
    """A protocol's directory.

    Attributes:
        directory: its name in front of the web site's.
        path: the path of its URLs, written exactly so (client-access-laws section 4).
        title: what people call the protocol.
        kept: settings that are no options, but are put back when the directory is created anew.
    """

    directory: str = ""
    path: str = ""
    title: str = ""
    kept: tuple[Setting, ...] = ()
    cheap_read: str = "ADPropertiesOnly"

    @property
    def whole(self) -> VirtualDirectory:
        """The same with the settings among its own that are only put back."""
        return replace(self, settings=(*self.settings, *self.kept), kept=())

    def on(self, server: Server, web_site: str, wish: Mapping[str, Any], role: str = FRONT_END) -> Resource:
        """The directory of one server and web site. Those of the back end are not listed without being asked for."""
        back_end = {"ShowMailboxVirtualDirectories": True} if role == BACK_END else {}
        return Resource(
            noun=self,
            subject=f"{self.title} on {server.name}",
            select={"Server": server.fqdn, **back_end},
            pick=named(f"{self.directory} ({web_site})", server),
            wish=wish,
            version=server.product,
            version_name=str(server.product),
        )


def named(name: str, server: Server) -> Pick:
    """Pick by Name: asking by identity writes an error event for a missing one (client-access-laws 3.3)."""

    def pick(records: Sequence[Record]) -> Record:
        for record in records:
            if str(record.get("Name") or name).lower() == name.lower():
                return record
        raise ObjectMissing(
            f"{server.name} has no virtual directory '{name}'.",
            "Check web_site; a directory that is really gone can be created again with state recreated.",
        )

    return pick
