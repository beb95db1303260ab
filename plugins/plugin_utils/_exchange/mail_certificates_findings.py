# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of mail transport, connectors, POP and IMAP (laws S3 to S10, G19 to G21)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .certificate_choice import TlsCertificateName, is_for_protocol, is_surely_for_protocol, is_usable, winner
from .certificate_deployment import all_read, day, find, issued, title, validity_of
from .certificate_facts import CertificateFacts, ServerCertificates
from .certificates import Certificate
from .namespaces import listed

SMTP = "SMTP"

_TRANSPORT_PAGE = LEARN + "powershell/module/exchange/get-transportservice"
_CONNECTOR_PAGE = LEARN + "powershell/module/exchange/set-sendconnector"
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
NAME_UNREADABLE = declare(
    "connector_certificate_name_unreadable",
    Severity.HIGH,
    "Its TlsCertificateName is {name}, which is not <I>issuer<S>subject.",
    "Set it from Issuer and Subject of the certificate.",
    _CONNECTOR_PAGE,
)
MISSING = declare(
    "connector_certificate_missing",
    Severity.HIGH,
    "No certificate of the issuer and subject in its TlsCertificateName is on {servers}, so TLS fails there.",
    "Import and enable that certificate for SMTP there, or set the name of the new one when the CA has changed.",
    _CONNECTOR_PAGE,
)
NOT_FOR_SMTP = declare(
    "connector_certificate_without_smtp",
    Severity.HIGH,
    "The certificate that its TlsCertificateName leads to, {certificate}, is not enabled for SMTP on {servers}: it is "
    "chosen all the same, and TLS fails.",
    "Enable it for SMTP there.",
    LEARN + "powershell/module/exchange/enable-exchangecertificate",
)
EXPIRED = declare(
    "connector_certificate_expired",
    Severity.HIGH,
    "The certificate that its TlsCertificateName leads to, {certificate}, ended on {date} on {servers}.",
    "Import the renewed one there and enable it for SMTP.",
    _CONNECTOR_PAGE,
)
SEVERAL = declare(
    "connector_certificate_ambiguous",
    Severity.INFO,
    "{count} certificates match its TlsCertificateName on {servers}; the newest valid one is used: {certificate}.",
    "Nothing is needed; the older ones can go once this one has proved itself.",
    _CONNECTOR_PAGE,
)
PROTOCOL_MISSING = declare(
    "pop_imap_certificate_missing",
    Severity.HIGH,
    "{protocol} looks for a certificate for {name}, but this server has none, so it cannot offer TLS.",
    "If clients use it, set its X509CertificateName to a name of a certificate there and restart its services.",
    LEARN + "powershell/module/exchange/set-popsettings",
)
PROTOCOL_EXPIRED = declare(
    "pop_imap_certificate_expired",
    Severity.HIGH,
    "The certificate that {protocol} finds for {name}, {certificate}, ended on {date}.",
    "If clients use it, import a renewed one and restart its services.",
    LEARN + "powershell/module/exchange/set-popsettings",
)
PROTOCOL_OUTDATED = declare(
    "pop_imap_certificate_outdated",
    Severity.HIGH,
    "{protocol} still shows {presented}, which {ends} on {date}, although its X509CertificateName {name} leads to "
    "{certificate}.",
    "Restart its services, front and back end (exchange_service): MSExchangePOP3 and MSExchangePOP3BE, or "
    "MSExchangeIMAP4 and MSExchangeIMAP4BE.",
    LEARN + "powershell/module/exchange/set-popsettings",
)
PROTOCOL_UNLISTED = declare(
    "pop_imap_certificate_unlisted",
    Severity.WARNING,
    "{protocol} shows the certificate {presented}, which Exchange does not list on this server, although its "
    "X509CertificateName {name} leads to {certificate}. Something else ends TLS there, or that certificate was removed "
    "while the services ran.",
    "Where nothing between client and server ends TLS, restart its services, front and back end (exchange_service).",
    LEARN + "powershell/module/exchange/set-popsettings",
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


def connectors(facts: CertificateFacts) -> Iterator[Finding]:
    """Where a name leads to on each server that has the connector (laws S4 to S6)."""
    by_name = {server.server.lower(): server for server in facts.servers}
    for connector in facts.connectors:
        if not connector.tls_certificate_name:
            continue
        named = TlsCertificateName.of(connector)
        if named is None:
            yield NAME_UNREADABLE.about(connector.identity, name=connector.tls_certificate_name)
            continue
        servers = [by_name[name.lower()] for name in connector.servers if name.lower() in by_name]
        yield from _connector(facts, connector.identity, named, servers)


def _connector(
    facts: CertificateFacts, identity: str, named: TlsCertificateName, servers: Sequence[ServerCertificates]
) -> Iterator[Finding]:
    absent: list[str] = []
    chosen: dict[Certificate, list[tuple[str, int]]] = {}
    for server in servers:
        matches = [one for one in issued(server) if is_usable(one) and named.fits(one)]
        if best := winner(matches, facts.read_at):
            chosen.setdefault(best, []).append((server.server, len(matches)))
        elif all_read(server):
            absent.append(server.server)
    if absent:
        yield MISSING.about(identity, servers=listed(absent))
    for certificate, places in chosen.items():
        where, name = listed([server for server, _count in places]), title(certificate)
        if SMTP not in certificate.services and SMTP not in certificate.underivable:
            yield NOT_FOR_SMTP.about(identity, certificate=name, servers=where)
        if validity_of(certificate, facts).ended:
            yield EXPIRED.about(identity, certificate=name, date=day(certificate.not_after), servers=where)
        several = [(server, count) for server, count in places if count > 1]
        if several:
            shown = listed([server for server, _count in several])
            yield SEVERAL.about(
                identity, count=max(count for _server, count in several), certificate=name, servers=shown
            )


def pop_and_imap(facts: CertificateFacts) -> Iterator[Finding]:
    """What the two find by X509CertificateName (law S10)."""
    for server, protocol, name in _protocol_names(facts):
        matches = [one for one in issued(server) if is_for_protocol(one, name)]
        if best := winner(matches, facts.read_at):
            if validity_of(best, facts).ended:
                yield PROTOCOL_EXPIRED.about(
                    server.server, protocol=protocol, name=name, certificate=title(best), date=day(best.not_after)
                )
        elif all_read(server):
            yield PROTOCOL_MISSING.about(server.server, protocol=protocol, name=name)


def presented(facts: CertificateFacts) -> Iterator[Finding]:
    """What the two were seen to present, beside what they would find if they were started now (laws E9, S10)."""
    for server, protocol, name in _protocol_names(facts):
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


def _protocol_names(facts: CertificateFacts) -> Iterator[tuple[ServerCertificates, str, str]]:
    """X509CertificateName of POP and IMAP on each server, where it is known."""
    for server in facts.servers:
        for protocol, name in (("POP", server.pop_certificate_name), ("IMAP", server.imap_certificate_name)):
            if name:
                yield server, protocol, name


ANALYSERS = (transport_defaults, connectors, pop_and_imap, presented)
