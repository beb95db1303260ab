# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys: missing, kept where Exchange cannot use them, or not to be taken along (laws G11 to G14, G24)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from .certificate_deployment import FRONT_END, Deployed, by_certificate, hosts_by_server, is_for, serving, title
from .certificate_facts import CertificateFacts
from .namespaces import listed

CNG = "cng"
ELLIPTIC = "ECDSA"

_PAGE = LEARN + "exchange/architecture/client-access/import-certificates"
_REIMPORT = (
    "Export it with its key, give the file the name of the provider Microsoft RSA SChannel Cryptographic Provider, "
    "remove the certificate and import the file."
)

NO_KEY = declare(
    "certificate_without_private_key",
    Severity.CRITICAL,
    "Its private key is missing on {servers}, so nothing can be served with it there.",
    "Import it again from a PFX file, or bring the key back with certutil -repairstore my and its serial number.",
    _PAGE,
)
CNG_ON_IIS = declare(
    "certificate_key_cng_on_iis",
    Severity.CRITICAL,
    "On {servers} a CNG provider keeps its key: with forms, logons to Outlook on the web return to the logon page.",
    _REIMPORT,
    _PAGE,
)
CNG_ELSEWHERE = declare(
    "certificate_key_cng",
    Severity.WARNING,
    "On {servers} a CNG provider keeps its key, which not every Exchange service can use.",
    _REIMPORT,
    _PAGE,
)
ECC = declare(
    "certificate_key_ecc",
    Severity.WARNING,
    "Its key is of an elliptic curve, which Exchange on {servers} uses only with an update and a setting for that.",
    "Look with iis_binding_info whether Exchange on every server takes such keys, or use an RSA key.",
    LEARN + "exchange/architecture/client-access/certificates",
)
CLOSED_TO_SMTP = declare(
    "certificate_key_closed_to_smtp",
    Severity.HIGH,
    "SMTP is enabled for it on {server}, but NETWORK SERVICE, which SMTP needs for that, cannot read its key, so mail "
    "finds no TLS. The key's file is {file}.",
    "On that server, with the path of that file: icacls FILE /grant *S-1-5-20:R. Then restart the transport services.",
    LEARN + "powershell/module/exchange/enable-exchangecertificate",
)
NOT_EXPORTABLE = declare(
    "certificate_not_exportable",
    Severity.WARNING,
    "Only {server} has it and its key cannot be exported, but clients of {others} use {hosts} as well.",
    "Have it issued again with an exportable key; this cannot be changed later.",
    LEARN + "exchange/architecture/client-access/export-certificates",
)


def keys(facts: CertificateFacts) -> Iterator[Finding]:
    """Whether each server can use the keys."""
    tests: Sequence[tuple[Code, Callable[[Deployed], bool]]] = (
        (NO_KEY, lambda place: place.certificate.has_private_key is False),
        (CNG_ON_IIS, lambda place: _is_cng(place) and place.on(FRONT_END)),
        (CNG_ELSEWHERE, lambda place: _is_cng(place) and not place.on(FRONT_END)),
        (ECC, lambda place: place.certificate.key_algorithm == ELLIPTIC),
    )
    for certificate, places in by_certificate(serving(facts)):
        for code, is_so in tests:
            if servers := [place.server.server for place in places if is_so(place)]:
                yield code.about(title(certificate), servers=listed(servers))


def _is_cng(place: Deployed) -> bool:
    """An elliptic curve is always kept by CNG, and has a finding of its own."""
    return place.certificate.key_storage == CNG and place.certificate.key_algorithm != ELLIPTIC


def access(facts: CertificateFacts) -> Iterator[Finding]:
    """Whether SMTP can read the keys of what it may choose by a name (laws S2 and G13).

    Enable-ExchangeCertificate sees to it (law E5); other tools may not.
    """
    for server in facts.servers:
        known = facts.key_access.get(server.fqdn) or facts.key_access.get(server.server.lower()) or {}
        for certificate in server.certificates or ():
            right, file = known.get(certificate.thumbprint, ("", ""))
            if right == "none" and certificate.names and "SMTP" in certificate.services:
                yield CLOSED_TO_SMTP.about(title(certificate), server=server.server, file=file)


def export(facts: CertificateFacts) -> Iterator[Finding]:
    """The only exemplar of a namespace that more servers have to serve."""
    hosts = hosts_by_server(facts)
    for certificate, places in by_certificate(serving(facts)):
        if certificate.self_signed or len(places) > 1 or certificate.private_key_exportable is not False:
            continue
        (place,) = places
        owner = place.server.server
        own = {host for host in hosts.get(owner, ()) if place.on(FRONT_END) and is_for(certificate, host)}
        others = [server.server for server in facts.servers if server.server != owner and own & hosts[server.server]]
        if others:
            shared = sorted(own & set().union(*(hosts[name] for name in others)))
            yield NOT_EXPORTABLE.about(title(certificate), server=owner, others=listed(others), hosts=listed(shared))


ANALYSERS = (keys, access, export)
