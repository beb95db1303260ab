# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout decides by what servers have: which certificate it is about, and what would choose it at once.

Only the servers are asked, so that a rollout that was broken off goes on where it stood (certificate-laws L1, L2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from .._remoting.errors import BadInput
from .certificate_choice import TlsCertificateName, connector_winner
from .certificate_deployment import FRONT_END
from .certificate_facts import AuthConfig, CertificateFacts, Connector, ServerCertificates
from .certificate_names import a_labels, holds
from .certificate_services import USELESS
from .certificate_validity import Validity
from .certificates import Certificate


def facts_of(result: Mapping[str, Any]) -> CertificateFacts:
    """The result of exchange_certificate_info as facts, without the organization. Raises BadInput."""
    try:
        return CertificateFacts(
            read_at=datetime.fromisoformat(result["read_at"]),
            servers=[_server(server) for server in result["servers"]],
            auth_config=AuthConfig(**result["auth_config"]) if result["auth_config"] else None,
            connectors=[Connector(**connector) for connector in result["connectors"]],
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise BadInput("This is no result of exchange_certificate_info.", "Register one and hand it on whole.") from exc


def _server(server: Mapping[str, Any]) -> ServerCertificates:
    certificates = server["certificates"]
    listed = None if certificates is None else [certificate_from(one) for one in certificates]
    return ServerCertificates(**{**server, "certificates": listed})


def certificate_from(values: Mapping[str, Any]) -> Certificate:
    """A certificate as results show it. Raises KeyError for one that lacks something."""
    plain: dict[str, Any] = {field.name: values[field.name] for field in fields(Certificate)}
    lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
    return Certificate(**{**plain, **lists})


@dataclass(frozen=True)
class Candidate:
    """A certificate that serves the names already, or is on its way.

    Attributes:
        servers: FQDNs of those that have it, the ones with an exportable key first.
    """

    certificate: Certificate
    servers: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**self.certificate.as_dict(), "servers": list(self.servers)}


def candidate(facts: CertificateFacts, names: Sequence[str]) -> Candidate | None:
    """The newest certificate of a CA that holds every name, works, and is not to be renewed yet (laws G1, G3, G5, G11).

    That is where a rollout stands whose request was answered, whoever began it.
    """
    found: dict[str, list[tuple[str, Certificate]]] = {}
    for server in facts.servers:
        for one in server.certificates or ():
            if _serves(one, names, facts):
                found.setdefault(one.thumbprint, []).append((server.fqdn, one))
    if not found:
        return None
    places = max(found.values(), key=lambda places: (places[0][1].not_before, places[0][1].thumbprint))
    giving = sorted(places, key=lambda place: place[1].private_key_exportable is False)
    return Candidate(giving[0][1], [fqdn for fqdn, _certificate in giving])


def _serves(certificate: Certificate, names: Sequence[str], facts: CertificateFacts) -> bool:
    validity = Validity.of(certificate.not_before, certificate.not_after, facts.read_at)
    return (
        not certificate.self_signed
        and not certificate.pending
        and certificate.status not in USELESS
        and certificate.has_private_key is not False
        and validity.begun
        and validity.urgency is None
        and all(_holds(certificate.alternative_names, name) for name in names)
    )


def _holds(listed: Sequence[str], name: str) -> bool:
    """A wildcard that is wanted must stand there itself."""
    return holds(listed, name) or a_labels(name) in map(a_labels, listed)


def waiting(facts: CertificateFacts, names: Sequence[str]) -> str:
    """FQDN of the first server with a pending request for these names; empty without one (law N9).

    A request for a wildcard alone has no names but its subject (law N4).
    """
    wanted = {a_labels(name) for name in names}
    for server in facts.servers:
        for one in server.certificates or ():
            asked = {a_labels(name) for name in one.names or (one.subject.partition("CN=")[2].partition(",")[0],)}
            if one.pending and asked == wanted:
                return server.fqdn
    return ""


def choosing(facts: CertificateFacts, certificate: Certificate, names: Sequence[str]) -> Iterator[Connector]:
    """Connectors that would use a certificate from the moment that a server has it, before SMTP is enabled.

    They would offer TLS and fail (law S3), so that import and SMTP are one step there (law L2).

    Args:
        names: of the servers that are to get it, NetBIOS names or FQDNs.
    """
    wanted = {name.lower() for name in names}
    servers = {one.server.lower(): one for one in facts.servers if wanted & {one.server.lower(), one.fqdn}}
    for connector in facts.connectors:
        owners = [servers[name.lower()] for name in connector.servers if name.lower() in servers]
        if any(_chooses(connector, owner, certificate, facts.read_at) for owner in owners):
            yield connector


def _chooses(connector: Connector, server: ServerCertificates, certificate: Certificate, now: datetime) -> bool:
    listed = [one for one in server.certificates or () if not one.pending]
    if any(one.thumbprint == certificate.thumbprint for one in listed):
        return False
    if named := TlsCertificateName.of(connector):
        return named.fits(certificate)
    return connector_winner(connector, [*listed, certificate], server.fqdn, now) is certificate


def lost(facts: CertificateFacts, certificate: Certificate, names: Sequence[str]) -> list[str]:
    """Names that certificates of CAs on 443 hold now, and that the certificate does not (law L1).

    Args:
        names: of the servers that are to get it, NetBIOS names or FQDNs.
    """
    wanted = {name.lower() for name in names}
    present = (
        name
        for server in facts.servers
        if wanted & {server.server.lower(), server.fqdn}
        for one in server.certificates or ()
        if not one.self_signed and FRONT_END in (one.sites or ())
        for name in one.alternative_names
    )
    return sorted({a_labels(name) for name in present if not _holds(certificate.alternative_names, name)})
