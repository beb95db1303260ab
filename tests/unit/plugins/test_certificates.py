# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of Get-ExchangeCertificate: samples and recordings field by field, and objects made to deceive."""

from __future__ import annotations

import hashlib
import itertools
import random
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import certificate_samples as samples
import inspect_clixml
import pytest
from collection_tree import CHECKOUT
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange import x509_facts
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_facts import (
    AuthConfig,
    ServerCertificates,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates import (
    SERVICES,
    STATUSES,
    Certificate,
    ReadCertificate,
    read_certificate,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.derived_services import (
    with_derived_services,
    with_roles,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.distinguished_names import distinguished_name
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.serialized_certificate import (
    read_serialized_certificate,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.clixml import read_file
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import ExchangeError, ObjectEmpty
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.nrbf import MAX_BYTES, PayloadRefused
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.record import Record
from exchange_lab.contract import documented

SAMPLES = Path(__file__).parent / "samples"
CAPTURES = CHECKOUT.parent / "shared" / "captures" / "exchange-2019"
LIMIT = 8 * 1024 * 1024
DER = samples.certificate(samples.common_name("EX1"), ["EX1", "ex1.contoso.test"])
OTHER = samples.certificate(samples.common_name("EX2"), ["EX2"])


def thumbprint(der: bytes) -> str:
    return hashlib.sha1(der).hexdigest().upper()


def payload(der: bytes = DER, data: bytes | None = None, identity: str | None = None, **more: Any) -> bytes:
    identity = f"ex1.contoso.test\\{thumbprint(der)}" if identity is None else identity
    return samples.payload(samples.cert_data(der) if data is None else data, identity, **more)


def record(der: bytes | None = DER, data: Any = None) -> Record:
    return Record({"RawData": der, "SerializationData": data})


def read(data: bytes) -> Certificate:
    """A certificate that could be read from the payload, without a remark."""
    found = read_certificate(record(None, data))
    assert found.remark == ""
    return found.certificate


# Field by field

SAMPLE_FACTS: list[dict[str, Any]] = [
    {
        "thumbprint": "1D1221461705F1D4B89016AE07517D6711404B5A",
        "subject": 'CN=mail.contoso.test, O="Contoso, Ltd.", S=Washington, C=US',
        "issuer": 'CN=Contoso Issuing CA 1, OU=PKI, O="Contoso, Ltd.", C=US',
        "names": ["mail.contoso.test", "autodiscover.contoso.test"],
        "alternative_names": ["mail.contoso.test", "autodiscover.contoso.test"],
        "serial_number": "00F0E1D2C3B4A59687",
        "key_algorithm": "RSA",
        "key_size": 2048,
        "signature_algorithm": "sha256RSA",
        "self_signed": False,
        "source": "serialization_data",
        "friendly_name": "Mail 2026",
        "services": ["IMAP", "POP", "IIS"],
        "sites": ["front_end"],
        "key_provider": "Microsoft Enhanced Cryptographic Provider v1.0",
        "key_provider_type": 1,
        "key_storage": "csp",
        "has_private_key": True,
        "private_key_exportable": True,
        "status": "Valid",
        "root_ca_type": "Enterprise",
        "pending": False,
    },
    {
        "thumbprint": "07CC44BD63B73F5FC37B16E452C1F6DCC0600BE1",
        "subject": "CN=EX1",
        "issuer": "CN=EX1",
        "names": ["EX1", "ex1.contoso.test"],
        "alternative_names": ["EX1", "ex1.contoso.test"],
        "serial_number": "1122334455667788",
        "key_algorithm": "RSA",
        "key_size": 2048,
        "signature_algorithm": "sha256RSA",
        "self_signed": True,
        "source": "serialization_data",
        "friendly_name": "Microsoft Exchange",
        "services": ["IMAP", "POP", "IIS", "SMTP"],
        "sites": ["front_end", "back_end"],
        "key_provider": "",
        "key_provider_type": 12,
        "key_storage": "csp",
        "has_private_key": True,
        "private_key_exportable": False,
        "status": "Valid",
        "root_ca_type": "Registry",
        "pending": False,
    },
    {
        "thumbprint": "88EB54995C4EE13FF91FD6C6544A6FE0693DFCA7",
        "subject": "CN=*.contoso.test",
        "issuer": "CN=*.contoso.test",
        "names": ["*.contoso.test", "contoso.test"],
        "alternative_names": ["*.contoso.test", "contoso.test"],
        "serial_number": "1122334455667788",
        "key_algorithm": "ECDSA",
        "key_size": 256,
        "signature_algorithm": "sha256ECDSA",
        "self_signed": True,
        "source": "serialization_data",
        "friendly_name": "",
        "services": [],
        "sites": [],
        "key_provider": "Microsoft Software Key Storage Provider",
        "key_provider_type": 0,
        "key_storage": "cng",
        "has_private_key": True,
        "private_key_exportable": True,
        "status": "9",
        "root_ca_type": "8",
        "pending": None,
    },
]
OF_ALL_SAMPLES = {
    "not_before": "2026-01-02T03:04:05Z",
    "not_after": "2027-01-02T03:04:05Z",
    "key_usage": [],
    "eku": ["1.3.6.1.5.5.7.3.1"],
    "underivable": [],
    "roles": [],
}


def test_the_samples_field_by_field() -> None:
    """The first is in a signed envelope."""
    *typed, raw = read_file((SAMPLES / "exchange_certificates.xml").read_text(encoding="utf-8"))
    found = [read_certificate(item) for item in typed]
    assert [item.certificate.as_dict() for item in found] == [{**OF_ALL_SAMPLES, **facts} for facts in SAMPLE_FACTS]
    assert {item.remark for item in found} == {""}
    unknown = ("friendly_name", "sites", "key_provider", "key_provider_type", "key_storage", "has_private_key")
    unknown += ("private_key_exportable", "status", "root_ca_type", "pending")
    assert read_certificate(raw).certificate.as_dict() == {
        **OF_ALL_SAMPLES,
        **SAMPLE_FACTS[1],
        **dict.fromkeys(unknown),
        "source": "raw_data",
        "services": [],
        "underivable": list(SERVICES.values()),
    }


RECORDED: list[dict[str, Any]] = [
    {
        "thumbprint": "C3EDCF181EF4F9B53D01768ECA99564014BCA6E7",
        "subject": "CN=Microsoft Exchange Server Auth Certificate",
        "names": [],
        "not_after": "2024-11-06T22:47:32Z",
        "services": ["SMTP"],
        "sites": [],
        "friendly_name": "Microsoft Exchange Server Auth Certificate",
        "key_provider": "",
        "private_key_exportable": True,
        "self_signed": True,
        "status": "Valid",
        "source": "serialization_data",
    },
    {
        "thumbprint": "6C7DE09FB39A40144F57EFEBC3DF0148E3A9AB28",
        "subject": "CN=Solo-E19A",
        "names": ["Solo-E19A", "Solo-E19A.Solo.com"],
        "not_after": "2024-12-03T22:45:58Z",
        "services": ["IMAP", "POP", "IIS", "SMTP"],
        "sites": [1, 2],
        "friendly_name": "Microsoft Exchange",
        "key_provider": "",
        "private_key_exportable": False,
        "self_signed": True,
        "status": "Valid",
        "source": "serialization_data",
    },
    {
        "thumbprint": "38247AD2B76244411748274C508D13446311830B",
        "subject": "CN=WMSvc-WIN-K300A9DA9VA",
        "names": ["WMSvc-WIN-K300A9DA9VA"],
        "not_after": "2029-11-30T20:53:13Z",
        "services": [],
        "sites": [],
        "friendly_name": "CN=WMSvc-WIN-K300A9DA9VA",
        "key_provider": "Microsoft RSA SChannel Cryptographic Provider",
        "private_key_exportable": True,
        "self_signed": True,
        "status": "Valid",
        "source": "serialization_data",
    },
]
RECORDED_BESIDE = [
    ("22AEC57F54869DBD4B2AC9FA4C14AB89", "sha1RSA", "None", "2019-12-03T22:47:32Z"),
    ("68268364D0BA7EA143BF5086A5A9FB38", "sha1RSA", "Registry", "2019-12-03T22:45:58Z"),
    ("5B17779CD30310A94F59341C0B7D91B6", "sha256RSA", "Registry", "2019-12-03T20:53:13Z"),
]


@pytest.mark.must_run
def test_recorded_certificates_field_by_field() -> None:
    path = CAPTURES / "GetExchangeCertificate.xml"
    if not path.is_file():
        pytest.skip("the recorded objects of a real server are not beside this checkout")
    assert inspect_clixml.records(path) == RECORDED
    found = [read_certificate(item).certificate for item in read_file(inspect_clixml.text_of(path.read_bytes()))]
    assert [(one.serial_number, one.signature_algorithm, one.root_ca_type, one.not_before) for one in found] == (
        RECORDED_BESIDE
    )
    for one in found:
        assert one.issuer == one.subject
        assert (one.key_algorithm, one.key_size, one.key_storage, one.key_provider_type) == ("RSA", 2048, "csp", 12)
        assert (one.has_private_key, one.pending, one.eku) == (True, False, ("1.3.6.1.5.5.7.3.1",))
        assert one.key_usage[:2] == ("digital_signature", "key_encipherment")


# Names as .NET writes them (law O9)


def name(*parts: tuple[str, str] | list[tuple[str, str]]) -> x509.Name:
    """The least specific part first, as it stands in a certificate."""
    return x509.Name(
        [
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(x509.ObjectIdentifier(oid), value) for oid, value in several]
            )
            for several in (part if isinstance(part, list) else [part] for part in parts)
        ]
    )


CN, O, OU, S, E = "2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.8", "1.2.840.113549.1.9.1"  # noqa: E741


@pytest.mark.parametrize(
    ("given_name", "text"),
    [
        (
            name(("2.5.4.6", "US"), (O, "DigiCert Inc"), (OU, "www.digicert.com"), (CN, "GeoTrust TLS RSA CA G1")),
            "CN=GeoTrust TLS RSA CA G1, OU=www.digicert.com, O=DigiCert Inc, C=US",
        ),
        (name((S, "Bayern"), ("2.5.4.7", "München"), (CN, "a")), "CN=a, L=München, S=Bayern"),
        (name((CN, "a"), (E, "pki@contoso.test")), "E=pki@contoso.test, CN=a"),
        (name((O, "Contoso, Ltd.")), 'O="Contoso, Ltd."'),
        (name((O, 'The "Best"')), 'O="The ""Best"""'),
        (name((CN, "a+b")), 'CN="a+b"'),
        (name((CN, "a=b")), 'CN="a=b"'),
        (name((CN, "#a")), 'CN="#a"'),
        (name((CN, "a;b<c>")), 'CN="a;b<c>"'),
        (name((CN, " a")), 'CN=" a"'),
        (name((CN, "it's a.test_1")), "CN=it's a.test_1"),
        (name([(CN, "a"), (OU, "b")], (O, "c")), "O=c, CN=a + OU=b"),
        (
            name(("0.9.2342.19200300.100.1.25", "test"), ("0.9.2342.19200300.100.1.25", "contoso")),
            "DC=contoso, DC=test",
        ),
        (name(("2.5.4.15", "Private Organization")), "OID.2.5.4.15=Private Organization"),
        (name(), ""),
        (x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "", _validate=False)]), 'O=""'),
    ],
)
def test_a_name_is_written_as_dot_net_writes_it(given_name: x509.Name, text: str) -> None:
    assert distinguished_name(given_name) == text


