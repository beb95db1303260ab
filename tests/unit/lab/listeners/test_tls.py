# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of each handshake is the one that http.sys has at that moment (certificate-laws S11)."""

from __future__ import annotations

import hashlib
import ssl

import pytest

EX1, MAIL = "ex1.contoso.test", "mail.contoso.test"


@pytest.fixture
def thumbprint(connect, context):
    """thumbprint(lab, port, server=): of the certificate that a new connection is shown."""

    def shown(lab, port: int, server: str = EX1) -> str:
        with context.wrap_socket(connect(lab, port, server)) as tls:
            return hashlib.sha1(tls.getpeercert(binary_form=True), usedforsecurity=False).hexdigest().upper()

    return shown


@pytest.fixture
def verified(connect):
    """verified(lab, name): a connection to 443 by a client that trusts the roots of the organization."""

    def open_one(lab, name: str) -> ssl.SSLSocket:
        trusting = ssl.create_default_context(cafile=str(lab.client_ca()))
        return trusting.wrap_socket(connect(lab, 443), server_hostname=name)

    return open_one


def test_setups_certificate_serves_both_ports(lab, world, thumbprint):
    (exchange, *_others) = world.certificates.of(EX1).my
    assert thumbprint(lab, 443) == thumbprint(lab, 444) == exchange.thumbprint


def test_the_next_handshake_shows_what_was_bound(lab, world, get, thumbprint):
    before = thumbprint(lab, 444)
    new = world.certificates.issue(EX1, names=[MAIL], services=["IIS"])
    assert thumbprint(lab, 443) == new
    assert thumbprint(lab, 444) == before
    world.machines[EX1].http_sys.put("0.0.0.0", 444, new)
    assert thumbprint(lab, 444) == new
    assert thumbprint(lab, 443, "ex2.contoso.test") != new


def test_an_entry_of_the_servers_own_address_hides_that_of_all(lab, world, thumbprint):
    own = world.certificates.issue(EX1, names=[MAIL])
    machine = world.machines[EX1]
    machine.http_sys.put("192.0.2.99", 443, own)
    assert thumbprint(lab, 443) != own
    machine.http_sys.put(machine.address, 443, own)
    assert thumbprint(lab, 443) == own


@pytest.mark.parametrize("intermediate", [1, 2])
def test_a_real_client_verifies_a_trusted_certificate(lab, world, intermediate, verified):
    """By its root alone: the server sends the intermediate. The name and the dates count too."""
    world.certificates.issue(EX1, names=[MAIL], services=["IIS"], intermediate=intermediate)
    with verified(lab, MAIL) as connection:
        assert dict(connection.getpeercert()["subject"][0])["commonName"] == MAIL
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'other.contoso.test'"):
        verified(lab, "other.contoso.test")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"issuer": "unknown"}, "unable to get local issuer|self-signed certificate in certificate chain"),
        ({"issuer": "self"}, "self-signed certificate"),
        ({"days": 9, "starts_in_days": -10}, "has expired"),
    ],
)
def test_a_real_client_refuses_the_others(lab, world, more, told, verified):
    world.certificates.issue(EX1, names=[MAIL], services=["IIS"], **more)
    with pytest.raises(ssl.SSLCertVerificationError, match=told):
        verified(lab, MAIL)


@pytest.mark.parametrize(
    "more", [{"key": "rsa1024"}, {"signature_hash": "sha1"}, {"key": "ec256"}, {"provider": "cng"}]
)
def test_weak_and_cng_keys_serve(lab, world, more, thumbprint):
    """Windows serves them; whoever minds must look."""
    made = world.certificates.issue(EX1, names=[MAIL], services=["IIS"], **more)
    assert thumbprint(lab, 443) == made


@pytest.mark.parametrize(("fault", "event"), [("certificate_dropped", False), ("lost_key", True), ("stale_hash", True)])
def test_without_a_usable_certificate_the_handshake_is_cut(lab, world, get, fault, event, connect, context):
    """TCP connects (health-laws H12); http.sys writes 15021 when its entry is what is wrong (R5)."""
    world.break_binding(EX1, fault)
    with connect(lab, 444) as plain, pytest.raises(ConnectionResetError):
        context.wrap_socket(plain)
    assert lab.log.records("handshake", host=EX1, port=444, outcome="no certificate")
    told = [event.id for event in world.machines[EX1].events if event.data["Endpoint"] == "0.0.0.0:444"]
    assert (15021 in told) is event
    assert get(lab, "/owa/healthcheck.htm").status == 200


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_sessions_are_not_resumed(lab, version, connect, context):
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    session = None
    for _unused in range(2):
        with context.wrap_socket(connect(lab, 443), session=session) as tls:
            tls.sendall(b"GET /owa/healthcheck.htm HTTP/1.1\r\nHost: ex1\r\n\r\n")
            assert tls.recv(100).startswith(b"HTTP/1.1 200")
            assert not tls.session_reused
            session = tls.session


def test_a_client_that_refuses_leaves_a_trace(lab, get, verified):
    with pytest.raises(ssl.SSLCertVerificationError):
        verified(lab, EX1)
    assert get(lab, "/owa/healthcheck.htm").status == 200
    (record,) = lab.log.records("handshake", host=EX1)
    assert record["outcome"].startswith("failed")
