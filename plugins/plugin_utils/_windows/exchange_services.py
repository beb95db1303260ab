# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, stopping and restarting Exchange's Windows services (iis-over-remoting 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._remoting.command import Command
from .._remoting.record import Record
from .._run.step import Step
from .services import RUNNING, prove_all, start, states

STOPPED, RESTARTED = "Stopped", "restarted"
REACHED = {"started": RUNNING, "stopped": STOPPED, RESTARTED: RUNNING}
"""The status in which each wish ends. The cmdlets wait for it."""

_START_TYPES = {2: "Automatic", 3: "Manual", 4: "Disabled"}

Services = Mapping[str, Mapping[str, str]]
"""Status and start type of each service, by its name."""


def read(names: Sequence[str]) -> Command:
    """Those services. One that is missing is an error beside the others."""
    properties = ["Name", "Status", "StartType"]
    return Command("Get-Service", {"Name": list(names)}).then("Select-Object", Property=properties)


def services(records: Sequence[Record]) -> Services:
    """An enumeration arrives as text, or as its number."""
    found = states(records)
    return {
        name: {"status": found[name], "start_type": _start_type(record.get("StartType"))}
        for record in records
        for name in [str(record["Name"])]
    }


def _start_type(value: Any) -> str:
    return _START_TYPES.get(value, str(value)) if isinstance(value, int) else str(value)


def steps(present: Services, wish: str) -> Iterator[Step]:
    """What has to be sent. What does not run has nothing to restart, and stays as somebody has left it."""
    for name, service in present.items():
        status = service["status"]
        if wish == "started" and status != RUNNING:
            yield Step(start(name), f"It is {status}")
        elif wish == "stopped" and status != STOPPED:
            yield Step(Command("Stop-Service", {"Name": name, "ErrorAction": "Stop"}), f"It is {status}")
        elif wish == RESTARTED and status == RUNNING:
            yield Step(Command("Restart-Service", {"Name": name, "ErrorAction": "Stop"}), "It was asked for")


def prove(before: Services, after: Services, wish: str) -> None:
    """Raises NotReached: the server took the command, but a service is not where it should be."""
    touched = [name for name in before if wish != RESTARTED or before[name]["status"] == RUNNING]
    prove_all({name: after[name]["status"] for name in touched}, REACHED[wish])
