# SPDX-License-Identifier: GPL-3.0-or-later
"""PKCS#12 files with the name of a key provider, which the cryptography package does not write (certificate-laws I7).

A file from here has the old ciphers that the .NET Framework writes (X1).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from .der import BMP, CONTEXT_0, OCTETS, SEQUENCE, SET, Item, encoded, items, oid
from .keys import PrivateKey

DATA, PBES2, SHA1 = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.5.13"), oid("1.3.14.3.2.26")
KEY_BAGS = (oid("1.2.840.113549.1.12.10.1.1"), oid("1.2.840.113549.1.12.10.1.2"))
PROVIDER = oid("1.3.6.1.4.1.311.17.1")
MAC_KEY, BLOCK = b"\x03", 64


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a file holds. ``provider`` is empty where the file names none, ``modern`` when it needs newer ciphers."""

    certificate: x509.Certificate
    key: PrivateKey | None
    others: Sequence[x509.Certificate]
    friendly_name: str
    provider: str
    modern: bool


def read(data: bytes, password: str | None) -> Bundle:
    """Raises ValueError for what is no such file, or another password."""
    found = pkcs12.load_pkcs12(data, None if password is None else password.encode())
    if found.cert is None or not (
        found.key is None or isinstance(found.key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey))
    ):
        raise ValueError("The file has no certificate, or another kind of key.")
    return Bundle(
        found.cert.certificate,
        found.key,
        [other.certificate for other in found.additional_certs],
        (found.cert.friendly_name or b"").decode(),
        _provider(data),
        PBES2 in data or not _mac_is_sha1(data),
    )


def write(
    certificate: x509.Certificate,
    key: PrivateKey,
    others: Sequence[x509.Certificate],
    friendly_name: str,
    password: str,
    provider: str,
    modern: bool = False,
) -> bytes:
    """A file with the provider's name at its key, none when empty. An empty password means no encryption.

    ``modern`` chooses AES and SHA-256, as today's tools do.
    """
    name = friendly_name.encode() or None
    plain = pkcs12.serialize_key_and_certificates(name, key, certificate, others, _encryption(password, modern))
    return _with_provider(plain, password, provider) if provider else plain


def _encryption(password: str, modern: bool) -> KeySerializationEncryption:
    if not password:
        return NoEncryption()
    cipher = pkcs12.PBES.PBESv2SHA256AndAES256CBC if modern else pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000).key_cert_algorithm(cipher)
    return builder.hmac_hash(hashes.SHA256() if modern else hashes.SHA1()).build(password.encode())


def _provider(data: bytes) -> str:
    """The provider's name; the attributes of a key stand in the clear."""
    for bag in _key_bags(_safes(data)):
        for attribute in bag.children[2].children if len(bag.children) > 2 else ():
            kind, values = attribute.children
            if kind.der == PROVIDER:
                return values.children[0].content.decode("utf-16-be")
    return ""


def _mac_is_sha1(data: bytes) -> bool:
    parts = items(data)[0].children
    return len(parts) < 3 or parts[2].children[0].children[0].children[0].der == SHA1


def _safes(data: bytes) -> list[Item]:
    """The ContentInfos of a file."""
    return items(items(data)[0].children[1].children[1].children[0].content)[0].children


def _key_bags(safes: Sequence[Item]) -> list[Item]:
    plain = [safe.children[1].children[0].content for safe in safes if safe.children[0].der == DATA]
    return [bag for content in plain for bag in items(content)[0].children if bag.children[0].der in KEY_BAGS]


def _with_provider(data: bytes, password: str, provider: str) -> bytes:
    """The same file with one attribute more, and a new MAC."""
    version, _content, *mac = items(data)[0].children
    attribute = encoded(SEQUENCE, PROVIDER, encoded(SET, encoded(BMP, provider.encode("utf-16-be"))))
    safes = encoded(SEQUENCE, *(_safe_with(safe, attribute) for safe in _safes(data)))
    content = encoded(SEQUENCE, DATA, encoded(CONTEXT_0, encoded(OCTETS, safes)))
    return encoded(SEQUENCE, version.der, content, *(_mac(item, safes, password) for item in mac))


def _safe_with(safe: Item, attribute: bytes) -> bytes:
    kind, content = safe.children
    if kind.der != DATA:
        return safe.der
    bags = items(content.children[0].content)[0].children
    made = encoded(SEQUENCE, *(_bag_with(bag, attribute) for bag in bags))
    return encoded(SEQUENCE, kind.der, encoded(CONTEXT_0, encoded(OCTETS, made)))


def _bag_with(bag: Item, attribute: bytes) -> bytes:
    kind, value, *attributes = bag.children
    if kind.der not in KEY_BAGS:
        return bag.der
    present = attributes[0].content if attributes else b""
    return encoded(SEQUENCE, kind.der, value.der, encoded(SET, present, attribute))


def _mac(old: Item, content: bytes, password: str) -> bytes:
    """RFC 7292, appendix B: one block of SHA-1 or SHA-256 is all that a MAC key needs."""
    digest_info, salt, rounds = old.children
    algorithm = digest_info.children[0]
    name = "sha1" if algorithm.children[0].der == SHA1 else "sha256"
    secret = f"{password}\0".encode("utf-16-be") if password else b""
    key = MAC_KEY * BLOCK + _filled(salt.content) + _filled(secret)
    for _unused in range(int.from_bytes(rounds.content, "big")):
        key = hashlib.new(name, key).digest()
    made = hmac.new(key, content, name).digest()
    return encoded(SEQUENCE, encoded(SEQUENCE, algorithm.der, encoded(OCTETS, made)), salt.der, rounds.der)


def _filled(value: bytes) -> bytes:
    """Repeated up to whole blocks."""
    length = -(-len(value) // BLOCK) * BLOCK
    return (value * (length // len(value) + 1))[:length] if value else b""
