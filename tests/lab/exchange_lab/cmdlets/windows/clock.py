# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's own idea of the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psrpcore.types import PSInt64

from .call import CORE, Call, cmdlet
from .live import Live

TICKS = 10_000_000
UNIX_EPOCH = 621_355_968_000_000_000
"""Ticks of 1970-01-01, counted from the year 1."""


@dataclass(slots=True)
class Moment(Live):
    """A System.DateTime, local until it is made universal. ``seconds`` since 1970 in UTC, ``zone`` is east of it.

    Of its properties the lab has Ticks, which counts from the year 1 in the time that the object is in.
    """

    seconds: float
    zone: float
    types = ("System.DateTime", "System.ValueType")

    def properties(self) -> Mapping[str, Any]:
        return {"Ticks": PSInt64(UNIX_EPOCH + round((self.seconds + self.zone) * TICKS))}

    def call(self, method: str, arguments: Sequence[Any]) -> Any:
        return Moment(self.seconds, 0.0) if method.lower() == "touniversaltime" else Live.call(self, method, arguments)


@cmdlet("Get-Date", CORE + "GetDateCommand")
def get_date(call: Call) -> Iterator[Moment]:
    """The time by this server's clock."""
    yield Moment(call.machine.now, call.machine.time_zone)
