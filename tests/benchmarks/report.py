# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's tables, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import latencies
from .measure import Run
from .targets import Target


def table(rows: Sequence[Sequence[object]], numbers_from: int) -> str:
    """Aligned columns; those from numbers_from on to the right. The first row is the heading."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join("  ".join(_aligned(row, widths, numbers_from)).rstrip() for row in texts)


def _aligned(row: Sequence[str], widths: Sequence[int], numbers_from: int) -> Iterable[str]:
    for at, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.rjust(width) if at >= numbers_from else text.ljust(width)


def charges() -> str:
    """What the lab charges, before and after scaling."""
    rows: list[Sequence[object]] = [("operation", "", "real s", f"1:{latencies.SCALE}")]
    rows += [
        (charge.what, charge.pattern, charge.seconds, latencies.scaled(charge.seconds)) for charge in latencies.CHARGES
    ]
    rows += [
        ("the start of an Exchange shell (today)", "exchange-shell", start, latencies.scaled(start))
        for start in latencies.SHELL_STARTS_S
    ]
    return table(rows, 2)


def measurements(runs: Iterable[Run]) -> str:
    """One line a run; the last column estimates the wall time at the latencies of real servers."""
    heading = (
        "way",
        "run",
        "servers",
        "start s",
        "sessions",
        "requests",
        "kB",
        "cmdlets",
        "writes",
        "wall s",
        "real s",
    )
    rows: list[Sequence[object]] = [heading]
    rows += [
        (
            item.way,
            item.run,
            item.servers,
            item.shell_start_s or "-",
            item.sessions,
            item.requests,
            item.bytes // 1000,
            item.cmdlets,
            item.writes,
            f"{item.wall_s:.1f}",
            f"{run.real_wall_s:.0f}",
        )
        for run in runs
        for item in [run.measurement]
    ]
    return table(rows, 2)


def verdict(found: Iterable[Target]) -> str:
    """One line a target."""
    rows: list[Sequence[object]] = [("", "target", "measured", "wanted")]
    rows += [("PASS" if item.reached else "FAIL", item.what, item.measured, item.wanted) for item in found]
    return table(rows, 2)
