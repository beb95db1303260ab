# SPDX-License-Identifier: GPL-3.0-or-later
"""Making X.509 certificates in the shapes that were recorded (certificate-laws O19)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from .keys import PrivateKey

HasPublicKey = PrivateKey | x509.CertificateSigningRequest
Extensions = list[tuple[x509.ExtensionType, bool]]

USAGES = {"server_auth": ExtendedKeyUsageOID.SERVER_AUTH, "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH}
HASHES = ("sha256", "sha1")
SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")
SHA1_WITH_RSA = bytes.fromhex("06092a864886f70d010105")


@dataclass(frozen=True, slots=True)
class Validity:
    """From and to, in seconds since 1970."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the issuer's name and key."""

    name: x509.Name
    key: PrivateKey


def certificate(
    subject: x509.Name,
    public_key_of: HasPublicKey,
    signer: Signer,
    validity: Validity,
    extensions: Extensions,
    hash_name: str = "sha256",
) -> x509.Certificate:
    """A signed certificate. Raises ValueError for an unknown hash, or SHA-1 with a key that is not RSA."""
    if hash_name not in HASHES:
        raise ValueError(f"Unknown hash '{hash_name}'. Known hashes: {', '.join(HASHES)}.")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.name)
        .public_key(public_key_of.public_key())
        .serial_number(x509.random_serial_number() >> 32)
        .not_valid_before(_moment(validity.start))
        .not_valid_after(_moment(validity.end))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    made = builder.sign(signer.key, hashes.SHA256())
    return _signed_again_with_sha1(made, signer.key) if hash_name == "sha1" else made


def of_exchange(names: Iterable[str], usages: Iterable[str] = ("server_auth",)) -> Extensions:
    """What Exchange puts into a self-signed certificate; the auth certificate has no names (O19).

    Raises ValueError for an unknown usage.
    """
    return [
        (key_usage("digital_signature", "key_encipherment"), True),
        *alternative_names(names),
        *_extended_usages(usages),
        (x509.BasicConstraints(ca=False, path_length=None), True),
    ]


def of_web_management() -> Extensions:
    """What Windows puts into the certificate of the web management service: no names at all (O10)."""
    return [
        *_extended_usages(["server_auth"]),
        (key_usage("digital_signature", "key_encipherment", "data_encipherment"), False),
    ]


def of_authority(key: PrivateKey, signer: Signer, path_length: int) -> Extensions:
    """What a CA's own certificate carries."""
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (key_usage("digital_signature", "key_cert_sign", "crl_sign"), True),
        *_identifiers(key, signer),
    ]


def of_issued(names: Iterable[str], usages: Iterable[str], key: HasPublicKey, signer: Signer) -> Extensions:
    """What a CA puts into a server's certificate. Raises ValueError for an unknown usage."""
    return [*of_exchange(names, usages), *_identifiers(key, signer)]


def _extended_usages(usages: Iterable[str]) -> Extensions:
    chosen = tuple(usages)
    if unknown := [usage for usage in chosen if usage not in USAGES]:
        raise ValueError(f"Unknown usage '{unknown[0]}'. Known usages: {', '.join(USAGES)}.")
    return [(x509.ExtendedKeyUsage([USAGES[name] for name in chosen]), False)] if chosen else []


def _identifiers(key: HasPublicKey, signer: Signer) -> Extensions:
    return [
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), False),
    ]


def alternative_names(names: Iterable[str]) -> Extensions:
    found = [_alternative_name(name) for name in names]
    return [(x509.SubjectAlternativeName(found), False)] if found else []


def _alternative_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def key_usage(*chosen: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in chosen for name in every})


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _signed_again_with_sha1(made: x509.Certificate, key: PrivateKey) -> x509.Certificate:
    """The library builds no SHA-1 signatures: both algorithm identifiers are exchanged, and it is signed anew."""
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("SHA-1 signatures are made with RSA keys only.")
    der, body = made.public_bytes(Encoding.DER), made.tbs_certificate_bytes
    start = der.index(body)
    new_body = body.replace(SHA256_WITH_RSA, SHA1_WITH_RSA, 1)
    signature = key.sign(new_body, padding.PKCS1v15(), hashes.SHA1())
    algorithm = der[start + len(body) : -len(signature)].replace(SHA256_WITH_RSA, SHA1_WITH_RSA, 1)
    return x509.load_der_x509_certificate(der[:start] + new_body + algorithm + signature)