# What the certificate says


@pytest.mark.parametrize(
    ("subject", "names", "listed"),
    [
        ("EX1", ["EX1", "ex1.contoso.test"], ("EX1", "ex1.contoso.test")),
        ("WMSvc-EX1", [], ("WMSvc-EX1",)),
        ("Microsoft Exchange Server Auth Certificate", [], ()),
        ("mail.contoso.test", ["a.contoso.test"], ("a.contoso.test", "mail.contoso.test")),
        ("MAIL.contoso.test", ["mail.contoso.test"], ("mail.contoso.test",)),
        ("*.contoso.test", ["contoso.test"], ("contoso.test", "*.contoso.test")),
        ("-a.contoso.test", ["b"], ("b",)),
    ],
)
def test_the_common_name_joins_the_names_when_it_is_a_host_name(
    subject: str, names: list[str], listed: tuple[str, ...]
) -> None:
    facts = x509_facts.read_x509(samples.certificate(samples.common_name(subject), names))
    assert facts.names == listed
    assert facts.alternative_names == tuple(names)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "01"), (0x7F, "7F"), (0x80, "0080"), (0x0102, "0102"), (0xFF00, "00FF00")],
)
def test_a_serial_number_is_shown_with_its_sign(number: int, shown: str) -> None:
    facts = x509_facts.read_x509(samples.certificate(samples.common_name("a"), serial_number=number))
    assert facts.serial_number == shown


