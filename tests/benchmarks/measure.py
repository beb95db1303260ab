# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs each way against a lab of its own, twice, and measures the collection's own overhead."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import lab_process

from . import latencies, playbook, scenario
from .accounting import Counts, Measurement, busiest_worker_s, count, overhead_ms

RUNS = ("first", "second")
FORKS = 25
"""Servers side by side. Real servers let the control node wait, so it pays to have more than Ansible's five."""
OVERHEAD_RUNS = 5

Say = Callable[[str], None]


@dataclass(frozen=True)
class Case:
    """A way at a number of servers. shell_start_s: seconds of a real server, for the way that starts shells there."""

    way: str
    servers: int
    shell_start_s: int = 0

    def __str__(self) -> str:
        start = f", a shell starts in {self.shell_start_s} s" if self.shell_start_s else ""
        return f"{self.way}, {self.servers} server{'s' if self.servers > 1 else ''}{start}"


@dataclass(frozen=True)
class Bench:
    """A running lab and where its files are."""

    directory: Path
    inventory: Path
    log: TextIO

    def run(self, way: str, forks: int) -> tuple[float, Counts]:
        """The wall time of one run and what it cost. Raises RuntimeError when it fails."""
        self.log.read()  # what came before does not count
        wall = playbook.run(playbook.write(way, self.directory), self.inventory, forks)
        return wall, count(self.log.readlines())


@contextmanager
def bench(case: Case, directory: Path) -> Iterator[Bench]:
    """A fresh lab for a case. Raises RuntimeError when it does not start."""
    options = ["--servers", str(case.servers), *latencies.lab_options(case.shell_start_s)]
    with (
        lab_process.running(directory, options) as inventory,
        (directory / "log.jsonl").open(encoding="utf-8") as log,
    ):
        yield Bench(directory, inventory, log)


@dataclass(frozen=True)
class Run:
    """A measurement, and the wall time in seconds that it would have had if nothing had been scaled down.

    That is the wall time and the nine tenths of the busiest worker's waiting that the lab did not charge. Where the
    control node's processor was the limit, some of the waiting was hidden behind its work: then it is a little high.
    """

    measurement: Measurement
    real_wall_s: float


def measure(case: Case, directory: Path, say: Say) -> list[Run]:
    """Both runs of a case. Raises RuntimeError when one fails."""
    measured = []
    with bench(case, directory) as lab:
        for run in RUNS:
            wall, counts = lab.run(case.way, FORKS)
            measured.append(Run(_measurement(case, run, wall, counts), _real_wall(case, wall, counts)))
            say(f"{case}, {run} run: {wall:.1f} s, {counts.cmdlets} cmdlets")
    return measured


def _measurement(case: Case, run: str, wall: float, counts: Counts) -> Measurement:
    return Measurement(
        scenario=scenario.NAME,
        servers=case.servers,
        way=case.way,
        run=run,
        shell_start_s=case.shell_start_s,
        sessions=counts.sessions,
        requests=counts.requests,
        bytes=counts.bytes,
        cmdlets=counts.cmdlets,
        writes=counts.writes,
        wall_s=round(wall, 3),
    )


def _real_wall(case: Case, wall: float, counts: Counts) -> float:
    starts = counts.cmdlets * latencies.scaled(case.shell_start_s)  # each cmdlet of `today` has a shell of its own
    waited = busiest_worker_s(counts.latency_s + starts, case.servers, FORKS)
    return wall + waited * (latencies.SCALE - 1)


def measure_overhead(directory: Path, say: Say) -> float:
    """The median overhead of `bulk` a cmdlet in milliseconds: one server, one fork, nothing left to write.

    A run without writes sends the fewest cmdlets, so the session and the task itself weigh most on each.
    Raises RuntimeError when a run fails.
    """
    found = []
    with bench(Case("bulk", 1), directory) as lab:
        lab.run("bulk", 1)
        for _unused in range(OVERHEAD_RUNS):
            debug_wall, _none = lab.run("debug", 1)
            wall, counts = lab.run("bulk", 1)
            found.append(overhead_ms(wall, debug_wall, counts))
            say(f"overhead: {wall:.2f} s, debug {debug_wall:.2f} s, charged {counts.latency_s:.2f} s")
    return statistics.median(found)
