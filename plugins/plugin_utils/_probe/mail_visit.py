# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A visit to a mail port: it asks for TLS, shakes hands and leaves. No login, no mail (certificate-laws L3c, L7)."""

from __future__ import annotations

import asyncio

from .._report.clean import cleaned
from .connection import Addresses
from .faults import Fault
from .mail_protocols import PROTOCOLS, Question
from .mail_target import MailOutcome, MailWay
from .target import Target
from .visit import Visit

MAX_LINES = 100
"""Of an answer."""
MAX_SHOWN = 120
"""Characters that are shown of an answer."""


class MailVisit(Visit):
    """One protocol of one server."""

    longest_line = 4096

    outcome: MailOutcome

    def __init__(self, target: Target, addresses: Addresses, way: MailWay) -> None:
        self.protocol = PROTOCOLS[target.protocol]
        self.language, self.own = self.protocol.language, self.protocol.language.causes
        outcome = MailOutcome(target, way.ports[target.protocol])
        super().__init__(target, outcome, addresses, way, self.own.shared)
        self._talking = False

    async def approach(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.protocol.at_once:
            await self._greet(reader, writer)
            await self._ask_for_tls(reader, writer)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.outcome.secure = True
        if self.protocol.at_once:
            await self._greet(reader, writer)

    async def leave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """But not to somebody who has said nothing."""
        if not self._talking:
            return
        writer.write(f"{self.language.farewell}\r\n".encode("ascii"))
        await reader.readline()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.when_silent = self.own.mute
        await self._ask(self.language.greeting, reader, writer)
        self._talking = True

    async def _ask_for_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        able = await self._ask(self.language.abilities, reader, writer)
        self.outcome.tls_offered = any(self.language.offer.match(line) for line in able)
        if not self.outcome.tls_offered:
            raise Fault(self.own.no_offer, place=self.place)
        await self._ask(self.language.start, reader, writer)

    async def _ask(self, question: Question, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[str]:
        """The lines of the answer. Raises Fault where it is no answer, or not yes."""
        try:
            if question.line:
                address = str(writer.get_extra_info("sockname")[0])
                client = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
                writer.write(f"{question.line.format(client=client)}\r\n".encode("ascii"))
                await writer.drain()
            lines = [await self._line(reader)]
            if not question.line and not self.language.marks.match(lines[0]):
                raise self._foreign(lines[0])
            while not question.last.match(lines[-1]):
                if len(lines) == MAX_LINES:
                    raise self._foreign(lines[-1])
                lines.append(await self._line(reader))
        except OSError as exc:
            raise Fault(self.own.closed, place=self.place) from exc
        if not question.yes.match(lines[-1]):
            asked = question.line.partition(" {")[0] or "the connection"
            raise Fault(self.own.unwilling, place=self.place, question=asked, reply=_shown(lines[-1]))
        return lines

    async def _line(self, reader: asyncio.StreamReader) -> str:
        """Without its end. Raises Fault where it is too long or there is none, OSError where the connection breaks."""
        try:
            line = await reader.readline()
        except ValueError as exc:
            raise self._foreign("a line that does not end") from exc
        if not line.endswith(b"\n"):
            raise Fault(self.own.closed, place=self.place)
        return line.decode("latin-1").rstrip("\r\n")

    def _foreign(self, reply: str) -> Fault:
        return Fault(self.own.foreign, place=self.place, language=self.language.name, reply=_shown(reply))


def _shown(reply: str) -> str:
    """Without anything that a terminal would obey, for the end of a sentence."""
    return str(cleaned(reply))[:MAX_SHOWN].strip().rstrip(".")
