# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that is killed, and its control node with it, is gone on with to the same end (certificate-laws Y11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import rollout
from rollout import NAMES, OLD_NAME

from exchange_lab.background import Background

MOST_RUNS = 40

NewLab = Callable[..., Background]
Plan = Callable[[Background, Path], dict[str, Any]]


@pytest.fixture
def new_lab() -> Iterator[NewLab]:
    """new_lab(servers): a lab for one test, with a Send connector that names the old certificate."""
    with ExitStack() as stack:
        yield lambda servers: stack.enter_context(rollout.lab(servers, send_connectors=[rollout.CONNECTOR]))


def broken_off_after_each_change(lab: Background, **given: Any) -> tuple[str, ...]:
    """Runs that die after their first change, each from a control node of its own, until one has nothing to change."""
    changes: tuple[str, ...] = ()
    for _run in range(MOST_RUNS):
        done = rollout.run(lab, die_after=1, **given)
        if done.code == 0:
            assert done.changes == ()
            return changes
        assert done.code == -9, done.output
        changes += done.changes
    raise AssertionError(changes)


def with_another_intermediate(lab: Background, folder: Path) -> dict[str, Any]:
    """Y2: connectors no longer find the certificate by its issuer, so it may go everywhere first."""
    return {
        "hook": str(rollout.HOOK),
        "connectors": [OLD_NAME],
        "remove": [rollout.thumbprint_of(lab.world, "ex1")],
        "extra": {"drained_folder": str(folder), "lab_intermediate": 2},
    }


def with_the_same_names(lab: Background, folder: Path) -> dict[str, Any]:
    """Connectors find it as soon as it is there, so each server gets it together with SMTP."""
    return {"hook": str(rollout.HOOK), "extra": {"drained_folder": str(folder)}}


@pytest.mark.parametrize(
    "plan",
    [with_the_same_names, pytest.param(with_another_intermediate, marks=pytest.mark.nightly)],
)
def test_y11_a_run_that_dies_after_every_change_comes_to_the_same_end(
    new_lab: NewLab, tmp_path: Path, plan: Plan
) -> None:
    whole_lab, killed_lab = (new_lab(2) for _lab in range(2))
    whole = rollout.run(whole_lab, **plan(whole_lab, tmp_path))
    assert whole.code == 0, whole.output
    changes = broken_off_after_each_change(killed_lab, **plan(killed_lab, tmp_path))
    assert rollout.end_state(killed_lab.world) == rollout.end_state(whole_lab.world)
    assert changes == whole.changes
    assert list(tmp_path.iterdir()) == []
    for lab in (whole_lab, killed_lab):
        assert rollout.on_443(lab) == {rollout.thumbprint_of(lab.world, "ex1")}
        assert lab.world.serving_problems(NAMES) == []
        assert rollout.pools_with_old_keys(lab) == []


@pytest.mark.nightly
@pytest.mark.parametrize("plan", [with_another_intermediate, with_the_same_names])
def test_a_run_that_dies_before_any_task_comes_to_the_same_end(new_lab: NewLab, tmp_path: Path, plan: Plan) -> None:
    lab = new_lab(2)
    whole = rollout.run(lab, **plan(lab, tmp_path))
    end = rollout.end_state(lab.world)
    for task in range(1, whole.output.count("\nTASK [") + 1):
        with rollout.lab(2, send_connectors=[rollout.CONNECTOR]) as lab:
            given = plan(lab, tmp_path)
            assert rollout.run(lab, die_before=task, **given).code == -9
            resumed = rollout.run(lab, **given)
            assert resumed.code == 0, resumed.output
            assert rollout.end_state(lab.world) == end, f"killed before task {task}"
            assert rollout.pools_with_old_keys(lab) == []
            assert list(tmp_path.iterdir()) == []
