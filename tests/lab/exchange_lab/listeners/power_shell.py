# SPDX-License-Identifier: GPL-3.0-or-later
"""What /PowerShell needs of the web sites before it can answer (peers 29, exchange-remoting)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..world.servers import BACK_END, DEFAULT_WEB_SITE
from ..world.windows.applications import APPLICATIONS, POWERSHELL, has
from ..world.windows.sites import STARTED

if TYPE_CHECKING:
    from ..world.world import World

LISTENING, NO_DIRECTORY, UNAVAILABLE, NOTHING_LISTENS = 200, 404, 503, 0


class PowerShellAccess:
    """Asked for every request to the Exchange endpoint; servers are given by FQDN."""

    def __init__(self, world: World) -> None:
        self._world = world

    def front_end_status(self, front: str) -> int:
        """The HTTP status that is left to the front end: 200, 503 for its pool, 0 when nothing listens, 404 without its
        directory (V7).
        """
        machine = self._world.machines[front]
        if not machine.serving or machine.sites[DEFAULT_WEB_SITE].state != STARTED:
            return NOTHING_LISTENS
        if not self._has_directory(front, DEFAULT_WEB_SITE):
            return NO_DIRECTORY
        pool = machine.pools[APPLICATIONS[POWERSHELL].front_end_pool]
        return LISTENING if pool.serves(self._world.clock.now()) else UNAVAILABLE

    def why_not(self, front: str, back: str) -> str:
        """Why the front end cannot hand a request to that back end; empty text when it can."""
        if not self._has_directory(back, BACK_END):
            return f"{BACK_END} of {self._world.servers[back].name} has no PowerShell directory"
        return self._world.back_end_usable(self._world.servers[front], self._world.servers[back])

    def _has_directory(self, server: str, web_site: str) -> bool:
        return has(self._world, self._world.servers[server], web_site, APPLICATIONS[POWERSHELL])
