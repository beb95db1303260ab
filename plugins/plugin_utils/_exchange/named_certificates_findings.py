# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that connectors and the hybrid configuration name by issuer and subject (laws S3 to S6, S18, G20)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from .certificate_choice import TlsCertificateName, winner
from .certificate_deployment import all_read, day, successors, title, validity_of
from .certificate_facts import CertificateFacts, ServerCertificates, is_among
from .certificate_leads import named_by
from .certificates import Certificate
from .namespaces import listed

SMTP = "SMTP"
HYBRID = "Hybrid configuration"


@dataclass(frozen=True)
class Codes:
    """What can be wrong with a TlsCertificateName.

    Attributes:
        replaced: it leads to a certificate that ended, beside one that serves the same names.
        to_replace: likewise, before the end.
    """

    unreadable: Code
    missing: Code
    not_for_smtp: Code
    expired: Code
    replaced: Code
    to_replace: Code
    several: Code


def _codes(what: str, grave: Severity, early: Severity, rename: str, page: str) -> Codes:
    """Declare them.

    Args:
        what: how their names begin.
        rename: the cure where the name has to become another, as an order without a capital letter.
    """
    renamed = f"{rename[0].upper()}{rename[1:]}."
    return Codes(
        unreadable=declare(
            f"{what}_certificate_name_unreadable",
            grave,
            "Its TlsCertificateName is {name}, which is not <I>issuer<S>subject.",
            renamed,
            page,
        ),
        missing=declare(
            f"{what}_certificate_missing",
            grave,
            "No certificate of the issuer and subject in its TlsCertificateName is on {servers}, so TLS fails there.",
            f"Import that certificate there and enable it for SMTP; where another has taken its place, {rename}.",
            page,
        ),
        not_for_smtp=declare(
            f"{what}_certificate_without_smtp",
            grave,
            "The certificate that its TlsCertificateName leads to, {certificate}, is not enabled for SMTP on "
            "{servers}: it is chosen all the same, and TLS fails.",
            "Enable it for SMTP there.",
            LEARN + "powershell/module/exchange/enable-exchangecertificate",
        ),
        expired=declare(
            f"{what}_certificate_expired",
            grave,
            "The certificate that its TlsCertificateName leads to, {certificate}, ended on {date} on {servers}.",
            "Renew it at its CA, import the new one there and enable it for SMTP; where its issuer or subject differs, "
            f"{rename}.",
            page,
        ),
        replaced=declare(
            f"{what}_names_expired_certificate",
            grave,
            "Its TlsCertificateName leads to {certificate}, which ended on {date}, although {newer} is enabled for "
            "SMTP on {servers} and holds the same names.",
            renamed,
            page,
        ),
        to_replace=declare(
            f"{what}_names_ending_certificate",
            early,
            "Its TlsCertificateName leads to {certificate}, which ends on {date}, although {newer} is enabled for "
            "SMTP on {servers} and holds the same names.",
            renamed,
            page,
        ),
        several=declare(
            f"{what}_certificate_ambiguous",
            Severity.INFO,
            "{count} certificates match its TlsCertificateName on {servers}; the newest valid one is used: "
            "{certificate}.",
            "Nothing is needed; the older ones can go once this one has proved itself.",
            page,
        ),
    )


OF_CONNECTORS = _codes(
    "connector",
    Severity.HIGH,
    Severity.WARNING,
    "set TlsCertificateName to issuer and subject of the one to be used (exchange_connector)",
    LEARN + "powershell/module/exchange/set-sendconnector",
)
OF_HYBRID = _codes(
    "hybrid",
    Severity.CRITICAL,
    Severity.HIGH,
    "run the Hybrid Configuration wizard again and choose the one to be used",
    LEARN + "exchange/hybrid-configuration-wizard",
)


def connectors(facts: CertificateFacts) -> Iterator[Finding]:
    """Where a name leads to on each server that has the connector."""
    for connector in facts.connectors:
        yield from _user(facts, OF_CONNECTORS, connector.identity, connector.tls_certificate_name, connector.servers)


def hybrid(facts: CertificateFacts) -> Iterator[Finding]:
    """Where it leads to on the servers of hybrid mail."""
    if facts.hybrid:
        yield from _user(facts, OF_HYBRID, HYBRID, facts.hybrid.tls_certificate_name, facts.hybrid.servers)


def _user(facts: CertificateFacts, codes: Codes, subject: str, text: str, names: Sequence[str]) -> Iterator[Finding]:
    if not text:
        return
    named = TlsCertificateName.written(text)
    if named is None:
        yield codes.unreadable.about(subject, name=text)
        return
    absent: list[str] = []
    chosen: dict[tuple[Certificate, Certificate | None], list[tuple[str, int]]] = {}
    for server in facts.servers:
        if not is_among(server, names):
            continue
        matches = named_by(server, named)
        if best := winner(matches, facts.read_at):
            pair = best, _newer(server, best, named, facts)
            chosen.setdefault(pair, []).append((server.server, len(matches)))
        elif all_read(server):
            absent.append(server.server)
    if absent:
        yield codes.missing.about(subject, servers=listed(absent))
    for (certificate, newer), places in chosen.items():
        yield from _chosen(facts, codes, subject, certificate, newer, places)


def _newer(
    server: ServerCertificates, certificate: Certificate, named: TlsCertificateName, facts: CertificateFacts
) -> Certificate | None:
    """What could serve in its place under another issuer or subject; None where one of the same takes over (Y2)."""
    others = list(successors(server, certificate, facts))
    if any(named.fits(other) for other in others):
        return None
    return winner([other for other in others if SMTP in other.services], facts.read_at)


def _chosen(
    facts: CertificateFacts,
    codes: Codes,
    subject: str,
    certificate: Certificate,
    newer: Certificate | None,
    places: Sequence[tuple[str, int]],
) -> Iterator[Finding]:
    validity = validity_of(certificate, facts)
    about = {
        "certificate": title(certificate),
        "date": day(certificate.not_after),
        "servers": listed([server for server, _count in places]),
    }
    if SMTP not in certificate.services and SMTP not in certificate.underivable:
        yield codes.not_for_smtp.about(subject, **about)
    if newer and validity.urgency is not None:
        code = codes.replaced if validity.ended else codes.to_replace
        yield code.about(subject, newer=title(newer), **about)
    elif validity.ended:
        yield codes.expired.about(subject, **about)
    if several := [(server, count) for server, count in places if count > 1]:
        shown = listed([server for server, _count in several])
        count = max(count for _server, count in several)
        yield codes.several.about(subject, **{**about, "servers": shown}, count=count)


ANALYSERS = (connectors, hybrid)
