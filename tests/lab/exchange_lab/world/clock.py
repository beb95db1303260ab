# SPDX-License-Identifier: GPL-3.0-or-later
"""The world's one clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since 1970, UTC."""

    def now(self) -> float:
        """The time."""
        raise NotImplementedError


class WallClock:
    """The time of this computer."""

    def now(self) -> float:
        return time.time()


class ManualClock:
    """A clock that moves when told to: replication and copying delays become exact."""

    def __init__(self, start: float = 1_767_268_800.0) -> None:
        """Start at 1 January 2026, 12:00 UTC, unless told otherwise."""
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward; raises ValueError for a negative number of seconds."""
        if seconds < 0:
            raise ValueError(f"The clock cannot go back ({seconds} s).")
        self._now += seconds
