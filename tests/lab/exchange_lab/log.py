# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's log: every request and every cmdlet as one JSON object a line. Known secrets never get in.

Records: {"event": "request", "t", "host", "conn", "listener", "path", "auth", "user", "action", "status", "in", "out"}
and where they apply "back_end", "fault" (of the schedule), "wsman_fault" (its number), "why" (of a refusal),
"compressed" (true when the reply was); in and out are the bytes of the bodies, action is Create, Command, Receive ...,
login or refused, status 0 means that the connection was cut; "latency" (of a Create) the seconds that were charged.
{"event": "cmdlet", ...} as the world writes them, with the "latency" in seconds that it charges.
{"event": "connect", ...} for a connection that was reset.
{"event": "web", "host", "port", "method", "path", "status", "back_end"} for a request to port 443 or 444.
{"event": "handshake", "host", "port", "outcome"} for a handshake there that came to nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

MASK = "********"


class LabLog:
    """Keeps the records, and writes them to path as well when there is one. Safe to read from another thread."""

    def __init__(self, path: Path | None = None, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._records: list[dict[str, Any]] = []
        self._secrets = tuple(secret for secret in secrets if secret)
        self._file: TextIO | None = path.open("w", encoding="utf-8", buffering=1) if path else None

    def write(self, record: dict[str, Any]) -> None:
        """Adds the time (`t`, seconds since 1970), masks secrets, keeps and writes the record."""
        masked: dict[str, Any] = {"t": round(time.time(), 3)} | {
            key: self._mask(value) for key, value in record.items()
        }
        with self._lock:
            self._records.append(masked)
            if self._file:
                self._file.write(json.dumps(masked, default=str) + "\n")

    def _mask(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, MASK)
        elif isinstance(value, dict):
            return {key: self._mask(item) for key, item in value.items()}
        elif isinstance(value, (list, tuple)):
            return [self._mask(item) for item in value]
        return value

    def records(self, event: str = "", **where: Any) -> list[dict[str, Any]]:
        """The records of one event (all without it) whose named fields have these values."""
        with self._lock:
            found = list(self._records)
        return [
            record
            for record in found
            if event in ("", record.get("event")) and all(record.get(key) == value for key, value in where.items())
        ]

    def clear(self) -> None:
        """Forgets the kept records; the file stays."""
        with self._lock:
            self._records.clear()

    def close(self) -> None:
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None
