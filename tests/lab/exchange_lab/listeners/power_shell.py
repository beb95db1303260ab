# SPDX-License-Identifier: GPL-3.0-or-later
"""What /PowerShell needs of the web sites before it can answer (peers 29, exchange-remoting)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..world.servers import DEFAULT_WEB_SITE
from ..world.windows.sites import STARTED
from .applications import APPLICATIONS, POWERSHELL

if TYPE_CHECKING:
    from ..world.world import World

LISTENING, UNAVAILABLE, NOTHING_LISTENS = 200, 503, 0


class PowerShellAccess:
    """Asked for every request to the Exchange endpoint; servers are given by FQDN."""

    def __init__(self, world: World) -> None:
        self._world = world

    def front_end_status(self, front: str) -> int:
        """The HTTP status that http.sys leaves to the front end: 200, 503 for its pool, 0 when nothing listens."""
        machine = self._world.machines[front]
        if not machine.serving or machine.sites[DEFAULT_WEB_SITE].state != STARTED:
            return NOTHING_LISTENS
        pool = machine.pools[APPLICATIONS[POWERSHELL].front_end_pool]
        return LISTENING if pool.serves(self._world.clock.now()) else UNAVAILABLE

    def why_not(self, front: str, back: str) -> str:
        """Why the front end cannot hand a request to that back end; empty text when it can."""
        return self._world.back_end_usable(self._world.servers[front], self._world.servers[back])
