# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads which certificate serves what on the servers of an organization, with the fewest Get cmdlets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .._remoting.command import Command
from .._remoting.errors import CommandFailed, ObjectEmpty
from .._remoting.nrbf import PayloadRefused
from .._remoting.record import Record
from .certificate_facts import AuthConfig, CertificateFacts, Connector, Hybrid, ServerCertificates, is_in_reach
from .certificate_records import (
    auth_config_of,
    hosts_of,
    hybrid_of,
    receive_connector_of,
    send_connector_of,
    text_of,
    thumbprint_of,
)
from .certificate_view import SETTINGS
from .certificates import Certificate, read_certificate
from .derived_services import BoundSites, with_derived_services, with_roles
from .organization import Facts, Inquiry, Organization

CLIENT_ACCESS = ("virtual_directories", "outlook_anywhere", "autodiscover", "outlook_providers")
"""Subsets of the organization that tell the names that clients use."""


@dataclass
class CertificateInquiry:
    """One reading of certificates.

    Attributes:
        inquiry: reads the organization, and keeps what could not be read and what the server remarked.
        bound: which web sites have which certificates, by the FQDN or name of a server, where that is known.
    """

    inquiry: Inquiry
    bound: Mapping[str, BoundSites] = field(default_factory=dict)

    def facts(
        self, session_server: str, asked: Sequence[str], names: Sequence[str], read_at: datetime
    ) -> CertificateFacts:
        """Read everything.

        Args:
            session_server: name or FQDN of the server that we talk to.
            asked: names or FQDNs of servers; empty for all that Exchange cmdlets can reach.
            names: host names that clients use, kept in the facts.
            read_at: now.

        Raises:
            BadInput: a server that was asked for does not exist.
            ExchangeError: no server can be read, or as Session.invoke.
        """
        organization = self.inquiry.organization(session_server, asked, CLIENT_ACCESS)
        auth = self._auth_config()
        transport = self._internal_transport_thumbprints()
        return CertificateFacts(
            read_at=read_at,
            servers=[self._server(server, transport, auth) for server in self._targets(organization, asked)],
            auth_config=auth,
            connectors=list(self._connectors()),
            hybrid=self._hybrid(),
            organization=organization,
            names=names,
        )

    def _targets(self, organization: Organization, asked: Sequence[str]) -> Iterator[Facts]:
        for server in organization.servers:
            if is_in_reach(server):
                yield server
            elif asked:
                self.inquiry.errors.append(
                    f"The certificates of {server['name']} cannot be read from here: it is an Edge Transport server or "
                    "runs Exchange 2010."
                )

    def _server(
        self, server: Facts, transport: Mapping[str, str | None], auth: AuthConfig | None
    ) -> ServerCertificates:
        found = ServerCertificates(
            server=server["name"],
            fqdn=server["fqdn"],
            internal_transport_thumbprint=transport.get(server["name"].upper()),
            client_access=server["client_access"],
            back_end=server["back_end"],
            **self._protocol("POP", server),
            **self._protocol("IMAP", server),
        )
        certificates, complete = self._certificates(server)
        if certificates is None:
            return replace(found, complete=False)
        bound = self.bound.get(found.fqdn, self.bound.get(found.server.lower()))
        derived = (with_derived_services(certificate, found, bound) for certificate in certificates)
        return replace(
            found, certificates=[with_roles(certificate, found, auth) for certificate in derived], complete=complete
        )

    def _certificates(self, server: Facts) -> tuple[list[Certificate] | None, bool]:
        """Those that can be read, and whether that is all; one that cannot is an error and hides no other."""
        before = len(self.inquiry.errors)
        records = self._get("Get-ExchangeCertificate", Server=server["fqdn"])
        complete = len(self.inquiry.errors) == before
        if records is None:
            return None, False
        certificates = []
        for record in records:
            try:
                read = read_certificate(record)
            except (ObjectEmpty, PayloadRefused) as exc:
                self.inquiry.errors.append(f"{server['name']}: {exc}")
                complete = False
                continue
            certificates.append(read.certificate)
            if read.remark:
                self.inquiry.errors.append(f"{server['name']}: {read.remark} RawData was read instead.")
        return sorted(certificates, key=lambda certificate: (certificate.not_after, certificate.thumbprint)), complete

    def _protocol(self, protocol: str, server: Facts) -> dict[str, Any]:
        for record in self._get(f"Get-{SETTINGS[protocol]}", Server=server["fqdn"]) or ():
            return {
                f"{protocol.lower()}_certificate_name": text_of(record, "X509CertificateName"),
                f"{protocol.lower()}_hosts": hosts_of(record),
            }
        return {}

    def _internal_transport_thumbprints(self) -> dict[str, str | None]:
        """By the server's name in upper case. One Get without -Identity returns every server."""
        return {
            str(record.get("Name") or "").upper(): thumbprint_of(record, "InternalTransportCertificateThumbprint")
            for record in self._get("Get-TransportService") or ()
        }

    def _auth_config(self) -> AuthConfig | None:
        for record in self._get("Get-AuthConfig") or ():
            if (config := auth_config_of(record)) is None:
                self.inquiry.errors.append("Get-AuthConfig returned an object with empty properties.")
            return config
        return None

    def _hybrid(self) -> Hybrid | None:
        for record in self._get("Get-HybridConfiguration") or ():
            if (hybrid := hybrid_of(record)) is None:
                self.inquiry.errors.append("Get-HybridConfiguration returned an object with empty properties.")
            return hybrid
        return None

    def _connectors(self) -> Iterator[Connector]:
        yield from map(send_connector_of, self._get("Get-SendConnector") or ())
        yield from map(receive_connector_of, self._get("Get-ReceiveConnector") or ())

    def _get(self, cmdlet: str, **parameters: Any) -> Sequence[Record] | None:
        """What a Get returned; None when it failed, which is noted."""
        command = Command(cmdlet, {**parameters, "DomainController": self.inquiry.domain_controller})
        try:
            reply = self.inquiry.read(command, True)
        except CommandFailed as exc:
            self.inquiry.errors.append(str(exc))
            return None
        self.inquiry.errors.extend(str(error) for error in reply.errors)
        self.inquiry.warnings.extend(reply.warnings)
        return None if reply.errors and not reply.records else reply.records
