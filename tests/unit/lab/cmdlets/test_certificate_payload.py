# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws O5 to O8: the payload of a certificate, against an independent reader and the recordings."""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path
from xml.etree import ElementTree

import nrbf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lab_shell import Shell, lab
from nrbf_kinds import Walk, properties
from psrpcore.types import serialize

from exchange_lab.serialization.certificate_context import cert_data
from exchange_lab.serialization.exchange_certificate import Payload, serialized, signed
from exchange_lab.world import World
from exchange_lab.world.certificates import StoreEntry

CAPTURE = Path(__file__).parents[5] / "shared" / "captures" / "exchange-2019" / "GetExchangeCertificate.xml"
PAYLOAD = "MS/BA[@N='SerializationData']"
NAMESPACE = "{http://schemas.microsoft.com/powershell/2004/04}"
TASKS = "Microsoft.Exchange.Management.SystemConfigurationTasks."


def payloads(shell: Shell, **parameters) -> dict[str, bytes]:
    """SerializationData by thumbprint."""
    found = {}
    for item in shell("Get-ExchangeCertificate", **parameters).raw:
        element = serialize(item, None)
        der = base64.b64decode(element.findtext("Props/BA[@N='RawData']") or "")
        thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
        found[thumbprint] = base64.b64decode(element.findtext(PAYLOAD) or "")
    return found


def full(world: World, server: str = "ex1") -> Shell:
    return Shell(world, server, full=True)


def plain_world() -> World:
    return World.from_estate("one_server", {"data_signing": "plain"})


def fresh() -> dict[str, dict]:
    """What an independent reader finds on a fresh server, by friendly name."""
    read = [nrbf.loads(data) for data in payloads(full(plain_world())).values()]
    return {dict(properties(bytes(item["CertData"])))[11].decode("utf-16-le").rstrip("\0"): item for item in read}


def a_payload(**more) -> Payload:
    values = {
        "cert_data": b"\1\2\3",
        "self_signed": False,
        "status": 1,
        "root_ca_type": 2,
        "services": 25,
        "iis_services": (),
        "private_key_exportable": True,
        "identity": "EX1.contoso.test\\AB",
    }
    return Payload(**{**values, **more})


@pytest.mark.must_run
@pytest.mark.parametrize("sites", [(), ("one",), ("one", "two"), ("one", "two", "three", "four")])
@pytest.mark.parametrize("identity", ["x", "long" * 40, "n\u00e4me\\AB"])
def test_o6_an_independent_reader_finds_every_member(sites, identity):
    read = nrbf.loads(serialized(a_payload(iis_services=sites, identity=identity)))
    services = [item["serviceName"] for item in read["IISServices"]]
    assert services == list(sites)
    assert {item["internalUrlValid"] for item in read["IISServices"]} <= {0}
    del read["IISServices"]
    assert read == {
        "__class__": TASKS + "ExchangeCertificate",
        "CertData": [1, 2, 3],
        "SelfSigned": False,
        "Status": 1,
        "RootCAType": 2,
        "Services": 25,
        "PrivateKeyExportable": True,
        "Identity": identity,
    }


def recorded() -> list[dict]:
    """The recorded objects: payload, DER and ToString."""
    root = ElementTree.fromstring(CAPTURE.read_text(encoding="utf-8-sig").replace(NAMESPACE[1:-1], ""))
    return [
        {
            "payload": base64.b64decode(item.findtext(PAYLOAD) or ""),
            "der": base64.b64decode(item.findtext("Props/BA[@N='RawData']") or ""),
            "text": item.findtext("ToString") or "",
        }
        for item in root
    ]


RECORDED_KINDS = {
    "Microsoft Exchange": (
        *("library", "class", "reference", "class", "class", "class", "reference", "string", "bytes"),
        *("system class", "reference", "array", "reference", "reference", "nulls", "library", "class"),
        *("string", "null", "class", "null", "class again", "class again", "string", "null", "class again"),
        *("null", "class again"),
    ),
    "Microsoft Exchange Server Auth Certificate": (
        *("library", "class", "reference", "class", "class", "class", "reference", "string", "bytes"),
        *("system class", "reference", "array"),
    ),
}


