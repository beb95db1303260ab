# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate and its laws: pure state, no I/O, one clock."""

from __future__ import annotations

from .clock import Clock, ManualClock, WallClock
from .estates import generate
from .refused import Refused
from .servers import Server
from .switches import Switches
from .world import World

__all__ = ["Clock", "ManualClock", "Refused", "Server", "Switches", "WallClock", "World", "generate"]
