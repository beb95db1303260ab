# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate with its store properties, as Windows serializes it (certificate-laws O7, O8)."""

from __future__ import annotations

import hashlib
import struct

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..world.certificates import MachineKey, StoreEntry

# Property ids, as the Windows headers number them (CERT_KEY_PROV_INFO_PROP_ID and so on).
KEY_PROVIDER, SHA1, MD5, FRIENDLY_NAME, SIGNATURE_HASH, ARCHIVED, KEY_IDENTIFIER = 2, 3, 4, 11, 15, 19, 20
PUBLIC_KEY_MD5, CERTIFICATE, SIGNATURE_NAME, PUBLIC_KEY_BITS = 25, 32, 89, 92
ENCODING = 1  # X509_ASN_ENCODING
MACHINE_KEYSET = 0x20
PROVIDER_HEADER = 28


def cert_data(entry: StoreEntry) -> bytes:
    """The records of an entry, in an order that was recorded; the certificate itself is always the last."""
    certificate = entry.certificate
    public = certificate.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bits = public.public_bytes(Encoding.DER, PublicFormat.PKCS1) if isinstance(public, rsa.RSAPublicKey) else spki
    algorithm = certificate.signature_hash_algorithm
    name = algorithm.name if algorithm else "sha256"
    kind = "ECDSA" if "ecdsa" in certificate.signature_algorithm_oid._name.lower() else "RSA"
    records = [
        (FRIENDLY_NAME, _utf16(entry.friendly_name)) if entry.friendly_name else None,
        (SIGNATURE_NAME, _utf16(f"{kind}/{name.upper()}")),
        (PUBLIC_KEY_MD5, hashlib.md5(bits, usedforsecurity=False).digest()),
        (MD5, hashlib.md5(entry.der, usedforsecurity=False).digest()),
        (KEY_IDENTIFIER, hashlib.sha1(spki, usedforsecurity=False).digest()),
        (KEY_PROVIDER, key_provider(entry.key)) if entry.key else None,
        (SHA1, hashlib.sha1(entry.der, usedforsecurity=False).digest()),
        (SIGNATURE_HASH, hashlib.new(name, certificate.tbs_certificate_bytes).digest()),
        (PUBLIC_KEY_BITS, struct.pack("<I", _bits(certificate))),
        (ARCHIVED, b"") if entry.archived else None,
        (CERTIFICATE, entry.der),
    ]
    return b"".join(
        struct.pack("<III", number, ENCODING, len(value)) + value for number, value in filter(None, records)
    )


def key_provider(key: MachineKey) -> bytes:
    """The provider's record: offsets, type, flags and KeySpec, then container and provider name (O8)."""
    container = _padded(_utf16(key.container))
    at = PROVIDER_HEADER + len(container) if key.provider else 0
    head = struct.pack("<7I", PROVIDER_HEADER, at, key.provider_type, MACHINE_KEYSET, 0, 0, key.key_spec)
    return head + container + (_padded(_utf16(key.provider)) if key.provider else b"")


def _bits(certificate: x509.Certificate) -> int:
    return certificate.public_key().key_size  # type: ignore[union-attr]  # the lab makes RSA and EC keys only


def _utf16(value: str) -> bytes:
    return (value + "\0").encode("utf-16-le")


def _padded(value: bytes) -> bytes:
    """Filled up to a multiple of eight bytes, which fits every recorded length."""
    return value + bytes(-len(value) % 8)