def test_a_key_of_384_bits() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    facts = x509_facts.read_x509(samples.certificate(samples.common_name("a"), key=key))
    assert (facts.key_algorithm, facts.key_size) == ("ECDSA", 384)
    assert x509_facts._key_facts(ed25519.Ed25519PrivateKey.generate().public_key()) == ("Ed25519", 256)
    assert x509_facts._key_facts(object()) == (None, None)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    x509_facts.require_cryptography()
    monkeypatch.setattr(x509_facts, "CRYPTOGRAPHY_IMPORT_ERROR", "Traceback")
    with pytest.raises(ExchangeError, match="cryptography is missing on the control node. Install it"):
        x509_facts.require_cryptography()


# What Exchange says


@pytest.mark.parametrize("flags", [*range(128)])
def test_every_sum_of_services_is_listed_in_order(flags: int) -> None:
    listed = read(payload(services=flags)).services
    assert listed == tuple(service for flag, service in SERVICES.items() if flags & flag)


def test_services_without_a_known_name_are_shown_as_a_number() -> None:
    assert read(payload(services=8 + 128 + 512)).services == ("IIS", "640")


@pytest.mark.parametrize(("number", "status"), [*STATUSES.items(), (8, "8"), (-1, "-1"), (2**31 - 1, "2147483647")])
def test_a_status_is_named_or_shown_as_its_number(number: int, status: str) -> None:
    found = read(payload(status=number))
    assert found.status == status
    assert found.pending is (None if status == str(number) else status == "PendingRequest")
    assert STATUSES[1] == "Valid" and STATUSES[7] == "PendingRequest"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(0, "None"), (1, "ThirdParty"), (2, "Enterprise"), (3, "Registry"), (4, "GroupPolicy"), (5, "Unknown"), (6, "6")],
)
def test_the_kind_of_root_is_named_or_shown_as_its_number(number: int, kind: str) -> None:
    assert read(payload(root_ca_type=number)).root_ca_type == kind


