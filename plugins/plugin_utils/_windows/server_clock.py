# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a server beside that of the control node (law G4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .._exchange.x509_facts import utc_text
from .._remoting.command import Command
from .._remoting.record import Record

_YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ClockReading:
    """What the server said its time was.

    Attributes:
        server: by the server's clock, UTC.
        asked: when the question was sent, by the control node's clock; likewise ``answered``.
    """

    server: datetime
    asked: datetime
    answered: datetime

    @property
    def ahead(self) -> timedelta:
        """How far the server's clock is ahead, at least; negative when it is behind.

        When it was read between question and answer is not known, so nothing less than that can be told.
        """
        if self.server > self.answered:
            return self.server - self.answered
        return min(self.server - self.asked, timedelta(0))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return {
            "server": utc_text(self.server),
            "control_node": utc_text(self.asked),
            "ahead": round(self.ahead.total_seconds()),
            "within": round((self.answered - self.asked).total_seconds(), 3),
        }


def read_clock() -> Command:
    """As a number: a time as text has no zone that can be trusted."""
    return (
        Command("Get-Date")
        .then("ForEach-Object", MemberName="ToUniversalTime")
        .then("Select-Object", Property=["Ticks"])
    )


def server_time(record: Record) -> datetime:
    """What ``read_clock`` brought: 100 nanoseconds from the year 1 on.

    Raises:
        KeyError: there are no ticks.
        TypeError: they are no number.
        OverflowError: they are no time.
    """
    return _YEAR_1 + timedelta(microseconds=record["Ticks"] // 10)
