# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab in the background is ready when start returns, and gone when stop returns."""

from __future__ import annotations

from pathlib import Path

import lab_process
import pytest

STAND_IN = """
import signal, sys
if "--broken" in sys.argv:
    sys.exit("no such estate")
if "--stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", *sys.argv[1:])
signal.pause()
"""


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that behaves like the lab's command line, in the place of the lab."""
    package = tmp_path / "checkout" / "tests" / "lab" / "exchange_lab"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setattr(lab_process, "CHECKOUT", tmp_path / "checkout")


def test_running_starts_and_stops(tmp_path):
    with lab_process.running(tmp_path, ["--estate", "one_server"]) as inventory:
        assert inventory == tmp_path / "inventory.yml"
        assert lab_process.is_running(tmp_path)
        assert "--port-shift auto --estate one_server" in lab_process.output_of(tmp_path).read_text()
    assert not lab_process.is_running(tmp_path)


def test_a_failure_inside_stops_the_lab_too(tmp_path):
    with pytest.raises(ZeroDivisionError), lab_process.running(tmp_path):
        raise ZeroDivisionError
    assert not lab_process.is_running(tmp_path)


def test_a_lab_that_ends_at_once_shows_what_it_said(tmp_path):
    with pytest.raises(RuntimeError, match="no such estate"):
        lab_process.start(tmp_path, ["--broken"])


def test_a_second_start_replaces_the_first(tmp_path):
    lab_process.start(tmp_path)
    first = lab_process.pid_file(tmp_path).read_text()
    lab_process.start(tmp_path, ["--port-shift", "7"])
    assert lab_process.pid_file(tmp_path).read_text() != first
    assert "--port-shift 7" in lab_process.output_of(tmp_path).read_text()
    lab_process.stop(tmp_path)
    lab_process.stop(tmp_path)
    assert not lab_process.is_running(tmp_path)


def test_a_lab_that_ignores_the_request_to_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(lab_process, "LONGEST_STOP", 0.3)
    lab_process.start(tmp_path, ["--stubborn"])
    lab_process.stop(tmp_path)
    assert lab_process.wait_until(lambda: not lab_process.is_running(tmp_path), 5)


def test_the_command_line_starts_and_stops(tmp_path):
    assert lab_process.main(["start", str(tmp_path), "--estate", "one_server"]) == 0
    assert lab_process.is_running(tmp_path)
    assert lab_process.main(["stop", str(tmp_path)]) == 0
    assert not lab_process.is_running(tmp_path)


def test_the_command_line_says_why_there_is_no_lab(tmp_path, capsys):
    assert lab_process.main(["start", str(tmp_path), "--broken"]) == 1
    assert "no such estate" in capsys.readouterr().err
