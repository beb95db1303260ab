# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes to a server from outside: a CA's answer to a request, and PKCS#12 files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from . import building, pkcs12
from .building import Signer, Validity
from .distinguished_names import common_name, parsed
from .fresh_install import DAY
from .keys import SCHANNEL

if TYPE_CHECKING:
    from .certificates import Certificates

FORMS: dict[str, Callable[[Sequence[x509.Certificate]], bytes]] = {
    "pem": lambda chain: b"".join(one.public_bytes(Encoding.PEM) for one in chain),
    "der": lambda chain: chain[0].public_bytes(Encoding.DER),
    "pkcs7": lambda chain: pkcs7.serialize_certificates(list(chain), Encoding.DER),
    "pkcs7_pem": lambda chain: pkcs7.serialize_certificates(list(chain), Encoding.PEM),
}
"""How a CA writes its answer; DER holds the first certificate alone."""


def answered(
    request: bytes, names: Sequence[str], signer: Signer, validity: Validity, usages: Sequence[str] = ("server_auth",)
) -> x509.Certificate:
    """A CA's certificate for a PKCS#10, PEM or DER. Raises ValueError.

    Without ``names`` those of the request, else its CN: a wildcard request has no names (N4).
    """
    asked = _request(request)
    if not asked.is_signature_valid:
        raise ValueError("The signature of the request is not valid.")
    chosen = names or _names(asked)
    return building.certificate(
        asked.subject, asked, signer, validity, building.of_issued(chosen, usages, asked, signer)
    )


def sign(
    certificates: Certificates,
    request: bytes,
    *,
    names: Sequence[str] = (),
    issuer: str = "ca",
    intermediate: int = 1,
    days: float = 200,
    starts_in_days: float = -1,
    usages: Sequence[str] = ("server_auth",),
    form: str = "pkcs7",
    cross_signed: bool = False,
) -> bytes:
    """The answer of one of the lab's authorities in one of ``FORMS``, with the chain up to the root (see ``chain``).

    The other arguments are those of ``Certificates.issue``. Raises ValueError.
    """
    start = certificates.world.clock.now() + starts_in_days * DAY
    signer = certificates.authority(issuer).intermediate(intermediate).signer
    made = answered(request, names, signer, Validity(start, start + days * DAY), usages)
    return FORMS[form]([made, *chain(certificates, issuer, intermediate, cross_signed=cross_signed)])


def chain(
    certificates: Certificates, issuer: str = "ca", intermediate: int = 1, *, cross_signed: bool = False
) -> list[x509.Certificate]:
    """The intermediate, and with ``cross_signed`` the root as an older root signed it, whose signature has run out."""
    authority = certificates.authority(issuer)
    return [
        authority.intermediate(intermediate).certificate,
        *([authority.cross_signed_root] if cross_signed else []),
    ]


def pfx(
    certificates: Certificates,
    names: Sequence[str],
    password: str,
    *,
    subject: str | None = None,
    issuer: str = "ca",
    intermediate: int = 1,
    days: float = 200,
    starts_in_days: float = -1,
    key: str = "rsa2048",
    friendly_name: str = "",
    provider: str = SCHANNEL,
    modern: bool = False,
    with_root: bool = False,
) -> bytes:
    """A PKCS#12 that somebody has made elsewhere, with a key of its own and the chain.

    ``provider`` is the name of a key provider, empty for none; ``modern`` files have AES and SHA-256 (I2). The other
    arguments are those of ``Certificates.issue``. Raises ValueError.
    """
    private, start = certificates.keys.unique(key), certificates.world.clock.now() + starts_in_days * DAY
    signer = certificates.authority(issuer).intermediate(intermediate).signer
    name = parsed(f"CN={names[0]}" if subject is None else subject)
    extensions = building.of_issued(names, ("server_auth",), private, signer)
    made = building.certificate(name, private, signer, Validity(start, start + days * DAY), extensions)
    above = chain(certificates, issuer, intermediate)
    if with_root:
        above.append(certificates.authority(issuer).root)
    return pkcs12.write(made, private, above, friendly_name, password, provider, modern)


def _request(data: bytes) -> x509.CertificateSigningRequest:
    text = data.lstrip()
    return x509.load_pem_x509_csr(text) if text.startswith(b"-----") else x509.load_der_x509_csr(data)


def _names(request: x509.CertificateSigningRequest) -> list[str]:
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [name] if (name := common_name(request.subject)) else []
    return list(found.get_values_for_type(x509.DNSName))
