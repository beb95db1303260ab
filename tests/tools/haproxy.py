# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HAProxy in front of some servers: layer 4 with health checks, as administrators write it for Exchange.

The configuration follows health-laws 6 (L3, L4, L6, L10, L13): TCP passed through, one check an address that asks for
health pages over verified TLS with SNI and Host of the name that clients use, runtime API on a socket of level admin.
Only the times are shorter. HAProxy listens on loopback.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from lab_process import wait_until
from places import Place

BACKEND = "exchange"
LONGEST_START = 30.0  # seconds
LONGEST_STOP = 10.0  # seconds
LONGEST_ANSWER = 10.0  # seconds, of the runtime API
LONGEST_CHANGE = 60.0  # seconds, until checks have noticed

_TURN = re.compile(
    rf"^(?P<at>\d{{4}}-\S+) Server {BACKEND}/(?P<server>\S+) "
    r"(?:(?P<out>enters drain state|is going DOWN for maintenance)|is \S+ \(leaving forced)"
)


def program() -> str | None:
    """Where HAProxy is; None where it is not installed."""
    return shutil.which("haproxy", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


@dataclass(frozen=True)
class Check:
    """How members are checked.

    Attributes:
        name: what clients ask for; in SNI, in Host, and on the certificate.
        ca_file: whom the certificates are issued by.
        pages: every one must answer 200.
        interval: milliseconds between two checks, and what each has for connection and handshake, however busy the
            machine is. L6 says 10 000 for real ones, fall 3 and rise 2.
        hurry: milliseconds between two checks of a member whose state may be changing.
    """

    name: str
    ca_file: Path
    pages: Sequence[str] = ("/owa/healthcheck.htm",)
    interval: int = 1000
    hurry: int = 50
    fall: int = 3
    rise: int = 2


class Haproxy:
    """HAProxy for the length of a with block; members are known by the names of their places.

    Args:
        own_certificate: PEM file with a key: it ends TLS and begins it anew to the members, as layer 7 does (L5).
        listen: address and port for clients; 0 for any.

    Attributes:
        place: where clients connect to.
        socket: path of the runtime API, level admin, for hooks.
    """

    def __init__(
        self,
        members: Sequence[Place],
        check: Check,
        *,
        own_certificate: Path | None = None,
        listen: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.members, self.check = tuple(members), check
        self._own_certificate, self._listen = own_certificate, listen

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="haproxy-")  # the path of a socket must be short
        folder = Path(self._folder.name)
        self.socket, self._log = folder / "admin.sock", folder / "log"
        configuration = folder / "haproxy.cfg"
        listener = socket.create_server(self._listen, backlog=1024)
        self.place = Place("haproxy", *listener.getsockname())
        configuration.write_text(self.configuration(listener.fileno()), encoding="utf-8")
        with listener, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program() or "haproxy", "-db", "-f", str(configuration)],
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: self._process.poll() is not None or self._has_checked(), LONGEST_START)
        if self._process.poll() is not None or not self._has_checked():
            said = self.log
            self._stop()
            raise RuntimeError(f"HAProxy did not start:\n{said}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def drain(self, server: str) -> None:
        """No new connections for a server; it is still checked, and those that it has stay."""
        self._set(server, "drain")

    def maintain(self, server: str) -> None:
        """No connections for a server, and no checks."""
        self._set(server, "maint")

    def undrain(self, server: str) -> None:
        """Connections for a server again, as soon as its checks allow."""
        self._set(server, "ready")

    def connections(self, server: str) -> int:
        """How many connections a server has through HAProxy."""
        return int(self.statistics()[server]["scur"])

    def status(self, server: str) -> str:
        """As the statistics page shows it: UP, DOWN, DRAIN, MAINT, or on its way, such as UP 2/3."""
        return self.statistics()[server]["status"]

    def verdict(self, server: str) -> str:
        """What its last check found: L7OK, L7STS, L6RSP, L4CON, ..."""
        return self.statistics()[server]["check_status"].removeprefix("* ")

    def wait_for(self, status: str, *servers: str) -> None:
        """Wait until servers, by default all, have a status. Raises TimeoutError with what they have."""
        names = servers or tuple(member.name for member in self.members)
        if not wait_until(lambda: all(self.status(name) == status for name in names), LONGEST_CHANGE):
            raise TimeoutError(f"not {status}: { ({name: (self.status(name), self.verdict(name)) for name in names}) }")

    def wait_for_silence(self, server: str) -> None:
        """Wait until a server has no connections through HAProxy. Raises TimeoutError."""
        if not wait_until(lambda: self.connections(server) == 0, LONGEST_CHANGE):
            raise TimeoutError(f"{server} still has {self.connections(server)} connections")

    def statistics(self) -> dict[str, dict[str, str]]:
        """The members' rows of ``show stat``, by their names."""
        rows = csv.DictReader(io.StringIO(self.command("show stat").removeprefix("# ")))
        names = {member.name for member in self.members}
        return {row["svname"]: row for row in rows if row["pxname"] == BACKEND and row["svname"] in names}

    def command(self, text: str) -> str:
        """What the runtime API answers. Raises OSError when HAProxy does not listen."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LONGEST_ANSWER)
            connection.connect(str(self.socket))
            connection.sendall(f"{text}\n".encode("ascii"))
            with connection.makefile("r", encoding="utf-8") as answer:
                return answer.read().strip()

    def drains(self, server: str) -> list[tuple[float, float]]:
        """When a server got no new connections because somebody said so, by HAProxy's own log.

        Begin and end in seconds since 1970; a drain that lasts ends at infinity.
        """
        found: list[tuple[float, float]] = []
        begin: float | None = None
        for turn in filter(None, map(_TURN.match, self.log.splitlines())):
            if turn["server"] != server:
                continue
            at = datetime.fromisoformat(turn["at"]).timestamp()
            if turn["out"]:
                begin = at if begin is None else begin
            elif begin is not None:
                found.append((begin, at))
                begin = None
        return found if begin is None else [*found, (begin, math.inf)]

    @property
    def log(self) -> str:
        """Everything that HAProxy has said."""
        return self._log.read_text(encoding="utf-8")

    def _set(self, server: str, state: str) -> None:
        if answer := self.command(f"set server {BACKEND}/{server} state {state}"):
            raise ValueError(answer)

    def _has_checked(self) -> bool:
        """Whether each member has been checked: before that HAProxy takes all for up."""
        try:
            return all(row["check_status"] not in ("", "INI", "* INI") for row in self.statistics().values())
        except OSError:
            return False

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(LONGEST_STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(LONGEST_STOP)
        self._folder.cleanup()

    def configuration(self, listener: int) -> str:
        """The whole file; listener: the descriptor of the socket where clients connect."""
        check = self.check
        ends_tls = f" ssl crt {self._own_certificate}" if self._own_certificate else ""
        lines = [
            "global",
            f"    stats socket {self.socket} mode 600 level admin",
            "    log stdout format iso local0 notice",
            "defaults",
            "    mode tcp",
            "    log global",
            "    timeout connect 5s",
            "    timeout client 65m",
            "    timeout server 65m",
            "    timeout check 5s",
            "    retries 3",
            "    option redispatch",
            f"frontend {BACKEND}",
            f"    bind fd@{listener}{ends_tls}",
            f"    default_backend {BACKEND}",
            f"backend {BACKEND}",
            "    balance roundrobin",
            "    option httpchk",
        ]
        for page in check.pages:
            lines += [
                f"    http-check connect ssl sni {check.name}",
                f"    http-check send meth GET uri {page} ver HTTP/1.1 hdr Host {check.name}",
                "    http-check expect status 200",
            ]
        verified = f"verify required ca-file {check.ca_file} verifyhost {check.name}"
        pace = f"check inter {check.interval}ms fastinter {check.hurry}ms downinter {check.hurry}ms"
        pace += f" fall {check.fall} rise {check.rise}"
        begins_tls = f"ssl sni str({check.name}) " if self._own_certificate else ""
        lines.append(f"    default-server {begins_tls}{verified} {pace} on-marked-down shutdown-sessions")
        lines += [f"    server {member.name} {member.address}:{member.port}" for member in self.members]
        return "\n".join(lines) + "\n"
