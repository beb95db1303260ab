# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's certificate authority and one server certificate a host (EC P-256, the FQDN and the address as names)."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = timedelta(days=1)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass(frozen=True)
class CertificateAuthority:
    """Issues certificates that live as long as a lab does: from yesterday, for a year. Its key is never written."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls, common_name: str = "Exchange lab CA") -> CertificateAuthority:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = _name(common_name)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @property
    def pem(self) -> bytes:
        """The CA's certificate, for clients."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, fqdn: str, address: str, *, expired: bool = False) -> bytes:
        """Key and certificate of a server, PEM. expired: it ended yesterday."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        names = [x509.DNSName(fqdn), x509.IPAddress(ipaddress.ip_address(address))]
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(fqdn))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - (30 if expired else 1) * _DAY)
            .not_valid_after(now + (-1 if expired else 365) * _DAY)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(authority, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private + certificate.public_bytes(serialization.Encoding.PEM)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def channel_binding(pem: bytes) -> bytes:
    """tls-server-end-point (RFC 5929) of the certificate in pem."""
    certificate = x509.load_pem_x509_certificate(pem)
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        raise ValueError("The certificate's signature has no hash algorithm.")
    return b"tls-server-end-point:" + certificate.fingerprint(algorithm)


def server_context() -> ssl.SSLContext:
    """For a TLS server whose sessions are never resumed: a resumed one goes on showing the old certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    return context


def load_chain(context: ssl.SSLContext, pem: bytes) -> None:
    """Key and certificates for the next handshakes (lab-wire 7)."""
    with tempfile.TemporaryDirectory() as folder:  # the ssl module reads keys from files only
        context.load_cert_chain(write_private(Path(folder) / "server.pem", pem))


def write_private(path: Path, data: bytes) -> Path:
    """Writes a file that only its owner may read (0600), also where one stood before."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path
