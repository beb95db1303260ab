# SPDX-License-Identifier: GPL-3.0-or-later
"""Phases over a view that is observed afresh, and the undo state that a later run goes on from."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._procedure.procedure import Phase, carry_out
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import (
    BadInput,
    CommandFailed,
    DeadlineExceeded,
    Interrupted,
    NotAvailable,
    NotReached,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Reply
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.runner import Runner
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.step import Step
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.undo_state import MAX_BYTES, UndoState


class Stairs:
    """A session whose every Set-Stair goes one up, unless it breaks."""

    def __init__(self) -> None:
        self.height = 0
        self.breaks: Callable[[int], Exception | None] = lambda nth: None
        self.sent: list[Command] = []
        self.recovered = 0

    def invoke(self, command: Command, keep_errors: bool = False) -> Reply:
        self.sent.append(command)
        if not command.parameters.get("WhatIf"):
            self.height += 1
        if error := self.breaks(len(self.sent)):
            raise error
        return Reply()

    def recover(self) -> None:
        self.recovered += 1


def climb(stairs: Any, floors: int = 2, check_mode: bool = False) -> Runner:
    runner = Runner(stairs, check_mode)
    phases = [
        Phase(
            f"Floor {floor} is reached.",
            reached=lambda view, floor=floor: view >= floor,
            steps=lambda view: [Step(Command("Set-Stair"), "up")],
        )
        for floor in range(1, floors + 1)
    ]
    carry_out(runner, phases, lambda: stairs.height)
    return runner


def test_phases_that_are_reached_are_passed_over() -> None:
    stairs = Stairs()
    stairs.height = 1
    assert climb(stairs).commands == ["Set-Stair"]
    assert climb(stairs).commands == []


def test_check_mode_lists_every_phase_and_sends_nothing() -> None:
    stairs = Stairs()
    assert climb(stairs, check_mode=True).commands == ["Set-Stair", "Set-Stair"]
    assert stairs.sent == []


def test_a_goal_that_is_not_reached_is_a_failure() -> None:
    stairs = Stairs()
    with pytest.raises(NotReached, match="Floor 9"):
        carry_out(
            Runner(stairs),  # type: ignore[arg-type]
            [Phase("Floor 9", reached=lambda view: view == 9, steps=lambda view: [Step(Command("Set-Stair"), "up")])],
            lambda: stairs.height,
        )


def test_after_a_break_only_what_is_missing_is_sent() -> None:
    stairs = Stairs()
    stairs.breaks = lambda nth: Interrupted("broke", "look") if nth == 1 else None
    runner = climb(stairs)
    assert (stairs.height, len(stairs.sent), stairs.recovered) == (2, 2, 1)
    assert any("broke" in warning for warning in runner.warnings)


def test_a_deadline_is_no_break() -> None:
    stairs = Stairs()
    stairs.breaks = lambda nth: DeadlineExceeded("slow", "wait")
    with pytest.raises(DeadlineExceeded):
        climb(stairs)
    assert stairs.recovered == 0


def test_what_a_user_lacks_is_found_by_what_if_and_other_refusals_are_none() -> None:
    stairs = Stairs()
    Runner(stairs).require([Command("New-Stair")])  # type: ignore[arg-type]
    assert [dict(command.parameters) for command in stairs.sent] == [{"WhatIf": True}]
    stairs.breaks = lambda nth: CommandFailed("It already exists.")
    Runner(stairs).require([Command("New-Stair")])  # type: ignore[arg-type]
    stairs.breaks = lambda nth: NotAvailable("No such cmdlet.")
    with pytest.raises(NotAvailable):
        Runner(stairs).require([Command("New-Stair")])  # type: ignore[arg-type]
    sent = len(stairs.sent)
    Runner(stairs, check_mode=True).require([Command("New-Stair")])  # type: ignore[arg-type]
    assert len(stairs.sent) == sent


# Undo state


def undo(path: Path, about: str = "a", **more: Any) -> UndoState:
    return UndoState(str(path), {"identity": about}, schema=1, **more)


def test_what_was_saved_is_read_back_by_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "undo.json"
    assert undo(path).load() is None
    undo(path).save({"values": {"b": [1, None, True, "\u00e9"]}})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = undo(path).load()
    assert loaded is not None and loaded["values"] == {"b": [1, None, True, "\u00e9"]}


def test_a_dry_run_writes_nothing_but_notices_a_folder_that_is_missing(tmp_path: Path) -> None:
    undo(tmp_path / "undo.json", dry=True).save({})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput, match="folder does not exist"):
        undo(tmp_path / "none" / "undo.json", dry=True).save({})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no json", "is no undo state"),
        ("[1]", "is no undo state"),
        ("{}", "is no undo state"),
        (json.dumps({"schema": 2, "identity": "a"}), "another schema: 2 instead of 1"),
        (json.dumps({"schema": 1, "identity": "b"}), "another identity: 'b' instead of 'a'"),
        (json.dumps({"schema": 1, "identity": "a", "x": "y" * MAX_BYTES}), "is no undo state"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "undo.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=words):
        undo(path).load()


def test_a_path_is_absolute_or_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="not an absolute path"):
        undo(Path("undo.json"))
    monkeypatch.setenv("HOME", str(tmp_path))
    undo(Path("~/undo.json")).save({})
    assert (tmp_path / "undo.json").is_file()


def test_a_file_that_reads_otherwise_is_no_undo_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = undo(tmp_path / "undo.json")
    monkeypatch.setattr(UndoState, "load", lambda self: {"schema": 1})
    with pytest.raises(BadInput, match="does not hold what was written"):
        state.save({"values": 1})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "undo.json"
    path.mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        undo(path).load()
