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
from .certificate_deployment import FRONT_END, all_read, issued, on_site, validity_of
from .certificate_enabling import USELESS
from .certificate_facts import AuthConfig, CertificateFacts, Connector, ServerCertificates, is_among
from .certificate_names import a_labels, holds
from .certificates import Certificate
from .namespaces import listed
from .thumbprints import parsed_thumbprint


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
    read = None if certificates is None else [certificate_from(one) for one in certificates]
    return ServerCertificates(**{**server, "certificates": read})


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
    return _candidate(places)


def named(facts: CertificateFacts, names: Sequence[str], thumbprint: str) -> Candidate:
    """The certificate that a user names, whose end may be near: the way back (law L11).

    Args:
        thumbprint: with or without blanks, in any case.

    Raises:
        BadInput: no server lists it, or it cannot serve the names.
    """
    wanted = parsed_thumbprint(thumbprint)
    places = [
        (server.fqdn, one) for server in facts.servers for one in server.certificates or () if one.thumbprint == wanted
    ]
    if not places:
        unread = [server.fqdn for server in facts.servers if not all_read(server)]
        beyond = f" Those of {listed(unread)} could not all be read." if unread else ""
        raise BadInput(
            f"No server of the organization lists the certificate {wanted}.{beyond}",
            "Give the certificate as a file, with its key.",
        )
    for fqdn, one in places:
        if fault := next(faults(one, names, facts), ""):
            raise BadInput(
                f"The certificate {wanted} on {fqdn} {fault}, so it is not rolled out.", "Name another certificate."
            )
    return _candidate(places)


def _candidate(places: Sequence[tuple[str, Certificate]]) -> Candidate:
    giving = sorted(places, key=lambda place: place[1].private_key_exportable is False)
    return Candidate(giving[0][1], [fqdn for fqdn, _certificate in giving])


def _serves(certificate: Certificate, names: Sequence[str], facts: CertificateFacts) -> bool:
    return validity_of(certificate, facts).urgency is None and not any(faults(certificate, names, facts))


def faults(certificate: Certificate, names: Sequence[str], facts: CertificateFacts) -> Iterator[str]:
    """What keeps clients from being served with it, as the end of a sentence about it (laws G1, G3, G5, G11, E2)."""
    validity = validity_of(certificate, facts)
    if certificate.pending:
        yield "is a request that waits for its answer"
    elif certificate.status in USELESS:
        yield f"is {certificate.status}"
    if validity.ended or not validity.begun:
        yield f"is valid from {certificate.not_before} to {certificate.not_after} only"
    if certificate.self_signed:
        yield "is self-signed, and clients do not trust it"
    if certificate.has_private_key is False:
        yield "lacks its private key"
    if missing := [name for name in names if not _holds(certificate.alternative_names, name)]:
        yield f"does not hold {listed(missing)}"


def _holds(listed: Sequence[str], name: str) -> bool:
    """A wildcard that is wanted must stand there itself."""
    return holds(listed, name) or a_labels(name) in map(a_labels, listed)


def principal(certificate: Certificate, names: Sequence[str]) -> str:
    """What Outlook providers must expect, ``msstd:*.contoso.com``, where no name stands on it itself (law G7).

    Empty where one does, as Outlook finds it among the certificate's names without being told.
    """
    own = {a_labels(name) for name in certificate.alternative_names}
    if own & {a_labels(name) for name in names}:
        return ""
    wildcards = (name for name in certificate.alternative_names if name.startswith("*."))
    return next((f"msstd:{wildcard}" for wildcard in wildcards if any(holds([wildcard], name) for name in names)), "")


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
    servers = {one.server.lower(): one for one in facts.servers if is_among(one, names)}
    for connector in facts.connectors:
        owners = [servers[name.lower()] for name in connector.servers if name.lower() in servers]
        if any(_chooses(connector, owner, certificate, facts.read_at) for owner in owners):
            yield connector


def _chooses(connector: Connector, server: ServerCertificates, certificate: Certificate, now: datetime) -> bool:
    present = issued(server)
    if any(one.thumbprint == certificate.thumbprint for one in present):
        return False
    if tls_name := TlsCertificateName.of(connector):
        return tls_name.fits(certificate)
    return connector_winner(connector, [*present, certificate], server.fqdn, now) is certificate


def lost(facts: CertificateFacts, certificate: Certificate, names: Sequence[str]) -> list[str]:
    """Names that certificates of CAs on 443 hold now, and that the certificate does not (law L1).

    Args:
        names: of the servers that are to get it, NetBIOS names or FQDNs.
    """
    present = (
        name
        for server in facts.servers
        if is_among(server, names) and (shown := on_site(server, FRONT_END)) and not shown.self_signed
        for name in shown.alternative_names
    )
    return sorted({a_labels(name) for name in present if not _holds(certificate.alternative_names, name)})