@pytest.mark.parametrize(
    ("sites", "shown"),
    [
        (["IIS://EX1/W3SVC/2"], ("back_end",)),
        (["IIS://EX1/w3svc/1", "IIS://EX1/W3SVC/1"], ("front_end",)),
        (["IIS://EX1/W3SVC/3"], ("W3SVC/3",)),
    ],
)
def test_web_sites_are_told_by_their_numbers(sites: list[str], shown: tuple[str, ...]) -> None:
    assert read(payload(sites=sites)).sites == shown


def test_a_null_list_of_web_sites_is_an_empty_one() -> None:
    data = payload()
    assert read(data.replace(b"\x09" + samples.number(7), b"\x0a", 1)).sites == ()


@pytest.mark.parametrize(
    ("provider", "shown"),
    [
        (samples.key_provider("guid"), ("", 12, "csp", True)),
        (samples.key_provider("guid", "Enhanced", 1), ("Enhanced", 1, "csp", True)),
        (samples.key_provider("guid", "Microsoft Software Key Storage Provider", 0), (None, 0, "cng", True)),
        (samples.key_provider("guid", "Looks like a Key Storage Provider", 24), (None, 24, "csp", True)),
        (b"", (None, None, None, False)),
    ],
)
def test_key_storage_is_judged_by_type_and_never_by_name(provider: bytes, shown: tuple[Any, ...]) -> None:
    found = read(payload(data=samples.cert_data(DER, provider=provider)))
    facts = (found.key_provider, found.key_provider_type, found.key_storage, found.has_private_key)
    assert facts[1:] == shown[1:]
    assert shown[0] is None or facts[0] == shown[0]
    assert (found.key_provider is None) is (provider == b"")


