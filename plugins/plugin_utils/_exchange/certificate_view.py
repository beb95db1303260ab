# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one server has and uses of certificates, read before and after each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .._remoting.command import Command
from .._remoting.errors import BadInput, ExchangeError, NotAvailable, ObjectEmpty
from .._remoting.nrbf import PayloadRefused
from .._remoting.record import Record
from .certificate_facts import AuthConfig, Connector
from .certificate_records import (
    auth_config_of,
    hybrid_of,
    receive_connector_of,
    send_connector_of,
    text_of,
    thumbprint_of,
)
from .certificates import RAW_DATA, Certificate, read_certificate
from .organization import Inquiry, Read, named_servers
from .servers import Server, pinned_to
from .versions import Product
from .x509_facts import public_key_of, thumbprint

SETTINGS: Mapping[str, str] = {"POP": "PopSettings", "IMAP": "ImapSettings"}
"""Nouns of the settings of the protocols that find their certificate by name (law S10)."""


@dataclass(frozen=True)
class CertificateView:
    """One server.

    Attributes:
        certificates: what Exchange lists, pending requests included.
        public_keys: of the pending requests, by their thumbprints.
        unreadable: thumbprints of what is listed but cannot be read; empty text for one without a thumbprint.
        transport_default: thumbprint of the default certificate of transport (law E6); empty when none is set, None
            when not read, or for a front end of 2013, which has no Transport service.
        certificate_names: X509CertificateName by protocol, of those that were read.
    """

    server: Server
    certificates: tuple[Certificate, ...] = ()
    public_keys: Mapping[str, bytes] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    transport_default: str | None = None
    certificate_names: Mapping[str, str] = field(default_factory=dict)

    def find(self, wanted: str) -> Certificate | None:
        """The certificate or pending request with a thumbprint.

        Raises:
            ExchangeError: it is there, but cannot be read.
        """
        if {wanted, ""} & set(self.unreadable):
            raise ExchangeError(
                f"The certificate {wanted} on {self.server.name} is listed, but cannot be read.",
                "Look at it on the server: Get-ExchangeCertificate, or certlm.msc.",
            )
        return next((one for one in self.certificates if one.thumbprint == wanted), None)

    def request_for(self, public_key: bytes) -> Certificate | None:
        """The pending request that a certificate with this key answers (law N7)."""
        return next((one for one in self.certificates if self.public_keys.get(one.thumbprint) == public_key), None)

    @property
    def issued(self) -> list[Certificate]:
        """Without pending requests."""
        return [one for one in self.certificates if not one.pending]

    def with_certificate(self, changed: Certificate) -> CertificateView:
        """The view with a certificate added, or replaced."""
        others = tuple(one for one in self.certificates if one.thumbprint != changed.thumbprint)
        return replace(self, certificates=(*others, changed))

    def without(self, wanted: str) -> CertificateView:
        """The view without a certificate or request."""
        return replace(self, certificates=tuple(one for one in self.certificates if one.thumbprint != wanted))

    def need_whole(self) -> None:
        """Refuse to decide by certificates that came without what Exchange knows of them (law O4).

        Raises:
            ObjectEmpty: broken data signing, or a session without types.
        """
        if any(one.source == RAW_DATA for one in self.certificates):
            raise ObjectEmpty(
                f"{self.server.name} sent its certificates without their services and status.",
                "Broken signing of serialized data does this: look at the auth certificate (Get-AuthConfig) and bring "
                "all servers to the same update.",
            )


