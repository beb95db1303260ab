# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a server for a snapshot: front and back end, with everything that IIS holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._converge.noun import Noun
from .._remoting.command import Command
from .._remoting.errors import AttributeAbsent, CommandFailed, ObjectEmpty
from .._remoting.session import Reply
from .autodiscover import CLIENT_ACCESS_SERVICE, service_connection_point
from .outlook_anywhere import OUTLOOK_ANYWHERE
from .servers import Server
from .snapshot import TABLES, Snapshot
from .virtual_directories import MAPI, PROTOCOLS

SERVICE = "Autodiscover service connection point"
WITHOUT_BACK_END = (MAPI.label,)

Read = Callable[[Command, bool], Reply]


@dataclass
class Inquiry:
    """One reading of a server. What cannot be read is named in the snapshot."""

    read: Read
    server: Server
    pinned: Mapping[str, Any]
    unread: dict[str, list[str]] = field(default_factory=dict)

    def snapshot(self, iis: Mapping[str, Any] | None = None) -> Snapshot:
        """Raises ExchangeError as Session.invoke, but for what the server itself refuses."""
        objects: dict[str, Mapping[str, Any]] = {}
        protocols: dict[str, str] = {}
        labels = [*PROTOCOLS, *([OUTLOOK_ANYWHERE.label] if self.server.has_client_access else [])]
        for label in labels:
            for name, settings in self._directories(TABLES[label]):
                objects[name], protocols[name] = settings, label
        if self.server.has_client_access and (point := self._service()):
            objects[SERVICE], protocols[SERVICE] = point, CLIENT_ACCESS_SERVICE.label
        return Snapshot(self.server.fqdn, str(self.server.version), objects, protocols, self.unread, iis)

    def _directories(self, noun: Noun) -> Iterator[tuple[str, dict[str, Any]]]:
        back_end = noun.label in PROTOCOLS and noun.label not in WITHOUT_BACK_END
        everything = {"ShowMailboxVirtualDirectories": True} if back_end else {}
        command = Command(noun.get, {"Server": self.server.fqdn, **everything, **self.pinned})
        try:
            reply = self.read(command, True)
        except CommandFailed as exc:
            self._note(noun, exc.sentence)
            return
        for error in reply.errors:
            self._note(noun, error.sentence)
        for record in reply.records:
            if not record.get("Name"):
                self._note(noun, f"{noun.get} returned an object with empty properties.")
            else:
                yield str(record["Name"]), noun.values(record, full=bool(record.get("Path")))

    def _service(self) -> Mapping[str, Any] | None:
        def read(command: Command) -> Reply:
            return self.read(command.with_parameters(**self.pinned), False)

        try:
            return service_connection_point(self.server, {}).observe(read, full=True).values
        except (CommandFailed, ObjectEmpty, AttributeAbsent) as exc:
            self._note(CLIENT_ACCESS_SERVICE, exc.sentence)
            return None

    def _note(self, noun: Noun, sentence: str) -> None:
        self.unread.setdefault(noun.label, []).append(sentence)
