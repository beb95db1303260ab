# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates names lead to: those of connectors, hybrid mail, POP and IMAP (laws S4, S5, S10, S18)."""

from __future__ import annotations

from collections.abc import Iterator

from .certificate_choice import TlsCertificateName, is_for_protocol, is_usable, winner
from .certificate_deployment import issued
from .certificate_facts import CertificateFacts, Connector, Hybrid, ServerCertificates, is_among
from .certificates import Certificate


def named_by(server: ServerCertificates, named: TlsCertificateName) -> list[Certificate]:
    """Those with an issuer and subject."""
    return [one for one in issued(server) if is_usable(one) and named.fits(one)]


def found_by(server: ServerCertificates, name: str) -> list[Certificate]:
    """Those that POP or IMAP take for an X509CertificateName."""
    return [one for one in issued(server) if is_for_protocol(one, name)]


def protocol_names(server: ServerCertificates) -> Iterator[tuple[str, str]]:
    """POP and IMAP with their X509CertificateName, where it is known."""
    for protocol, name in (("POP", server.pop_certificate_name), ("IMAP", server.imap_certificate_name)):
        if name:
            yield protocol, name


def led_to_by_protocols(facts: CertificateFacts, server: ServerCertificates) -> set[str]:
    """Thumbprints of what POP and IMAP use, or would use after a restart."""
    return _thumbprints(facts, (found_by(server, name) for _protocol, name in protocol_names(server)))


def led_to_by_tls_names(facts: CertificateFacts, server: ServerCertificates) -> set[str]:
    """Thumbprints of what every TlsCertificateName leads to there."""
    users: list[Connector | Hybrid] = [*facts.connectors, *([facts.hybrid] if facts.hybrid else [])]
    texts = {user.tls_certificate_name for user in users if is_among(server, user.servers)}
    return _thumbprints(
        facts, (named_by(server, named) for text in texts if (named := TlsCertificateName.written(text)))
    )


def _thumbprints(facts: CertificateFacts, choices: Iterator[list[Certificate]]) -> set[str]:
    return {best.thumbprint for matches in choices if (best := winner(matches, facts.read_at))}
