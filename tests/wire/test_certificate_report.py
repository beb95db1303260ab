# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/certificate_report.yml by the unmodified ansible-playbook: one session, three files, nothing written."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from collection_tree import CHECKOUT

from exchange_lab.background import Background

PLAYBOOK = CHECKOUT / "playbooks" / "certificate_report.yml"
CLOSED_PORT = 9  # discard: nothing listens there
LONGEST_RUN = 180.0  # seconds


@pytest.fixture(scope="module")
def lab(new_lab: Any) -> Background:
    return new_lab("two_datacenters")


def hosts_of(lab: Background) -> dict[str, dict[str, Any]]:
    return {name: lab.inventory_vars(name) for name in lab.world.servers}


def report(lab: Background, folder: Path, **variables: Any) -> str:
    """Run the playbook on every server of the lab; returns what it printed."""
    done = run(hosts_of(lab), folder, **variables)
    assert done.returncode == 0, done.stdout
    return done.stdout


def run(hosts: dict[str, dict[str, Any]], folder: Path, **variables: Any) -> subprocess.CompletedProcess[str]:
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"exchange": {"hosts": hosts}}), encoding="utf-8")
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            *("-i", str(inventory)),
            *("-e", json.dumps(variables)),
            str(PLAYBOOK),
        ],
        cwd=folder,
        env=os.environ | {"ANSIBLE_HOME": str(CHECKOUT / ".build" / "home"), "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONGEST_RUN,
    )


def test_it_reports_on_every_server_and_writes_nothing_but_files(lab: Background, tmp_path: Path) -> None:
    before = lab.world.snapshot()
    printed = report(lab, tmp_path, report_title="Certificates of the lab")
    assert "changed=1" in printed and "failed=0" in printed
    assert lab.world.snapshot() == before
    files = {path.suffix: path for path in tmp_path.glob("certificate_report.*")}
    assert set(files) == {".html", ".md", ".json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    content = json.loads(files[".json"].read_text(encoding="utf-8"))
    assert [server["server"] for server in content["servers"]] == ["EX1", "EX2", "EX3", "EX4"]
    assert {finding["code"] for finding in content["findings"]} == {"certificate_self_signed"}
    assert content["counts"]["critical"] == len(content["findings"]) == 4
    for suffix in (".html", ".md"):
        text = files[suffix].read_text(encoding="utf-8")
        assert "Certificates of the lab" in text
        assert all(f"Certificates of {name}" in text for name in ("EX1", "EX2", "EX3", "EX4"))
        assert all(one["thumbprint"] in text for server in content["servers"] for one in server["certificates"])


def test_names_of_a_plan_are_judged_and_pseudonyms_hide_the_lab(lab: Background, tmp_path: Path) -> None:
    """Although the ports of POP and IMAP cannot be reached."""
    path = tmp_path / "shown.html"
    names = {"report_names": ["mail.contoso.test"], "report_mail_servers": ["ex1.contoso.test"]}
    assert "skipped=0" in report(lab, tmp_path, report_path=str(path), redact_names=True, **names)
    page = path.read_text(encoding="utf-8")
    assert page.count('data-code="certificate_planned_names_missing"') == 4
    assert "contoso" not in page.lower() and "EX1" not in page


def test_while_the_first_server_is_down_others_are_tried_in_turn(lab: Background, tmp_path: Path) -> None:
    hosts = hosts_of(lab)
    first, second = list(hosts.values())[:2]
    reached = f"https://{second['exchange_host']}:{second['exchange_port']}/PowerShell"
    first["exchange_port"] = CLOSED_PORT
    silent = f"https://{first['exchange_host']}:{CLOSED_PORT}/PowerShell"
    path = tmp_path / "certificates-2026.11"
    done = run(hosts, tmp_path, report_path=str(path))
    assert done.returncode != 0 and "cannot be reached" in done.stdout
    assert not list(tmp_path.glob("certificates*"))
    done = run(hosts, tmp_path, report_path=str(path), exchange_endpoint_candidates=[silent, reached])
    assert done.returncode == 0, done.stdout
    written = {one.name for one in tmp_path.glob("certificates*")}
    assert written == {f"{path.name}.{ending}" for ending in ("html", "md", "json")}
