# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS client of the probes: what it trusts, and what a handshake means, failed or not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence

from .._exchange.x509_facts import X509Facts
from .._remoting.errors import BadInput
from .._report.clean import cleaned
from . import chain
from .faults import Cause, Causes, Fault

# X509_V_ERR_... of OpenSSL
_NOT_YET_VALID, _EXPIRED = 9, 10
_NAME_MISMATCH = (62, 64)
_NO_ISSUER = (2, 20, 21)
_UNTRUSTED = (18, 19, 24, 27, 28)


def client(ca_cert: str | None, *, verify: bool) -> ssl.SSLContext:
    """A context that trusts the CAs of the file, or the system's.

    Raises:
        BadInput: the file cannot be read or holds no certificate.
    """
    if not verify:
        return blind()
    try:
        context = ssl.create_default_context(cafile=ca_cert)
    except OSError as exc:  # ssl.SSLError is one
        why = "holds no PEM certificate" if isinstance(exc, ssl.SSLError) else f"cannot be read: {exc.strerror}"
        raise BadInput(f"ca_cert: {ca_cert} {why}.", "Name a PEM file with the CA's certificate.") from exc
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13 refuses what Windows and Outlook accept
    return context


def blind() -> ssl.SSLContext:
    """A context that takes every certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def described(certificate: X509Facts | None) -> str:
    """What people know it by, and its thumbprint."""
    if not certificate:
        return "one that cannot be read"
    name = next(iter(certificate.names), certificate.subject or "no name")
    return f"{cleaned(name)} ({certificate.thumbprint})"


def verification_fault(
    error: ssl.SSLCertVerificationError, shown: Sequence[X509Facts], name: str, place: str, causes: Causes
) -> Fault:
    """Why the certificate was not accepted.

    Args:
        shown: the chain, as a second handshake showed it.
    """
    certificate = next(iter(shown), None)
    return Fault(
        _cause(error.verify_code, shown, causes),
        place=place,
        name=name,
        why=error.verify_message.rstrip("."),
        certificate=described(certificate),
        issuer=cleaned(certificate.issuer) if certificate else "somebody unknown",
        names=cleaned(", ".join(certificate.alternative_names)) if certificate else "",
        not_before=certificate.not_before if certificate else "a day unknown",
        not_after=certificate.not_after if certificate else "a day unknown",
    )


def _cause(code: int, shown: Sequence[X509Facts], causes: Causes) -> Cause:
    if code in _NO_ISSUER:
        return causes.incomplete if chain.lonely(shown) else causes.untrusted
    if code in _UNTRUSTED:
        return causes.untrusted
    if code in _NAME_MISMATCH:
        return causes.name_mismatch
    return {_EXPIRED: causes.expired, _NOT_YET_VALID: causes.not_yet_valid}.get(code, causes.certificate_refused)


def handshake_fault(error: OSError, place: str, causes: Causes) -> Fault:
    """Why the handshake failed."""
    cut = isinstance(error, (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError))
    if cut or not isinstance(error, ssl.SSLError):
        return Fault(causes.cut, place=place)
    return Fault(causes.failed, place=place, why=(error.reason or "unknown").lower().replace("_", " "))


def incompleteness(shown: Sequence[X509Facts], way: Sequence[X509Facts], place: str, causes: Causes) -> Fault | None:
    """That the server did not send what was needed, although it is known here (law G2).

    Args:
        way: from the server's certificate to what is trusted, as it was verified.
    """
    issuer = chain.lacking(shown, way)
    if not issuer:
        return None
    return Fault(causes.incomplete, place=place, certificate=described(shown[0]), issuer=cleaned(issuer))


def remarks(shown: Sequence[X509Facts], name: str, place: str, causes: Causes) -> Iterator[Fault]:
    """What is not as it should be about a certificate that was accepted (laws G2, G6)."""
    for root in chain.roots(shown):
        yield Fault(causes.root_sent, place=place, root=cleaned(root.subject))
    if shown and not shown[0].alternative_names:
        yield Fault(causes.name_in_subject, place=place, certificate=described(shown[0]), name=name)
