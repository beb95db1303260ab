# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the lab as a process of its own and stops it.

python tests/tools/lab_process.py start DIRECTORY [options of exchange_lab]
python tests/tools/lab_process.py stop DIRECTORY

The lab writes inventory.yml into the directory; its output goes to output.txt and its process id to pid, beside it.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from collection_tree import CHECKOUT

LONGEST_START = 60.0  # seconds
LONGEST_STOP = 20.0  # seconds


def start(directory: Path, options: Sequence[str] = ()) -> None:
    """Start the lab in the background and wait until it is ready.

    Free ports are taken unless the options name a port shift.
    Raises RuntimeError with the lab's output when it ends or is not ready in time.
    """
    directory.mkdir(parents=True, exist_ok=True)
    stop(directory)
    shift = () if "--port-shift" in options else ("--port-shift", "auto")
    with output_of(directory).open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # the lab inherits the lock with its output and holds it while it lives
        lab = subprocess.Popen(
            [sys.executable, "-u", "-m", "exchange_lab", "--dir", str(directory), *shift, *options],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT / "tests" / "lab")},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    pid_file(directory).write_text(str(lab.pid), encoding="ascii")
    if not wait_until(lambda: is_ready(directory) or not is_running(directory), LONGEST_START) or not is_ready(
        directory
    ):
        stop(directory)
        raise RuntimeError(f"The lab did not start:\n{output_of(directory).read_text(encoding='utf-8')}")


def stop(directory: Path) -> None:
    """Stop the lab that was started for this directory, if it runs, and wait for its end."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if is_running(directory):
            os.killpg(int(pid_file(directory).read_text(encoding="ascii")), sign)
            wait_until(lambda: not is_running(directory), LONGEST_STOP)


@contextmanager
def running(directory: Path, options: Sequence[str] = ()) -> Iterator[Path]:
    """The lab for the length of a with block; gives the path of its inventory."""
    try:
        start(directory, options)
        yield directory / "inventory.yml"
    finally:
        stop(directory)


def output_of(directory: Path) -> Path:
    return directory / "output.txt"


def pid_file(directory: Path) -> Path:
    return directory / "pid"


def is_ready(directory: Path) -> bool:
    """Whether the lab has printed the line that says so."""
    return any(line.startswith("ready") for line in output_of(directory).read_text(encoding="utf-8").splitlines())


def is_running(directory: Path) -> bool:
    """Whether the lab of this directory lives: it holds the lock on its output."""
    if not output_of(directory).exists():
        return False
    with output_of(directory).open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_until(condition: Callable[[], bool], longest: float) -> bool:
    """Ask ten times a second, for so many seconds at most; return the last answer."""
    give_up = time.monotonic() + longest
    while not (answer := condition()) and time.monotonic() < give_up:
        time.sleep(0.1)
    return answer


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Start or stop the lab in the background.")
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("directory", type=Path)
    parsed, options = parser.parse_known_args(arguments)
    if parsed.action == "stop":
        stop(parsed.directory)
        return 0
    try:
        start(parsed.directory, options)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
