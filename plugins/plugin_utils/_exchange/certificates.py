# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of Exchange servers as Get-ExchangeCertificate sends them.

A session that asks for types gets the whole object in ``SerializationData``; every other one, and servers whose data
signing is broken, only send the certificate itself in ``RawData`` (laws O4 to O8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._remoting.errors import ObjectEmpty
from .._remoting.nrbf import NrbfObject, PayloadRefused, refused
from .._remoting.record import Record
from .._remoting.serialization_data import read_serialization_data
from .serialized_certificate import SerializedCertificate, read_serialized_certificate
from .x509_facts import X509Facts, read_x509, thumbprint

SERVICES: Mapping[int, str] = {
    1: "IMAP",
    2: "POP",
    4: "UM",
    8: "IIS",
    16: "SMTP",
    32: "Federation",
    64: "UMCallRouter",
}
"""Flags in the order of their text (law O11)."""

STATUSES: Mapping[int, str] = dict(
    enumerate(
        (
            "Unknown",
            "Valid",
            "Revoked",
            "DateInvalid",
            "Untrusted",
            "Invalid",
            "RevocationCheckFailure",
            "PendingRequest",
        )
    )
)
"""Valid was recorded as 1; the others follow the order of the cmdlet's page (law O15, inferred)."""

ROOT_CA_TYPES: Mapping[int, str] = dict(
    enumerate(("None", "ThirdParty", "Enterprise", "Registry", "GroupPolicy", "Unknown"))
)
"""None was recorded as 0 and Registry as 3; the others follow the cmdlet's page (law O17, inferred)."""

SITES: Mapping[int, str] = {1: "front_end", 2: "back_end"}
"""Numbers of web sites in ``IIS://server/W3SVC/1`` (law O12)."""

SERIALIZATION_DATA, RAW_DATA = "serialization_data", "raw_data"

_SITE = re.compile(r"/W3SVC/(\d{1,10})$", re.IGNORECASE)


@dataclass(frozen=True)
class Certificate:
    """A certificate of one server. What the way of reading does not show is None, and named in ``underivable``.

    Attributes:
        thumbprint: 40 upper case hex digits, computed from the certificate.
        subject: as .NET writes it (law O9), most specific part first.
        issuer: likewise.
        names: host names as Exchange lists them: alternative names, and the common name if it is one (law O10).
        alternative_names: DNS names and IP addresses of the extension alone, which is what clients look at.
        not_before: ISO, UTC.
        not_after: ISO, UTC.
        serial_number: upper case hex.
        key_algorithm: RSA, ECDSA, DSA, Ed25519 or Ed448; None for others.
        key_size: bits; None where the algorithm is not known.
        signature_algorithm: as Windows names it, such as sha256RSA; an OID where it has no known name.
        key_usage: in the words of RFC 5280, with underscores; empty without the extension.
        eku: OIDs of extended key usage; empty without the extension, which allows everything.
        self_signed: by its own word, or issued by its own subject.
        friendly_name: empty without one.
        services: of SERVICES, in that order. Of raw data alone, those that the configuration proves.
        underivable: services that may be enabled without this reading being able to tell.
        sites: of SITES, or ``W3SVC/n`` for other web sites.
        key_provider: name of the key's provider; empty for keys that Exchange made (law O8).
        key_provider_type: number of the provider's type.
        key_storage: csp or cng.
        has_private_key: whether the store knows of one.
        private_key_exportable: whether it may leave the server.
        status: of STATUSES, or the number as text where it has no known name.
        root_ca_type: of ROOT_CA_TYPES, or the number as text.
        pending: a request that waits for its answer; None where the number of the status has no known name.
        source: serialization_data or raw_data.
        roles: internal_transport, auth_current, auth_previous, auth_next, as other cmdlets name this thumbprint.
    """

    thumbprint: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    alternative_names: tuple[str, ...]
    not_before: str
    not_after: str
    serial_number: str
    key_algorithm: str | None
    key_size: int | None
    signature_algorithm: str
    key_usage: tuple[str, ...]
    eku: tuple[str, ...]
    self_signed: bool
    source: str
    friendly_name: str | None = None
    services: tuple[str, ...] = ()
    underivable: tuple[str, ...] = ()
    sites: tuple[str, ...] | None = None
    key_provider: str | None = None
    key_provider_type: int | None = None
    key_storage: str | None = None
    has_private_key: bool | None = None
    private_key_exportable: bool | None = None
    status: str | None = None
    root_ca_type: str | None = None
    pending: bool | None = None
    roles: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class ReadCertificate:
    """A certificate, its DER, and why its SerializationData was not used where there was some."""

    certificate: Certificate
    der: bytes
    remark: str = ""


def read_certificate(record: Record) -> ReadCertificate:
    """Read an object of Get-ExchangeCertificate.

    Raw data replaces a payload that cannot be understood. Two ways that show different certificates are never settled.

    Raises:
        ObjectEmpty: it came back without properties.
        PayloadRefused: neither way leads to a certificate, or the two contradict each other.
    """
    raw = record.get("RawData")
    if raw is not None and not isinstance(raw, bytes):
        raise refused("is a certificate that is no binary data")
    payload = record.get("SerializationData")
    if not raw and not payload:
        raise ObjectEmpty(
            "Get-ExchangeCertificate returned a certificate with empty properties.",
            "Serialized data signing of an unpatched or half-patched server, or of one whose auth certificate has "
            "expired, does this: bring all servers to the same update and look at Get-AuthConfig.",
        )
    if not payload:
        return ReadCertificate(_of_raw_data(raw or b""), raw or b"")
    try:
        parts = _Parts.of(read_serialization_data(payload))
        facts = read_x509(parts.stored.der)
    except PayloadRefused as exc:
        if not raw:
            raise
        certificate = _of_raw_data(raw)
        return ReadCertificate(certificate, raw, f"SerializationData of {certificate.thumbprint}: {exc.sentence}")
    parts.compare(raw)
    return ReadCertificate(_of_parts(parts, facts), parts.stored.der)


@dataclass(frozen=True)
class _Parts:
    """The members of the serialized ExchangeCertificate, each of its type (law O6)."""

    stored: SerializedCertificate
    self_signed: bool
    status: int
    root_ca_type: int
    services: int
    service_names: tuple[str, ...]
    exportable: bool
    identity: str

    @classmethod
    def of(cls, root: NrbfObject) -> _Parts:
        return cls(
            stored=read_serialized_certificate(_member(root, "CertData", bytes)),
            self_signed=_member(root, "SelfSigned", bool),
            status=_number(root, "Status"),
            root_ca_type=_number(root, "RootCAType"),
            services=_number(root, "Services"),
            service_names=_service_names(root),
            exportable=_member(root, "PrivateKeyExportable", bool),
            identity=_member(root, "Identity", str),
        )

    def compare(self, raw: bytes | None) -> None:
        """Refuse a payload that carries another certificate than the object itself."""
        ours = thumbprint(self.stored.der)
        claims = {self.identity.rpartition("\\")[2].upper()}
        if self.stored.sha1 is not None:
            claims.add(self.stored.sha1.hex().upper())
        if raw:
            claims.add(thumbprint(raw))
        if others := sorted(claims - {ours}):
            raise PayloadRefused(
                f"The certificate with thumbprint {ours} came as {', '.join(other[:64] for other in others)}.",
                "None of it was used; read it again in the Exchange Management Shell on the server.",
            )


def _member(holder: NrbfObject, name: str, kind: type[Any]) -> Any:
    value = holder.members.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise refused(f"is a certificate whose {name} is missing, or is no {kind.__name__}")
    return value


def _number(root: NrbfObject, name: str) -> int:
    """The value of a .NET enumeration."""
    return int(_member(_member(root, name, NrbfObject), "value__", int))


def _service_names(root: NrbfObject) -> tuple[str, ...]:
    """Of a .NET list, whose array may be longer than what it holds; null where there is none."""
    if root.members.get("IISServices") is None:
        return ()
    services = _member(root, "IISServices", NrbfObject)
    items, size = _member(services, "_items", list), _member(services, "_size", int)
    if not 0 <= size <= len(items) or not all(isinstance(item, NrbfObject) for item in items[:size]):
        raise refused("is a certificate whose IISServices is no list of services")
    return tuple(_member(item, "serviceName", str) for item in items[:size])


def certificate_of(facts: X509Facts, **known: Any) -> Certificate:
    """A certificate by its own words, and what else is known of it."""
    own = {name: value for name, value in vars(facts).items() if name != "self_issued"}
    return Certificate(**{"self_signed": facts.self_issued, **own, **known})


def _of_parts(parts: _Parts, facts: X509Facts) -> Certificate:
    provider = parts.stored.key_provider
    return certificate_of(
        facts,
        self_signed=parts.self_signed,
        source=SERIALIZATION_DATA,
        friendly_name=parts.stored.friendly_name,
        services=_services(parts.services),
        sites=tuple(dict.fromkeys(_site(name) for name in parts.service_names)),
        key_provider=provider.name if provider else None,
        key_provider_type=provider.type if provider else None,
        key_storage=provider.storage if provider else None,
        has_private_key=provider is not None,
        private_key_exportable=parts.exportable,
        status=STATUSES.get(parts.status, str(parts.status)),
        root_ca_type=ROOT_CA_TYPES.get(parts.root_ca_type, str(parts.root_ca_type)),
        pending=STATUSES[parts.status] == "PendingRequest" if parts.status in STATUSES else None,
    )


def _of_raw_data(raw: bytes) -> Certificate:
    facts = read_x509(raw)
    return certificate_of(facts, source=RAW_DATA, underivable=tuple(SERVICES.values()))


def _services(flags: int) -> tuple[str, ...]:
    named = tuple(name for flag, name in SERVICES.items() if flags & flag)
    rest = flags & ~sum(SERVICES)
    return (*named, str(rest)) if rest else named


def _site(service_name: str) -> str:
    match = _SITE.search(service_name)
    if not match:
        raise refused("is a certificate with a web site that is none")
    return SITES.get(int(match[1]), match[0].lstrip("/"))
