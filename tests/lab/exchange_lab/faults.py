# SPDX-License-Identifier: GPL-3.0-or-later
"""What breaks and when, as data: a schedule of faults for tests and for `--faults FILE` (kinds: lab-wire 3, 5 and 6).

A file is a YAML list of mappings whose keys are the fields of Fault, for example

    - {kind: drop, stage: after, operation: Command, cmdlet: Set-*}      # the response is lost after the write
    - {kind: throttle_shells, operation: Create, host: ex1.contoso.test, times: 2}
    - {kind: megabytes, cmdlet: Get-OwaVirtualDirectory, size: 50}
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

LISTEN, CONNECT, BEFORE, AFTER, RUN = "listen", "connect", "before", "after", "run"

REQUEST_KINDS: Mapping[str, str] = {
    "drop": "the connection is cut",
    "hang": "no answer ever comes on this connection",
    "html": "an HTML page instead of SOAP",
    "unauthorized": "401, the login is forgotten (times 0: the password has expired)",
    "unavailable": "503",
    "throttle_shells": "fault 2150859173, the quota of shells",
    "throttle_connections": "Exchange's own authorization text, the quota of connections",
    "throttle_load": "fault 2150859175, the quota of requests in a time",
    "shell_gone": "the shell is removed first (an idle time-out or a recycle)",
    "wrong_back_end": "another back end answers: the shell was not found, WSMan-InvalidShellID",
}
CMDLET_KINDS: Mapping[str, str] = {
    "hang": "the cmdlet never ends; Receives time out and may be repeated",
    "invalid_clixml": "the cmdlet runs, its output is no CLIXML",
    "megabytes": "the cmdlet runs, its output is one text of `size` MB",
    "nested": "the cmdlet runs, its output is an object of `size` levels",
}
OPENED_KINDS: Mapping[str, str] = {
    "broken_pool": "operation Create: the pool opens and breaks at once, with the authorization text",
}
KINDS: Mapping[str, Mapping[str, str]] = {
    LISTEN: {"refuse": "the port does not listen as long as the fault is scheduled (nth and times do not count)"},
    CONNECT: {"reset": "the connection is accepted and cut at once"},
    BEFORE: REQUEST_KINDS,
    AFTER: {**REQUEST_KINDS, **OPENED_KINDS},
    RUN: CMDLET_KINDS,
}
_DEFAULT_STAGE = {"refuse": LISTEN, "reset": CONNECT, "broken_pool": AFTER} | dict.fromkeys(
    CMDLET_KINDS.keys() - {"hang"}, RUN
)
_SIZED = ("megabytes", "nested")


class BadFault(ValueError):
    """A schedule that cannot be; the text says what is allowed."""


@dataclass(frozen=True)
class Fault:
    """One entry of the schedule.

    stage: listen, connect, before or after a request is handled, or run (the cmdlet itself);
    a kind that has one stage needs none.
    host (FQDN), operation (Create, Command, Receive, Send, Signal, Delete) and cmdlet: patterns with * and ?.
    nth: the first match that breaks, from 1; times: how many from there on, 0 for all; size: MB, or levels of nesting.
    """

    kind: str
    stage: str = ""
    host: str = "*"
    operation: str = "*"
    cmdlet: str = "*"
    nth: int = 1
    times: int = 1
    size: int = 0

    def __post_init__(self) -> None:
        """Raises BadFault."""
        if not self.stage:
            object.__setattr__(self, "stage", _DEFAULT_STAGE.get(self.kind, BEFORE))
        if self.stage not in KINDS:
            raise BadFault(f"A fault has no stage {self.stage!r}; stages are {', '.join(KINDS)}.")
        if self.kind not in KINDS[self.stage]:
            allowed = ", ".join(KINDS[self.stage])
            raise BadFault(f"At stage {self.stage} there is no fault {self.kind!r}; there are {allowed}.")
        if self.nth < 1 or self.times < 0:
            raise BadFault("A fault counts nth from 1, and times from 0 (always).")
        if self.kind in _SIZED and self.size < 1:
            raise BadFault(f"A fault {self.kind} needs a size of at least 1.")

    def concerns(self, stage: str, host: str, operation: str, cmdlets: Iterable[str]) -> bool:
        """Whether this entry speaks of such an event, whatever its count."""
        return (
            self.stage == stage
            and _like(host, self.host)
            and _like(operation, self.operation)
            and (self.cmdlet == "*" or any(_like(cmdlet, self.cmdlet) for cmdlet in cmdlets))
        )


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


@dataclass
class _Scheduled:
    fault: Fault
    seen: int = 0

    def counts(self) -> bool:
        """Counts one more matching event; whether the fault strikes it."""
        self.seen += 1
        first, times = self.fault.nth, self.fault.times
        return self.seen >= first and (times == 0 or self.seen < first + times)


class FaultSchedule:
    """The faults still to come. Safe to change from a test while the lab runs in its thread."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._entries = [_Scheduled(fault) for fault in faults]

    @classmethod
    def from_file(cls, path: Path) -> FaultSchedule:
        """Raises BadFault with the entry's number when the file is not a list of faults."""
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(entries, list):
            raise BadFault(f"{path} is not a YAML list of faults.")
        known = {field.name for field in fields(Fault)}
        faults = []
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, Mapping) or "kind" not in entry or set(entry) - known:
                raise BadFault(
                    f"Entry {number} of {path} is not a fault: it needs kind, and may have {', '.join(sorted(known))}."
                )
            try:
                faults.append(Fault(**entry))
            except (BadFault, TypeError) as error:
                raise BadFault(f"Entry {number} of {path}: {error}") from None
        return cls(faults)

    def add(self, kind: str, **what: Any) -> Fault:
        """Schedules Fault(kind, **what) and returns it. Raises BadFault."""
        fault = Fault(kind, **what)
        with self._lock:
            self._entries.append(_Scheduled(fault))
        return fault

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def take(self, stage: str, host: str, operation: str = "", cmdlets: Iterable[str] = ()) -> Fault | None:
        """The fault that strikes this event, if any. Every entry that speaks of the event counts it."""
        cmdlets = tuple(cmdlets)
        with self._lock:
            due = [
                entry.fault
                for entry in self._entries
                if entry.fault.concerns(stage, host, operation, cmdlets) and entry.counts()
            ]
        return due[0] if due else None

    def refuses(self, host: str) -> bool:
        """Whether host's Exchange ports are not to listen."""
        with self._lock:
            return any(entry.fault.concerns(LISTEN, host, "", ()) for entry in self._entries)
