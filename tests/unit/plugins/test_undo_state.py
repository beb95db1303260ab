# SPDX-License-Identifier: GPL-3.0-or-later
"""The undo state that a later run goes on from."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.undo_state import MAX_BYTES, UndoState


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


def test_case_makes_no_other_object(tmp_path: Path) -> None:
    undo(tmp_path / "undo.json", "EX1\\owa (Partners)").save({"values": 1})
    loaded = undo(tmp_path / "undo.json", "ex1\\OWA (partners)").load()
    assert loaded is not None and loaded["values"] == 1


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
