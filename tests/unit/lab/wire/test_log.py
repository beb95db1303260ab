# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's log."""

from __future__ import annotations

import json

from exchange_lab.log import MASK, LabLog

EX1 = "ex1.contoso.test"


def test_every_request_and_cmdlet_is_one_line(lab, pool, invoke):
    with pool(lab) as opened:
        invoke(opened, "Get-ExchangeServer")
    records = [json.loads(line) for line in (lab.folder / "log.jsonl").read_text().splitlines()]
    assert records == lab.log.records()
    assert [record.get("action", record.get("cmdlet")) for record in records] == [
        "Create", "Receive", "Command", "Get-ExchangeServer", "Receive", "Delete",
    ]  # fmt: skip
    create = records[0]
    assert {key: create[key] for key in ("event", "host", "conn", "listener", "path", "auth", "user", "status")} == {
        "event": "request", "host": EX1, "conn": 1, "listener": "https", "path": "/PowerShell/?serializationLevel=Full",
        "auth": "Basic", "user": "administrator", "status": 200,
    }  # fmt: skip
    assert create["in"] > 1000
    assert create["out"] > 500


def test_no_password_is_written(lab, pool):
    password = lab.inventory_vars(EX1)["ansible_password"]
    with pool(lab, path=f"PowerShell/?token={password}"):
        pass
    assert password not in (lab.folder / "log.jsonl").read_text()


def test_secrets_are_masked_wherever_they_stand(tmp_path):
    log = LabLog(tmp_path / "log", ["hush", ""])
    log.write({"event": "x", "parameters": {"A": ["a hush b", 1, None]}, "text": "hush"})
    log.close()
    expected = {"event": "x", "parameters": {"A": [f"a {MASK} b", 1, None]}, "text": MASK}
    assert [expected.items() <= record.items() for record in log.records()] == [True]
    assert "hush" not in (tmp_path / "log").read_text()


def test_records_are_found_by_event_and_field():
    log = LabLog()
    log.write({"event": "request", "action": "Create"})
    log.write({"event": "cmdlet", "cmdlet": "Get-X"})
    assert len(log.records()) == 2
    assert [record["cmdlet"] for record in log.records("cmdlet", cmdlet="Get-X")] == ["Get-X"]
    assert log.records("request", action="Delete") == []
    log.clear()
    assert log.records() == []
