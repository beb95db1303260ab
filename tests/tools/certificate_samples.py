# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of Get-ExchangeCertificate as real servers send them, made from certificates and keys of our own.

The order of records and properties is that of recorded objects (laws O4 to O8). Nothing here is shared with the lab,
so that a mistake in one does not hide in the other.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

NAMESPACE = "Microsoft.Exchange.Management.SystemConfigurationTasks"
ASSEMBLY = "Microsoft.Exchange.Management, Version=15.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
LIST = f"System.Collections.Generic.List`1[[{NAMESPACE}.IisService, {ASSEMBLY}]]"
SERVER_AUTH = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")


def certificate(
    subject: x509.Name,
    names: Sequence[str] = (),
    key: CertificateIssuerPrivateKeyTypes | None = None,
    serial_number: int = 0x1122334455667788,
    issuer: x509.Name | None = None,
) -> bytes:
    """A certificate in DER, self-signed unless somebody else's name is given."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(serial_number)
        .not_valid_before(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
        .add_extension(x509.ExtendedKeyUsage([SERVER_AUTH]), critical=False)
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def key_provider(container: str, name: str = "", kind: int = 12) -> bytes:
    """Property 2 (law O8)."""
    tail = container.encode("utf-16-le") + b"\0\0"
    name_at = 28 + len(tail) if name else 0
    return (
        struct.pack("<7I", 28, name_at, kind, 0x20, 0, 0, 1)
        + tail
        + (name.encode("utf-16-le") + b"\0\0" if name else b"")
    )


def serialized(properties: Mapping[int, bytes]) -> bytes:
    """A serialized certificate (law O7)."""
    return b"".join(struct.pack("<III", key, 1, len(value)) + value for key, value in properties.items())


def cert_data(der: bytes, friendly_name: str = "Sample", provider: bytes | None = None) -> bytes:
    """What Exchange's own keys look like by default."""
    provider = key_provider("8de8d4f7-0000-4215-b774-000000000000") if provider is None else provider
    properties = {92: struct.pack("<I", 2048), 2: provider, 3: hashlib.sha1(der).digest()}
    if not provider:
        del properties[2]
    return serialized({**properties, 11: friendly_name.encode("utf-16-le") + b"\0\0", 32: der})


def text(value: str) -> bytes:
    """A length in groups of seven bits, then UTF-8."""
    data = value.encode("utf-8")
    length, head = len(data), bytearray()
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*head, length]) + data


def number(value: int) -> bytes:
    return struct.pack("<i", value)


HEADER = b"\x00" + number(1) + number(-1) + number(1) + number(0)
END = b"\x0b"


def enumeration(key: int, name: str, value: int) -> bytes:
    return (
        b"\x05"
        + number(key)
        + text(f"{NAMESPACE}.{name}")
        + number(1)
        + text("value__")
        + b"\x00\x08"
        + number(2)
        + number(value)
    )


def of_type(name: str) -> bytes:
    return text(f"{NAMESPACE}.{name}") + number(2)


def payload(
    data: bytes,
    identity: str,
    *,
    services: int = 0,
    sites: Sequence[str] = (),
    status: int = 1,
    root_ca_type: int = 0,
    self_signed: bool = True,
    exportable: bool = False,
) -> bytes:
    """The serialized ExchangeCertificate (law O6)."""
    members = (
        "CertData",
        "SelfSigned",
        "Status",
        "RootCAType",
        "Services",
        "IISServices",
        "PrivateKeyExportable",
        "Identity",
    )
    kinds = bytes([7, 0, 4, 4, 4, 3, 0, 1])  # bytes, primitive, three classes, system class, primitive, string
    enumerations = [of_type(name) for name in ("CertificateStatus", "CertificateAuthorityType", "AllowedServices")]
    details = b"\x02\x01" + b"".join(enumerations) + text(LIST) + b"\x01"
    return b"".join(
        (
            HEADER,
            b"\x0c" + number(2) + text(ASSEMBLY),
            b"\x05" + number(1) + text(f"{NAMESPACE}.ExchangeCertificate") + number(len(members)),
            *(text(member) for member in members),
            kinds + details + number(2),
            b"\x09" + number(3),
            bytes([self_signed]),
            enumeration(-4, "CertificateStatus", status),
            enumeration(-5, "CertificateAuthorityType", root_ca_type),
            enumeration(-6, "AllowedServices", services),
            b"\x09" + number(7),
            bytes([exportable]),
            b"\x06" + number(8) + text(identity),
            b"\x0f" + number(3) + number(len(data)) + b"\x02" + data,
            *_iis_services(sites),
            END,
        )
    )


