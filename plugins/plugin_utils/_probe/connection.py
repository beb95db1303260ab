# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to the first of several addresses that takes one; one that is silent is not waited for (RFC 8305)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

Addresses = Sequence[str]
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HEAD_START = 0.25
"""Seconds that an address has before the next is tried beside it."""


async def connect(
    addresses: Addresses, port: int, *, limit: int, timeout: float, tell: Callable[[str], None]
) -> Stream:
    """Try the addresses in their order, the next as soon as one fails or is silent for a while.

    Args:
        limit: bytes of a line.
        timeout: seconds until the caller gives up; every address is tried in the first half of them.
        tell: is told the address that is waited for or was the last to answer.

    Raises:
        OSError: every address failed, the last one with this.
    """
    head_start = min(HEAD_START, timeout / 2 / len(addresses))
    untried = list(addresses)
    trying: dict[asyncio.Task[Stream], str] = {}
    try:
        while True:
            if untried:
                address = untried.pop(0)
                trying[asyncio.create_task(asyncio.open_connection(address, port, limit=limit))] = address
            tell(next(iter(trying.values())))
            answered, _silent = await asyncio.wait(
                trying, timeout=head_start if untried else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in [task for task in trying if task in answered]:
                tell(trying.pop(task))
                try:
                    return task.result()
                except OSError:
                    if not untried and not trying:
                        raise
    finally:
        await _give_up(trying)


async def _give_up(trying: Collection[asyncio.Task[Stream]]) -> None:
    """Also connections that stand by now."""
    for task in trying:
        task.cancel()
    for made in await asyncio.gather(*trying, return_exceptions=True):
        if not isinstance(made, BaseException):
            made[1].transport.abort()
