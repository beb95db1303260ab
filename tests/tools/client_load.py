# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that make fresh TLS requests all the time, and remember each that failed: where, when and how.

Bounded in time and number, and on this machine alone.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from lab_process import wait_until
from places import Place

LONGEST_LOAD = 3600.0  # seconds after which the clients stop by themselves
MOST_REQUESTS = 200_000  # of one client
LONGEST_REQUEST = 10.0  # seconds
LONGEST_WAIT = 60.0  # seconds, for answers or failures
LONGEST_STOP = 3 * LONGEST_REQUEST  # seconds

CONNECT, HANDSHAKE, REQUEST = "connect", "handshake", "request"

_PAGE = re.compile(rb"200 OK<br/>([\w.-]+)")


@dataclass(frozen=True)
class Failure:
    """A request that failed: where, from when to when (seconds since 1970), how far it came, and why."""

    place: str
    begin: float
    end: float
    stage: str
    why: str


@dataclass(frozen=True)
class Success:
    """A request that was answered with 200: by whom, as far as the page says, and with which certificate."""

    place: str
    at: float
    server: str
    thumbprint: str


class Load:
    """Clients for the length of a with block: some at each place, each asking again and again.

    Args:
        places: HAProxy, or servers themselves.
        name: what clients ask for; in SNI, in Host, and on the certificate.
        ca_file: whom the certificates are issued by.
        headers: of each request, beside Host.
        pause: seconds between two requests of a client.
        clients: at each place.
    """

    def __init__(
        self,
        places: Sequence[Place],
        name: str,
        ca_file: Path,
        *,
        path: str = "/owa/healthcheck.htm",
        headers: Mapping[str, str] | None = None,
        pause: float = 0.02,
        clients: int = 1,
        patience: float = LONGEST_REQUEST,
    ) -> None:
        for place in places:
            if not ip_address(place.address).is_loopback:
                raise ValueError(f"{place.address} is not on this machine")
        self.name, self.path, self.pause, self._patience = name, path, pause, patience
        self._headers = {"Host": name, "Connection": "close", **(headers or {})}
        self._places = tuple(places)
        self.failures: list[Failure] = []
        self.successes: list[Success] = []
        self._context = ssl.create_default_context(cafile=ca_file)
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask_again_and_again, args=(place,), daemon=True)
            for place in places
            for _client in range(clients)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(LONGEST_STOP)

    def failed(self, place: str, outside: Iterable[tuple[float, float]] = ()) -> list[Failure]:
        """The failures of a place that lie wholly outside of these times."""
        times = list(outside)
        return [
            failure
            for failure in list(self.failures)
            if failure.place == place and not any(failure.begin <= end and failure.end >= begin for begin, end in times)
        ]

    def answered(self, place: str, since: float = 0.0) -> Counter[str]:
        """How many requests at a place were answered by which server."""
        return Counter(one.server for one in list(self.successes) if one.place == place and one.at >= since)

    def thumbprints(self, place: str, since: float = 0.0) -> list[str]:
        """The certificates that a place has shown, in the order of their first sight."""
        return list(
            dict.fromkeys(one.thumbprint for one in list(self.successes) if one.place == place and one.at >= since)
        )

    def wait_for_answers(self, count: int = 5) -> None:
        """Wait until each place has answered so many times more: what is true now was seen. Raises TimeoutError."""
        since = time.time()
        self._wait(lambda: all(self.answered(place.name, since).total() >= count for place in self._places))

    def wait_for_failure(self, place: str, since: float = 0.0) -> None:
        """Wait until a request at a place has failed, after a time. Raises TimeoutError."""
        self._wait(lambda: any(failure.begin >= since for failure in self.failed(place)))

    def _wait(self, condition: Callable[[], bool]) -> None:
        if not wait_until(condition, LONGEST_WAIT):
            raise TimeoutError(f"answers: {len(self.successes)}, the last failures: {self.failures[-3:]}")

    def _ask_again_and_again(self, place: Place) -> None:
        end = time.monotonic() + LONGEST_LOAD
        for _turn in range(MOST_REQUESTS):
            self._ask(place)
            if self._ended.wait(self.pause) or time.monotonic() > end:
                return

    def _ask(self, place: Place) -> None:
        """One connection with a full handshake, one request, one record."""
        at, stage = time.time(), CONNECT
        try:
            with socket.create_connection((place.address, place.port), self._patience) as tcp:
                stage = HANDSHAKE
                with self._context.wrap_socket(tcp, server_hostname=self.name) as tls:
                    stage = REQUEST
                    shown = sha1(tls.getpeercert(binary_form=True) or b"", usedforsecurity=False).hexdigest().upper()
                    server = self._get(tls)
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(Failure(place.name, at, time.time(), stage, repr(error)))
        else:
            self.successes.append(Success(place.name, at, server, shown))

    def _get(self, tls: ssl.SSLSocket) -> str:
        """The server that the page names, or nothing. Raises HTTPException for another status than 200."""
        connection = http.client.HTTPConnection(self.name)
        connection.sock = tls
        connection.request("GET", self.path, headers=self._headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise http.client.HTTPException(f"status {response.status}")
        page = _PAGE.match(body)
        return page[1].decode("ascii").lower() if page else ""
