# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows services (iis-over-remoting 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._remoting.command import Command
from .._remoting.errors import NotReached
from .._remoting.record import Record

IIS = ("WAS", "W3SVC")
"""In the order of their start. Their dependents stop and start with them."""
CERTIFICATES = "MSExchangeServiceHost"
"""Exchange's certificate cmdlets run in it (law O2)."""
RUNNING = "Running"

_STATES = {1: "Stopped", 2: "StartPending", 3: "StopPending", 4: RUNNING, 5: "ContinuePending", 6: "PausePending"}


def read_services(names: Sequence[str]) -> Command:
    """Those services. One that is missing is an error beside the others."""
    return Command("Get-Service", {"Name": list(names)}).then("Select-Object", Property=["Name", "Status"])


def states(records: Sequence[Record]) -> Mapping[str, str]:
    """The state of each service by its name. An enumeration arrives as text, or as its number."""
    return {str(record["Name"]): _state(record.get("Status")) for record in records}


def start(name: str) -> Command:
    """Starting a running one is silent."""
    return Command("Start-Service", {"Name": name, "ErrorAction": "Stop"})


def restart_iis() -> Command:
    """As Microsoft's articles do after a repair of 444; -Force takes the dependents along (iis-over-remoting 5)."""
    return Command("Restart-Service", {"Name": list(IIS), "Force": True, "ErrorAction": "Stop"})


def prove_all(states: Mapping[str, str], wanted: str = RUNNING) -> None:
    """Raises NotReached where one is in another state: the cmdlets wait until it is reached."""
    wrong = [f"{name} is {state}" for name, state in states.items() if state != wanted]
    if wrong:
        raise NotReached(
            f"The server took the command, but {' and '.join(wrong)}, not {wanted}.",
            "Look in the event log of the server.",
        )


def _state(value: object) -> str:
    return _STATES.get(value, str(value)) if isinstance(value, int) else str(value)
