# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demonstrations share: they show each play, the lab's own log of it, and what the recap says."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from collection_tree import CHECKOUT


def announce(sentence: str) -> None:
    print(f"\n=== {sentence}", flush=True)


def play(playbook: str, inventory: Path, variables: Mapping[str, Any] | None = None) -> str:
    """Run a playbook of the collection with its diff, as a user would type it, and return what it printed.

    Raises RuntimeError when it fails.
    """
    given = [word for name, value in (variables or {}).items() for word in ("-e", _variable(name, value))]
    command = ["ansible-playbook", playbook, "-i", str(inventory.relative_to(CHECKOUT)), *given, "--diff"]
    announce(shlex.join(command))
    printed: list[str] = []
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            printed.append(line)
    if running.returncode:
        raise RuntimeError(f"ansible-playbook ended with exit code {running.returncode}: see above.")
    return "".join(printed)


def _variable(name: str, value: Any) -> str:
    return f"{name}={value}" if isinstance(value, str) else json.dumps({name: value})


def cmdlets(log_lines: Iterable[str]) -> list[dict]:
    """The records of the cmdlets that ran, from lines of the lab's log."""
    records = (json.loads(line) for line in log_lines if line.strip())
    return [record for record in records if record["event"] == "cmdlet"]


def show(records: list[dict]) -> int:
    """Print the cmdlets of one run; return how many of them wrote."""
    writes = [record for record in records if record["write"] and not record["what_if"]]
    announce(f"The lab's own log: {len(records)} cmdlets, {len(writes)} of them writes")
    for record in writes:
        given = " ".join(f"-{name} {value}" for name, value in record["parameters"].items())
        print(f"{record['server']}: {record['cmdlet']} {given}")
    return len(writes)


def changed_tasks(recap: str) -> int:
    """The sum of the changed counts of a playbook's recap.

    Raises ValueError where the text holds no recap: no host matched.
    """
    counts = [
        int(word.removeprefix("changed="))
        for line in recap.rpartition("PLAY RECAP")[2].splitlines()
        for word in line.split()
        if word.startswith("changed=")
    ]
    if not counts:
        raise ValueError("The playbook ran on no server.")
    return sum(counts)


def perform(demonstrate: Callable[[], str]) -> int:
    """Run a demonstration, which returns what is wrong or an empty text; the exit code."""
    try:
        problem = demonstrate()
    except (RuntimeError, ValueError) as error:
        problem = str(error)
    if problem:
        announce(f"FAILED: {problem}")
    return 1 if problem else 0
