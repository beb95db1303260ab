# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A visit to a health page: one GET, and nothing else (health-laws H2, H6)."""

from __future__ import annotations

import asyncio

from . import page_faults as faults
from .connection import Addresses
from .faults import Fault
from .page import named_server, names_server, path_of
from .page_target import PageOutcome, PageTarget, PageWay
from .reply import Reply, read_reply
from .visit import Visit

_REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mailops.exchange\r\nConnection: close\r\n\r\n"


class PageVisit(Visit):
    """Up is status 200 and a server that may answer in the body."""

    outcome: PageOutcome
    target: PageTarget
    way: PageWay

    def __init__(self, target: PageTarget, addresses: Addresses, way: PageWay) -> None:
        super().__init__(target, PageOutcome(target, way.port, url=way.url(target)), addresses, way, faults.SHARED)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.when_silent = faults.SLOW
        self._judge(await self._ask(reader, writer))

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Reply:
        request = _REQUEST.format(path=path_of(self.target.protocol), host=self.way.host_header(self.target))
        try:
            writer.write(request.encode("ascii"))
            await writer.drain()
            return await read_reply(reader, self.place)
        except OSError as exc:
            raise Fault(faults.NO_ANSWER, place=self.place) from exc

    def _judge(self, reply: Reply) -> None:
        outcome, expected = self.outcome, self.target.servers
        outcome.status = reply.status
        if reply.status != 200:
            cause = faults.of_status(reply.status)
            raise Fault(cause, place=self.place, status=reply.status, location=reply.location)
        named = next((server for server in expected if names_server(reply.body, server)), "")
        outcome.answered_by = named or named_server(reply.body)
        if not outcome.answered_by:
            raise Fault(faults.OTHER_PAGE, place=self.place)
        if expected and not named:
            raise Fault(
                faults.OTHER_SERVER, place=self.place, other=outcome.answered_by, expected=" or ".join(expected)
            )
        outcome.up = True
