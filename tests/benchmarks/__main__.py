# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.benchmarks`: measures, writes build/bench.json, prints the tables.

Exit code 1 when a target is missed or a run fails. The lab stops in every case.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from collection_tree import CHECKOUT

from . import latencies, report
from .accounting import Measurement
from .measure import FORKS, Case, measure, measure_overhead
from .targets import targets

MANY = 50
CASES = (
    Case("bulk", 1),
    Case("fine", 1),
    *(Case("today", 1, start) for start in latencies.SHELL_STARTS_S),
    Case("bulk", MANY),
    Case("fine", MANY),
    Case("today", MANY, latencies.REFERENCE_START_S),  # the other starts differ by waiting only, and take minutes
)
DIRECTORY = CHECKOUT / "build" / "bench"
RESULT = CHECKOUT / "build" / "bench.json"


def write(measured: Iterable[Measurement], path: Path) -> None:
    """The measurements as a list of objects."""
    path.write_text(json.dumps([asdict(item) for item in measured], indent=1) + "\n", encoding="utf-8")


def main() -> int:
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {line}", flush=True)

    print(f"{report.charges()}\n\nUp to {FORKS} servers side by side (forks).\n", flush=True)
    try:
        runs = [run for case in CASES for run in measure(case, DIRECTORY, say)]
        overhead = measure_overhead(DIRECTORY, say)
    except RuntimeError as error:
        print(f"The benchmark failed. {error}", file=sys.stderr)
        return 1
    measured = [run.measurement for run in runs]
    write(measured, RESULT)
    found = targets(measured, overhead)
    print(f"\n{report.measurements(runs)}\n\n{report.verdict(found)}\n\nWritten: {RESULT.relative_to(CHECKOUT)}")
    return 0 if all(target.reached for target in found) else 1


if __name__ == "__main__":
    sys.exit(main())
