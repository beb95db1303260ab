# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether those that need the keys of certificates in service can use them (laws G13, G14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from .binding_facts import BindingFacts, in_service
from .bindings import Binding
from .certificate_store import StoreCertificate
from .ecc_support import ELLIPTIC
from .iis import FRONT_END_SITE
from .key_rights import FULL, NONE

_CERTIFICATES = LEARN + "exchange/architecture/client-access/certificates"
_ENABLE = LEARN + "powershell/module/exchange/enable-exchangecertificate"

RIGHTS_MISSING = declare(
    "binding_certificate_key_rights",
    Severity.HIGH,
    "{accounts} must have full control of the key of the certificate {thumbprint} of {bindings}, and do not have it. "
    "The key's file is {file}.",
    "On the server, with the path of that file: icacls FILE /grant *S-1-5-18:F *S-1-5-32-544:F. An entry that denies "
    "has to go first.",
    _ENABLE,
)
CLOSED = declare(
    "binding_certificate_key_closed",
    Severity.INFO,
    "NETWORK SERVICE cannot read the key of the certificate {thumbprint} of {bindings}. Web sites do not need that; "
    "SMTP does, and Setup of an update was reported to want full control. The key's file is {file}.",
    "Enabling the certificate for SMTP lets NETWORK SERVICE read the key. If Setup stops over it, on the server, with "
    "the path of that file: icacls FILE /grant *S-1-5-20:F.",
    _ENABLE,
)
SHORT_FOR_SETUP = declare(
    "binding_certificate_key_short_for_setup",
    Severity.INFO,
    "NETWORK SERVICE can read the key of the certificate {thumbprint} of {bindings}, which is all that Exchange needs; "
    "Setup of an update was reported to want full control. The key's file is {file}.",
    "If Setup stops over this certificate, on the server, with the path of that file: icacls FILE /grant *S-1-5-20:F.",
    _ENABLE,
)
ECC_OFF = declare(
    "binding_certificate_ecc_off",
    Severity.CRITICAL,
    "The key of the certificate {thumbprint} of {bindings} is of an elliptic curve, and Exchange on this server does "
    "not take such keys.",
    "Bind a certificate with an RSA key; or, with the November 2024 update or later, set the text 1 as "
    "EnableEccCertificateSupport below HKLM\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Diagnostics on every server.",
    _CERTIFICATES,
)
ECC_UNKNOWN = declare(
    "binding_certificate_ecc_unknown",
    Severity.WARNING,
    "The key of the certificate {thumbprint} of {bindings} is of an elliptic curve, and whether Exchange on this "
    "server takes such keys could not be read.",
    "Look on the server whether EnableEccCertificateSupport below "
    "HKLM\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Diagnostics is the text 1.",
    _CERTIFICATES,
)


def rights(facts: BindingFacts) -> Iterator[Finding]:
    """Of keys in files of a CSP. Where CNG keeps a key is not known, so its rights are not judged."""
    for certificate, bindings in _serving(facts):
        if found := certificate.key_rights:
            short = [
                name
                for name, right in (("SYSTEM", found.system), ("Administrators", found.administrators))
                if right != FULL
            ]
            if short:
                yield _about(RIGHTS_MISSING, facts, certificate, bindings, accounts=" and ".join(short))
            if code := _for_network_service(found.network_service, bindings):
                yield _about(code, facts, certificate, bindings)


def _for_network_service(right: str, bindings: Sequence[Binding]) -> Code | None:
    """Of the front end's, as Setup looks at it (law E13). Whether SMTP is to use it (law E5) cannot be seen from here:
    exchange_certificate_info judges that.
    """
    if right == FULL or not any(binding.site == FRONT_END_SITE for binding in bindings):
        return None
    return CLOSED if right == NONE else SHORT_FOR_SETUP


def curves(facts: BindingFacts) -> Iterator[Finding]:
    """Elliptic curves need a switch (law E14)."""
    for certificate, bindings in _serving(facts):
        if certificate.key_algorithm == ELLIPTIC and certificate.has_private_key and not facts.ecc_supported:
            yield _about(ECC_UNKNOWN if facts.ecc_supported is None else ECC_OFF, facts, certificate, bindings)


def _serving(facts: BindingFacts) -> Iterator[tuple[StoreCertificate, Sequence[Binding]]]:
    for thumbprint, bindings in in_service(facts).items():
        if certificate := facts.certificate(thumbprint):
            yield certificate, bindings


def _about(
    code: Code, facts: BindingFacts, certificate: StoreCertificate, bindings: Sequence[Binding], **more: str
) -> Finding:
    return code.about(
        facts.server,
        thumbprint=certificate.thumbprint,
        bindings=" and ".join(binding.label for binding in bindings),
        file=certificate.key_file,
        **more,
    )


ANALYSERS = (rights, curves)
