# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m exchange_lab` as its users start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from pypsrp.powershell import RunspacePool
from pypsrp.wsman import WSMan

LAB = Path(__file__).parents[3] / "lab"


def command(*arguments: str) -> dict:
    return {
        "args": [sys.executable, "-m", "exchange_lab", *arguments],
        "env": os.environ | {"PYTHONPATH": str(LAB)},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen, list[str]]]:
    """The process and what it printed until it was ready."""
    process = subprocess.Popen(**command(*arguments))
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready"):
                break
        assert lines and lines[-1].startswith("ready"), process.stderr.read()
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def test_a_relative_folder_becomes_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with running("--dir", "here", "--port-shift", "auto"):
        tree = yaml.safe_load((tmp_path / "here" / "inventory.yml").read_text())
    known = tree["all"]["children"]["exchange"]["hosts"]["ex1.contoso.test"]
    named = {known[name] for name in known if "ca_" in name}
    assert named == {str(tmp_path / "here" / name) for name in ("ca.pem", "client_ca.pem")}


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_stop(tmp_path, sent):
    with running("--servers", "2", "--dir", str(tmp_path), "--port-shift", "auto") as (process, lines):
        inventory = tmp_path / "inventory.yml"
        assert inventory.stat().st_mode & 0o777 == 0o600
        hosts = yaml.safe_load(inventory.read_text())["all"]["children"]["exchange"]["hosts"]
        assert list(hosts) == ["ex1.contoso.test", "ex2.contoso.test"]
        assert any(str(inventory) in line for line in lines)
        known = hosts["ex2.contoso.test"]
        wsman = WSMan(
            known["exchange_host"], port=known["exchange_port"], path="PowerShell", auth=known["exchange_auth"],
            username=known["ansible_user"], password=known["ansible_password"],
            cert_validation=known["exchange_ca_cert"],
        )  # fmt: skip
        with RunspacePool(wsman, configuration_name="Microsoft.Exchange"):
            pass
        process.send_signal(sent)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
    assert '"action": "Create"' in (tmp_path / "log.jsonl").read_text()


def test_each_start_has_its_own_password(tmp_path):
    found = set()
    for _unused in range(2):
        with running("--dir", str(tmp_path), "--port-shift", "auto"):
            tree = yaml.safe_load((tmp_path / "inventory.yml").read_text())
            found.add(tree["all"]["children"]["exchange"]["hosts"]["ex1.contoso.test"]["ansible_password"])
    assert len(found) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--estate", "nowhere"], "There is no estate 'nowhere'"),
        (["--servers", "0"], "at least one server"),
        (["--switch", "magic=1"], "magic"),
        (["--switch", "rps_routing"], "--switch wants NAME=VALUE"),
        (["--switch", "rps_routing=anchored"], "rps_anchor must be"),
        (["--latency", "Set-*=slow"], "--latency"),
        (["--port-shift", "many"], "--port-shift"),
        (["--faults", "/nonexistent.yml"], "/nonexistent.yml"),
    ],
)
def test_what_cannot_be_started_is_told_in_one_line(tmp_path, arguments, told):
    done = subprocess.run(**command("--dir", str(tmp_path / "lab"), *arguments), check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "lab" / "inventory.yml").exists()


def test_a_taken_port_is_told(tmp_path):
    with running("--dir", str(tmp_path / "one"), "--port-shift", "auto") as (_unused, lines):
        port = int(next(line for line in lines if line.startswith("Ports")).split()[2].rstrip(","))
        taken = subprocess.run(
            **command("--dir", str(tmp_path / "two"), "--port-shift", str(port - 15985)), check=False
        )
    assert taken.returncode == 2
    assert "Choose another --port-shift" in taken.stderr
