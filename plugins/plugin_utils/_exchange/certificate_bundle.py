# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate as it comes from a CA: DER, PEM, PKCS#7 or PKCS#12, read and judged before a server hears of it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .._remoting.errors import BadInput
from .._remoting.nrbf import PayloadRefused
from .certificate_fitness import check_fitness
from .pkcs12_file import SCHANNEL_PROVIDER, pfx
from .x509_facts import X509Facts, public_bytes, public_key_of, read_x509

with suppress(ImportError):  # require_cryptography says so
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        load_pem_private_key,
        pkcs7,
        pkcs12,
    )

MAX_BYTES = 1024 * 1024
"""A file with a dozen certificates has some 20 kB."""

_INTEGER, _OID, _SEQUENCE = b"\x02", b"\x06", b"\x30"
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 #]+)-----.+?-----END \1-----", re.DOTALL)
_ASK_THE_CA = "Ask the CA for the certificate again, as PEM or PKCS#7 with its chain."


@dataclass(frozen=True)
class CertificateBundle:
    """One server certificate and what came with it.

    Attributes:
        facts: what the certificate says.
        chain: intermediates from the issuer upwards, as far as they came; never a root, which a server must not learn
            to trust from a file (law I4).
        key: the private key, or None.
    """

    certificate: x509.Certificate
    facts: X509Facts
    chain: tuple[x509.Certificate, ...] = ()
    key: Any = field(default=None, repr=False)

    @property
    def public_key(self) -> bytes:
        """By which a server finds the request that this answers (law N7)."""
        return public_key_of(self.certificate.public_bytes(Encoding.DER))

    def answer(self) -> bytes:
        """What completes a request: the certificate and its chain, without the key, as PKCS#7 or plain DER."""
        if self.chain:
            return pkcs7.serialize_certificates([self.certificate, *self.chain], Encoding.DER)
        return self.certificate.public_bytes(Encoding.DER)

    def pfx(self, password: str) -> bytes:
        """Everything in a file that every Windows reads, the key for the provider that Exchange wants (laws I2, I7).

        Raises:
            BadInput: OpenSSL of the control node forbids the old ciphers.
        """
        provider = SCHANNEL_PROVIDER if isinstance(self.key, rsa.RSAPrivateKey) else ""
        try:
            return pfx(self.certificate, self.key, self.chain, password, provider)
        except UnsupportedAlgorithm as exc:
            raise BadInput(
                "OpenSSL on this control node forbids 3DES, which older Windows servers need in a PFX file.",
                "Run the task from a control node that is not in FIPS mode.",
            ) from exc


def read_bundle(data: bytes, password: str | None = None) -> CertificateBundle:
    """Read a file of a CA or of an export.

    Args:
        password: of a PFX file, or of the key in a PEM file.

    Raises:
        BadInput: it is none of the four kinds, the password is wrong, the key is of another certificate, or it does
            not say which certificate is the server's.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(f"The certificate file has more than {MAX_BYTES // 1024} kB.", "Name a certificate file.")
    try:
        certificates, keys = _contents(data, password)
        return _bundle(certificates, keys)
    except BadInput:
        raise
    except (
        *(PayloadRefused, ValueError, TypeError, OverflowError),
        *(UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
    ) as exc:
        raise BadInput("The file is damaged, or no certificate that can be read.", _ASK_THE_CA) from exc


Contents = tuple[list["x509.Certificate"], list[Any]]


def _contents(data: bytes, password: str | None) -> Contents:
    """The certificates and keys of a file, in its order."""
    if b"-----BEGIN " in data:
        return _of_pem(data, password)
    binary = data if data[:1] == _SEQUENCE else _of_base64(data)
    kind = _first_tag(binary)
    if kind == _INTEGER:
        return _of_pfx(binary, password)
    if kind == _OID:
        return list(pkcs7.load_der_pkcs7_certificates(binary)), []
    if kind == _SEQUENCE:
        return [x509.load_der_x509_certificate(binary)], []
    raise BadInput(
        "The file is neither DER, PEM, PKCS#7 nor PKCS#12.",
        "Give the certificate as the CA sent it, or a PFX file with certificate and key.",
    )


def _of_base64(data: bytes) -> bytes:
    """What stands in Base64 without the lines around it; nothing where that is no Base64."""
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        return b""


def _first_tag(data: bytes) -> bytes:
    """The tag of the first value in a DER sequence: it tells PKCS#12, PKCS#7 and a certificate apart."""
    length = data[1] if len(data) > 1 else 0
    at = 2 + (length & 0x7F if length & 0x80 else 0)
    return data[at : at + 1] if data[:1] == _SEQUENCE else b""


