# SPDX-License-Identifier: GPL-3.0-or-later
"""One server's certificates as they are read before a change: what cannot be read is never taken for absent."""

from __future__ import annotations

from typing import Any

import certificate_samples as samples
import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_view import (
    CertificateReader,
    CertificateView,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.servers import Server
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.versions import Version
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.x509_facts import thumbprint
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import ExchangeError, ObjectEmpty
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.record import Record
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Reply

EX1 = Server("EX1", "ex1.contoso.test", Version.displayed("15.2.1544.4"), "Mailbox", "", "", "dc1.contoso.test")
ONE = samples.certificate(samples.common_name("mail.contoso.test"), ["mail.contoso.test"])
OTHER = samples.certificate(samples.common_name("other.contoso.test"))


def record(der: bytes, status: int = 1, raw: bytes | None = None) -> Record:
    data = samples.payload(samples.cert_data(der), f"ex1.contoso.test\\{thumbprint(der)}", status=status)
    return Record({"SerializationData": data, "RawData": der if raw is None else raw})


def view(*records: Record, warnings: list[str] | None = None, **asked: Any) -> CertificateView:
    commands: list[str] = []

    def read(command: Any, keep_errors: bool) -> Reply:
        commands.append(str(command))
        return Reply(records)

    kept = [] if warnings is None else warnings
    found = CertificateReader(read, "dc1.contoso.test", kept.append).view(EX1, **asked)
    assert commands[0] == "Get-ExchangeCertificate -Server 'ex1.contoso.test' -DomainController 'dc1.contoso.test'"
    return found


def test_what_is_there_is_found_and_what_is_not_is_not() -> None:
    found = view(record(ONE))
    certificate = found.find(thumbprint(ONE))
    assert certificate is not None and certificate.subject == "CN=mail.contoso.test"
    assert found.find(thumbprint(OTHER)) is None


def test_one_that_contradicts_itself_is_neither_there_nor_absent() -> None:
    """A second look at it would import it again, or call it removed."""
    warnings: list[str] = []
    found = view(record(ONE, raw=OTHER), record(OTHER), warnings=warnings)
    assert len(warnings) == 1 and warnings[0].startswith("EX1: ")
    with pytest.raises(ExchangeError, match="cannot be read"):
        found.find(thumbprint(OTHER))
    assert found.find("A" * 40) is None


def test_one_without_any_certificate_leaves_everything_open() -> None:
    broken = Record({"SerializationData": b"\x00\x01", "RawData": None})
    found = view(broken, record(ONE))
    for wanted in (thumbprint(ONE), "A" * 40):
        with pytest.raises(ExchangeError, match="cannot be read"):
            found.find(wanted)


def test_an_empty_object_is_an_error_of_its_own() -> None:
    with pytest.raises(ObjectEmpty, match="empty properties"):
        view(Record({"SerializationData": None, "RawData": None}))


def test_the_public_key_of_a_request_is_known_and_no_others() -> None:
    found = view(record(ONE, status=7), record(OTHER))
    assert set(found.public_keys) == {thumbprint(ONE)}
    (key,) = found.public_keys.values()
    pending = found.request_for(key)
    assert pending is not None and pending.thumbprint == thumbprint(ONE)
    assert found.request_for(b"") is None and [one.thumbprint for one in found.issued] == [thumbprint(OTHER)]


def test_without_types_nothing_is_decided() -> None:
    with pytest.raises(ObjectEmpty, match="without their services"):
        view(Record({"RawData": ONE})).need_whole()
    view(record(ONE)).need_whole()


def test_views_are_changed_in_copies() -> None:
    found = view(record(ONE))
    less = found.without(thumbprint(ONE))
    assert less.certificates == () and len(found.certificates) == 1
    (certificate,) = found.certificates
    assert less.with_certificate(certificate).certificates == found.certificates
    assert found.with_certificate(certificate).certificates == found.certificates
