# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one HTTP reply, bounded; what it says is not trusted."""

from __future__ import annotations

import asyncio
import http.client
import io
from dataclasses import dataclass
from typing import Any

from .._report.clean import cleaned
from . import page_faults as faults
from .faults import Fault

MAX_BYTES = 64 * 1024
"""Of a reply. The page has less than 300 with its headers."""
MAX_LOCATION = 200
"""Characters that are shown of a redirection's aim."""


@dataclass(frozen=True)
class Reply:
    """location: of a redirection, without anything that a terminal would obey."""

    status: int
    location: str
    body: str


async def read_reply(reader: asyncio.StreamReader, place: str) -> Reply:
    """Read until the reply is complete, the connection ends or the bound is reached.

    Raises:
        Fault: nothing came, or no HTTP.
        OSError: the connection broke.
    """
    received = b""
    while len(received) < MAX_BYTES:
        piece = await reader.read(MAX_BYTES - len(received))
        received += piece
        if not piece:
            break
        if complete(received):
            break
    if not received:
        raise Fault(faults.NO_ANSWER, place=place)
    return parse(received, place)


def complete(received: bytes) -> bool:
    """Whether the reply ends here, by its own length; one without a length ends with the connection."""
    if b"\r\n\r\n" not in received:
        return False
    try:
        response = _response(received)
        if response.length is None and not response.chunked:
            return False
        response.read()
    except (http.client.HTTPException, ValueError):
        return False
    return True


def parse(received: bytes, place: str) -> Reply:
    """The reply, or as much of it as came. Raises Fault where it is no HTTP."""
    try:
        response = _response(received)
    except (http.client.HTTPException, ValueError) as exc:
        raise Fault(faults.NOT_HTTP, place=place, why=type(exc).__name__) from exc
    try:
        body = response.read()
    except http.client.IncompleteRead as exc:
        body = exc.partial
    except (http.client.HTTPException, ValueError):
        body = b""
    location = cleaned(response.headers.get("Location") or "another place")[:MAX_LOCATION]
    return Reply(response.status, location, body.decode("utf-8", "replace"))


class _Received:
    """Bytes in the place of a socket."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, *_unused: Any) -> io.BytesIO:
        return io.BytesIO(self._received)


def _response(received: bytes) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(_Received(received), method="GET")  # type: ignore[arg-type]
    response.begin()
    return response
