# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where certificates are and what they serve: the view that the certificate analysers share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._converge.kinds import host_of
from .autodiscover_findings import URI
from .certificate_facts import CertificateFacts, ServerCertificates, is_in_reach
from .certificate_names import a_labels, holds
from .certificate_validity import Validity
from .certificates import Certificate
from .namespaces import access_points

FRONT_END, BACK_END = "front_end", "back_end"
TRANSPORT_DEFAULT = "transport default"
PLACES = {FRONT_END: "443 of the front end", BACK_END: "444 of the back end"}
SHOWN_BY_SITES = "IIS"
"""The service that says less than the sites (law O12)."""


@dataclass(frozen=True)
class Deployed:
    """One certificate on one server.

    Attributes:
        uses: what it serves there, in words; empty when nothing is known to use it.
    """

    server: ServerCertificates
    certificate: Certificate
    validity: Validity
    uses: Sequence[str]

    def on(self, site: str) -> bool:
        """Whether a web site has it."""
        return site in (self.certificate.sites or ())


def deployed(facts: CertificateFacts) -> Iterator[Deployed]:
    """Every certificate on every server, except pending requests.

    One of server-to-server authentication, which has rules of its own, is left out where it does nothing else: it may
    have been bound to a web site, or replaced the default of transport.
    """
    auth = auth_thumbprints(facts)
    for server in facts.servers:
        for certificate in issued(server):
            is_default = certificate.thumbprint == server.internal_transport_thumbprint
            if certificate.thumbprint not in auth or certificate.sites or is_default:
                yield Deployed(server, certificate, validity_of(certificate, facts), uses_of(server, certificate))


def serving(facts: CertificateFacts) -> list[Deployed]:
    """Those that something uses."""
    return [one for one in deployed(facts) if one.uses]


def by_certificate(items: Sequence[Deployed]) -> Iterator[tuple[Certificate, list[Deployed]]]:
    """Each certificate once, with all the places where it is."""
    found: dict[str, list[Deployed]] = {}
    for one in items:
        found.setdefault(one.certificate.thumbprint, []).append(one)
    for places in found.values():
        yield places[0].certificate, places


def issued(server: ServerCertificates) -> list[Certificate]:
    """The certificates of a server without pending requests; none where they could not be read."""
    return [certificate for certificate in server.certificates or () if not certificate.pending]


def uses_of(server: ServerCertificates, certificate: Certificate) -> tuple[str, ...]:
    """What a certificate serves on a server, in words."""
    sites = tuple(PLACES.get(site, site) for site in certificate.sites or ())
    is_default = certificate.thumbprint == server.internal_transport_thumbprint
    return (
        *sites,
        *(service for service in certificate.services if not (sites and service == SHOWN_BY_SITES)),
        *((TRANSPORT_DEFAULT,) if is_default else ()),
    )


def on_site(server: ServerCertificates, site: str) -> Certificate | None:
    """The certificate of a web site."""
    return next((certificate for certificate in issued(server) if site in (certificate.sites or ())), None)


def all_read(server: ServerCertificates) -> bool:
    """Whether a certificate that is not among those of the server is really not there."""
    return server.certificates is not None and server.complete


def sites_known(server: ServerCertificates) -> bool:
    """Whether a site without a certificate really has none: raw data does not tell (law O4)."""
    return all_read(server) and all(one.sites is not None for one in issued(server))


def find(server: ServerCertificates, thumbprint: str) -> Certificate | None:
    """The certificate of a server with a thumbprint."""
    return next((one for one in issued(server) if one.thumbprint == thumbprint), None)


def unread(facts: CertificateFacts) -> list[str]:
    """Servers of the organization that may have certificates which the facts do not show."""
    partly = [server.server for server in facts.servers if not all_read(server)]
    return [*partly, *(server["name"] for server in facts.organization.neighbours if is_in_reach(server))]


def successors(server: ServerCertificates, certificate: Certificate, facts: CertificateFacts) -> Iterator[Certificate]:
    """Valid certificates of a server that can take another's place there: they hold its names and last longer.

    A self-signed one does so for a self-signed one only, as clients do not trust it (law G1).
    """
    names = {*map(a_labels, certificate.names)}
    for other in issued(server):
        if (
            names
            and names <= {*map(a_labels, other.names)}
            and other.not_after > certificate.not_after
            and (certificate.self_signed or not other.self_signed)
            and other.has_private_key is not False
            and validity_of(other, facts).current
        ):
            yield other


def auth_thumbprints(facts: CertificateFacts) -> set[str]:
    """Certificates of server-to-server authentication, which have rules of their own."""
    config = facts.auth_config
    if config is None:
        return set()
    return {config.current_thumbprint, config.previous_thumbprint, config.next_thumbprint} - {""}


def validity_of(certificate: Certificate, facts: CertificateFacts) -> Validity:
    """The certificate's time when the facts were read."""
    return Validity.of(certificate.not_before, certificate.not_after, facts.read_at)


def hosts_by_server(facts: CertificateFacts) -> dict[str, set[str]]:
    """The hosts that clients are sent to, by the NetBIOS names of the servers whose settings name them."""
    found: dict[str, set[str]] = {server.server: set() for server in facts.servers}
    for point in access_points(facts.organization):
        found.setdefault(point.server, set()).update(filter(None, point.hosts.values()))
    for service in facts.organization.service_connection_points:
        found.setdefault(service["server"], set()).update(filter(None, [host_of(service.get(URI))]))
    return found


def shown_names(certificate: Certificate) -> Sequence[str]:
    """The names that clients compare: the common name counts only where there is no other (law G6)."""
    return certificate.alternative_names or certificate.names


def is_for(certificate: Certificate, host: str) -> bool:
    """Whether clients accept it for a host."""
    return holds(shown_names(certificate), host)


def title(certificate: Certificate) -> str:
    """What people know it by, and its thumbprint."""
    names = certificate.names or (certificate.subject or certificate.friendly_name or "no name",)
    return f"{names[0]} ({certificate.thumbprint})"


def day(iso: str) -> str:
    """The date of an ISO time."""
    return iso.partition("T")[0]
