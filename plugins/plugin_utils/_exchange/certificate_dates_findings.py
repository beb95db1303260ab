# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that ended, will end, have not begun, or are left over (laws G3, G4, G23)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from .certificate_deployment import (
    BACK_END,
    PLACES,
    SHOWN_BY_SITES,
    TRANSPORT_DEFAULT,
    Deployed,
    by_certificate,
    day,
    deployed,
    serving,
    successors,
    title,
    validity_of,
)
from .certificate_facts import CertificateFacts
from .certificate_leads import led_to_by_protocols, led_to_by_tls_names
from .namespaces import listed

FORGOTTEN_AFTER = timedelta(days=30)
"""A request that waits for longer is probably forgotten (law G23)."""
CLOCK_DOUBT = timedelta(days=1)
"""A certificate that begins within a day from now is new; a clock may be slow (law G4)."""

_PAGE = LEARN + "exchange/architecture/client-access/renew-certificates"
_BACK_END_PAGE = LEARN + "exchange/architecture/client-access/certificates"
_RENEW = "Renew it at its CA, import the new one on every server and enable it there for what is named here."
_BIND = (
    "Make a self-signed one with New-ExchangeCertificate -Services SMTP and bind it to 444 of the web site Exchange "
    "Back End (iis_binding); leave 443 as it is."
)
_REPLACE = (
    "Request one from a CA, enable it for IIS where this one is on 443, and bind it to the other web sites that this "
    "one is on (iis_binding)."
)

EXPIRED = declare(
    "certificate_expired",
    Severity.CRITICAL,
    "It ended on {date}, but serves {uses}: clients refuse it.",
    _RENEW,
    _PAGE,
)
EXPIRED_BACK_END = declare(
    "back_end_certificate_expired",
    Severity.HIGH,
    "It ended on {date}, but serves {uses}, which the front end depends on.",
    _BIND,
    _BACK_END_PAGE,
)
ENDS_SOON_BACK_END = declare(
    "back_end_certificate_ends_soon",
    Severity.WARNING,
    "It ends on {date}, in {days} days, and serves {uses}, which the front end depends on.",
    _BIND,
    _BACK_END_PAGE,
)
EXPIRED_SELF_SIGNED = declare(
    "self_signed_certificate_expired",
    Severity.CRITICAL,
    "It is self-signed and ended on {date}, but serves {uses}: clients refuse it.",
    _REPLACE,
    _PAGE,
)
ENDS_SOON_SELF_SIGNED = declare(
    "self_signed_certificate_ends_soon",
    Severity.WARNING,
    "It is self-signed, ends on {date}, in {days} days, and serves {uses}.",
    _REPLACE,
    _PAGE,
)
ENDS_SOON = declare(
    "certificate_ends_soon",
    Severity.HIGH,
    "It ends on {date}, in {days} days, and serves {uses}.",
    _RENEW,
    _PAGE,
)
RENEWAL_DUE = declare(
    "certificate_renewal_due",
    Severity.WARNING,
    "It ends on {date}, in {days} days, and serves {uses}.",
    _RENEW,
    _PAGE,
)
NOT_BEGUN = declare(
    "certificate_not_yet_valid",
    Severity.CRITICAL,
    "It begins on {date} only, but serves {uses}: clients refuse it until then.",
    "Put the former certificate back in these places until then, or have this one issued again.",
    _PAGE,
)
NEWER_THAN_CLOCK = declare(
    "certificate_newer_than_clock",
    Severity.WARNING,
    "It begins on {date}, which is still ahead by the control node's clock, and serves {uses}.",
    "If it was just issued, wait; otherwise compare the clocks of the CA, the control node and the "
    "servers (iis_binding_info).",
    _PAGE,
)
LEFT_OVER = declare(
    "expired_certificate_left",
    Severity.INFO,
    "It ended on {date} and nothing is known to need it on {servers}.",
    "Remove it with exchange_certificate, which refuses where a binding or a setting still names it.",
    LEARN + "powershell/module/exchange/remove-exchangecertificate",
)
FORGOTTEN = declare(
    "pending_request_old",
    Severity.INFO,
    "A request for {names} has been waiting since {date}.",
    "Complete it with the CA's answer, or remove it; its key goes with it.",
    LEARN + "exchange/architecture/client-access/complete-pending-certificate-requests",
)

