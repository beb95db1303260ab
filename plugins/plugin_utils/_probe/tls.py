# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS client of the probes: what it trusts, and what a failed handshake means."""

from __future__ import annotations

import ssl
from contextlib import suppress

from .._exchange.x509_facts import X509Facts, read_x509
from .._remoting.errors import BadInput
from .._remoting.nrbf import PayloadRefused
from .._report.clean import cleaned
from . import faults
from .faults import Cause, Fault

# X509_V_ERR_... of OpenSSL
_CAUSES: dict[int, Cause] = {
    9: faults.NOT_YET_VALID,
    10: faults.EXPIRED,
    62: faults.NAME_MISMATCH,
    64: faults.NAME_MISMATCH,
    **dict.fromkeys((2, 18, 19, 20, 21, 24, 27, 28), faults.UNTRUSTED),
}


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


def shown(handshake: ssl.SSLObject | None) -> X509Facts | None:
    """The server's certificate, where it can be read."""
    der = handshake.getpeercert(binary_form=True) if handshake else None
    with suppress(PayloadRefused):
        return read_x509(der) if der else None
    return None


def described(certificate: X509Facts | None) -> str:
    """What people know it by, and its thumbprint."""
    if not certificate:
        return "one that cannot be read"
    name = next(iter(certificate.names), certificate.subject or "no name")
    return f"{cleaned(name)} ({certificate.thumbprint})"


def verification_fault(
    error: ssl.SSLCertVerificationError, certificate: X509Facts | None, name: str, place: str
) -> Fault:
    """Why the certificate was not accepted; certificate: as a second handshake showed it."""
    return Fault(
        _CAUSES.get(error.verify_code, faults.CERTIFICATE_REFUSED),
        place=place,
        name=name,
        why=error.verify_message.rstrip("."),
        certificate=described(certificate),
        issuer=cleaned(certificate.issuer) if certificate else "somebody unknown",
        names=cleaned(", ".join(certificate.alternative_names)) if certificate else "",
        not_before=certificate.not_before if certificate else "a day unknown",
        not_after=certificate.not_after if certificate else "a day unknown",
    )


def handshake_fault(error: OSError, place: str) -> Fault:
    """Why the handshake failed."""
    cut = isinstance(error, (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError))
    if cut or not isinstance(error, ssl.SSLError):
        return Fault(faults.HANDSHAKE_CUT, place=place)
    return Fault(faults.HANDSHAKE_FAILED, place=place, why=(error.reason or "unknown").lower().replace("_", " "))
