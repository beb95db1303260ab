# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws S1 to S4 and S10, E9, G2 as the clients of Python's standard library see them."""

from __future__ import annotations

import hashlib
import imaplib
import poplib
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from exchange_lab.background import Background
from exchange_lab.world.clock import WallClock
from exchange_lab.world.world import World

EX1, MAIL = "ex1.contoso.test", "mail.contoso.test"
POP, IMAP = "MSExchangePOP3", "MSExchangeIMAP4"

Place = Callable[[str], tuple[str, int]]


@pytest.fixture
def lab() -> Iterator[Background]:
    with Background(World.from_estate("one_server", clock=WallClock())) as running:
        yield running


@pytest.fixture
def world(lab: Background) -> World:
    return lab.world


@pytest.fixture
def place(lab: Background) -> Place:
    """place(protocol): address and port."""
    known = lab.inventory_vars(EX1)
    return lambda protocol: (known["exchange_host"], known[f"exchange_{protocol}_port"])


def start(lab: Background, *services: str) -> None:
    for service in services:
        lab.world.machines[EX1].stop_service(service)
        lab.world.machines[EX1].start_service(service)
    lab.follow(EX1)


def thumbprint(connection: Any) -> str:
    return hashlib.sha1(connection.getpeercert(binary_form=True), usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def shown(place: Place, context: ssl.SSLContext) -> Callable[[str], str]:
    """shown(protocol): the thumbprint that a client is shown."""

    def one(protocol: str) -> str:
        match protocol:
            case "smtp" | "submission":
                with smtplib.SMTP(*place(protocol), timeout=5) as smtp:
                    smtp.starttls(context=context)
                    smtp.ehlo()
                    assert not smtp.has_extn("starttls")
                    return thumbprint(smtp.sock)
            case "pop3":
                pop = poplib.POP3(*place(protocol), timeout=5)
                assert "STLS" in pop.capa()
                pop.stls(context=context)
                assert "STLS" not in pop.capa()
            case "pop3s":
                pop = poplib.POP3_SSL(*place(protocol), context=context, timeout=5)
            case _:
                imap = imaplib.IMAP4_SSL if protocol == "imap4s" else imaplib.IMAP4
                more = {"ssl_context": context} if protocol == "imap4s" else {}
                client = imap(*place(protocol), timeout=5, **more)
                if protocol == "imap4":
                    client.starttls(context)
                    assert "STARTTLS" not in client.capabilities
                found = thumbprint(client.sock)
                assert client.logout()[0] == "BYE"
                return found
        found = thumbprint(pop.sock)
        assert pop.quit().startswith(b"+OK")
        return found

    return one


def setups(world: World) -> str:
    """Of the certificate that Setup made."""
    return world.certificates.of(EX1).my[0].thumbprint


@pytest.mark.must_run
def test_s1_a_fresh_server_shows_setups_certificate_and_pop_and_imap_do_not_listen(lab, world, shown, place):
    assert shown("smtp") == shown("submission") == setups(world)
    for protocol in ("pop3", "pop3s", "imap4", "imap4s"):
        with pytest.raises(ConnectionRefusedError):
            shown(protocol)
    start(lab, POP, IMAP)
    for protocol in ("pop3", "pop3s", "imap4", "imap4s"):
        assert shown(protocol) == setups(world)
    world.machines[EX1].stop_service(POP)
    lab.follow(EX1)
    with pytest.raises(ConnectionRefusedError):
        shown("pop3s")
    assert shown("imap4s") == setups(world)


def connector(world: World, **values: Any) -> None:
    found = next(one for one in world.receive_connectors if one.object.name == "Default Frontend EX1")
    found.object.initial.update(values)


@pytest.mark.parametrize("values", [{"AuthMechanism": "Integrated"}, {"Fqdn": MAIL}])
def test_s1_s2_without_tls_or_a_certificate_there_is_no_starttls(world, place, values):
    connector(world, **values)
    with smtplib.SMTP(*place("smtp"), timeout=5) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("size") and not smtp.has_extn("starttls")
        assert smtp.docmd("STARTTLS")[0] == 500
    world.certificates.issue(EX1, names=[MAIL], services=["SMTP"])
    connector(world, AuthMechanism="Tls")
    with smtplib.SMTP(*place("smtp"), timeout=5) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")


@pytest.mark.must_run
def test_s3_a_match_without_the_flag_is_offered_and_the_handshake_fails(world, shown, place, context):
    new = world.certificates.issue(EX1, names=[EX1])
    with smtplib.SMTP(*place("smtp"), timeout=5) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")
        with pytest.raises(ConnectionResetError):
            smtp.starttls(context=context)
    world.certificates.enable(EX1, new, ["SMTP"])
    assert shown("smtp") == new


def test_s4_the_newest_of_a_ca_is_shown_in_the_next_handshake(world, shown):
    old = world.certificates.issue(EX1, names=[EX1], services=["SMTP"])
    assert shown("smtp") == old
    new = world.certificates.issue(EX1, names=[EX1], services=["SMTP"], starts_in_days=0)
    assert shown("smtp") == shown("submission") == new


def test_a_connector_that_is_disabled_and_a_stopped_service_do_not_listen(lab, world, shown):
    connector(world, Enabled=False)
    lab.follow(EX1)
    with pytest.raises(ConnectionRefusedError):
        shown("smtp")
    assert shown("submission") == setups(world)
    world.machines[EX1].stop_service("MSExchangeFrontEndTransport")
    lab.follow(EX1)
    with pytest.raises(ConnectionRefusedError):
        shown("submission")


@pytest.mark.must_run
def test_e9_s10_pop_and_imap_show_what_they_loaded_when_they_started(lab, world, shown):
    start(lab, POP, IMAP)
    new = world.certificates.issue(EX1, names=[EX1], starts_in_days=0)
    assert shown("pop3s") == shown("pop3") == shown("imap4s") == setups(world)
    start(lab, POP)
    assert shown("pop3s") == shown("pop3") == new
    assert shown("imap4s") == shown("imap4") == setups(world)


def test_s10_a_name_that_nothing_holds_leaves_no_tls(lab, world, shown, place, context):
    for protocol in ("POP", "IMAP"):
        world.servers[EX1].mail_protocols[protocol].initial["X509CertificateName"] = MAIL
    start(lab, POP, IMAP)
    for protocol in ("pop3s", "imap4s"):
        with pytest.raises(ConnectionResetError):
            shown(protocol)
        assert lab.log.records("handshake", host=EX1, outcome="no certificate")
    pop = poplib.POP3(*place("pop3"), timeout=5)
    assert "STLS" not in pop.capa()
    with pytest.raises(poplib.error_proto, match="-ERR"):
        pop.stls(context=context)
    imap = imaplib.IMAP4(*place("imap4"), timeout=5)
    assert "STARTTLS" not in imap.capabilities
    pop.close()
    imap.shutdown()


@pytest.mark.must_run
def test_g2_without_the_intermediate_in_its_store_a_server_sends_the_leaf_alone(lab, world, place, shown):
    """On 443 and on the ports of POP and IMAP; SMTP takes another whose chain it can build (S2, S4)."""
    new = world.certificates.issue(EX1, names=[EX1], services=["SMTP", "IIS"], starts_in_days=0)
    start(lab, POP)
    known = lab.inventory_vars(EX1)
    trusting = ssl.create_default_context(cafile=str(lab.client_ca()))
    web = (known["exchange_host"], known["exchange_client_port"])
    for at in (web, place("pop3s")):
        with trusting.wrap_socket(socket.create_connection(at, 5), server_hostname=EX1) as connection:
            assert thumbprint(connection) == new
    assert shown("smtp") == new
    world.certificates.of(EX1).intermediates.clear()
    for at in (web, place("pop3s")):
        with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
            trusting.wrap_socket(socket.create_connection(at, 5), server_hostname=EX1)
    assert shown("smtp") == setups(world)


def test_g2_a_root_in_the_store_of_intermediates_is_sent_too(lab, world, place, context):
    world.certificates.issue(EX1, names=[EX1], starts_in_days=0)
    start(lab, POP)

    def sent() -> int:
        with context.wrap_socket(socket.create_connection(place("pop3s"), 5)) as connection:
            return len(connection._sslobj.get_unverified_chain())

    assert sent() == 2
    world.certificates.of(EX1).intermediates.append(world.certificates.authority("ca").root)
    assert sent() == 3


@pytest.mark.parametrize(
    ("protocol", "sent", "answer"),
    [
        ("smtp", "AUTH LOGIN", "500 5.3.3"),
        ("smtp", "MAIL FROM:<a@b.test>", "500 5.3.3"),
        ("smtp", "HELO me", "250 "),
        ("smtp", "NOOP", "250 2.0.0"),
        ("smtp", "", "500 5.3.3"),
        ("smtp", "QUIT", "221 2.0.0"),
        ("pop3", "USER me", "-ERR"),
        ("pop3", "QUIT", "+OK"),
        ("imap4", "a LOGIN me you", "a BAD"),
        ("imap4", "a NOOP", "a OK"),
        ("imap4", "", "* BAD"),
        ("imap4", "a LOGOUT", "* BYE"),
    ],
)
def test_nobody_logs_in_and_sends_nothing(lab, place, protocol, sent, answer):
    start(lab, POP, IMAP)
    with socket.create_connection(place(protocol), 5) as connection:
        lines = connection.makefile("rw", newline="\r\n", encoding="ascii")
        assert lines.readline().endswith(("ready.\r\n", "ready\r\n"))
        lines.write(f"{sent}\r\n")
        lines.flush()
        assert lines.readline().startswith(answer)
    commands = [record["command"] for record in lab.log.records("mail", host=EX1)]
    assert commands == [sent.upper().removeprefix("A ").partition(" ")[0] if sent else ""]


def test_a_line_without_end_is_not_read(place):
    with socket.create_connection(place("smtp"), 5) as connection:
        assert connection.recv(4096).startswith(b"220 ")
        connection.sendall(b"x" * 20000)
        with suppress(ConnectionResetError):
            assert connection.recv(4096) == b""


def test_a_client_that_goes_in_the_handshake_leaves_a_trace(lab, place):
    with smtplib.SMTP(*place("smtp"), timeout=5) as smtp, pytest.raises(ssl.SSLCertVerificationError):
        smtp.starttls(context=ssl.create_default_context(cafile=str(lab.client_ca())))
    with smtplib.SMTP(*place("smtp"), timeout=5) as smtp:
        assert smtp.noop()[0] == 250
    (record,) = lab.log.records("handshake", host=EX1)
    assert (record["port"], record["outcome"].partition(":")[0]) == (25, "failed")


def test_a_2013_server_without_client_access_has_port_25_of_the_transport_service(context):
    row = {"name": "ex1", "site": "London", "build": "15.0.1497.48", "roles": ["Mailbox"]}
    other = {**row, "name": "ex2", "roles": ["ClientAccess"]}
    with Background(World.from_estate({"sites": {"London": ["dc1"]}, "servers": [row, other]})) as lab:
        known = lab.inventory_vars(EX1)
        with smtplib.SMTP(known["exchange_host"], known["exchange_smtp_port"], timeout=5) as smtp:
            smtp.starttls(context=context)
        for protocol in ("submission", "pop3s"):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((known["exchange_host"], known[f"exchange_{protocol}_port"]), 5)


def test_ports_follow_a_cmdlet_before_it_ends(lab, shown, world):
    from pypsrp.powershell import PowerShell, RunspacePool
    from pypsrp.wsman import WSMan

    known = lab.inventory_vars(EX1)
    wsman = WSMan(
        known["ansible_host"], port=known["ansible_port"], auth="basic", username="administrator",
        password=known["ansible_password"], cert_validation=known["ansible_psrp_ca_cert"],
    )  # fmt: skip
    with RunspacePool(wsman) as pool:
        for cmdlet in ("Start-Service", "Stop-Service"):
            PowerShell(pool).add_cmdlet(cmdlet).add_parameter("Name", POP).invoke()
            if cmdlet == "Start-Service":
                assert shown("pop3s") == setups(world)
        with pytest.raises(ConnectionRefusedError):
            shown("pop3s")
