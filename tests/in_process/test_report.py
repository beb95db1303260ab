# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_report: the file, its mode, check mode, idempotence, bad input; no session is opened."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from certificate_estate import MAIL, PUBLIC, Estate
from in_process import Converge, Result


@pytest.fixture
def report(converge: Converge, tmp_path: Path) -> Any:
    """Runs the module, by default about an estate without faults, into a file of this test."""

    def run(**options: Any) -> Result:
        return converge("exchange_report", **{"facts": Estate().result(), "path": str(tmp_path / "report")} | options)

    return run


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_it_opens_no_session(converge: Converge, report: Any) -> None:
    result = report().ok()
    assert converge.sessions == []
    assert result.changed and result.commands is None


@pytest.mark.parametrize(
    ("options", "start"), [({}, "<!DOCTYPE html>"), ({"format": "markdown"}, "# "), ({"format": "json"}, "{")]
)
def test_each_format_is_one_file_for_its_owner_alone(
    report: Any, tmp_path: Path, options: dict[str, Any], start: str
) -> None:
    result = report(title="Certificates of Contoso", **options).ok()
    path = tmp_path / "report"
    assert result.path == str(path)
    text = path.read_text(encoding="utf-8")
    assert text.lstrip().startswith(start) and "Certificates of Contoso" in text
    assert mode(path) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["report"]


def test_counts_are_returned(report: Any) -> None:
    estate = Estate()
    estate.change("*", PUBLIC, key_size=1024)
    assert report(facts=estate.result()).ok().counts == {"critical": 0, "high": 1, "warning": 0, "info": 0}


def test_a_second_run_changes_nothing(report: Any, tmp_path: Path) -> None:
    assert report().ok().changed is True
    before = (tmp_path / "report").stat()
    later = Estate().result() | {"read_at": "2026-11-21T23:59:00Z"}
    assert report(facts=later).ok().changed is False
    assert (tmp_path / "report").stat().st_mtime_ns == before.st_mtime_ns


def test_other_content_changes_the_file(report: Any, tmp_path: Path) -> None:
    report().ok()
    assert report(title="Another").ok().changed is True
    assert report(facts=Estate().result() | {"read_at": "2026-11-22T00:00:00Z"}).ok().changed is True


def test_a_wider_mode_is_put_right(report: Any, tmp_path: Path) -> None:
    report().ok()
    (tmp_path / "report").chmod(0o644)
    assert report(check_mode=True).ok().changed is True
    assert mode(tmp_path / "report") == 0o644
    assert report().ok().changed is True
    assert mode(tmp_path / "report") == 0o600


def test_a_link_is_replaced_and_not_followed(report: Any, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine", encoding="utf-8")
    (tmp_path / "report").symlink_to(target)
    assert report().ok().changed is True
    assert target.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "report").is_symlink()


def test_check_mode_says_so_and_writes_nothing(report: Any, tmp_path: Path) -> None:
    assert report(check_mode=True).ok().changed is True
    assert list(tmp_path.iterdir()) == []
    report().ok()
    assert report(check_mode=True).ok().changed is False


def test_names_are_redacted_when_asked(report: Any, tmp_path: Path) -> None:
    report(redact_names=True, format="json").ok()
    text = (tmp_path / "report").read_text(encoding="utf-8")
    assert MAIL not in text and "EX1" not in text and PUBLIC not in text
    assert json.loads(text)["servers"][0]["server"] == "server1"


def test_what_is_not_seen_never_reaches_the_file(report: Any, tmp_path: Path) -> None:
    facts = Estate().result() | {"errors": ["a\x1b[2Jb\u202e"]}
    for kind in ("html", "markdown", "json"):
        report(facts=facts, title="T\x07", format=kind).ok()
        text = (tmp_path / "report").read_text(encoding="utf-8")
        assert not {"\x1b", "\x07", "\u202e"} & set(text) and "u001b" not in text


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"facts": {"failed": True, "msg": "no"}}, "is not the result of a task that succeeded"),
        ({"facts": {"skipped": True}}, "Register that task"),
        ({"facts": None}, "facts"),
        ({"path": "{tmp}/absent/report"}, "its folder does not exist"),
        ({"path": "{tmp}"}, "it is a folder"),
        ({"path": f"{{tmp}}/{'a' * 300}/report"}, "cannot be written: "),
        ({"format": "pdf"}, "html, markdown, json"),
        ({"exchange_host": "ex1"}, "Unsupported parameters"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    report: Any, tmp_path: Path, options: dict[str, Any], says: str, check_mode: bool
) -> None:
    options = {name: value.format(tmp=tmp_path) if isinstance(value, str) else value for name, value in options.items()}
    assert says in report(check_mode=check_mode, **options).refused()
    assert list(tmp_path.iterdir()) == []