def _iis_services(sites: Sequence[str]) -> Iterable[bytes]:
    """A .NET list whose array has room for four, and an object for each site, the second like the first."""
    room = 4 if sites else 0
    yield b"\x04" + number(7) + text(LIST) + number(3) + text("_items") + text("_size") + text("_version")
    yield b"\x04\x00\x00" + text(f"{NAMESPACE}.IisService[]") + number(2) + b"\x08\x08"
    yield b"\x09" + number(9) + number(len(sites)) + number(len(sites))
    yield b"\x07" + number(9) + b"\x00" + number(1) + number(room) + b"\x04" + of_type("IisService")
    yield from (b"\x09" + number(20 + at) for at in range(len(sites)))
    if room > len(sites):
        yield b"\x0d" + bytes([room - len(sites)])
    for at, site in enumerate(sites):
        if at == 0:
            members = ("serviceName", "internalUrl", "internalUrlValid", "externalUrl", "externalUrlValid")
            valid = text(f"{NAMESPACE}.UrlValidation") + number(2)
            yield (
                b"\x0c" + number(12) + text("System, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089")
            )
            yield b"\x05" + number(20) + text(f"{NAMESPACE}.IisService") + number(5) + b"".join(map(text, members))
            url = text("System.Uri") + number(12)
            yield b"\x01\x04\x04\x04\x04" + url + valid + url + valid + number(2)
        else:
            yield b"\x01" + number(20 + at) + number(20)
        yield b"\x06" + number(40 + at) + text(site)
        again = b"\x01" + number(-31 - 2 * at) + number(-30) + number(0)
        yield b"\x0a" + (again if at else enumeration(-30, "UrlValidation", 0)) + b"\x0a"
        yield b"\x01" + number(-32 - 2 * at) + number(-30) + number(0)


def signed(data: bytes) -> bytes:
    """The envelope of serialized data signing (law O5)."""
    return b"#sig#" + struct.pack("<I", len(data)) + data + bytes(range(32))


def clixml(objects: Iterable[Mapping[str, bytes]]) -> str:
    """An Export-Clixml file of certificates: RawData, and SerializationData where there is some."""
    items = "\n".join(_item(at, values) for at, values in enumerate(objects))
    return '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\n' + items + "\n</Objs>\n"


def _item(at: int, values: Mapping[str, Any]) -> str:
    coded = {name: base64.b64encode(value).decode("ascii") for name, value in values.items()}
    kinds = [f"{NAMESPACE}.ExchangeCertificate"]
    kinds += [
        f"System.Security.Cryptography.X509Certificates.{name}" for name in ("X509Certificate2", "X509Certificate")
    ]
    types = "".join(f"<T>{kind}</T>" for kind in (*kinds, "System.Object"))
    names = f'<TN RefId="{at}">{types}</TN>'
    raw = f'<Props><BA N="RawData">{coded["RawData"]}</BA></Props>'
    beside = f'<BA N="SerializationData">{coded["SerializationData"]}</BA>' if "SerializationData" in coded else ""
    return f'  <Obj RefId="{at}">{names}<ToString>[Subject]</ToString>{raw}<MS>{beside}</MS></Obj>'
