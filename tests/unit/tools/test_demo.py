# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstrations believe the recap and the lab's log, and nothing else."""

from __future__ import annotations

import json

import demo_stage
import pytest

RECAP = """
TASK [mailops.exchange.namespaces : changed=9 in a name] ***
changed: [ex1.contoso.test]

PLAY RECAP *********
ex1.contoso.test : ok=3 changed={first} unreachable=0 failed=0
ex2.contoso.test : ok=3 changed={second} unreachable=0 failed=0
"""


def record(**values):
    return {
        "event": "cmdlet",
        "server": "EX1",
        "cmdlet": "Set-X",
        "parameters": {},
        "write": True,
        "what_if": False,
    } | values


def test_changes_of_every_server_are_counted():
    assert demo_stage.changed_tasks(RECAP.format(first=1, second=2)) == 3
    assert demo_stage.changed_tasks(RECAP.format(first=0, second=0)) == 0


def test_a_play_without_servers_is_no_success():
    with pytest.raises(ValueError, match="no server"):
        demo_stage.changed_tasks("PLAY RECAP ****\n")


def test_only_writes_that_happened_are_counted_and_shown(capsys):
    lines = [
        json.dumps({"event": "request"}),
        json.dumps(record(cmdlet="Get-X", write=False)),
        json.dumps(record(cmdlet="Set-X", parameters={"Identity": "EX1\\owa"})),
        json.dumps(record(cmdlet="Set-Y", what_if=True)),
    ]
    assert demo_stage.show(demo_stage.cmdlets(lines)) == 1
    shown = capsys.readouterr().out
    assert "EX1: Set-X -Identity EX1\\owa" in shown
    assert "Set-Y" not in shown
    assert "3 cmdlets, 1 of them writes" in shown
