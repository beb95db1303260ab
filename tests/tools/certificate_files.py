# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA of the tests and the files that it and its customers make, with nothing of the lab or the collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

SERVER_AUTH = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")


@cache
def rsa_key(label: object = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key for each label, made once: it takes a while."""
    return rsa.generate_private_key(65537, bits)


def name(common_name: str, **more: str) -> x509.Name:
    """A name with CN, and others by the names of NameOID in lower case."""
    parts = [x509.NameAttribute(getattr(x509.NameOID, oid.upper()), text) for oid, text in more.items()]
    return x509.Name([*parts, x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def sign(
    subject: x509.Name,
    public_key: Any,
    issuer: x509.Name,
    issuer_key: Any,
    *,
    names: Sequence[str] = (),
    authority: bool = False,
    usages: Sequence[x509.ObjectIdentifier] = (SERVER_AUTH,),
    begins: datetime | None = None,
    days: float = 90,
) -> x509.Certificate:
    """A certificate that is valid for some days, from an hour ago on by default."""
    start = begins or datetime.now(UTC) - timedelta(hours=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if usages and not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(usages)), critical=False)
    if names:
        listed = x509.SubjectAlternativeName([x509.DNSName(text) for text in names])
        builder = builder.add_extension(listed, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass(frozen=True)
class Ca:
    """A root and the intermediate that signs for servers."""

    root: x509.Certificate
    intermediate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def create(cls, label: str = "Test", begins: datetime | None = None) -> Ca:
        root_key, key = rsa_key((label, "root")), rsa_key((label, "issuing"))
        root_name, own_name = name(f"{label} Root CA"), name(f"{label} Issuing CA")
        times: dict[str, Any] = {"begins": begins, "days": 3650}
        root = sign(root_name, root_key.public_key(), root_name, root_key, authority=True, **times)
        own = sign(own_name, key.public_key(), root_name, root_key, authority=True, **times)
        return cls(root, own, key)

    def issue(self, names: Sequence[str], public_key: Any, **more: Any) -> x509.Certificate:
        """A server's certificate, its first name as CN unless a subject is given."""
        subject = more.pop("subject", None)
        return sign(
            name(names[0]) if subject is None else subject,
            public_key,
            self.intermediate.subject,
            self.key,
            names=names,
            **more,
        )

    def answer(self, csr: str | bytes, **more: Any) -> x509.Certificate:
        """The certificate for a request, with the names that it asks for."""
        request = x509.load_pem_x509_csr(csr.encode() if isinstance(csr, str) else csr)
        try:
            asked = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = asked.get_values_for_type(x509.DNSName)
        except x509.ExtensionNotFound:
            names = [str(request.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)]
        return self.issue(names, request.public_key(), subject=request.subject, **more)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def p7b(*certificates: x509.Certificate, encoding: Encoding = Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates(list(certificates), encoding)


def pem_key(key: Any, password: str = "") -> bytes:
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))


def pfx(
    certificate: x509.Certificate | None, key: Any, *chain: x509.Certificate, password: str = "", friendly: str = ""
) -> bytes:
    """In today's ciphers (AES), which Windows Server 2016 cannot read."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    title = friendly.encode() or None
    return bytes(pkcs12.serialize_key_and_certificates(title, key, certificate, chain, encryption))
