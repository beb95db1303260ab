# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's clock beside the control node's: what the time of the question leaves open is not claimed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.record import Record
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.server_clock import ClockReading, server_time

ASKED = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEN = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("seconds", "ahead"),
    [(-300, -300), (-1, -1), (0, 0), (5, 0), (10, 0), (11, 1), (310, 300)],
)
def test_a_difference_is_what_the_time_of_the_question_does_not_explain(seconds: int, ahead: int) -> None:
    reading = ClockReading(ASKED + timedelta(seconds=seconds), ASKED, ASKED + TEN)
    assert reading.ahead == timedelta(seconds=ahead)
    assert reading.as_dict() == {
        "server": (ASKED + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z"),
        "control_node": "2026-11-21T12:00:00Z",
        "ahead": ahead,
        "within": 10.0,
    }


def test_ticks_count_from_the_year_one() -> None:
    assert server_time(Record({"Ticks": 0})) == datetime(1, 1, 1, tzinfo=UTC)
    assert server_time(Record({"Ticks": 621_355_968_000_000_000})) == datetime(1970, 1, 1, tzinfo=UTC), (
        "as .NET documents"
    )


@pytest.mark.parametrize(
    ("values", "error"),
    [({}, KeyError), ({"Ticks": None}, TypeError), ({"Ticks": "12"}, TypeError), ({"Ticks": 2**63}, OverflowError)],
)
def test_what_is_no_time(values: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        server_time(Record(values))
