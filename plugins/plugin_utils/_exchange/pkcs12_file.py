# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PKCS#12 files (PFX) as every Windows that runs Exchange reads them (RFC 7292).

The package cryptography writes them, in the old ciphers that Windows Server 2012 R2 and 2016 want (law I2). It cannot
name the provider that is to keep the key (law I7); so that attribute is put in here, and the file's MAC made anew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

with suppress(ImportError):  # require_cryptography says so
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

SCHANNEL_PROVIDER = "Microsoft RSA SChannel Cryptographic Provider"
"""The CSP that Exchange wants; a key that a CNG provider keeps breaks logons with forms (law S12)."""
ROUNDS = 2048

_SEQUENCE, _SET, _OCTETS, _OID, _BMP, _EXPLICIT = 0x30, 0x31, 0x04, 0x06, 0x1E, 0xA0
# data of PKCS #7, a key bag of PKCS #12, and Microsoft's name of a provider
_DATA = bytes.fromhex("06092a864886f70d010701")
_SHROUDED_KEY = bytes.fromhex("060b2a864886f70d010c0a0102")
_CSP_NAME = bytes.fromhex("06092b0601040182371101")
_MAC_KEY = 3
_SHA1_BYTES, _BLOCK = 20, 64

Node = tuple[int, bytes]
"""Tag and content of one DER value."""


def pfx(
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    chain: Sequence[x509.Certificate],
    password: str,
    provider: str = "",
) -> bytes:
    """A PFX file.

    Args:
        chain: intermediate certificates.
        provider: name of the provider that shall keep the key; empty to leave it to Windows.

    Raises:
        UnsupportedAlgorithm: the control node's OpenSSL forbids the old ciphers, as in FIPS mode.
    """
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(ROUNDS)
    old = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    made = pkcs12.serialize_key_and_certificates(None, key, certificate, chain, old.build(password.encode()))
    return _with_provider(made, password, provider) if provider else made


def _with_provider(data: bytes, password: str, provider: str) -> bytes:
    ((_tag, whole),) = _nodes(data)
    version, (kind, content), mac = _nodes(whole)
    oid, (explicit, octets) = _nodes(content)
    ((_tag, safe),) = _nodes(octets)
    ((_tag, parts),) = _nodes(safe)
    authenticated = _der(_SEQUENCE, *(_named(part, provider) for part in _nodes(parts)))
    wrapped = _der(kind, _encoded(oid), _der(explicit, _der(_OCTETS, authenticated)))
    return _der(_SEQUENCE, _encoded(version), wrapped, _mac(mac, authenticated, password))


def _named(part: Node, provider: str) -> bytes:
    """A part of the file; in the one that holds the key, the key has the provider's name."""
    oid, content = _nodes(part[1])
    if _encoded(oid) != _DATA:
        return _encoded(part)
    ((_tag, octets),) = _nodes(content[1])
    ((_tag, bags),) = _nodes(octets)
    named = _der(_SEQUENCE, *(_named_bag(bag, provider) for bag in _nodes(bags)))
    return _der(part[0], _DATA, _der(content[0], _der(_OCTETS, named)))


def _named_bag(bag: Node, provider: str) -> bytes:
    kind, value, *attributes = _nodes(bag[1])
    if _encoded(kind) != _SHROUDED_KEY:
        return _encoded(bag)
    present = [_encoded(attribute) for _tag, items in attributes for attribute in _nodes(items)]
    name = _der(_SEQUENCE, _CSP_NAME, _der(_SET, _der(_BMP, provider.encode("utf-16-be"))))
    return _der(bag[0], _encoded(kind), _encoded(value), _der(_SET, *sorted([*present, name])))


def _mac(mac: Node, authenticated: bytes, password: str) -> bytes:
    """The MAC over the changed content, with the salt and rounds that it had."""
    (_tag, info), salt, rounds = _nodes(mac[1])
    algorithm, _digest = _nodes(info)
    key = _derived(password, salt[1], int.from_bytes(rounds[1], "big"))
    digest = hmac.digest(key, authenticated, "sha1")
    made = _der(_SEQUENCE, _encoded(algorithm), _der(_OCTETS, digest))
    return _der(_SEQUENCE, made, _encoded(salt), _encoded(rounds))


def _derived(password: str, salt: bytes, rounds: int) -> bytes:
    """The key of the MAC, of one block (RFC 7292, appendix B.2)."""
    text = (password + "\0").encode("utf-16-be")
    block = bytes([_MAC_KEY]) * _BLOCK + _filled(salt) + _filled(text)
    for _round in range(rounds):
        block = hashlib.sha1(block, usedforsecurity=False).digest()
    return block[:_SHA1_BYTES]


def _filled(data: bytes) -> bytes:
    """Repeated until it fills whole blocks."""
    length = -(-len(data) // _BLOCK) * _BLOCK
    return (data * (length // len(data) + 1))[:length]


def _nodes(data: bytes) -> Iterator[Node]:
    """The DER values that stand one after another. What is read here was written by the package cryptography."""
    at = 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big")
        at = start + length
        yield tag, data[start:at]


def _encoded(node: Node) -> bytes:
    return _der(node[0], node[1])


def _der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
