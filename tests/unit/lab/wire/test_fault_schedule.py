# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of faults as data."""

from __future__ import annotations

import pytest

from exchange_lab.faults import AFTER, BEFORE, CONNECT, RUN, BadFault, Fault, FaultSchedule

EX1, EX2 = "ex1.contoso.test", "ex2.contoso.test"


def strikes(schedule: FaultSchedule, times: int, operation: str = "Command") -> list[bool]:
    return [schedule.take(BEFORE, EX1, operation) is not None for _unused in range(times)]


@pytest.mark.parametrize(
    ("given", "struck"),
    [
        ({}, [True, False, False, False]),
        ({"nth": 2}, [False, True, False, False]),
        ({"nth": 2, "times": 2}, [False, True, True, False]),
        ({"times": 0}, [True, True, True, True]),
        ({"nth": 3, "times": 0}, [False, False, True, True]),
    ],
)
def test_nth_and_times_count_matches(given, struck):
    assert strikes(FaultSchedule([Fault("drop", **given)]), 4) == struck


def test_only_matches_count():
    schedule = FaultSchedule([Fault("drop", operation="Command", host=EX2, nth=2)])
    assert schedule.take(BEFORE, EX1, "Command") is None
    assert schedule.take(BEFORE, EX2, "Receive") is None
    assert schedule.take(AFTER, EX2, "Command") is None
    assert schedule.take(BEFORE, EX2, "Command") is None
    assert schedule.take(BEFORE, "EX2.contoso.TEST", "command") is not None


def test_a_cmdlet_pattern_wants_a_cmdlet():
    schedule = FaultSchedule([Fault("drop", cmdlet="set-*", times=0)])
    assert schedule.take(BEFORE, EX1, "Receive") is None
    assert schedule.take(BEFORE, EX1, "Receive", ["Get-OwaVirtualDirectory"]) is None
    assert schedule.take(BEFORE, EX1, "Receive", ["Set-OwaVirtualDirectory"]) is not None


def test_of_two_due_faults_the_first_strikes_and_both_count():
    schedule = FaultSchedule([Fault("drop"), Fault("hang", nth=2)])
    assert [fault and fault.kind for fault in (schedule.take(BEFORE, EX1, "Command") for _unused in range(3))] == [
        "drop",
        "hang",
        None,
    ]


def test_a_kind_that_has_one_stage_needs_none():
    assert [Fault(kind).stage for kind in ("reset", "refuse", "invalid_clixml", "drop")] == [
        CONNECT,
        "listen",
        RUN,
        BEFORE,
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "explode"}, "there is no fault 'explode'"),
        ({"kind": "drop", "stage": "later"}, "no stage 'later'"),
        ({"kind": "reset", "stage": "before"}, "there is no fault 'reset'"),
        ({"kind": "drop", "nth": 0}, "nth from 1"),
        ({"kind": "drop", "times": -1}, "times from 0"),
        ({"kind": "megabytes"}, "needs a size"),
    ],
)
def test_what_cannot_be_is_refused(given, told):
    with pytest.raises(BadFault, match=told):
        Fault(**given)


def test_a_schedule_comes_from_a_file(tmp_path):
    path = tmp_path / "faults.yml"
    path.write_text("- {kind: drop, stage: after, operation: Command, cmdlet: Set-*}\n- {kind: megabytes, size: 2}\n")
    schedule = FaultSchedule.from_file(path)
    assert schedule.take(AFTER, EX1, "Command", ["Set-OwaVirtualDirectory"]) == Fault(
        "drop", "after", operation="Command", cmdlet="Set-*"
    )
    assert schedule.take(RUN, EX1, "", ["Get-OwaVirtualDirectory"]) == Fault("megabytes", size=2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: drop", "not a YAML list"),
        ("- {stage: after}", "Entry 1 .* needs kind"),
        ("- {kind: drop}\n- {kind: drop, when: now}", "Entry 2 "),
        ("- {kind: explode}", "Entry 1 .*explode"),
        ("- {kind: drop, nth: often}", "Entry 1 "),
    ],
)
def test_a_file_that_is_no_schedule_is_refused_by_entry(tmp_path, text, told):
    path = tmp_path / "faults.yml"
    path.write_text(text)
    with pytest.raises(BadFault, match=told):
        FaultSchedule.from_file(path)
