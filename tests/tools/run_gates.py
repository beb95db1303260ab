# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs gates (targets of the Makefile), two side by side, then the tests alone, and says how each one went.

python tests/tools/run_gates.py GATE... --then GATE

A failing gate shows its whole output and does not stop the others. The gate after --then writes straight to the
terminal and comes last, so that pytest's closing line closes the output. Exit code 1 when anything failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

SIDE_BY_SIDE = 2

_printing = Lock()


def say(text: str) -> None:
    """Print at once; lines of two gates never mix."""
    with _printing:
        print(text, flush=True)


def run(gate: str, *, captured: bool) -> bool:
    """Run one gate. True when it passed."""
    say(f"[ start ] {gate}")
    started = time.monotonic()
    result = subprocess.run(
        [os.environ.get("MAKE", "make"), "--silent", "--no-print-directory", gate],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if captured else None,
        stderr=subprocess.STDOUT if captured else None,
        text=True,
    )
    passed = result.returncode == 0
    if captured:
        seconds = time.monotonic() - started
        say(f"[ ok    ] {gate} ({seconds:.0f} s)" if passed else f"[ FAILED] {gate} ({seconds:.0f} s)\n{result.stdout}")
    return passed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run gates side by side, then one alone.")
    parser.add_argument("gates", nargs="*", metavar="GATE")
    parser.add_argument("--then", required=True, metavar="GATE")
    options = parser.parse_args(arguments)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        passed = dict(zip(options.gates, pool.map(lambda gate: run(gate, captured=True), options.gates), strict=True))
    failed = [gate for gate, ok in passed.items() if not ok]
    if failed:
        say(f"[ FAILED] {', '.join(failed)}: see above. The tests still run.")
    return 0 if run(options.then, captured=False) and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
