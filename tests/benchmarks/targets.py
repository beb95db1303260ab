# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements must reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .accounting import Measurement
from .latencies import REFERENCE_START_S

FASTER = 8
OVERHEAD_MS = 60


@dataclass(frozen=True)
class Target:
    """One line of the verdict."""

    what: str
    measured: str
    wanted: str
    reached: bool


def targets(measurements: Sequence[Measurement], overhead: float) -> list[Target]:
    """All targets over the measurements of every case and the overhead in milliseconds a cmdlet."""
    return [
        *(_sessions(item) for item in measurements if item.way == "bulk"),
        *(_writes(item) for item in measurements if item.way != "today" and item.run == "second"),
        *(_requests(item) for item in measurements if item.way == "bulk"),
        *_walls(measurements),
        Target("own overhead a cmdlet", f"{overhead:.0f} ms", f"<= {OVERHEAD_MS} ms", overhead <= OVERHEAD_MS),
    ]


def _sessions(item: Measurement) -> Target:
    return Target(f"sessions, {_named(item)}", f"{item.sessions}", f"= {item.servers}", item.sessions == item.servers)


def _writes(item: Measurement) -> Target:
    return Target(f"writes, {_named(item)}", f"{item.writes}", "= 0", item.writes == 0)


def _requests(item: Measurement) -> Target:
    most = 2 + 2 * item.cmdlets + 3 * item.servers
    return Target(f"requests, {_named(item)}", f"{item.requests}", f"<= {most}", item.requests <= most)


def _walls(measurements: Sequence[Measurement]) -> Iterator[Target]:
    walls = {(item.way, item.servers, item.run, item.shell_start_s): item.wall_s for item in measurements}
    for (way, servers, run, _start), wall in walls.items():
        if way == "bulk":
            ratio = walls["today", servers, run, REFERENCE_START_S] / wall
            what = f"wall of today at {REFERENCE_START_S} s / bulk, {servers} x {run}"
            yield Target(what, f"{ratio:.1f}", f">= {FASTER}", ratio >= FASTER)


def _named(item: Measurement) -> str:
    return f"{item.way}, {item.servers} x {item.run}"