@pytest.mark.must_run
def test_o6_the_records_stand_in_the_recorded_order():
    """The kinds are a fact that the recordings taught; where they are present, names and members are compared too."""
    mine = {}
    for data in payloads(full(plain_world())).values():
        friendly = dict(properties(bytes(nrbf.loads(data)["CertData"])))[11].decode("utf-16-le").rstrip("\0")
        mine[friendly] = Walk(data).records
    for name, kinds in RECORDED_KINDS.items():
        assert tuple(kind for kind, _unused in mine[name]) == kinds
    if CAPTURE.is_file():
        real = [Walk(item["payload"]).records for item in recorded()]
        assert real == [
            mine["Microsoft Exchange Server Auth Certificate"],
            mine["Microsoft Exchange"],
            mine["CN=WMSvc-EX1"],
        ]


@pytest.mark.must_run
def test_o6_values_of_a_fresh_server():
    read = fresh()
    exchange, auth, management = (
        read[name] for name in ("Microsoft Exchange", "Microsoft Exchange Server Auth Certificate", "CN=WMSvc-EX1")
    )
    facts = ("SelfSigned", "Status", "RootCAType", "Services", "PrivateKeyExportable")
    assert [exchange[name] for name in facts] == [True, 1, 3, 27, False]
    assert [auth[name] for name in facts] == [True, 1, 0, 16, True]
    assert [management[name] for name in facts] == [True, 1, 3, 0, True]
    assert [item["serviceName"] for item in exchange["IISServices"]] == ["IIS://EX1/W3SVC/1", "IIS://EX1/W3SVC/2"]
    assert auth["IISServices"] == management["IISServices"] == []
    assert exchange["Identity"].startswith("EX1.contoso.test\\")
    if CAPTURE.is_file():
        real = [nrbf.loads(item["payload"]) for item in recorded()]
        assert [[item[name] for name in facts] for item in real] == [
            [item[name] for name in facts] for item in (auth, exchange, management)
        ]


@pytest.mark.must_run
def test_o7_the_properties_of_a_certificate():
    read = fresh()["Microsoft Exchange"]
    records = list(properties(bytes(read["CertData"])))
    assert [number for number, _unused in records] == [11, 89, 25, 4, 20, 2, 3, 15, 92, 32]
    by_number = dict(records)
    certificate = x509.load_der_x509_certificate(by_number[32])
    assert by_number[3].hex().upper() == read["Identity"].partition("\\")[2]
    assert by_number[3] == hashlib.sha1(by_number[32], usedforsecurity=False).digest()
    assert by_number[89].decode("utf-16-le") == "RSA/SHA256\0"
    assert by_number[92] == struct.pack("<I", certificate.public_key().key_size)
    if CAPTURE.is_file():
        real = [list(properties(bytes(nrbf.loads(item["payload"])["CertData"]))) for item in recorded()]
        assert [number for number, _unused in real[1]] == [number for number, _unused in records]


def digest(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data, usedforsecurity=False).digest()


