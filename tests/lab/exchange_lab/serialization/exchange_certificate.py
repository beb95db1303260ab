# SPDX-License-Identifier: GPL-3.0-or-later
"""SerializationData of an ExchangeCertificate (certificate-laws O5, O6): record kinds and order as recorded."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from . import nrbf

TASKS = "Microsoft.Exchange.Management.SystemConfigurationTasks."
KEY_TOKENS = {
    "Microsoft.Exchange.Management": ("15.0.0.0", "31bf3856ad364e35"),
    "System": ("4.0.0.0", "b77a5c561934e089"),
}
SIGNATURE_MARK = b"#sig#"
LIST_CAPACITY = 4

EXCHANGE, CERT_DATA, SERVICES_LIST, ITEMS, IDENTITY = 2, 3, 7, 9, 8  # object ids that never change
STATUS, ROOT_CA_TYPE, SERVICES = -4, -5, -6
FIRST_SERVICE = 10


@dataclass(frozen=True, slots=True)
class Payload:
    """The members that an ExchangeCertificate serializes; ``iis_services`` are texts such as IIS://EX1/W3SVC/1."""

    cert_data: bytes
    self_signed: bool
    status: int
    root_ca_type: int
    services: int
    iis_services: Sequence[str]
    private_key_exportable: bool
    identity: str


def serialized(payload: Payload) -> bytes:
    """The payload as MS-NRBF."""
    return b"".join(
        (
            nrbf.header(),
            nrbf.library(EXCHANGE, _assembly("Microsoft.Exchange.Management")),
            nrbf.object_of(1, TASKS + "ExchangeCertificate", _MEMBERS, EXCHANGE),
            nrbf.reference(CERT_DATA),
            nrbf.boolean(payload.self_signed),
            nrbf.enumeration(STATUS, TASKS + "CertificateStatus", payload.status, EXCHANGE),
            nrbf.enumeration(ROOT_CA_TYPE, TASKS + "CertificateAuthorityType", payload.root_ca_type, EXCHANGE),
            nrbf.enumeration(SERVICES, TASKS + "AllowedServices", payload.services, EXCHANGE),
            nrbf.reference(SERVICES_LIST),
            nrbf.boolean(payload.private_key_exportable),
            nrbf.string(IDENTITY, payload.identity),
            nrbf.byte_array(CERT_DATA, payload.cert_data),
            _iis_services(payload.iis_services),
            nrbf.END,
        )
    )


def signed(data: bytes) -> bytes:
    """The envelope of data signing. The 32 bytes are the lab's own: nobody outside can check the real ones (O5)."""
    return SIGNATURE_MARK + struct.pack("<I", len(data)) + data + hashlib.sha256(b"lab signature" + data).digest()


def _iis_services(names: Sequence[str]) -> bytes:
    capacity = LIST_CAPACITY if names else 0
    identifiers = range(FIRST_SERVICE, FIRST_SERVICE + len(names))
    return b"".join(
        (
            nrbf.system_object_of(SERVICES_LIST, _LIST, _LIST_MEMBERS),
            nrbf.reference(ITEMS),
            nrbf.int32(len(names)),
            nrbf.int32(len(names)),
            nrbf.array_of(ITEMS, capacity, TASKS + "IisService", EXCHANGE),
            *(nrbf.reference(identifier) for identifier in identifiers),
            nrbf.nulls(capacity - len(names)),
            *_services(names),
        )
    )


def _services(names: Sequence[str]) -> list[bytes]:
    """Each site with no URL and UrlValidation 0; ids go on after those of the sites, the System assembly's first."""
    system = FIRST_SERVICE + len(names)
    built = []
    for at, name in enumerate(names):
        mine = system + 1 + 3 * at
        first_validation = -(system + 2)
        if at == 0:
            start = nrbf.library(system, _assembly("System")) + nrbf.object_of(
                FIRST_SERVICE, TASKS + "IisService", _service_members(system), EXCHANGE
            )
            internal = nrbf.enumeration(first_validation, TASKS + "UrlValidation", 0, EXCHANGE)
        else:
            start = nrbf.object_like(FIRST_SERVICE + at, FIRST_SERVICE)
            internal = nrbf.object_like(-(mine + 1), first_validation) + nrbf.int32(0)
        external = nrbf.object_like(-(mine + 2), first_validation) + nrbf.int32(0)
        built.append(start + nrbf.string(mine, name) + nrbf.NULL + internal + nrbf.NULL + external)
    return built


def _assembly(name: str) -> str:
    version, token = KEY_TOKENS[name]
    return f"{name}, Version={version}, Culture=neutral, PublicKeyToken={token}"


def _service_members(system: int) -> list[nrbf.Member]:
    uri = nrbf.class_type("System.Uri", system)
    validation = nrbf.class_type(TASKS + "UrlValidation", EXCHANGE)
    return [
        nrbf.Member("serviceName", nrbf.STRING),
        nrbf.Member("internalUrl", nrbf.CLASS, uri),
        nrbf.Member("internalUrlValid", nrbf.CLASS, validation),
        nrbf.Member("externalUrl", nrbf.CLASS, uri),
        nrbf.Member("externalUrlValid", nrbf.CLASS, validation),
    ]


_LIST = f"System.Collections.Generic.List`1[[{TASKS}IisService, {_assembly('Microsoft.Exchange.Management')}]]"
_LIST_MEMBERS = [
    nrbf.Member("_items", nrbf.CLASS, nrbf.class_type(TASKS + "IisService[]", EXCHANGE)),
    nrbf.Member("_size", nrbf.PRIMITIVE, bytes([nrbf.INT32])),
    nrbf.Member("_version", nrbf.PRIMITIVE, bytes([nrbf.INT32])),
]
_MEMBERS = [
    nrbf.Member("CertData", nrbf.PRIMITIVE_ARRAY, bytes([nrbf.BYTE])),
    nrbf.Member("SelfSigned", nrbf.PRIMITIVE, bytes([nrbf.BOOLEAN])),
    nrbf.Member("Status", nrbf.CLASS, nrbf.class_type(TASKS + "CertificateStatus", EXCHANGE)),
    nrbf.Member("RootCAType", nrbf.CLASS, nrbf.class_type(TASKS + "CertificateAuthorityType", EXCHANGE)),
    nrbf.Member("Services", nrbf.CLASS, nrbf.class_type(TASKS + "AllowedServices", EXCHANGE)),
    nrbf.Member("IISServices", nrbf.SYSTEM_CLASS, nrbf.text(_LIST)),
    nrbf.Member("PrivateKeyExportable", nrbf.PRIMITIVE, bytes([nrbf.BOOLEAN])),
    nrbf.Member("Identity", nrbf.STRING),
]