# Serialized certificates made to hurt


def prop(key: int, value: bytes, encoding: int = 1, length: int | None = None) -> bytes:
    return struct.pack("<III", key, encoding, len(value) if length is None else length) + value


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "without the certificate"),
        (prop(11, b"a"), "without the certificate"),
        (prop(32, DER)[:11], "is a truncated serialized certificate"),
        (prop(32, DER)[:-1], "bytes of encoding 1"),
        (prop(32, b"", length=2**32 - 1), "claims 4294967295 bytes"),
        (prop(32, DER, encoding=2), "of encoding 2"),
        (prop(32, DER) + b"\0", "truncated"),
        (prop(3, b"") + prop(3, b"") + prop(32, DER), "repeats property 3"),
        (b"".join(prop(key, b"") for key in range(1000, 1300)) + prop(32, DER), "too many"),
        (prop(2, b"\0" * 27) + prop(32, DER), "truncated information about a private key"),
        (prop(2, struct.pack("<7I", 28, 28, 0, 0, 0, 0, 0)) + prop(32, DER), "leads outside"),
        (prop(2, struct.pack("<7I", 28, 27, 0, 0, 0, 0, 0) + b"ab\0\0") + prop(32, DER), "leads outside"),
        (prop(2, struct.pack("<7I", 28, 2**32 - 1, 0, 0, 0, 0, 0)) + prop(32, DER), "leads outside"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_serialized_certificates_that_do_not_add_up_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(PayloadRefused) as refusal:
        read_serialized_certificate(data)
    assert says in refusal.value.sentence


def test_only_the_certificate_itself_is_required_and_unknown_properties_are_skipped() -> None:
    found = read_serialized_certificate(prop(97, b"?") + prop(32, DER))
    assert (found.der, found.friendly_name, found.key_provider, found.sha1) == (DER, "", None, None)
    odd = read_serialized_certificate(prop(11, "Ä".encode("utf-16-le") + b"\0\0x\0y") + prop(32, DER))
    assert odd.friendly_name == "Ä"


# Objects made to deceive


@pytest.mark.parametrize(
    ("raw", "data", "claims"),
    [
        (OTHER, payload(), [OTHER]),
        (DER, payload(identity=f"ex1\\{thumbprint(OTHER)}"), [OTHER]),
        (DER, payload(data=prop(3, hashlib.sha1(OTHER).digest()) + prop(32, DER)), [OTHER]),
        (None, payload(data=samples.cert_data(OTHER)), [DER]),
    ],
    ids=["RawData", "Identity", "property 3", "CertData"],
)
def test_two_certificates_in_one_object_are_never_settled(raw: bytes, data: bytes, claims: list[bytes]) -> None:
    with pytest.raises(PayloadRefused, match="came as " + ", ".join(thumbprint(der) for der in claims)) as refusal:
        read_certificate(record(raw, data))
    assert "None of it was used" in refusal.value.cure


def test_an_identity_in_lower_case_is_the_same() -> None:
    assert read(payload(identity=f"ex1\\{thumbprint(DER).lower()}")).thumbprint == thumbprint(DER)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"CertData", b"CertDate", "CertData is missing, or is no bytes"),
        (b"Services\x0b", b"Servicez\x0b", "Services is missing, or is no NrbfObject"),
        (b"_items", b"_itemz", "_items is missing, or is no list"),
        (b"value__", b"value_?", "value__ is missing, or is no int"),
        (
            b"\x08" + samples.number(2) + samples.number(1) + b"\x05",
            b"\x01" + samples.number(2) + b"\x01\x05",
            "value__ is missing, or is no int",
        ),
        (b"W3SVC", b"W3SVZ", "a web site that is none"),
        (
            samples.number(2) + samples.number(2) + b"\x07",
            samples.number(5) + samples.number(2) + b"\x07",
            "IISServices",
        ),
        (b"\x09" + samples.number(3), b"\x09" + samples.number(8), "CertData is missing, or is no bytes"),
        (b"\x09" + samples.number(20), b"\x09" + samples.number(8), "no list of services"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_member_of_another_type_is_refused(old: bytes, new: bytes, says: str) -> None:
    data = payload(sites=["IIS://EX1/W3SVC/1", "IIS://EX1/W3SVC/2"])
    assert old in data
    with pytest.raises(PayloadRefused) as refusal:
        read_certificate(record(None, data.replace(old, new)))
    assert says in refusal.value.sentence


def test_a_list_that_claims_more_than_its_array_holds_is_refused() -> None:
    data = payload(sites=[f"IIS://EX1/W3SVC/{number}" for number in (1, 2, 3, 4)])
    assert read(data).sites == ("front_end", "back_end", "W3SVC/3", "W3SVC/4")
    size = samples.number(9) + samples.number(4)
    assert data.count(size) == 1
    with pytest.raises(PayloadRefused, match="IISServices is no list of services"):
        read_certificate(record(None, data.replace(size, samples.number(9) + samples.number(5))))


def test_raw_data_replaces_a_payload_that_cannot_be_understood() -> None:
    found = read_certificate(record(DER, payload()[:-1]))
    assert found.certificate.source == "raw_data"
    assert found.certificate.thumbprint == thumbprint(DER)
    assert found.remark == f"SerializationData of {thumbprint(DER)}: Binary data of the server is truncated."
    assert found.certificate.underivable == tuple(SERVICES.values())


@pytest.mark.parametrize("payload_of_it", [None, b"", b"\x00", "text"])
def test_a_certificate_that_cannot_be_read_in_any_way_is_refused(payload_of_it: Any) -> None:
    for raw in (b"\x30\x03abc", DER[:-1], bytes(70_000)):
        with pytest.raises(PayloadRefused, match="cannot be read") as refusal:
            read_certificate(record(raw, payload_of_it))
        assert thumbprint(raw) in refusal.value.sentence


@pytest.mark.parametrize("raw", ["text", 7, ["a"]])
def test_raw_data_of_another_type_is_refused(raw: Any) -> None:
    with pytest.raises(PayloadRefused, match="no binary data"):
        read_certificate(record(raw, payload()))


@pytest.mark.parametrize("empty", [Record({}), Record({"RawData": None}), record(b"", None), record(None, b"")])
def test_an_object_without_properties_is_an_error_of_its_own(empty: Record) -> None:
    with pytest.raises(ObjectEmpty, match="empty properties. Serialized data signing"):
        read_certificate(empty)


# What the configuration proves


def of_raw_data(der: bytes = DER) -> Certificate:
    return read_certificate(record(der)).certificate


@pytest.mark.parametrize(
    ("server", "services", "underivable"),
    [
        ({}, (), ("IMAP", "POP", "UM", "IIS", "SMTP", "Federation", "UMCallRouter")),
        (
            {"pop_certificate_name": "EX1.contoso.test", "imap_certificate_name": "mail.contoso.test"},
            ("POP",),
            ("UM", "IIS", "SMTP", "Federation", "UMCallRouter"),
        ),
        (
            {"imap_certificate_name": "ex1", "internal_transport_thumbprint": thumbprint(DER)},
            ("IMAP", "SMTP"),
            ("POP", "UM", "IIS", "Federation", "UMCallRouter"),
        ),
        (
            {"pop_certificate_name": "", "internal_transport_thumbprint": thumbprint(OTHER)},
            (),
            ("IMAP", "UM", "IIS", "SMTP", "Federation", "UMCallRouter"),
        ),
    ],
)
def test_services_that_the_configuration_proves(
    server: dict[str, str], services: tuple[str, ...], underivable: tuple[str, ...]
) -> None:
    derived = with_derived_services(of_raw_data(), ServerCertificates("EX1", "ex1.contoso.test", **server))
    assert (derived.services, derived.underivable) == (services, underivable)


def test_a_wildcard_never_shows_pop() -> None:
    wildcard = of_raw_data(samples.certificate(samples.common_name("*.contoso.test"), ["*.contoso.test"]))
    server = ServerCertificates("EX1", "ex1.contoso.test", pop_certificate_name="ex1.contoso.test")
    assert with_derived_services(wildcard, server).services == ()


def test_what_the_server_itself_said_is_not_derived_again() -> None:
    server = ServerCertificates("EX1", "ex1.contoso.test", pop_certificate_name="EX1")
    said = read(payload(services=8))
    assert with_derived_services(said, server) is said


def test_roles_are_told_by_thumbprints() -> None:
    mine, other = thumbprint(DER), thumbprint(OTHER)
    server = ServerCertificates("EX1", "ex1.contoso.test", internal_transport_thumbprint=mine)
    assert with_roles(of_raw_data(), server, None).roles == ("internal_transport",)
    assert with_roles(of_raw_data(), server, AuthConfig(mine, other, mine)).roles == (
        "internal_transport",
        "auth_current",
        "auth_next",
    )
    assert with_roles(of_raw_data(OTHER), server, AuthConfig(mine, other)).roles == ("auth_previous",)


# The cmdlets that are sent


VERSIONS = ("2013", "2016", "2019", "SE")


@pytest.mark.must_run
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("cmdlet", "sent"),
    [
        ("Get-ExchangeCertificate", {"Server", "DomainController"}),
        ("Get-PopSettings", {"Server", "DomainController"}),
        ("Get-ImapSettings", {"Server", "DomainController"}),
        ("Get-TransportService", {"DomainController"}),
        ("Get-AuthConfig", {"DomainController"}),
        ("Get-SendConnector", {"DomainController"}),
        ("Get-ReceiveConnector", {"DomainController"}),
    ],
)
def test_what_is_sent_exists_on_every_version(cmdlet: str, sent: set[str], version: str) -> None:
    known = documented()[cmdlet.lower()]
    assert version in known.applicable
    rows = {name: row for name, row in known.parameters.items() if version in row.applicable}
    assert sent <= rows.keys()
    limited = [set(rows[name].sets) for name in sent if rows[name].sets]
    assert not limited or set.intersection(*limited), "one parameter set"


