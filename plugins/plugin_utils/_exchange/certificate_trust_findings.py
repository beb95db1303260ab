# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that clients do not trust, or should not (laws G1, G8 to G10, G15)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from .certificate_deployment import FRONT_END, by_certificate, deployed, serving, title
from .certificate_facts import CertificateFacts
from .certificates import Certificate
from .namespaces import listed
from .x509_facts import is_for_servers

SMALLEST_RSA_KEY = 2048
"""Bits, as Microsoft's HealthChecker wants them (law G8)."""
BROKEN_HASHES = ("md2", "md4", "md5", "sha1")
PUBLIC_ROOT = "ThirdParty"
PRIVATE_ROOTS = ("Registry", "Enterprise", "GroupPolicy")
"""RootCAType of certificates whose root the organization itself trusts (law O17)."""

_PAGE = LEARN + "exchange/architecture/client-access/certificates"
_REISSUE = (
    "Have it issued again, import the new one on every server and let it take this one's places: exchange_certificate "
    "enables it for services and 443, iis_binding binds it to 444."
)

SELF_SIGNED = declare(
    "certificate_self_signed",
    Severity.CRITICAL,
    "Clients do not trust a self-signed certificate, which this is; it serves 443 of the front end of {servers}.",
    "Request one from a CA that clients trust and enable it for IIS.",
    LEARN + "exchange/architecture/client-access/create-ca-certificate-requests",
)
UNTRUSTED = declare(
    "certificate_untrusted",
    Severity.CRITICAL,
    "Its chain does not lead to a trusted root on {servers}.",
    "Import the CA's intermediate certificates and its root into the stores for these on the servers.",
    LEARN + "powershell/module/exchange/get-exchangecertificate",
)
REVOKED = declare(
    "certificate_revoked",
    Severity.CRITICAL,
    "Its CA has revoked it, as seen by {servers}.",
    _REISSUE,
    LEARN + "powershell/module/exchange/get-exchangecertificate",
)
INVALID = declare(
    "certificate_invalid",
    Severity.HIGH,
    "Exchange calls it invalid on {servers}.",
    "Look at its chain with certutil -verify on the server.",
    LEARN + "powershell/module/exchange/get-exchangecertificate",
)
REVOCATION_UNKNOWN = declare(
    "revocation_unknown",
    Severity.WARNING,
    "Its CA's revocation lists and responders cannot be reached from {servers}.",
    "Let the servers reach them, through the proxy of netsh winhttp if need be, with the own domain bypassed.",
    LEARN + "powershell/module/exchange/get-exchangecertificate",
)
PRIVATE_CA = declare(
    "certificate_of_private_ca",
    Severity.INFO,
    "Its root was put on {servers} by the organization, so devices outside of it may not trust it.",
    "Nothing is needed when every client has that root; otherwise use a certificate of a public CA.",
    _PAGE,
)
SHORT_KEY = declare(
    "certificate_key_short",
    Severity.HIGH,
    "Its RSA key has {bits} bits, fewer than 2048.",
    _REISSUE,
    _PAGE,
)
BROKEN_PUBLIC = declare(
    "public_certificate_signature_broken",
    Severity.CRITICAL,
    "A public CA signed it with {algorithm}, which clients refuse.",
    _REISSUE,
    _PAGE,
)
BROKEN = declare(
    "certificate_signature_broken",
    Severity.WARNING,
    "It is signed with {algorithm}, which can be forged.",
    _REISSUE,
    _PAGE,
)
BROKEN_OWN = declare(
    "self_signed_signature_old",
    Severity.INFO,
    "It is self-signed with {algorithm}, as Setup of older builds did.",
    "Make a new one after the next cumulative update with New-ExchangeCertificate -Services SMTP, and bind it to 444 "
    "where this one is (iis_binding).",
    LEARN + "powershell/module/exchange/new-exchangecertificate",
)
NOT_FOR_SERVERS = declare(
    "certificate_not_for_servers",
    Severity.CRITICAL,
    "Its extended key usage does not allow server authentication, so clients refuse it.",
    _REISSUE,
    _PAGE,
)
KEY_USAGE = declare(
    "certificate_key_usage",
    Severity.WARNING,
    "Its key usage lacks {missing}, which clients may insist on.",
    _REISSUE,
    _PAGE,
)
WITHOUT_SUBJECT = declare(
    "certificate_without_subject",
    Severity.WARNING,
    "Its subject is empty on {servers}: connectors cannot name it, and it stops the Hybrid Configuration wizard.",
    "Have it issued again with a common name, or remove it.",
    LEARN + "exchange/hybrid-configuration-wizard",
)

_BY_STATUS = {
    "Untrusted": UNTRUSTED,
    "Revoked": REVOKED,
    "Invalid": INVALID,
    "RevocationCheckFailure": REVOCATION_UNKNOWN,
}


def issuers(facts: CertificateFacts) -> Iterator[Finding]:
    """What clients of 443 think of the issuer."""
    front = [one for one in serving(facts) if one.on(FRONT_END)]
    for certificate, places in by_certificate(front):
        servers = listed([place.server.server for place in places])
        if certificate.self_signed:
            yield SELF_SIGNED.about(title(certificate), servers=servers)
        elif certificate.root_ca_type in PRIVATE_ROOTS:
            yield PRIVATE_CA.about(title(certificate), servers=servers)


def statuses(facts: CertificateFacts) -> Iterator[Finding]:
    """What the servers themselves think of it. Dates are judged by our own clock."""
    for certificate, places in by_certificate(serving(facts)):
        by_code: dict[Code, list[str]] = {}
        for place in places:
            if code := _BY_STATUS.get(place.certificate.status or ""):
                by_code.setdefault(code, []).append(place.server.server)
        for code, servers in by_code.items():
            yield code.about(title(certificate), servers=listed(servers))


def strength(facts: CertificateFacts) -> Iterator[Finding]:
    """Key and signature."""
    for certificate, _places in by_certificate(serving(facts)):
        if certificate.key_algorithm == "RSA" and (certificate.key_size or SMALLEST_RSA_KEY) < SMALLEST_RSA_KEY:
            yield SHORT_KEY.about(title(certificate), bits=certificate.key_size)
        if certificate.signature_algorithm.lower().startswith(BROKEN_HASHES):
            yield _broken(certificate).about(title(certificate), algorithm=certificate.signature_algorithm)


def _broken(certificate: Certificate) -> Code:
    if certificate.self_signed:
        return BROKEN_OWN
    return BROKEN_PUBLIC if certificate.root_ca_type == PUBLIC_ROOT else BROKEN


def usages(facts: CertificateFacts) -> Iterator[Finding]:
    """What it may be used for. Without an extension everything is allowed."""
    for certificate, _places in by_certificate(serving(facts)):
        if not is_for_servers(certificate.eku):
            yield NOT_FOR_SERVERS.about(title(certificate))
        wanted = ["digital_signature"] + (["key_encipherment"] if certificate.key_algorithm == "RSA" else [])
        missing = [usage for usage in wanted if usage not in certificate.key_usage]
        if certificate.key_usage and missing:
            yield KEY_USAGE.about(title(certificate), missing=listed(missing))


def subjects(facts: CertificateFacts) -> Iterator[Finding]:
    """Used or not (law S18)."""
    nameless = [one for one in deployed(facts) if not one.certificate.subject]
    for certificate, places in by_certificate(nameless):
        yield WITHOUT_SUBJECT.about(title(certificate), servers=listed([place.server.server for place in places]))


ANALYSERS = (issuers, statuses, strength, usages, subjects)
