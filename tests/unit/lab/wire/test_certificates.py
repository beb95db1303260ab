# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS as clients meet it."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests
from cryptography import x509

from exchange_lab.certificates import CertificateAuthority, write_private

EX1 = "ex1.contoso.test"


def shown(lab) -> x509.Certificate:
    """The certificate of a new, unverified connection."""
    known = lab.inventory_vars(EX1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = (known["exchange_host"], known["exchange_port"])
    with socket.create_connection(address) as plain, context.wrap_socket(plain) as tls:
        return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))


def test_a_server_certificate_names_the_fqdn_and_the_address(lab):
    names = shown(lab).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [EX1]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == [
        lab.inventory_vars(EX1)["exchange_host"]
    ]


def test_the_labs_ca_verifies_and_nothing_else_does(lab, pool, tmp_path):
    with pool(lab):
        pass
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(CertificateAuthority.create("Foreign CA").pem)
    for validation in (True, str(foreign)):
        with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            pool(lab, cert_validation=validation).open()
    assert not lab.log.records("request", status=401)


@pytest.mark.parametrize("wrong", ["expired", "foreign", "other name"])
def test_a_certificate_may_be_wrong(lab, pool, wrong):
    address = lab.inventory_vars(EX1)["exchange_host"]
    authority = CertificateAuthority.create() if wrong == "foreign" else lab.lab.authority
    named = "127.0.0.99" if wrong == "other name" else address
    pem = authority.issue(EX1, named, expired=wrong == "expired")
    lab.lab.wire.hosts[EX1].bind_certificate(pem)
    said = {"expired": "has expired", "foreign": "VERIFY_FAILED", "other name": "IP address mismatch"}[wrong]
    with pytest.raises(requests.exceptions.SSLError, match=said):
        pool(lab).open()


def test_a_new_certificate_shows_at_the_next_handshake(lab, pool, invoke):
    with pool(lab) as opened:
        before = shown(lab).serial_number
        lab.lab.wire.hosts[EX1].bind_certificate(lab.lab.authority.issue(EX1, lab.inventory_vars(EX1)["exchange_host"]))
        assert shown(lab).serial_number != before
        assert invoke(opened, "Get-ExchangeServer").output


def test_sessions_are_not_resumed(lab):
    """A resumed one would go on showing the old certificate (lab-wire 7)."""
    known = lab.inventory_vars(EX1)
    context = ssl.create_default_context(cafile=known["exchange_ca_cert"])
    session = None
    for _unused in range(2):
        plain = socket.create_connection((known["exchange_host"], known["exchange_port"]))
        with context.wrap_socket(plain, server_hostname=EX1, session=session) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\nHost: ex1\r\n\r\n")
            assert tls.recv(100).startswith(b"HTTP/1.1 404")
            assert not tls.session_reused
            session = tls.session


def test_a_private_file_stays_private_when_it_is_written_again(tmp_path):
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    assert write_private(path, b"new").read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
