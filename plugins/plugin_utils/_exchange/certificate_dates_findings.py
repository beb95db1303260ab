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
    FRONT_END,
    TRANSPORT_DEFAULT,
    Deployed,
    by_certificate,
    day,
    deployed,
    issued,
    serving,
    title,
    validity_of,
)
from .certificate_facts import CertificateFacts
from .certificate_validity import Validity
from .namespaces import listed

FORGOTTEN_AFTER = timedelta(days=30)
"""A request that waits for longer is probably forgotten (law G23)."""
CLOCK_DOUBT = timedelta(days=1)
"""A certificate that begins within a day from now is new; a clock may be slow (law G4)."""

_PAGE = LEARN + "exchange/architecture/client-access/renew-certificates"
_RENEW = "Renew it at its CA, import the new one on every server and enable it for the same services."

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
    "Bind a valid certificate to 444 of the web site Exchange Back End; a self-signed one is good enough.",
    LEARN + "exchange/architecture/client-access/certificates",
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
    "Enable the former certificate until then, or have this one issued again.",
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
    "Remove it when no binding, connector or POP and IMAP setting names it.",
    LEARN + "powershell/module/exchange/remove-exchangecertificate",
)
FORGOTTEN = declare(
    "pending_request_old",
    Severity.INFO,
    "A request for {names} has been waiting since {date}.",
    "Complete it with the CA's answer, or remove it; its key goes with it.",
    LEARN + "exchange/architecture/client-access/complete-pending-certificate-requests",
)

_BY_URGENCY = {Severity.HIGH: ENDS_SOON, Severity.WARNING: RENEWAL_DUE}


def ends(facts: CertificateFacts) -> Iterator[Finding]:
    """The end of certificates in use."""
    for certificate, places in by_certificate(serving(facts)):
        validity = places[0].validity
        groups: dict[Code, list[Deployed]] = {}
        for place in places:
            if code := _code(place):
                groups.setdefault(code, []).append(place)
        for code, group in groups.items():
            yield code.about(
                title(certificate), date=day(certificate.not_after), days=validity.days_left, uses=_uses(group)
            )


def _code(place: Deployed) -> Code | None:
    """Self-signed ones beside IIS are for other servers, which accept an expired one (law S7)."""
    if place.certificate.self_signed and not place.certificate.sites:
        return None
    if not place.validity.ended:
        return _BY_URGENCY.get(place.validity.urgency) if place.validity.urgency is not None else None
    if place.on(FRONT_END):
        return EXPIRED
    if place.on(BACK_END):
        return EXPIRED_BACK_END
    return None if _superseded(place) else EXPIRED


def _superseded(place: Deployed) -> bool:
    """Whether a valid certificate there has all its names and services: an old one keeps its marks (law O14)."""
    return TRANSPORT_DEFAULT not in place.uses and any(
        set(other.names) >= set(place.certificate.names)
        and set(other.services) >= set(place.certificate.services)
        and Validity.of(other.not_before, other.not_after, place.validity.now).current
        for other in issued(place.server)
    )


def beginnings(facts: CertificateFacts) -> Iterator[Finding]:
    """Certificates in use that have not begun."""
    for certificate, places in by_certificate(serving(facts)):
        validity = places[0].validity
        if not validity.begun:
            code = NEWER_THAN_CLOCK if validity.not_before - validity.now <= CLOCK_DOUBT else NOT_BEGUN
            yield code.about(title(certificate), date=day(certificate.not_before), uses=_uses(places))


def left_over(facts: CertificateFacts) -> Iterator[Finding]:
    """Expired ones that nothing uses, or that a newer one has taken over from."""
    old = [
        one
        for one in deployed(facts)
        if one.validity.ended and not one.certificate.sites and (not one.uses or _superseded(one))
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
