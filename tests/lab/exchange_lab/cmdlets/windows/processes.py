# SPDX-License-Identifier: GPL-3.0-or-later
"""Running processes (W40)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .call import CORE, Call, Failure, cmdlet
from .live import Live


@dataclass(slots=True)
class LiveProcess(Live):
    """A Process."""

    name: str
    types = ("System.Diagnostics.Process", "System.ComponentModel.Component")

    def properties(self) -> Mapping[str, Any]:
        return {"Name": self.name, "ProcessName": self.name}

    def __str__(self) -> str:
        return f"{self.types[0]} ({self.name})"


@cmdlet("Get-Process", CORE + "GetProcessCommand", "Name")
def get_process(call: Call) -> Iterator[LiveProcess]:
    """A name that is not there is an error, a pattern never."""
    processes = call.machine.processes
    for name in call.get("Name") or ("*",):
        found = [process for process in processes if fnmatchcase(process.lower(), name.lower())]
        yield from map(LiveProcess, found)
        if not found and not any(sign in name for sign in "*?["):
            text = f'Cannot find a process with the name "{name}". Verify the process name and call the cmdlet again.'
            call.fail(
                Failure(
                    text, "NoProcessFoundForGivenName", "ObjectNotFound", CORE + "ProcessCommandException", target=name
                )
            )
