# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: starts the lab, configures its servers, does it again, and shows that nothing changed.

Both runs are the unmodified ansible-playbook over real PSRP connections. Exit code 1 when a run fails, when the first
one writes nothing or the second one changes or writes anything. The lab stops in every case.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import lab_process
from collection_tree import CHECKOUT

ESTATE = "certified"
DIRECTORY = CHECKOUT / "build" / "demo"  # build/lab belongs to make lab
PLAYBOOK = "playbooks/set_namespaces.yml"
NAMESPACES = (
    "namespaces_name=mail.contoso.test",
    "namespaces_autodiscover_name=autodiscover.contoso.test",
)


def announce(sentence: str) -> None:
    print(f"\n=== {sentence}", flush=True)


def play(inventory: Path, results: Path) -> None:
    """Run the playbook with its diff; its recap is left in results.

    Raises RuntimeError when it fails.
    """
    plan = [word for name in NAMESPACES for word in ("-e", name)]
    command = ["ansible-playbook", PLAYBOOK, "-i", str(inventory.relative_to(CHECKOUT)), *plan, "--diff"]
    announce(" ".join(command))
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        with results.open("w", encoding="utf-8") as copy:
            for line in running.stdout:
                print(line, end="", flush=True)
                copy.write(line)
    if running.returncode:
        raise RuntimeError(f"ansible-playbook ended with exit code {running.returncode}: see above.")


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


def demonstrate() -> str:
    """Run the demonstration; return what is wrong, or an empty text."""
    announce(f"Starting the lab with the estate {ESTATE}")
    with (
        tempfile.TemporaryDirectory() as scratch,
        lab_process.running(DIRECTORY, ["--estate", ESTATE]) as inventory,
        (DIRECTORY / "log.jsonl").open(encoding="utf-8") as log,
    ):
        recap = Path(scratch, "recap.txt")
        play(inventory, recap)
        if not show(cmdlets(log.readlines())):
            return "The first run wrote nothing."
        announce("The same again: nothing may change")
        play(inventory, recap)
        if show(cmdlets(log.readlines())) or changed_tasks(recap.read_text(encoding="utf-8")):
            return "The second run changed something."
    announce("The second run changed nothing. The lab is stopped.")
    return ""


def main() -> int:
    try:
        problem = demonstrate()
    except (RuntimeError, ValueError) as error:
        problem = str(error)
    if problem:
        announce(f"FAILED: {problem}")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
