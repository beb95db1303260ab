# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of four servers, and clients of its ports 443 and 444 that know nothing of the lab."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from exchange_lab.background import Background
from exchange_lab.world.clock import ManualClock, WallClock
from exchange_lab.world.world import World

EX1 = "ex1.contoso.test"
PORTS = {443: "exchange_client_port", 444: "exchange_back_end_port"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: str


Get = Callable[..., Reply]


@pytest.fixture
def context() -> ssl.SSLContext:
    """A client that judges nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


@pytest.fixture
def connect() -> Callable[..., socket.socket]:
    """connect(lab, port, server=): a plain connection to a port of a server."""

    def to(lab: Background, port: int, server: str = EX1) -> socket.socket:
        known = lab.inventory_vars(server)
        return socket.create_connection((known["exchange_host"], known[PORTS[port]]), 5)

    return to


@pytest.fixture
def world() -> World:
    return World.from_estate("two_datacenters", clock=WallClock())


@pytest.fixture
def lab(world: World) -> Iterator[Background]:
    with Background(world) as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def still(clock: ManualClock) -> Iterator[Background]:
    """One server whose time stands still."""
    with Background(World.from_estate("one_server", clock=clock)) as running:
        yield running


@pytest.fixture
def get(context: ssl.SSLContext) -> Get:
    """get(lab, path, server=, port=, method=, headers=): one request on a connection of its own."""

    def one(
        lab: Background,
        path: str,
        *,
        server: str = EX1,
        port: int = 443,
        method: str = "GET",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        known = lab.inventory_vars(server)
        connection = http.client.HTTPSConnection(known["exchange_host"], known[PORTS[port]], context=context, timeout=5)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    return one
