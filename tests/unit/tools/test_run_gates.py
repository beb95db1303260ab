# SPDX-License-Identifier: GPL-3.0-or-later
"""Every gate runs, a failure shows in full and in the exit code, and the tests come last."""

from __future__ import annotations

import stat

import pytest
import run_gates

STAND_IN = """#!/bin/sh
for gate in "$@"; do :; done
echo "output of $gate"
case $gate in bad*) exit 2;; esac
"""


@pytest.fixture(autouse=True)
def stand_in_for_make(tmp_path, monkeypatch):
    program = tmp_path / "make"
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("MAKE", str(program))


def test_gates_that_pass_are_one_line_each(capfd):
    assert run_gates.main(["one", "two", "--then", "tests"]) == 0
    shown = capfd.readouterr().out
    assert "[ ok    ] one" in shown and "[ ok    ] two" in shown
    assert "output of one" not in shown
    assert shown.splitlines()[-1] == "output of tests"


def test_a_gate_that_fails_shows_its_output_and_stops_nothing(capfd):
    assert run_gates.main(["bad", "two", "--then", "tests"]) == 1
    shown = capfd.readouterr().out
    assert "[ FAILED] bad" in shown and "output of bad" in shown
    assert "[ ok    ] two" in shown
    assert shown.splitlines()[-1] == "output of tests"


def test_tests_that_fail_are_a_failure():
    assert run_gates.main(["one", "--then", "bad-tests"]) == 1
