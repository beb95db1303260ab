# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness itself: a real HAProxy in front of small TLS servers, and clients that notice what fails."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from client_load import CONNECT, HANDSHAKE, REQUEST, Load
from haproxy import Check, Haproxy
from health_servers import Authority, HealthServer, Issued, reply
from places import Place

pytestmark = pytest.mark.haproxy

MAIL = "mail.contoso.test"
VIP = "haproxy"

Servers = dict[str, HealthServer]
Balance = Callable[..., Haproxy]
Clients = Callable[..., Load]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Issued:
    return authority.issue([MAIL])


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def servers(stack: ExitStack, certificate: Issued) -> Servers:
    return {
        name: stack.enter_context(HealthServer(f"{name}.contoso.test", certificate, address=f"127.0.0.{at}"))
        for at, name in enumerate(("ex1", "ex2", "ex3"), start=2)
    }


@pytest.fixture
def balance(stack: ExitStack, servers: Servers, authority: Authority) -> Balance:
    """balance(**options of Check): HAProxy in front of the servers."""

    def start(**options: object) -> Haproxy:
        members = [Place(name, server.address, server.port) for name, server in servers.items()]
        return stack.enter_context(Haproxy(members, Check(MAIL, authority.file, **options)))

    return start


@pytest.fixture
def clients(stack: ExitStack, servers: Servers, authority: Authority) -> Clients:
    """clients(haproxy): one through it, and one to each server."""

    def start(haproxy: Haproxy) -> Load:
        ways = [haproxy.place]
        ways += [Place(name, server.address, server.port) for name, server in servers.items()]
        return stack.enter_context(Load(ways, MAIL, authority.file))

    return start


def fqdns(*names: str) -> set[str]:
    return {f"{name}.contoso.test" for name in names}


def test_all_members_get_connections_and_nothing_fails(balance: Balance, clients: Clients, certificate: Issued) -> None:
    load = clients(balance())
    load.wait_for_answers(9)
    assert set(load.answered(VIP)) == fqdns("ex1", "ex2", "ex3")
    assert set(load.answered("ex2")) == fqdns("ex2")
    assert load.failures == []
    assert load.thumbprints(VIP) == [certificate.thumbprint]


def test_checks_ask_as_clients_do(balance: Balance, servers: Servers) -> None:
    balance(pages=("/owa/healthcheck.htm", "/ews/healthcheck.htm"))
    for server in servers.values():
        lines = [head.lower().split("\r\n") for head in server.requests]
        assert {line[0] for line in lines} == {"get /owa/healthcheck.htm http/1.1", "get /ews/healthcheck.htm http/1.1"}
        assert all(f"host: {MAIL}" in line for line in lines)
        assert set(server.sni) == {MAIL}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda server, authority: setattr(server, "answer", lambda head: reply(503)), "L7STS"),
        (lambda server, authority: setattr(server, "answer", lambda head: reply(302, Location="/owa/")), "L7STS"),
        (lambda server, authority: setattr(server, "answer", lambda head: b""), "L7RSP"),
        (lambda server, authority: setattr(server, "certificate", authority.issue(["owa.fabrikam.test"])), "L6RSP"),
        (lambda server, authority: setattr(server, "certificate", authority.issue([MAIL], ends=0)), "L6RSP"),
        (lambda server, authority: setattr(server, "certificate", None), "L6RSP"),
        (lambda server, authority: server.close(), "L4CON"),
    ],
    ids=["503", "302", "closed", "foreign certificate", "expired certificate", "no certificate", "refused"],
)
def test_a_member_that_fails_gets_nothing_more(
    balance: Balance, servers: Servers, authority: Authority, change: Callable[..., None], verdict: str
) -> None:
    haproxy = balance()
    assert haproxy.verdict("ex1") == "L7OK"
    change(servers["ex1"], authority)
    haproxy.wait_for("DOWN", "ex1")
    assert haproxy.verdict("ex1") == verdict
    with Load([haproxy.place], MAIL, authority.file) as load:
        load.wait_for_answers(6)
    assert set(load.answered(VIP)) == fqdns("ex2", "ex3") and load.failures == []


def test_a_member_is_taken_out_when_any_of_its_checked_pages_fails(balance: Balance, servers: Servers) -> None:
    haproxy = balance(pages=("/owa/healthcheck.htm", "/ews/healthcheck.htm"))
    right = servers["ex3"].answer
    servers["ex3"].answer = lambda head: reply(503) if "/ews/" in head else right(head)
    haproxy.wait_for("DOWN", "ex3")
    haproxy.wait_for("UP", "ex1", "ex2")
    servers["ex3"].healthy()
    haproxy.wait_for("UP")