def _of_pem(data: bytes, password: str | None) -> Contents:
    certificates: list[x509.Certificate] = []
    keys: list[Any] = []
    for match in _BLOCK.finditer(data):
        label, block = match[1].decode("ascii"), match[0]
        if label in ("CERTIFICATE", "X509 CERTIFICATE"):
            certificates.append(x509.load_pem_x509_certificate(block.replace(b"X509 ", b"")))
        elif label in ("PKCS7", "PKCS #7 SIGNED DATA"):
            certificates.extend(pkcs7.load_pem_pkcs7_certificates(block.replace(match[1], b"PKCS7")))
        elif label.endswith("PRIVATE KEY"):
            keys.append(_key(block, label, password))
        elif label.endswith("CERTIFICATE REQUEST"):
            raise BadInput("The file holds a certificate request.", "Send it to the CA and give the answer instead.")
    return certificates, keys


def _key(block: bytes, label: str, password: str | None) -> Any:
    encrypted = "ENCRYPTED" in label or b"ENCRYPTED" in block
    if encrypted and not password:
        raise BadInput("The private key in the file is encrypted.", "Set password to its password.")
    try:
        return load_pem_private_key(block, password.encode() if encrypted and password else None)
    except ValueError as exc:
        raise BadInput("The private key in the file cannot be read.", "Check its password.") from exc


def _of_pfx(data: bytes, password: str | None) -> Contents:
    for candidate in [password.encode()] if password else [None, b""]:
        with suppress(ValueError):
            found = pkcs12.load_pkcs12(data, candidate)
            own = [found.cert.certificate] if found.cert else []
            rest = [item.certificate for item in found.additional_certs]
            return [*own, *rest], [found.key] if found.key else []
    raise BadInput(
        "The PFX file is damaged, or its password is wrong." if password else "The PFX file needs a password.",
        "Check the option password.",
    )


def _bundle(certificates: Sequence[x509.Certificate], keys: Sequence[Any]) -> CertificateBundle:
    if not certificates:
        raise BadInput("The file holds no certificate.", _ASK_THE_CA)
    if len(keys) > 1:
        raise BadInput("The file holds several private keys.", "Give the one of this certificate only.")
    key = keys[0] if keys else None
    unique = list(dict.fromkeys(certificates))
    leaf = _with_key(unique, key) if key is not None else _without_issued(unique)
    facts = read_x509(leaf.public_bytes(Encoding.DER))
    return CertificateBundle(leaf, facts, tuple(_chain(leaf, unique)), key)


def _with_key(certificates: Sequence[x509.Certificate], key: Any) -> x509.Certificate:
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise BadInput("The private key is neither RSA nor of an elliptic curve.", "Exchange needs an RSA key.")
    wanted = public_bytes(key.public_key())
    for certificate in certificates:
        if public_bytes(certificate.public_key()) == wanted:
            return certificate
    raise BadInput(
        "The private key in the file belongs to none of its certificates.", "Join the certificate with its own key."
    )


def _without_issued(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The one certificate that has issued none of the others."""
    leaves = [one for one in certificates if not any(_issued(other, one) for other in certificates if other is not one)]
    if len(leaves) != 1:
        raise BadInput(
            f"The file holds {len(leaves)} certificates that could be the server's.",
            "Give the server's certificate and the intermediate certificates of its CA only.",
        )
    return leaves[0]


def _chain(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> Iterator[x509.Certificate]:
    above, current = [one for one in certificates if one != leaf and not _is_root(one)], leaf
    while issuer := next((one for one in above if _issued(current, one)), None):
        yield issuer
        above.remove(issuer)
        current = issuer


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the second one has signed the first."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def check_bundle(bundle: CertificateBundle, names: Sequence[str], now: datetime) -> list[str]:
    """Refuse a certificate that no server could use, and return what should be known about another.

    Args:
        names: host names that it shall hold.
        now: with a time zone.

    Raises:
        BadInput: it is a CA's own, or unfit as ``check_fitness`` says.
    """
    if _is_authority(bundle.certificate):
        raise BadInput(f"{bundle.facts.subject} is the certificate of a CA.", "Give the server's certificate.")
    check_fitness(bundle.facts, names, now)
    return list(_advice(bundle))


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _advice(bundle: CertificateBundle) -> Iterator[str]:
    facts = bundle.facts
    if not bundle.chain and not facts.self_issued:
        yield (
            f"No intermediate certificate of {facts.issuer} came with the certificate; clients trust it only where "
            "the servers have that certificate already, or the CA is a root."
        )
    if facts.key_algorithm == "ECDSA":
        yield (
            "The key is of an elliptic curve, which Exchange uses only from the April 2024 update on and with "
            "EnableEccCertificateSupport on every server."
        )
    if facts.signature_algorithm.startswith(("sha1", "md5")):
        yield f"The signature is {facts.signature_algorithm}, which clients no longer accept."
    if not facts.subject:
        yield "The subject is empty, so connectors cannot name it in TlsCertificateName, and the hybrid wizard fails."
