# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate files that Import-ExchangeCertificate reads (certificate-laws I1 to I3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from ..refused import Refused
from ..switches import Switches
from . import pkcs12
from .keys import PrivateKey
from .refusals import bad_data

OLD_WINDOWS = ("2012R2", "2016")
"""They cannot read PKCS#12 with AES or a SHA-256 MAC (I2)."""


@dataclass(frozen=True, slots=True)
class Read:
    """The certificate, those that came with it, and with a PKCS#12 the key and what is said of it."""

    certificate: x509.Certificate
    others: Sequence[x509.Certificate] = ()
    key: PrivateKey | None = None
    friendly_name: str = ""
    provider: str = ""


def read(data: bytes, password: str | None, windows: str, switches: Switches) -> Read:
    """DER, PEM, PKCS#7 (DER or PEM) or PKCS#12. Raises Refused.

    Of a PEM file the first certificate counts, as in the .NET Framework.
    """
    found = _certificates(data)
    if found:
        leaf = next((one for one in found if not _is_authority(one)), found[0])
        return Read(leaf, [one for one in found if one is not leaf])
    if data.isascii() and switches["import_garbage_text"] == "corrupted":
        raise Refused("The source data is corrupted or not properly Base64 encoded.", category="ReadError")
    try:
        bundle = pkcs12.read(data, password)
    except (ValueError, IndexError):
        raise bad_data() from None
    if bundle.modern and switches["pfx_aes"] == "by_windows" and windows in OLD_WINDOWS:
        raise bad_data()
    return Read(bundle.certificate, bundle.others, bundle.key, bundle.friendly_name, bundle.provider)


def _certificates(data: bytes) -> list[x509.Certificate]:
    text = data.lstrip()
    try:
        if text.startswith(b"-----BEGIN PKCS7-----"):
            return pkcs7.load_pem_pkcs7_certificates(text)
        if text.startswith(b"-----BEGIN CERTIFICATE-----"):
            return [x509.load_pem_x509_certificate(text)]
    except ValueError:
        return []
    for load in (lambda der: [x509.load_der_x509_certificate(der)], pkcs7.load_der_pkcs7_certificates):
        try:
            return load(data)
        except ValueError:
            continue
    return []


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False
