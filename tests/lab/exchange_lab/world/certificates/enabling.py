# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving services to a certificate (certificate-laws E1 to E15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa

from ..refused import Refused
from ..servers import DEFAULT_WEB_SITE, Server
from ..windows.sites import ANY_ADDRESS
from .distinguished_names import common_name
from .refusals import not_valid
from .services import BY_NAME, ordered
from .store import StoreEntry

if TYPE_CHECKING:
    from .certificates import Certificates

UNIFIED_MESSAGING = ("UM", "UMCallRouter")
LAST_WITH_UNIFIED_MESSAGING = 1  # 2016 by its generation
SETTINGS = {"POP": "Set-POPSettings", "IMAP": "Set-IMAPSettings"}
INTERNAL_TRANSPORT, CERTIFICATE_NAME = "InternalTransportCertificate", "X509CertificateName"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What Enable is asked for. ``replace_default``: the answer to ``overwrite_question`` is Yes."""

    services: Collection[str]
    replace_default: bool = False
    require_ssl: bool = True
    network_service: bool = False


def check(certificates: Certificates, server: Server, entry: StoreEntry) -> None:
    """Whether a certificate may serve at all. Raises Refused (E1, E2, E14)."""
    held = certificates.of(server)
    if entry.key is None:
        raise not_valid(entry.thumbprint, "PrivateKeyMissing")
    if not (isinstance(entry.certificate.public_key(), rsa.RSAPublicKey) or held.ecc_supported):
        raise not_valid(entry.thumbprint, "KeyAlgorithmUnsupported")
    found = certificates.facts(server, entry).status
    if found == "PendingRequest" or (
        certificates.world.switches["enable_checks"] == "status_valid" and found != "Valid"
    ):
        raise not_valid(entry.thumbprint, found)


def overwrite_question(certificates: Certificates, server: Server, entry: StoreEntry, controller: str) -> str:
    """What Enable asks before it makes another certificate the default one of the transport; empty text: nothing (E7).

    With no default yet there is nothing to overwrite (E8, switch).
    """
    current = certificates.internal_transport_entry(server, controller)
    if not server.has_back_end or (current and current.thumbprint == entry.thumbprint):
        return ""
    if current is None and certificates.world.switches["no_default_present"] == "set_without_prompt":
        return ""
    old = _described(current) if current else "''"
    return (
        "Overwrite the existing default SMTP certificate?\r\n\r\n"
        f"Current certificate: {old}\r\n"
        f"Replace it with certificate: {_described(entry)}"
    )


def give(
    certificates: Certificates, server: Server, entry: StoreEntry, wanted: Wanted, controller: str | None
) -> list[str]:
    """Give the services, one after the other; returns the warnings. Raises Refused, and earlier ones stay given (E15).

    Without a ``controller`` names in the directory are changed as if they had always been so: for estates and tests.
    """
    warnings: list[str] = []
    if certificates.world.switches["enable_atomic"] == "yes":
        _check_each(certificates, server, entry, wanted.services)
    if wanted.network_service:
        _let_network_service_read(entry)
    for service in ordered(wanted.services):
        _check_each(certificates, server, entry, [service])
        if service == "IIS":
            _bind(certificates, server, entry, require_ssl=wanted.require_ssl)
        elif service in BY_NAME:
            warnings += _name(certificates, server, entry, service, controller)
        else:
            entry.marks.add(service)
        if service == "SMTP":
            _let_network_service_read(entry)
            if wanted.replace_default and server.has_back_end:
                certificates.write(server.object, controller, {INTERNAL_TRANSPORT: entry.der})
    return warnings


def _check_each(certificates: Certificates, server: Server, entry: StoreEntry, services: Iterable[str]) -> None:
    """What may go wrong with one service. Raises Refused (E5, E11, E12)."""
    for service in services:
        if service in UNIFIED_MESSAGING and server.version.generation > LAST_WITH_UNIFIED_MESSAGING:
            raise Refused(f"Server {server.name} has no Unified Messaging.", category="InvalidArgument")
        if service in UNIFIED_MESSAGING and server.um_startup_modes[service] == "TCP":
            raise Refused(
                f"The {service} service of server {server.name} starts in TCP mode. Set UMStartupMode to TLS or Dual.",
                category="InvalidOperation",
            )
        if service == "SMTP" and any("_" in str(fqdn) for fqdn in _connector_names(certificates, server)):
            raise Refused(
                f"The Exchange Certificate operation has failed with an exception on server {server.name}. The error "
                "message is: Unknown error (0xe0434352)",
                category="NotSpecified",
            )
        if service == "SMTP" and entry.key and not entry.key.opens:
            raise Refused(
                "Insufficient rights to grant Network Service access to the certificate with thumbprint "
                f"{entry.thumbprint}.",
                category="NotSpecified",
                target=entry.thumbprint,
            )


def _connector_names(certificates: Certificates, server: Server) -> list[str | None]:
    world = certificates.world
    return [
        world.directory.newest(connector.object)["Fqdn"]
        for connector in world.receive_connectors
        if connector.server is server
    ]


def _bind(certificates: Certificates, server: Server, entry: StoreEntry, *, require_ssl: bool) -> None:
    """The https bindings of Default Web Site; 444 stays as it is (E4)."""
    machine = certificates.machine(server)
    if certificates.world.switches["enable_iis"] == "all_fe_https":
        machine.bind_certificate(DEFAULT_WEB_SITE, entry.thumbprint)
    else:
        for binding in machine.sites[DEFAULT_WEB_SITE].https:
            if binding.address == ANY_ADDRESS:
                machine.http_sys.put(*binding.http_sys_key, entry.thumbprint)
    if require_ssl:
        machine.sites[DEFAULT_WEB_SITE].require_ssl = True


def _name(
    certificates: Certificates, server: Server, entry: StoreEntry, service: str, controller: str | None
) -> list[str]:
    """POP and IMAP go by name; a wildcard is no name of a server (E9, E10)."""
    cn, how = common_name(entry.certificate.subject) or "", certificates.world.switches["popimap_name"]
    if cn.startswith("*"):
        return [
            f"This certificate with thumbprint {entry.thumbprint} and subject '{cn}' cannot used for {service} SSL/TLS "
            "connections because the subject is not a Fully Qualified Domain Name (FQDN). Use command "
            f"{SETTINGS[service]} to set X509CertificateName to the FQDN of the service."
        ]
    entry.marks.add(service)
    name = {"cn": cn, "first_san": next(iter(entry.names), ""), "untouched": ""}[how]
    if name:
        certificates.write(server.mail_protocols[service], controller, {CERTIFICATE_NAME: name})
    return []


def _let_network_service_read(entry: StoreEntry) -> None:
    """SMTP and -NetworkServiceAllowed change the access list of the key (E5, E13)."""
    if entry.key is not None:
        entry.key = entry.key.read_by_network_service()


def _described(entry: StoreEntry) -> str:
    return f"'{entry.thumbprint}' (expires {_moment(entry.certificate.not_valid_after_utc)})"


def _moment(moment: datetime) -> str:
    return moment.strftime("%-m/%-d/%Y %-I:%M:%S %p")
