# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate itself says: an X.509 certificate in DER, read with the package cryptography."""

from __future__ import annotations

import hashlib
import re
import traceback
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .._remoting.errors import ExchangeError
from .._remoting.nrbf import MAX_BYTES, PayloadRefused
from .distinguished_names import distinguished_name

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    CRYPTOGRAPHY_IMPORT_ERROR = None
except ImportError:
    CRYPTOGRAPHY_IMPORT_ERROR = traceback.format_exc()


SIGNATURE_ALGORITHMS = {
    "1.2.840.113549.1.1.4": "md5RSA",
    "1.2.840.113549.1.1.5": "sha1RSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256RSA",
    "1.2.840.113549.1.1.12": "sha384RSA",
    "1.2.840.113549.1.1.13": "sha512RSA",
    "1.2.840.10045.4.1": "sha1ECDSA",
    "1.2.840.10045.4.3.2": "sha256ECDSA",
    "1.2.840.10045.4.3.3": "sha384ECDSA",
    "1.2.840.10045.4.3.4": "sha512ECDSA",
}
"""Windows's names; others are shown as OIDs."""

SERVER_AUTHENTICATION, ANY_USAGE = "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
"""OIDs of extended key usage, of which either allows TLS servers."""

_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
_HOST_NAME = re.compile(r"(?:\*\.)?(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)


@dataclass(frozen=True)
class X509Facts:
    """What the DER says (law O9).

    Attributes:
        thumbprint: SHA-1 of the DER, upper case hex.
        subject: as .NET writes it.
        issuer: as .NET writes it.
        names: host names as CertificateDomains lists them: of the alternative names, and the common name if it is one.
        alternative_names: DNS names and IP addresses of the extension; empty without it.
        not_before: ISO, UTC.
        not_after: ISO, UTC.
        serial_number: upper case hex.
        key_algorithm: RSA, ECDSA, DSA, Ed25519 or Ed448; None for others.
        key_size: bits; None where the algorithm is not known.
        signature_algorithm: as Windows names it.
        key_usage: in the words of RFC 5280, with underscores; empty without the extension.
        eku: OIDs of extended key usage; empty without the extension, which allows everything.
        self_issued: subject and issuer are the same.
    """

    thumbprint: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    alternative_names: tuple[str, ...]
    not_before: str
    not_after: str
    serial_number: str
    key_algorithm: str | None
    key_size: int | None
    signature_algorithm: str
    key_usage: tuple[str, ...]
    eku: tuple[str, ...]
    self_issued: bool


def is_for_servers(eku: Collection[str]) -> bool:
    """Whether TLS clients take it from a server: its extended key usage says so, or there is none (law G10)."""
    return not eku or not {SERVER_AUTHENTICATION, ANY_USAGE}.isdisjoint(eku)


def require_cryptography() -> None:
    """Check that certificates can be read here.

    Raises:
        ExchangeError: the package is missing.
    """
    if CRYPTOGRAPHY_IMPORT_ERROR:
        raise ExchangeError(
            "The Python package cryptography is missing on the control node.",
            "Install it: python3 -m pip install cryptography (pypsrp needs it too).",
        )


def thumbprint(der: bytes) -> str:
    """As Windows names a certificate."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def utc_text(moment: datetime) -> str:
    """A moment as results show it: UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def read_x509(der: bytes) -> X509Facts:
    """Read a certificate.

    Raises:
        PayloadRefused: it is none, or one that the package cryptography cannot read.
    """
    if len(der) > MAX_BYTES:
        raise _unreadable(der, f"it has more than {MAX_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a serial number that should not be, for example
            return _facts(der, x509.load_der_x509_certificate(der))
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension) as exc:
        raise _unreadable(der, type(exc).__name__) from exc


def public_key_of(der: bytes) -> bytes:
    """The public key of a certificate in DER, to compare it; nothing where it is of no known kind."""
    try:
        return public_bytes(x509.load_der_x509_certificate(der).public_key())
    except (ValueError, UnsupportedAlgorithm):
        return b""


def public_bytes(key: Any) -> bytes:
    """A public key in DER."""
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _unreadable(der: bytes, why: str) -> PayloadRefused:
    return PayloadRefused(
        f"The certificate with thumbprint {thumbprint(der)} cannot be read ({why}).",
        "Look at it on the server: Get-ExchangeCertificate, or certlm.msc.",
    )


def _facts(der: bytes, certificate: x509.Certificate) -> X509Facts:
    alternative = _extension(certificate, x509.SubjectAlternativeName)
    dns = alternative.get_values_for_type(x509.DNSName) if alternative else []
    addresses = alternative.get_values_for_type(x509.IPAddress) if alternative else []
    usage = _extension(certificate, x509.KeyUsage)
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    algorithm, size = _key(certificate)
    oid = certificate.signature_algorithm_oid.dotted_string
    return X509Facts(
        thumbprint=thumbprint(der),
        subject=distinguished_name(certificate.subject),
        issuer=distinguished_name(certificate.issuer),
        names=_host_names(certificate, dns),
        alternative_names=(*dns, *(str(address) for address in addresses)),
        not_before=_iso(certificate, "not_valid_before"),
        not_after=_iso(certificate, "not_valid_after"),
        serial_number=_serial_number(certificate.serial_number),
        key_algorithm=algorithm,
        key_size=size,
        signature_algorithm=SIGNATURE_ALGORITHMS.get(oid, oid),
        key_usage=tuple(name for name in _KEY_USAGES if usage and getattr(usage, name)),
        eku=tuple(item.dotted_string for item in extended or ()),
        self_issued=certificate.subject == certificate.issuer,
    )


def _extension(certificate: x509.Certificate, kind: type[Any]) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _host_names(certificate: x509.Certificate, dns: list[str]) -> tuple[str, ...]:
    """Law O10: each once, whatever its case."""
    common = [
        str(attribute.value)
        for attribute in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        if len(str(attribute.value)) <= 255 and _HOST_NAME.fullmatch(str(attribute.value))
    ]
    found: dict[str, str] = {}
    for name in (*dns, *common):
        found.setdefault(name.lower(), name)
    return tuple(found.values())


def _iso(certificate: x509.Certificate, which: str) -> str:
    """The package has told the time zone since its version 42."""
    aware = getattr(certificate, f"{which}_utc", None)
    moment: datetime = aware or getattr(certificate, which).replace(tzinfo=UTC)
    return utc_text(moment)


def _serial_number(number: int) -> str:
    """The bytes in hex, as .NET shows them: with the zero byte that the DER has for the sign (dotnet/corefx#3893)."""
    length = number.bit_length() // 8 + 1
    return number.to_bytes(length, "big", signed=True).hex().upper()


def _key(certificate: x509.Certificate) -> tuple[str | None, int | None]:
    try:
        return _key_facts(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return None, None


def _key_facts(key: Any) -> tuple[str | None, int | None]:
    """Name and size in bits, as far as the algorithm is known."""
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ECDSA", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "DSA", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    return ("Ed448", 456) if isinstance(key, ed448.Ed448PublicKey) else (None, None)