def test_work_on_a_drained_member_is_not_noticed_by_clients(
    balance: Balance, clients: Clients, servers: Servers, authority: Authority
) -> None:
    haproxy = balance()
    load = clients(haproxy)
    load.wait_for_answers()
    assert haproxy.drains("ex1") == []
    new = authority.issue([MAIL])
    for name, server in servers.items():
        haproxy.drain(name)
        haproxy.wait_for("DRAIN", name)
        haproxy.wait_for_silence(name)
        server.certificate, since = None, time.time()
        load.wait_for_failure(name, since)
        server.certificate = new
        haproxy.wait_for("DRAIN", name)
        haproxy.undrain(name)
        haproxy.wait_for("UP")
        load.wait_for_answers()
    assert load.failed(VIP) == []
    for name in servers:
        assert load.failed(name), "the work was noticed on the server itself"
        assert load.failed(name, outside=haproxy.drains(name)) == []
        assert len(haproxy.drains(name)) == 1
    assert load.thumbprints(VIP)[-1] == load.thumbprints("ex1")[-1] == new.thumbprint


def test_work_without_a_drain_is_noticed(
    balance: Balance, clients: Clients, servers: Servers, certificate: Issued
) -> None:
    haproxy = balance(interval=1000)
    load = clients(haproxy)
    load.wait_for_answers()
    servers["ex2"].certificate = None
    load.wait_for_failure(VIP)
    load.wait_for_failure("ex2")
    servers["ex2"].certificate = certificate
    haproxy.wait_for("UP")
    failures = load.failed(VIP)
    assert {failure.stage for failure in failures} == {HANDSHAKE}
    assert load.failed("ex2", outside=haproxy.drains("ex2")) == load.failed("ex2") != []
    assert load.failed("ex1") == []


def test_maintenance_is_a_drain_too_and_a_drain_that_lasts_has_no_end(balance: Balance) -> None:
    haproxy = balance()
    haproxy.maintain("ex1")
    assert haproxy.status("ex1") == "MAINT"
    haproxy.undrain("ex1")
    haproxy.wait_for("UP")
    haproxy.drain("ex1")
    haproxy.drain("ex1")
    first, second = haproxy.drains("ex1")
    assert first[0] < first[1] <= second[0] < second[1] == float("inf")
    assert haproxy.drains("ex2") == []


def test_connections_that_exist_outlive_a_drain_and_are_counted(
    balance: Balance, stack: ExitStack, authority: Authority
) -> None:
    haproxy = balance()
    haproxy.drain("ex2")
    haproxy.drain("ex3")
    context = ssl.create_default_context(cafile=authority.file)
    tcp = stack.enter_context(socket.create_connection((haproxy.place.address, haproxy.place.port)))
    tls = stack.enter_context(context.wrap_socket(tcp, server_hostname=MAIL))
    assert haproxy.connections("ex1") == 1
    haproxy.drain("ex1")
    haproxy.wait_for("DRAIN", "ex1")
    assert haproxy.connections("ex1") == 1
    tls.sendall(f"GET /owa/healthcheck.htm HTTP/1.1\r\nHost: {MAIL}\r\n\r\n".encode())
    assert b"ex1.contoso.test" in tls.recv(4096)
    tls.close()
    haproxy.wait_for_silence("ex1")


def test_a_server_that_does_not_exist_is_an_error(balance: Balance) -> None:
    with pytest.raises(ValueError, match="No such server"):
        balance().drain("ex9")


def test_a_wrong_configuration_tells_what_haproxy_says(servers: Servers, tmp_path: Path) -> None:
    member = Place("ex1", "127.0.0.1", servers["ex1"].port)
    with pytest.raises(RuntimeError, match="nowhere.pem"), Haproxy([member], Check(MAIL, tmp_path / "nowhere.pem")):
        pass


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        (lambda server: server.close(), CONNECT),
        (lambda server: setattr(server, "certificate", None), HANDSHAKE),
        (lambda server: setattr(server, "answer", lambda head: reply(503)), REQUEST),
        (lambda server: setattr(server, "answer", lambda head: b""), REQUEST),
    ],
    ids=["refused", "cut", "503", "closed"],
)
def test_clients_tell_how_far_a_request_came(
    servers: Servers, authority: Authority, change: Callable[..., None], stage: str
) -> None:
    server = servers["ex1"]
    with Load([Place("ex1", server.address, server.port)], MAIL, authority.file) as load:
        load.wait_for_answers()
        change(server)
        load.wait_for_failure("ex1")
    assert load.failures[-1].stage == stage


def test_clients_refuse_to_leave_this_machine(authority: Authority) -> None:
    with pytest.raises(ValueError, match=r"192\.0\.2\.1 is not on this machine"):
        Load([Place("far", "192.0.2.1", 443)], MAIL, authority.file)
