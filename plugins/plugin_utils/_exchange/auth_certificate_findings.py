# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of server-to-server authentication (laws S13 to S17, G22)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from .certificate_deployment import all_read, day, find, unread, validity_of
from .certificate_facts import CertificateFacts
from .certificate_keys_findings import CNG
from .certificates import Certificate
from .namespaces import listed

STAGE_WITHIN, NEXT_LASTS = 60, 120
"""Days: a next certificate is due when the current one has at most so many left, and one staged no more than those
(law S16)."""

SUBJECT = "Auth configuration"
_PAGE = LEARN + "exchange/plan-and-deploy/integration-with-sharepoint-and-skype/maintain-oauth-certificate"
_REPLACE = (
    "Make a new one, set it with Set-AuthConfig, publish it, and recycle the pools of Outlook on the web and ECP."
)
_STAGE = (
    "Make a new one and set it as the next with Set-AuthConfig, at least 48 hours ahead; Exchange then publishes it."
)
_COPY = "Export it with its key from a server that has it, and import it there; only servers of one site share it."

UNSET = declare(
    "auth_certificate_unset",
    Severity.CRITICAL,
    "No current certificate is set, so servers cannot authenticate to each other with OAuth or sign their data.",
    _REPLACE,
    _PAGE,
)
MISSING = declare(
    "auth_certificate_missing",
    Severity.CRITICAL,
    "The current certificate {thumbprint} or its key is missing on {servers}: OAuth, hybrid features and logons to "
    "Outlook on the web fail there.",
    _COPY,
    _PAGE,
)
LOST = declare(
    "auth_certificate_lost",
    Severity.CRITICAL,
    "No server that was read has the current certificate {thumbprint} with its key{unread}: OAuth, hybrid features "
    "and logons to Outlook on the web fail.",
    f"Where no other server has it: {_REPLACE[0].lower()}{_REPLACE[1:]}",
    _PAGE,
)
EXPIRED = declare(
    "auth_certificate_expired",
    Severity.CRITICAL,
    "The current certificate {thumbprint} ended on {date}: OAuth and hybrid features fail, logons to Outlook on the "
    "web loop and shells show empty objects.",
    _REPLACE,
    _PAGE,
)
DUE = declare(
    "auth_certificate_renewal_due",
    Severity.WARNING,
    "The current certificate {thumbprint} ends on {date}, in {days} days, and no next one that lasts is set.",
    _STAGE,
    _PAGE,
)
NEXT_MISSING = declare(
    "next_auth_certificate_missing",
    Severity.HIGH,
    "The next certificate {thumbprint}, to be used from {date} on, or its key is missing on {servers}.",
    _COPY,
    _PAGE,
)
NEXT_LOST = declare(
    "next_auth_certificate_lost",
    Severity.HIGH,
    "No server that was read has the next certificate {thumbprint}, to be used from {date} on, with its key{unread}.",
    f"Where no other server has it: {_STAGE[0].lower()}{_STAGE[1:]}",
    _PAGE,
)
WRONG_KEY = declare(
    "auth_certificate_key",
    Severity.CRITICAL,
    "The certificate {thumbprint} has an {algorithm} key kept by {storage}; Exchange needs an RSA key of a CSP.",
    _REPLACE,
    _PAGE,
)


def current(facts: CertificateFacts) -> Iterator[Finding]:
    """The one that is used now."""
    config = facts.auth_config
    if config is None:
        return
    thumbprint = config.current_thumbprint
    if not thumbprint:
        yield UNSET.about(SUBJECT)
        return
    yield from _absent(facts, thumbprint, MISSING, LOST)
    certificate = _found(facts, thumbprint)
    if certificate is None:
        return
    validity, date = validity_of(certificate, facts), day(certificate.not_after)
    if validity.ended:
        yield EXPIRED.about(SUBJECT, thumbprint=thumbprint, date=date)
    elif validity.days_left <= STAGE_WITHIN and not _next_lasts(facts, config.next_thumbprint):
        yield DUE.about(SUBJECT, thumbprint=thumbprint, date=date, days=validity.days_left)


def following(facts: CertificateFacts) -> Iterator[Finding]:
    """The next one must be there before it is published (law S17)."""
    config = facts.auth_config
    if config and config.next_thumbprint:
        date = day(config.next_effective_date or "an unknown day")
        yield from _absent(facts, config.next_thumbprint, NEXT_MISSING, NEXT_LOST, date=date)


def keys(facts: CertificateFacts) -> Iterator[Finding]:
    """Both must have a key that Exchange can sign with."""
    config = facts.auth_config
    for thumbprint in filter(None, (config.current_thumbprint, config.next_thumbprint) if config else ()):
        certificate = _found(facts, thumbprint)
        if certificate and (certificate.key_algorithm != "RSA" or certificate.key_storage == CNG):
            storage = certificate.key_storage.upper() if certificate.key_storage else "an unknown provider"
            algorithm = certificate.key_algorithm or "unknown"
            yield WRONG_KEY.about(SUBJECT, thumbprint=thumbprint, algorithm=algorithm, storage=storage)


def _absent(
    facts: CertificateFacts, thumbprint: str, somewhere: Code, everywhere: Code, **about: str
) -> Iterator[Finding]:
    """Where it is missing with its key: a copy can be taken only from a server that has one (law S16)."""
    has = {server.server: _usable(find(server, thumbprint)) for server in facts.servers}
    servers = [server.server for server in facts.servers if all_read(server) and not has[server.server]]
    if not servers:
        return
    if any(has.values()):
        yield somewhere.about(SUBJECT, thumbprint=thumbprint, servers=listed(servers), **about)
    else:
        others = unread(facts)
        told = f" ({listed(others)} may have it, as not all was read there)" if others else ""
        yield everywhere.about(SUBJECT, thumbprint=thumbprint, unread=told, **about)


def _usable(certificate: Certificate | None) -> bool:
    return certificate is not None and certificate.has_private_key is not False


def _found(facts: CertificateFacts, thumbprint: str) -> Certificate | None:
    return next(filter(None, (find(server, thumbprint) for server in facts.servers)), None)


def _next_lasts(facts: CertificateFacts, thumbprint: str) -> bool:
    certificate = _found(facts, thumbprint) if thumbprint else None
    return certificate is not None and validity_of(certificate, facts).days_left > NEXT_LASTS


ANALYSERS = (current, following, keys)