_BY_URGENCY = {Severity.CRITICAL: EXPIRED, Severity.HIGH: ENDS_SOON, Severity.WARNING: RENEWAL_DUE}


def ends(facts: CertificateFacts) -> Iterator[Finding]:
    """The end of certificates in use."""
    for certificate, places in by_certificate(serving(facts)):
        groups: dict[Code, list[str]] = {}
        for place in places:
            for code, uses in _ends(place, facts):
                groups.setdefault(code, []).append(f"{listed(uses)} on {place.server.server}")
        for code, uses in groups.items():
            yield code.about(
                title(certificate),
                date=day(certificate.not_after),
                days=places[0].validity.days_left,
                uses="; ".join(uses),
            )


def _ends(place: Deployed, facts: CertificateFacts) -> Iterator[tuple[Code, Sequence[str]]]:
    """444 is bound, not enabled (law E4), so that it is judged apart from the rest.

    Self-signed ones beside IIS are for other servers, which accept an expired one (law S7).
    """
    urgency, ended = place.validity.urgency, place.validity.ended
    if urgency is None:
        return
    if place.on(BACK_END):
        yield EXPIRED_BACK_END if ended else ENDS_SOON_BACK_END, [PLACES[BACK_END]]
    others = [use for use in place.uses if use != PLACES[BACK_END]]
    if not others or _replaced(place, facts):
        return
    if not place.certificate.self_signed:
        yield _BY_URGENCY[urgency], others
    elif _other_sites(place):
        yield EXPIRED_SELF_SIGNED if ended else ENDS_SOON_SELF_SIGNED, others


def _other_sites(place: Deployed) -> set[str]:
    return {*(place.certificate.sites or ())} - {BACK_END}


def _replaced(place: Deployed, facts: CertificateFacts) -> bool:
    """Whether its end takes nothing away there, 444 aside: an old one keeps its marks (laws E3, L10, O14).

    What a TlsCertificateName needs besides is a finding about that name.
    """
    certificate, server = place.certificate, place.server
    if _other_sites(place) or TRANSPORT_DEFAULT in place.uses:
        return False
    if certificate.thumbprint in led_to_by_protocols(facts, server):
        return False
    if not certificate.names:
        return certificate.thumbprint not in led_to_by_tls_names(facts, server)
    services = {*certificate.services} - ({SHOWN_BY_SITES} if certificate.sites else set())
    return any(services <= {*other.services} for other in successors(server, certificate, facts))


def beginnings(facts: CertificateFacts) -> Iterator[Finding]:
    """Certificates in use that have not begun."""
    for certificate, places in by_certificate(serving(facts)):
        validity = places[0].validity
        if not validity.begun:
            code = NEWER_THAN_CLOCK if validity.not_before - validity.now <= CLOCK_DOUBT else NOT_BEGUN
            yield code.about(title(certificate), date=day(certificate.not_before), uses=_uses(places))


def left_over(facts: CertificateFacts) -> Iterator[Finding]:
    """Expired ones that nothing uses or finds, or that a newer one has taken over from."""
    old = [
        one
        for one in deployed(facts)
        if one.validity.ended
        and not one.certificate.sites
        and (not one.uses or _replaced(one, facts))
        and one.certificate.thumbprint not in led_to_by_protocols(facts, one.server)
        and one.certificate.thumbprint not in led_to_by_tls_names(facts, one.server)
    ]
    for certificate, places in by_certificate(old):
        servers = listed([place.server.server for place in places])
        yield LEFT_OVER.about(title(certificate), date=day(certificate.not_after), servers=servers)


def forgotten(facts: CertificateFacts) -> Iterator[Finding]:
    """Requests without an answer. The placeholder of a request begins when it was made."""
    for server in facts.servers:
        for certificate in server.certificates or ():
            made = validity_of(certificate, facts)
            if certificate.pending and made.now - made.not_before > FORGOTTEN_AFTER:
                names = listed(certificate.names) if certificate.names else certificate.subject
                yield FORGOTTEN.about(server.server, names=names, date=day(certificate.not_before))


def _uses(places: Sequence[Deployed]) -> str:
    return "; ".join(f"{listed(place.uses)} on {place.server.server}" for place in places)


ANALYSERS = (ends, beginnings, left_over, forgotten)
