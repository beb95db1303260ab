# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes replies apart as they arrive, within bounds: bytes, fragments, messages (MS-PSRP 2.2.4, 2.2.1).

It stands in for pypsrp's own defragmenting, which copies its buffer for every fragment and trusts every length.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from . import clixml
from .errors import ReplyRefused

with suppress(ImportError):  # Session.open says so
    from pypsrp.messages import Message, MessageType

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""What one command may send back in all. Honest replies are some kB an object; certificates too."""

_FRAGMENT = struct.Struct(">QQBI")
_HEADER_BYTES = 40
_BOM = b"\xef\xbb\xbf"


class Budget:
    """Counts what one command's replies may still take."""

    def __init__(self, limit: int = MAX_REPLY_BYTES) -> None:
        self._limit = self._left = limit

    def renew(self) -> None:
        """A new command begins."""
        self._left = self._limit

    def take(self, count: int) -> None:
        """Raises ReplyRefused when the bytes of this command pass the limit."""
        self._left -= count
        if self._left < 0:
            raise ReplyRefused(
                f"The server's reply is larger than {self._limit // 1024 // 1024} MB.",
                "It was cut off and nothing of it was used; ask for fewer servers or settings at once.",
            )


def limit_bytes(session: Any, budget: Budget) -> Any:
    """Count the bodies that a requests session reads against the budget. Returns the session.

    They are counted when they are read, not fetched before: the login looks at the TLS connection of a reply that is
    still unread, for the channel binding that Extended Protection asks for.
    """
    for adapter in session.adapters.values():
        adapter.send = _bounded(adapter.send, budget)
    return session


def _bounded(send: Callable[..., Any], budget: Budget) -> Callable[..., Any]:
    def bounded(request: Any, **options: Any) -> Any:
        response = send(request, **options)
        pieces = response.iter_content

        def counted(*chunk: Any) -> Iterator[bytes]:
            for piece in pieces(*chunk):
                try:
                    budget.take(len(piece))
                except ReplyRefused:
                    response.close()
                    raise
                yield piece

        response.iter_content = counted
        return response

    return bounded


class Defragmenter:
    """Collects fragments to messages. Output objects become Records; everything else goes to pypsrp after a check."""

    def __init__(self, serializer: Any) -> None:
        self._serializer = serializer
        self._partial: dict[int, tuple[int, list[bytes]]] = {}

    def __call__(self, data: bytes) -> list[Any]:
        return [self._message(message) for message in self._whole(data)]

    def _whole(self, data: bytes) -> list[bytes]:
        whole, at = [], 0
        while at < len(data):
            if len(data) - at < _FRAGMENT.size:
                raise _broken()
            object_id, fragment_id, flags, length = _FRAGMENT.unpack_from(data, at)
            at += _FRAGMENT.size
            if length > len(data) - at:
                raise _broken()
            expected, pieces = self._partial.pop(object_id, (0, []))
            if fragment_id != expected or bool(flags & 1) != (expected == 0):
                raise _broken()
            pieces.append(data[at : at + length])
            at += length
            if flags & 2:
                whole.append(b"".join(pieces))
            else:
                self._partial[object_id] = (expected + 1, pieces)
        return whole

    def _message(self, data: bytes) -> Any:
        if len(data) < _HEADER_BYTES:
            raise _broken()
        kind = struct.unpack_from("<I", data, 4)[0]
        try:
            text = data[_HEADER_BYTES:].removeprefix(_BOM).decode("utf-8")
        except UnicodeDecodeError as exc:
            raise _broken() from exc
        if kind == MessageType.PIPELINE_OUTPUT:
            return SimpleNamespace(message_type=kind, data=SimpleNamespace(data=clixml.read_object(text)))
        if text:
            clixml.check(text)
        return Message.unpack(data, self._serializer)


def _broken() -> ReplyRefused:
    return ReplyRefused(
        "The server's reply is not valid PSRP.",
        "Nothing of it was used; check that no proxy or load balancer changes the traffic.",
    )