@pytest.mark.must_run
def test_o7_what_the_derived_properties_are_derived_from():
    entry = plain_world().certificates.of("ex1").my[0]
    mine, public = dict(properties(cert_data(entry))), entry.certificate.public_key()
    assert mine[4] == digest("md5", entry.der)
    assert mine[15] == digest("sha256", entry.certificate.tbs_certificate_bytes)
    assert mine[20] == digest("sha1", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    assert mine[25] == digest("md5", public.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    for item in recorded() if CAPTURE.is_file() else ():
        real = dict(properties(bytes(nrbf.loads(item["payload"])["CertData"])))
        friendly = real[11].decode("utf-16-le").rstrip("\0")
        same = StoreEntry(x509.load_der_x509_certificate(item["der"]), None, friendly, 0)
        mine = dict(properties(cert_data(same)))
        assert {number: mine[number] for number in real if number != 2} == {n: v for n, v in real.items() if n != 2}


def provider(data: dict) -> tuple[int, int, int, str, str]:
    """Type, flags, KeySpec, container and provider name of a payload's key."""
    record = dict(properties(bytes(data["CertData"])))[2]
    container, name, kind, flags, spec = struct.unpack_from("<4I8xI", record)

    def text(at: int) -> str:
        return record[at:].decode("utf-16-le").partition("\0")[0] if at else ""

    return kind, flags, spec, text(container), text(name)


@pytest.mark.must_run
def test_o8_the_provider_of_a_key():
    read = fresh()
    kind, flags, spec, container, name = provider(read["Microsoft Exchange"])
    assert (kind, flags, spec, len(container), name) == (12, 0x20, 1, 36, "")
    assert provider(read["CN=WMSvc-EX1"]) == (
        *(12, 0x20, 1, "WMSvc Certificate Key Container"),
        "Microsoft RSA SChannel Cryptographic Provider",
    )
    records = [dict(properties(bytes(read[name]["CertData"])))[2] for name in ("Microsoft Exchange", "CN=WMSvc-EX1")]
    assert [len(record) for record in records] == [108, 188]
    if CAPTURE.is_file():
        real = [nrbf.loads(item["payload"]) for item in recorded()]
        assert provider(real[2]) == provider(read["CN=WMSvc-EX1"])
        assert provider(real[1])[:3] == (kind, flags, spec)
        lengths = [len(dict(properties(bytes(item["CertData"])))[2]) for item in real]
        assert lengths == [108, 108, 188]


@pytest.mark.parametrize(
    ("how", "kind", "name"),
    [
        ({"provider": "csp"}, 12, "Microsoft RSA SChannel Cryptographic Provider"),
        ({"provider": "cng"}, 0, "Microsoft Software Key Storage Provider"),
        ({"provider": "exchange"}, 12, ""),
        ({"key": "ec256"}, 0, "Microsoft Software Key Storage Provider"),
    ],
)
def test_o8_imported_keys_name_their_provider(how, kind, name):
    world = plain_world()
    thumbprint = world.certificates.issue("ex1", names=["mail.contoso.test"], **how)
    read = provider(nrbf.loads(payloads(full(world))[thumbprint]))
    assert (read[0], read[4]) == (kind, name)


def test_archived_certificates_say_so():
    world = World.from_estate("one_server", {"data_signing": "plain", "archived_listed": "yes"})
    thumbprint = world.certificates.issue("ex1", names=["mail.contoso.test"])
    world.certificates.of("ex1").find(thumbprint).archived = True
    assert 19 in dict(properties(bytes(nrbf.loads(payloads(full(world))[thumbprint])["CertData"])))


@pytest.mark.must_run
def test_o5_the_signed_envelope():
    data = serialized(a_payload())
    envelope = signed(data)
    assert envelope[:9] == b"#sig#" + struct.pack("<I", len(data))
    assert (envelope[9 : 9 + len(data)], len(envelope)) == (data, len(data) + 41)


@pytest.mark.must_run
@pytest.mark.parametrize(
    ("build", "signs"),
    [
        ("15.0.1497.48", False),
        ("15.1.2507.34", False),
        ("15.1.2507.35", True),
        ("15.2.1118.39", False),
        ("15.2.1118.40", True),
        ("15.2.1258.12", False),
        ("15.2.1258.28", True),
        ("15.2.1544.4", True),
        ("15.2.2562.17", True),
    ],
)
def test_o5_which_builds_sign(build, signs):
    estate = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": build}]}
    chosen = {"by_build": signs, "plain": False, "envelope": True}
    for switch, expected in chosen.items():
        world = World.from_estate(estate, {"data_signing": switch})
        assert {data.startswith(b"#sig#") for data in payloads(full(world)).values()} == {expected}


def test_the_session_signs_for_the_server_it_asks():
    world = World.from_estate("coexistence")
    assert all(not data.startswith(b"#sig#") for data in payloads(full(world, "ex5"), Server="ex4").values())
    assert all(data.startswith(b"#sig#") for data in payloads(full(world, "ex4"), Server="ex5").values())


def test_raw_data_is_the_certificate_of_the_payload():
    shell = lab(switches={"data_signing": "plain"})
    entries = {entry.thumbprint: entry for entry in shell.world.certificates.of("ex1").my}
    read = payloads(full(shell.world))
    assert set(read) == set(entries)
    for thumbprint, data in read.items():
        der = entries[thumbprint].certificate.public_bytes(Encoding.DER)
        assert dict(properties(bytes(nrbf.loads(data)["CertData"])))[32] == der
