# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of mail between servers, POP and IMAP (laws S7, S10, S20, G1, G5, G19, G21)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .certificate_choice import is_for_protocol, is_surely_for_protocol, winner
from .certificate_deployment import FRONT_END, all_read, day, find, is_for, issued, title, validity_of
from .certificate_facts import CertificateFacts, ServerCertificates
from .certificate_leads import found_by, protocol_names
from .namespaces import listed

_TRANSPORT_PAGE = LEARN + "powershell/module/exchange/get-transportservice"
_PROTOCOL_PAGE = LEARN + "powershell/module/exchange/set-popsettings"
_NEW_DEFAULT = "Make a self-signed one with New-ExchangeCertificate -Services SMTP and let it replace the default."

DEFAULT_UNSET = declare(
    "transport_certificate_unset",
    Severity.CRITICAL,
    "No default certificate is set for mail between servers, so they do not encrypt it and may refuse it.",
    _NEW_DEFAULT,
    _TRANSPORT_PAGE,
)
DEFAULT_MISSING = declare(
    "transport_certificate_missing",
    Severity.CRITICAL,
    "The default certificate for mail between servers is {thumbprint}, which Exchange does not list on this server.",
    _NEW_DEFAULT,
    _TRANSPORT_PAGE,
)
DEFAULT_EXPIRED = declare(
    "transport_certificate_expired",
    Severity.WARNING,
    "The default certificate for mail between servers, {certificate}, ended on {date}. Servers still use it.",
    _NEW_DEFAULT,
    _TRANSPORT_PAGE,
)
DEFAULT_OF_CA = declare(
    "transport_certificate_of_ca",
    Severity.INFO,
    "The default certificate for mail between servers is {certificate}, which a CA issued and which has to be renewed.",
    "Nothing is needed; at its next renewal a self-signed default saves the work. Edge servers must subscribe again.",
    _TRANSPORT_PAGE,
)
PROTOCOL_MISSING = declare(
    "pop_imap_certificate_missing",
    Severity.HIGH,
    "{protocol} looks for a certificate for {name}, but this server has none, so it cannot offer TLS.",
    "If clients use it, set its X509CertificateName to a name of a certificate there and restart its services.",
    _PROTOCOL_PAGE,
)
PROTOCOL_EXPIRED = declare(
    "pop_imap_certificate_expired",
    Severity.HIGH,
    "The certificate that {protocol} finds for {name}, {certificate}, ended on {date}.",
    "If clients use it, put a valid one of that name there and restart its services.",
    _PROTOCOL_PAGE,
)
PROTOCOL_SELF_SIGNED = declare(
    "pop_imap_certificate_self_signed",
    Severity.WARNING,
    "The certificate that {protocol} finds for {name}, {certificate}, is self-signed, so clients do not trust it.",
    "If clients use it, enable a certificate of a CA that holds that name for it and restart its services.",
    _PROTOCOL_PAGE,
)
PROTOCOL_HOSTS = declare(
    "pop_imap_names_missing",
    Severity.HIGH,
    "Clients of {protocol} are told to use {hosts}, but the certificate that it finds for {name}, {certificate}, does "
    "not hold {them}.",
    "Set its X509CertificateName to a name of a certificate that does and restart its services, or correct its "
    "InternalConnectionSettings and ExternalConnectionSettings.",
    _PROTOCOL_PAGE,
)
PROTOCOL_OUTDATED = declare(
    "pop_imap_certificate_outdated",
    Severity.HIGH,
    "{protocol} still shows {presented}, which {ends} on {date}, although its X509CertificateName {name} leads to "
    "{certificate}.",
    "Restart its services, front and back end (exchange_service): MSExchangePOP3 and MSExchangePOP3BE, or "
    "MSExchangeIMAP4 and MSExchangeIMAP4BE.",
    _PROTOCOL_PAGE,
)
PROTOCOL_UNLISTED = declare(
    "pop_imap_certificate_unlisted",
    Severity.WARNING,
    "{protocol} shows the certificate {presented}, which Exchange does not list on this server, although its "
    "X509CertificateName {name} leads to {certificate}. Something else ends TLS there, or that certificate was removed "
    "while the services ran.",
    "Where nothing between client and server ends TLS, restart its services, front and back end (exchange_service).",
    _PROTOCOL_PAGE,
)