# Anything at all


def survives(raw: bytes | None, data: bytes) -> None:
    """It is read, or refused in one sentence, within bounds."""
    tracemalloc.start()
    try:
        found = read_certificate(record(raw, data))
        assert isinstance(found, ReadCertificate)
        assert raw is None or found.certificate.thumbprint == thumbprint(raw)
    except (PayloadRefused, ObjectEmpty) as exc:
        assert exc.sentence and exc.cure
        assert len(str(exc)) < 500
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < LIMIT


def test_the_largest_certificate_with_the_most_names_stays_within_bounds() -> None:
    every = map("".join, itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3))
    names = list(itertools.islice(every, 12_500))
    large = samples.certificate(samples.common_name("a"), names)
    assert 60_000 < len(large) < len(payload(large)) < MAX_BYTES
    survives(large, payload(large))


HONEST = payload(services=9, sites=["IIS://EX1/W3SVC/1"])


@given(st.binary(max_size=200), st.booleans())
def test_any_payload_is_read_or_refused(data: bytes, with_raw_data: bool) -> None:
    survives(DER if with_raw_data else None, data)


@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_any_damage_is_read_or_refused(seed: int, with_raw_data: bool, in_envelope: bool) -> None:
    chance = random.Random(seed)
    damaged = bytearray(samples.signed(HONEST) if in_envelope else HONEST)
    for _time in range(chance.randint(1, 6)):
        at = chance.randrange(len(damaged))
        damaged[at : at + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
    survives(DER if with_raw_data else None, bytes(damaged))


@given(st.integers(0, len(DER) - 1), st.binary(min_size=1, max_size=8))
def test_any_damage_to_the_certificate_itself_is_read_or_refused(at: int, piece: bytes) -> None:
    damaged = DER[:at] + piece + DER[at + len(piece) :]
    survives(damaged, b"")
    survives(None, payload(damaged))
