# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows services: those that somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass

RUNNING, STOPPED = "Running", "Stopped"
AUTOMATIC, MANUAL, DISABLED = "Automatic", "Manual", "Disabled"

ALWAYS = ("WAS", "W3SVC", "MSExchangeServiceHost")
FRONT_END = ("MSExchangeFrontEndTransport",)
BACK_END = ("MSExchangeTransport",)
POP_AND_IMAP = {"front": ("MSExchangePOP3", "MSExchangeIMAP4"), "back": ("MSExchangePOP3BE", "MSExchangeIMAP4BE")}
"""Setup leaves them stopped, to be started by hand."""
NEEDS = {"W3SVC": "WAS"}


@dataclass(eq=False, slots=True)
class Service:
    """``started_at`` is in seconds since 1970."""

    name: str
    started_at: float
    status: str = RUNNING
    start_type: str = AUTOMATIC

    @property
    def running(self) -> bool:
        return self.status == RUNNING
