# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the playbooks of the scenario and runs them with the unmodified ansible-playbook."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import yaml
from collection_tree import link_collection

from . import scenario

LAST_LINES = 20


def write(way: str, directory: Path) -> Path:
    """The playbook of a way as a file."""
    path = directory / f"{way}.yml"
    path.write_text(yaml.safe_dump(scenario.play(way), sort_keys=False, width=1000), encoding="utf-8")
    return path


def run(playbook: Path, inventory: Path, forks: int) -> float:
    """Run a playbook; return its wall time in seconds.

    Raises RuntimeError, with the end of its output, when a host failed.
    """
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, str(playbook), "--inventory", str(inventory), "--forks", str(forks)]
    started = time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(link_collection())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wall = time.perf_counter() - started
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-LAST_LINES:])
        raise RuntimeError(f"{playbook.name} ended with exit code {done.returncode}:\n{last}")
    return wall
