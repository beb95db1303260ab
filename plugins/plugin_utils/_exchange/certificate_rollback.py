# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout leaves behind: what servers go back to, who is left out, what does not follow (laws L11, L12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .certificate_choice import connector_winner, is_for_protocol, winner
from .certificate_deployment import FRONT_END, issued, on_site, sites_known
from .certificate_enabling import SMTP
from .certificate_facts import CertificateFacts, ServerCertificates, is_among
from .certificate_names import holds
from .certificates import Certificate


@dataclass(frozen=True)
class InPlace:
    """What a server shows to clients now, which is what it would go back to (law L11).

    Attributes:
        thumbprint: of the certificate on 443; empty where there is none, or it is not known.
        pop_certificate_name: X509CertificateName of POP; None when not read.
        imap_certificate_name: likewise of IMAP.
    """

    thumbprint: str
    pop_certificate_name: str | None
    imap_certificate_name: str | None


def in_place(facts: CertificateFacts) -> dict[str, InPlace]:
    """By FQDN."""
    return {
        server.fqdn: InPlace(
            thumbprint=shown.thumbprint if (shown := on_site(server, FRONT_END)) else "",
            pop_certificate_name=server.pop_certificate_name,
            imap_certificate_name=server.imap_certificate_name,
        )
        for server in facts.servers
    }


@dataclass(frozen=True)
class LeftOut:
    """The servers beside those of a rollout (laws L12, G16).

    Attributes:
        serving: FQDNs of those that have a certificate for one of the names on 443.
        other: those of them that show another certificate, with its thumbprint.
        unread: FQDNs of those whose certificates, or the places of them, could not be read.
    """

    serving: Sequence[str]
    other: Mapping[str, str]
    unread: Sequence[str]


def left_out(
    facts: CertificateFacts, certificate: Certificate, names: Sequence[str], servers: Sequence[str]
) -> LeftOut:
    """Who else stands behind the names, and what clients meet there.

    Args:
        names: host names that clients use.
        servers: NetBIOS names or FQDNs of those that are to get the certificate.
    """
    beside = [server for server in facts.servers if not is_among(server, servers)]
    shown = {server.fqdn: one for server in beside if (one := on_site(server, FRONT_END))}
    serving = {fqdn: one for fqdn, one in shown.items() if any(holds(one.alternative_names, name) for name in names)}
    return LeftOut(
        serving=list(serving),
        other={fqdn: one.thumbprint for fqdn, one in serving.items() if one.thumbprint != certificate.thumbprint},
        unread=[server.fqdn for server in beside if server.fqdn not in shown and not sites_known(server)],
    )


def preferred(
    facts: CertificateFacts,
    certificate: Certificate,
    servers: Sequence[str],
    services: Sequence[str],
    certificate_name: str = "",
) -> dict[str, list[str]]:
    """What goes on with another certificate although this one is enabled, as a newer one of that name is there.

    Transport takes the newest that fits (law S4); so do POP and IMAP when they start (law S10).

    Args:
        servers: NetBIOS names or FQDNs of those that are to get the certificate.
        services: that it is enabled for.
        certificate_name: X509CertificateName that POP and IMAP get; empty for the present one.

    Returns:
        By the thumbprint of the newer one: connectors, and protocols with their server.
    """
    found: dict[str, list[str]] = {}
    for server in facts.servers:
        if is_among(server, servers):
            for what, winning in _winners(facts, server, certificate, services, certificate_name):
                users = found.setdefault(winning.thumbprint, [])
                if winning.thumbprint != certificate.thumbprint and what not in users:
                    users.append(what)
    return {thumbprint: users for thumbprint, users in found.items() if users}


def _winners(
    facts: CertificateFacts,
    server: ServerCertificates,
    certificate: Certificate,
    services: Sequence[str],
    certificate_name: str,
) -> Iterator[tuple[str, Certificate]]:
    """What could use the certificate on a server, and what it uses once the certificate is there."""
    present = [*(one for one in issued(server) if one.thumbprint != certificate.thumbprint), certificate]
    connectors = [one for one in facts.connectors if server.server.lower() in map(str.lower, one.servers)]
    for connector in connectors if SMTP in services else ():
        if connector_winner(connector, [certificate], server.fqdn, facts.read_at):
            winning = connector_winner(connector, present, server.fqdn, facts.read_at)
            yield connector.identity, winning or certificate
    names = {"POP": server.pop_certificate_name, "IMAP": server.imap_certificate_name}
    for protocol in services:
        name = protocol in names and (certificate_name or names[protocol])
        matches = [one for one in present if name and is_for_protocol(one, name)]
        if certificate in matches and (best := winner(matches, facts.read_at)):
            yield f"{protocol} of {server.server}", best
