# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of hosts, as the control node's resolver tells them."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from .connection import Addresses


class Unresolved(Exception):
    """A host has no address; the text says why."""


class Resolver:
    """Looks each host up once for all who ask, and again for those who ask after it failed."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lookups: dict[str, asyncio.Task[Addresses]] = {}

    async def addresses(self, host: str) -> Addresses:
        """In the order in which a client tries them. Raises Unresolved."""
        lookup = self._lookups.get(host)
        if lookup is None or (lookup.done() and lookup.exception()):
            lookup = self._lookups[host] = asyncio.create_task(_looked_up(host, self._timeout))
        return await lookup


async def _looked_up(host: str, timeout: float) -> Addresses:
    """In a thread of its own, so that a name server that does not answer keeps no other host waiting."""
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().run_in_executor(thread, _asked, host)
    except TimeoutError as exc:
        raise Unresolved(f"no answer within {timeout:g} s") from exc
    except (OSError, UnicodeError) as exc:
        raise Unresolved(getattr(exc, "strerror", None) or "not a name") from exc
    finally:
        thread.shutdown(wait=False)
    return found


def _asked(host: str) -> Addresses:
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))