def transport_defaults(facts: CertificateFacts) -> Iterator[Finding]:
    """An expired default is no outage, an absent one is (law S7)."""
    for server in facts.servers:
        thumbprint = server.internal_transport_thumbprint
        if thumbprint is None:
            continue
        certificate = find(server, thumbprint)
        if not thumbprint:
            yield DEFAULT_UNSET.about(server.server)
        elif certificate is None:
            if all_read(server):
                yield DEFAULT_MISSING.about(server.server, thumbprint=thumbprint)
        else:
            if validity_of(certificate, facts).ended:
                date = day(certificate.not_after)
                yield DEFAULT_EXPIRED.about(server.server, certificate=title(certificate), date=date)
            if not certificate.self_signed:
                yield DEFAULT_OF_CA.about(server.server, certificate=title(certificate))


def pop_and_imap(facts: CertificateFacts) -> Iterator[Finding]:
    """What the two find by X509CertificateName (laws S10, G1); a self-signed one on 443 has a finding as it is."""
    for server, protocol, name in _protocols(facts):
        about = {"protocol": protocol, "name": name}
        best = winner(found_by(server, name), facts.read_at)
        if best is None:
            if all_read(server):
                yield PROTOCOL_MISSING.about(server.server, **about)
            continue
        if validity_of(best, facts).ended:
            date = day(best.not_after)
            yield PROTOCOL_EXPIRED.about(server.server, certificate=title(best), date=date, **about)
        if best.self_signed and not _is_own(server, name) and FRONT_END not in (best.sites or ()):
            yield PROTOCOL_SELF_SIGNED.about(server.server, certificate=title(best), **about)


def hosts(facts: CertificateFacts) -> Iterator[Finding]:
    """Names that clients of the two are told, beside the server's own, which Setup sets and few use (law S20)."""
    for server, protocol, name in _protocols(facts):
        told = server.pop_hosts if protocol == "POP" else server.imap_hosts
        best = winner(found_by(server, name), facts.read_at)
        missing = [host for host in told or () if best and not _is_own(server, host) and not is_for(best, host)]
        if best and missing:
            about = {"protocol": protocol, "name": name, "certificate": title(best)}
            them = "it" if len(missing) == 1 else "them"
            yield PROTOCOL_HOSTS.about(server.server, hosts=listed(missing), them=them, **about)


def _is_own(server: ServerCertificates, name: str) -> bool:
    return name.lower() in (server.server.lower(), server.fqdn)


def presented(facts: CertificateFacts) -> Iterator[Finding]:
    """What the two were seen to present, beside what they would find if they were started now (laws E9, S10)."""
    for server, protocol, name in _protocols(facts):
        sure = [one for one in issued(server) if is_surely_for_protocol(one, protocol, name)]
        best = winner(sure, facts.read_at)
        if best is None or not all_read(server):
            continue
        for thumbprint in facts.presented.get(server.fqdn, {}).get(protocol, ()):
            shown = find(server, thumbprint)
            about = {"protocol": protocol, "name": name, "certificate": title(best)}
            if shown is None:
                yield PROTOCOL_UNLISTED.about(server.server, presented=thumbprint, **about)
            elif not is_for_protocol(shown, name) or shown.not_before < best.not_before:
                ends = "ended" if validity_of(shown, facts).ended else "ends"
                date = day(shown.not_after)
                yield PROTOCOL_OUTDATED.about(server.server, presented=title(shown), ends=ends, date=date, **about)


def _protocols(facts: CertificateFacts) -> Iterator[tuple[ServerCertificates, str, str]]:
    for server in facts.servers:
        for protocol, name in protocol_names(server):
            yield server, protocol, name


ANALYSERS = (transport_defaults, pop_and_imap, hosts, presented)
