# SPDX-License-Identifier: GPL-3.0-or-later
"""Drains a server of HAProxy and lets clients to it again, by the runtime API. Needs Python 3.7.

    haproxy_member.py ACTION SOCKET SERVER SECONDS BACKEND...

ACTION is drain or undrain; SOCKET a path or ADDRESS:PORT, of level admin; SECONDS the longest wait. Prints in JSON
whether something changed, and how many connections are left. Exit code 1 comes with a sentence on standard error.

Draining waits until connections have ended, and goes on without them when the time is over. It is refused where no
other server of the backend is up, and taken back where the others were drained at the same time. Undraining waits until
HAProxy calls the server up. A server that somebody has put into maintenance stays there.
"""

from __future__ import annotations

import csv
import io
import json
import socket
import sys
import time
from collections.abc import Callable

MAINTENANCE, DRAINED = 0x01 | 0x02 | 0x04 | 0x20, 0x08 | 0x10
"""Bits of srv_admin_state in ``show servers state``: by the runtime API, inherited, by the configuration or by DNS."""
LONGEST_ANSWER = 10.0  # seconds
PAUSE = 0.2  # seconds between two looks


class Refused(Exception):
    """The text says why."""


class Runtime:
    """The runtime API of one HAProxy."""

    def __init__(self, where: str) -> None:
        self._where = where

    def ask(self, command: str) -> str:
        """Send one command and return the answer. Raises OSError."""
        with self._connected() as connection:
            connection.sendall(f"{command}\n".encode("ascii"))
            with connection.makefile("r", encoding="utf-8") as answer:
                return answer.read().strip()

    def _connected(self) -> socket.socket:
        if not self._where.startswith("/"):
            host, _colon, port = self._where.rpartition(":")
            if not host or not port.isdecimal():
                raise Refused(f"{self._where} is neither a path nor ADDRESS:PORT. Check the socket.")
            return socket.create_connection((host.strip("[]"), int(port)), LONGEST_ANSWER)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(LONGEST_ANSWER)
        connection.connect(self._where)
        return connection


class Member:
    """One server in one backend."""

    def __init__(self, runtime: Runtime, backend: str, server: str) -> None:
        self.name = f"{backend}/{server}"
        self._runtime, self._backend, self._server = runtime, backend, server

    def admin_state(self) -> int:
        """What people have decided about it. Raises Refused where HAProxy does not know it."""
        lines = self._runtime.ask(f"show servers state {self._backend}").splitlines()
        header = next((line for line in lines if line.startswith("# ")), "")
        columns = header[2:].split()
        for line in lines:
            values = line.split()
            row = {name: values[at] for at, name in enumerate(columns) if at < len(values)}
            if row.get("srv_name") == self._server and "srv_admin_state" in row:
                return int(row["srv_admin_state"])
        raise Refused(f"HAProxy knows no server {self.name}.")

    def connections(self) -> int:
        return int(self._row()["scur"])

    def is_up(self) -> bool:
        return _up(self._row())

    def is_alone(self) -> bool:
        """Whether no other server is up."""
        return not any(_up(row) for row in self._rows() if row["svname"] != self._server)

    def set(self, state: str) -> None:
        """Raises Refused."""
        answer = self._runtime.ask(f"set server {self.name} state {state}")
        if answer:
            raise Refused(f"HAProxy refuses for {self.name}: {answer}")

    def _row(self) -> dict[str, str]:
        return next(row for row in self._rows() if row["svname"] == self._server)

    def _rows(self) -> list[dict[str, str]]:
        table = csv.DictReader(io.StringIO(self._runtime.ask("show stat").lstrip("# ")))
        special = ("FRONTEND", "BACKEND")
        return [row for row in table if row["pxname"] == self._backend and row["svname"] not in special]


def _up(row: dict[str, str]) -> bool:
    return row["status"].startswith("UP") or row["status"] == "no check"


def drain(members: list[Member], seconds: float) -> dict[str, object]:
    """Take the members out, all or none, and wait for their connections. Raises Refused, OSError."""
    wanted = [member for member in members if not member.admin_state() & (MAINTENANCE | DRAINED)]
    serving = [member for member in wanted if member.is_up()]
    _refuse_the_last(serving)
    for member in wanted:
        member.set("drain")
    try:
        _refuse_the_last(serving)
    except Refused:
        for member in wanted:
            member.set("ready")
        raise
    _wait(lambda: not any(member.connections() for member in members), seconds)
    return {"changed": bool(wanted), "connections": sum(member.connections() for member in members)}


def _refuse_the_last(members: list[Member]) -> None:
    alone = [member.name for member in members if member.is_alone()]
    if alone:
        raise Refused(f"No other server is up beside {', '.join(alone)}, so it is not drained.")


def undrain(members: list[Member], seconds: float) -> dict[str, object]:
    """Let clients to the members again. Raises Refused when HAProxy does not find one healthy in time, OSError."""
    serving = [member for member in members if not member.admin_state() & MAINTENANCE]
    drained = [member for member in serving if member.admin_state() & DRAINED]
    for member in drained:
        member.set("ready")
    if not _wait(lambda: all(member.is_up() for member in serving), seconds):
        down = [member.name for member in serving if not member.is_up()]
        raise Refused(f"HAProxy does not call {', '.join(down)} up.")
    return {"changed": bool(drained), "connections": sum(member.connections() for member in members)}


def _wait(reached: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE)
    return True


def main(arguments: list[str]) -> int:
    try:
        action, where, server, seconds, *backends = arguments
        members = [Member(Runtime(where), backend, server) for backend in backends]
        act = {"drain": drain, "undrain": undrain}[action]
        print(json.dumps(act(members, float(seconds))))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The runtime API at {where} does not answer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
