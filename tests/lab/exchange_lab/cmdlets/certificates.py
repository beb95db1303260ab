# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ExchangeCertificate (certificate-laws O2 to O4, O20, O21)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from cryptography import x509
from psrpcore.types import PSObject

from ..serialization.certificate_context import cert_data
from ..serialization.exchange_certificate import Payload, serialized, signed
from ..world.certificates import Listed, StoreEntry
from ..world.certificates.distinguished_names import dotnet_text
from ..world.certificates.refusals import unknown
from ..world.certificates.services import flag_sum
from ..world.certificates.status import ROOT_CA_TYPES, status_number
from ..world.refused import Refused, not_found
from ..world.servers import Server
from .call import Call, cmdlet
from .errors import EXCHANGE_TASKS, not_simulated
from .shapes import Shapes
from .virtual_directories import with_faults

X509 = "System.Security.Cryptography.X509Certificates."
TYPES = (EXCHANGE_TASKS + "ExchangeCertificate", X509 + "X509Certificate2", X509 + "X509Certificate")
NOUN = "ExchangeCertificate"


@cmdlet("Get-ExchangeCertificate")
def get(call: Call) -> None:
    """The certificates of the session's server, or of -Server; one by thumbprint, or those for -DomainName."""
    if "Instance" in call.bound:
        raise not_simulated("-Instance of Get-ExchangeCertificate")
    server, thumbprint = wanted(call)
    with service_host(call, server):
        _get(call, server, thumbprint)


def _get(call: Call, server: Server, thumbprint: str | None) -> None:
    certificates = call.world.certificates
    hosts = call.bound.get("DomainName")
    found = certificates.choice_for(server, hosts) if hosts else certificates.listed(server)
    if thumbprint is not None:
        found = [item for item in found if item.entry.thumbprint == thumbprint.upper()]
        if not found:
            raise unknown(thumbprint)
    for item in found:
        call.write(with_faults(call, server.name, NOUN, shaped(call, server, item)))


def wanted(call: Call) -> tuple[Server, str | None]:
    """The server and the thumbprint; a null -Identity means every certificate (O21). Raises Refused."""
    controller, identity = call.domain_controller, call.bound.get("Identity")
    thumbprint, name = call.bound.get("Thumbprint"), call.bound.get("Server")
    if identity is not None:
        name, separator, thumbprint = identity.rpartition("\\")
        name = name if separator else None
    if name is None:
        return call.server, thumbprint
    server = call.world.server(name)
    if server is None:
        raise not_found(name, controller)
    return server, thumbprint


def stored_entry(call: Call, server: Server, thumbprint: str | None) -> StoreEntry:
    """The certificate or request of a thumbprint in the server's stores, with or without key. Raises Refused."""
    try:
        return call.world.certificates.of(server).find(thumbprint or "")
    except KeyError:
        raise unknown(thumbprint or "") from None


def listed_entry(call: Call, server: Server, thumbprint: str | None) -> StoreEntry:
    """Likewise, but what has no key is not found (O18). Raises Refused."""
    entry = stored_entry(call, server, thumbprint)
    if entry.key is None:
        raise unknown(entry.thumbprint)
    return entry


@contextmanager
def service_host(call: Call, server: Server) -> Iterator[None]:
    """What runs in MSExchangeServiceHost of the server that a certificate cmdlet is about; refusals say so (O2).

    The text of the service's absence is ours. Raises Refused.
    """
    try:
        stopped = not call.world.machines[server.fqdn].services["MSExchangeServiceHost"].running
        if stopped or call.world.faults.find("service_host_down", server.name, NOUN):
            raise Refused(
                "The Microsoft Exchange Service Host service can't be reached.",
                category="NotSpecified",
                target=server.name,
            )
        yield
    except Refused as refused:
        raise Refused(
            f"A special Rpc error occurs on server {server.name}: {refused}",
            category=refused.category,
            target=refused.target,
        ) from None


def shaped(call: Call, server: Server, item: Listed) -> PSObject:
    """Exactly what O4 says: RawData, and SerializationData where types were asked for and signing works."""
    broken = call.world.signing_fails(call.server) or call.world.faults.find("broken_signing", server.name, NOUN)
    shapes = Shapes(
        call.world.directory, call.world.switches, full_serialization=call.full_serialization and not broken
    )
    payload = _payload(call, server, item) if call.full_serialization else None
    return shapes.bag(TYPES, (("RawData", item.entry.der),), dotnet_description(item.entry), payload)


def _payload(call: Call, server: Server, item: Listed) -> bytes:
    """Plain, or in the envelope of data signing, which the session's server does (O5)."""
    entry, switches = item.entry, call.world.switches
    data = serialized(
        Payload(
            cert_data=cert_data(entry),
            self_signed=item.self_signed,
            status=status_number(item.status, switches["status_numbers"]),
            root_ca_type=ROOT_CA_TYPES.index(item.root_ca_type),
            services=flag_sum(item.services),
            iis_services=[f"IIS://{server.name}/W3SVC/{site}" for site in item.sites],
            private_key_exportable=bool(entry.key and entry.key.exportable),
            identity=f"{server.directory_fqdn}\\{entry.thumbprint}",
        )
    )
    return signed(data) if call.world.certificates.signs_data(call.server) else data


def dotnet_description(entry: StoreEntry) -> str:
    """What .NET's ToString says of a certificate; the lab's servers live in UTC."""
    certificate = entry.certificate
    parts = (
        ("Subject", dotnet_text(certificate.subject)),
        ("Issuer", dotnet_text(certificate.issuer)),
        ("Serial Number", serial_number(certificate)),
        ("Not Before", _moment(certificate.not_valid_before_utc)),
        ("Not After", _moment(certificate.not_valid_after_utc)),
        ("Thumbprint", entry.thumbprint),
    )
    return "\r\n".join(f"[{title}]\r\n  {text}\r\n" for title, text in parts)


def serial_number(certificate: x509.Certificate) -> str:
    """As .NET writes it."""
    number = certificate.serial_number
    return number.to_bytes(number.bit_length() // 8 + 1, "big").hex().upper()


def _moment(moment: datetime) -> str:
    return moment.strftime("%m/%d/%Y %H:%M:%S")
