# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark counts what the lab's log says, and judges by that."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.benchmarks import __main__ as program
from tests.benchmarks.accounting import Counts, Measurement, busiest_worker_s, count, overhead_ms
from tests.benchmarks.targets import targets


def request(**values):
    return {"event": "request", "action": "Receive", "status": 200, "in": 100, "out": 1000} | values


def cmdlet(**values):
    return {"event": "cmdlet", "cmdlet": "Get-X", "write": False, "what_if": False, "latency": 0.25} | values


WAYS = (("bulk", 0), ("fine", 0), ("today", 5))
LOG = [
    request(action="login", status=401),
    request(action="Create", latency=0.5),
    request(action="Create", status=500, latency=0.5),
    cmdlet(),
    request(),
    cmdlet(cmdlet="Set-X", write=True, outcome="warning"),
    cmdlet(cmdlet="Set-X", write=True, what_if=True),
    {"event": "connect", "fault": "reset"},
    request(action="Delete", out=0),
]
BULK = Measurement("namespaces", 1, "bulk", "first", 0, 1, 55, 1, 25, 8, 1.0)
RUNS = [
    BULK,
    replace(BULK, run="second", requests=21, cmdlets=9, writes=0),
    replace(BULK, way="fine", run="second", writes=0),
    *(replace(BULK, way="today", run=run, shell_start_s=5, wall_s=8.0) for run in ("first", "second")),
    replace(BULK, way="today", shell_start_s=10, wall_s=1.0),
]


def missed(measurements, overhead=60.0):
    return [target.what for target in targets(measurements, overhead) if not target.reached]


def test_a_log_is_counted():
    lines = [*(json.dumps(record) + "\n" for record in LOG), "\n"]
    assert count(lines) == Counts(sessions=1, requests=5, bytes=4500, cmdlets=3, writes=1, latency_s=1.25)


def test_a_run_without_traffic_counts_nothing():
    assert count([]) == Counts(0, 0, 0, 0, 0, 0)


def test_the_overhead_is_what_neither_the_lab_nor_ansible_took():
    counts = Counts(1, 1, 1, cmdlets=10, writes=0, latency_s=1.25)
    assert overhead_ms(3.25, 1.5, counts) == pytest.approx(50)


@pytest.mark.parametrize(("servers", "forks", "seconds"), [(1, 25, 100), (10, 25, 10), (50, 25, 4), (51, 25, 100 / 17)])
def test_what_is_charged_is_waited_for_in_rounds(servers, forks, seconds):
    assert busiest_worker_s(100, servers, forks) == pytest.approx(seconds)


def test_what_is_just_reached_passes():
    assert missed(RUNS) == []


@pytest.mark.parametrize(
    ("at", "change", "what"),
    [
        (0, {"sessions": 2}, "sessions, bulk, 1 x first"),
        (1, {"writes": 1}, "writes, bulk, 1 x second"),
        (2, {"writes": 1}, "writes, fine, 1 x second"),
        (0, {"requests": 56}, "requests, bulk, 1 x first"),
        (1, {"wall_s": 1.01}, "wall of today at 5 s / bulk, 1 x second"),
        (3, {"wall_s": 7.99}, "wall of today at 5 s / bulk, 1 x first"),
    ],
)
def test_what_is_just_missed_fails(at, change, what):
    runs = list(RUNS)
    runs[at] = replace(runs[at], **change)
    assert missed(runs) == [what]


def test_too_much_overhead_fails():
    assert missed(RUNS, 60.1) == ["own overhead a cmdlet"]


def test_bench_json_has_exactly_the_agreed_keys(tmp_path):
    program.write(RUNS, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert len(written) == len(RUNS)
    assert " ".join(written[0]) == (
        "scenario servers way run shell_start_s sessions requests bytes cmdlets writes wall_s"
    )


def test_every_way_is_measured_at_every_size():
    cases = {(case.way, case.servers, case.shell_start_s) for case in program.CASES}
    compared = {(way, servers, start) for servers in (1, 50) for way, start in WAYS}
    assert cases == compared | {("today", 1, 2), ("today", 1, 10)}
