# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run cost, counted from the lab's log and from nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OK = 200


@dataclass(frozen=True)
class Counts:
    """Sums over one run.

    Attributes:
        sessions: shells that were opened, of the Exchange and of the Windows endpoint.
        requests: HTTP requests, those of logins included.
        bytes: of all bodies, both ways.
        cmdlets: that ran, whatever became of them.
        writes: those of them that could write and had no -WhatIf.
        latency_s: seconds that the lab charged for opening sessions and for cmdlets; the start of shells is not in it.
    """

    sessions: int
    requests: int
    bytes: int
    cmdlets: int
    writes: int
    latency_s: float


@dataclass(frozen=True)
class Measurement:
    """One run as bench.json shows it.

    Attributes:
        shell_start_s: seconds of a real server, 0 for a way that starts no shell there.
        wall_s: seconds from the start of ansible-playbook to its end, of the lab.
    """

    scenario: str
    servers: int
    way: str
    run: str
    shell_start_s: float
    sessions: int
    requests: int
    bytes: int
    cmdlets: int
    writes: int
    wall_s: float


def count(log_lines: Iterable[str]) -> Counts:
    """The sums over lines of the lab's log."""
    records = [json.loads(line) for line in log_lines if line.strip()]
    requests = [record for record in records if record["event"] == "request"]
    cmdlets = [record for record in records if record["event"] == "cmdlet"]
    opened = [request for request in requests if request["action"] == "Create" and request["status"] == OK]
    return Counts(
        sessions=len(opened),
        requests=len(requests),
        bytes=sum(request["in"] + request["out"] for request in requests),
        cmdlets=len(cmdlets),
        writes=sum(map(_wrote, cmdlets)),
        latency_s=sum(record.get("latency", 0) for record in [*opened, *cmdlets]),
    )


def busiest_worker_s(charged_s: float, servers: int, forks: int) -> float:
    """The part of what was charged that lies on the critical path, in seconds.

    Every server is charged the same, and a worker takes as many servers, one after the other, as there are rounds.
    """
    return charged_s / servers * math.ceil(servers / forks)


def _wrote(cmdlet: Mapping[str, Any]) -> bool:
    return bool(cmdlet["write"] and not cmdlet["what_if"])


def overhead_ms(wall_s: float, debug_wall_s: float, counts: Counts) -> float:
    """The collection's own milliseconds a cmdlet: without what the lab charged and what Ansible needs for `debug`.

    Holds for one server and one fork only: there everything that is charged lies on the one path.
    """
    return (wall_s - counts.latency_s - debug_wall_s) / counts.cmdlets * 1000
