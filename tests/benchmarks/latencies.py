# SPDX-License-Identifier: GPL-3.0-or-later
"""How long operations of real servers take, and the tenth of it that the lab charges.

The times are assumptions of the benchmark, in the order of what administrators report of servers in their own
datacenter. What Ansible and the collection themselves need is not scaled, so the ways that wait longest are favoured.
"""

from __future__ import annotations

from typing import NamedTuple

SCALE = 10
"""Seconds of a real server for each second of the lab."""
SHELL_STARTS_S = (2, 5, 10)
"""Seconds until an Exchange shell on the server is up: loaded and connected, but nothing done yet."""
REFERENCE_START_S = 5
"""The one that bulk is compared with."""


class Charge(NamedTuple):
    """What the operations of a pattern take, in seconds of a real server. Of several that match, the last counts."""

    pattern: str
    seconds: float
    what: str


CHARGES = (
    Charge("New-PSSession", 3.0, "opening a session"),
    Charge("Get-*", 0.3, "a read of Active Directory"),
    Charge("Get-*VirtualDirectory", 2.0, "a full read of a directory: Active Directory and IIS"),
    Charge("Get-OutlookAnywhere", 2.0, "the same of Outlook Anywhere"),
    Charge("Get-* -ADPropertiesOnly", 0.3, "a read of Active Directory alone"),
    Charge("Set-*", 1.0, "a write"),
)


def lab_options(shell_start_s: float) -> list[str]:
    """Options of exchange_lab that charge all this, scaled. shell_start_s: seconds of a real server."""
    charged = [f"--latency={charge.pattern}={scaled(charge.seconds)}" for charge in CHARGES]
    return [*charged, f"--shell-start={scaled(shell_start_s)}"]


def scaled(seconds: float) -> float:
    """Seconds of the lab for seconds of a real server."""
    return round(seconds / SCALE, 3)