@dataclass
class CertificateReader:
    """Reads servers one by one, and once what belongs to the organization.

    Attributes:
        read: Runner.read.
        domain_controller: named in every Get; the first that answers unless it was given.
        warn: told what should be known beside what was read.
        can_ask: whether a cmdlet can ask through the endpoint (law E7), until one could not.
    """

    read: Read
    domain_controller: str
    warn: Callable[[str], None]
    can_ask: bool = True

    @cached_property
    def servers(self) -> list[Server]:
        """The servers of the organization by name. Read first: the domain controller that answers is then kept to.

        Raises:
            ExchangeError: as Session.invoke.
        """
        inquiry = Inquiry(self.read, domain_controller=self.domain_controller)
        found = inquiry.every_server()
        self.domain_controller = inquiry.domain_controller
        for text in (*inquiry.errors, *inquiry.warnings):
            self.warn(text)
        return found

    def named(self, names: Sequence[str]) -> list[Server]:
        """Servers by name or FQDN, in that order, each once.

        Raises:
            BadInput: one does not exist, or keeps its certificates to itself.
        """
        found = {key.lower(): one for one in self.servers for key in (one.name, one.fqdn)}
        wanted = named_servers(self.servers, names)
        if beyond := [one.name for one in wanted if not is_manageable(one)]:
            raise BadInput(
                f"Certificates of {', '.join(beyond)} cannot be managed from here: Edge Transport servers keep theirs "
                "to themselves, and Exchange 2010 has no part in this collection.",
                "Leave them out of servers.",
            )
        return list({one.name: one for one in (found[name.lower()] for name in names)}.values())

    @property
    def pinned(self) -> Mapping[str, str]:
        """What every command of the task carries."""
        return pinned_to(self.domain_controller)

    def send_connectors(self) -> list[Connector]:
        """The Send connectors of the organization, read now. Raises ExchangeError."""
        return [*map(send_connector_of, self._whole("Get-SendConnector"))]

    @cached_property
    def connectors(self) -> list[Connector]:
        """Send and Receive connectors of the organization. Raises ExchangeError."""
        return [
            *self.send_connectors(),
            *map(receive_connector_of, self._whole("Get-ReceiveConnector")),
        ]

    @cached_property
    def auth_config(self) -> AuthConfig:
        """The certificates of server-to-server authentication. Raises ExchangeError."""
        for record in self._whole("Get-AuthConfig"):
            if config := auth_config_of(record):
                return config
        raise ObjectEmpty("Get-AuthConfig returned no object, or an empty one.", "Check the roles of the account.")

    @cached_property
    def hybrid_certificate_name(self) -> str:
        """TlsCertificateName of the hybrid configuration (law S18); empty when there is no hybrid deployment.

        An account that does not see the cmdlet gets a warning: mail flow itself is named by the Send connectors too.

        Raises:
            ExchangeError: it cannot be read otherwise.
        """
        try:
            records = self._whole("Get-HybridConfiguration")
        except NotAvailable as exc:
            self.warn(f"Whether the hybrid configuration names the certificate was not looked at: {exc.sentence}")
            return ""
        for record in records:
            if (hybrid := hybrid_of(record)) is None:
                raise ObjectEmpty(
                    "The certificate of the hybrid configuration cannot be read.", "Check the roles of the account."
                )
            return hybrid.tls_certificate_name
        return ""

    def view(self, server: Server, *, transport: bool = False, protocols: Sequence[str] = ()) -> CertificateView:
        """Read a server.

        Args:
            transport: read its default certificate of transport too.
            protocols: of SETTINGS, whose names are read too.

        Raises:
            ExchangeError: something of it cannot be read.
        """
        view = self._listed(server)
        if transport:
            view = replace(view, transport_default=self._transport_default(server))
        names = {protocol: self._certificate_name(protocol, server) for protocol in protocols}
        return replace(view, certificate_names=names)

    def _listed(self, server: Server) -> CertificateView:
        certificates: list[Certificate] = []
        keys: dict[str, bytes] = {}
        unreadable: list[str] = []
        for record in self.get("Get-ExchangeCertificate", Server=server.fqdn):
            try:
                read = read_certificate(record)
            except PayloadRefused as exc:
                unreadable.append(_own_thumbprint(record))
                self.warn(f"{server.name}: {exc}")
                continue
            certificates.append(read.certificate)
            if read.certificate.pending:
                keys[read.certificate.thumbprint] = public_key_of(read.der)
        return CertificateView(server, tuple(certificates), keys, tuple(unreadable))

    def _transport_default(self, server: Server) -> str | None:
        if not server.has_back_end:
            return None
        for record in self._whole("Get-TransportService", Identity=server.name):
            found = thumbprint_of(record, "InternalTransportCertificateThumbprint")
            if found is not None:
                return found
        raise ObjectEmpty(
            f"The default certificate of transport on {server.name} cannot be read.", "Check the roles of the account."
        )

    def _certificate_name(self, protocol: str, server: Server) -> str:
        for record in self._whole(f"Get-{SETTINGS[protocol]}", Server=server.fqdn):
            if (name := text_of(record, "X509CertificateName")) is not None:
                return name
        raise ObjectEmpty(
            f"The name of the certificate for {protocol} on {server.name} cannot be read.",
            "Check the roles of the account.",
        )

    def _whole(self, cmdlet: str, **parameters: Any) -> Sequence[Record]:
        """What a read returns, where an object without properties proves nothing. Raises ExchangeError."""
        records = self.get(cmdlet, **parameters)
        if not all(record.get("Name") for record in records):
            raise ObjectEmpty(
                f"{cmdlet} returned an object with empty properties.",
                "Broken signing of serialized data does this: bring all servers to the same update.",
            )
        return records

    def get(self, cmdlet: str, **parameters: Any) -> Sequence[Record]:
        """What a read returns. Raises ExchangeError."""
        reply = self.read(Command(cmdlet, {**parameters, **self.pinned}), False)
        for text in reply.warnings:
            self.warn(text)
        return reply.records


def is_manageable(server: Server) -> bool:
    """Whether cmdlets of another server reach its certificates (law S19)."""
    return server.product > Product.E2010 and "Edge" not in server.roles


def _own_thumbprint(record: Record) -> str:
    raw = record.get("RawData")
    return thumbprint(raw) if isinstance(raw, bytes) else ""
