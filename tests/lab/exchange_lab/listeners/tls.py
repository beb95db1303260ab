# SPDX-License-Identifier: GPL-3.0-or-later
"""From a certificate of a server's store to what its TLS listener presents."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ..certificates import load_chain, server_context
from ..world.certificates.store import StoreEntry

ALSO_WEAK_ONES = "DEFAULT:@SECLEVEL=0"  # Windows serves 1024 bit keys and SHA-1; clients must be the ones who object


class ServerContexts:
    """One context for each certificate and chain: making one takes a file and a few milliseconds."""

    def __init__(self) -> None:
        self._made: dict[tuple[bytes, ...], ssl.SSLContext] = {}

    def of(self, entry: StoreEntry, intermediates: Iterable[x509.Certificate]) -> ssl.SSLContext:
        """For an entry that has its key. intermediates: those that the server knows; it sends what leads to the root.

        Raises ValueError for an entry without key.
        """
        if entry.key is None:
            raise ValueError(f"The certificate {entry.thumbprint} has no key.")
        chain = (entry.certificate, *_issuers(entry.certificate, tuple(intermediates)))
        ders = tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)
        if ders not in self._made:
            key = entry.key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            context = server_context()
            context.set_ciphers(ALSO_WEAK_ONES)
            load_chain(context, key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain))
            self._made[ders] = context
        return self._made[ders]


def _issuers(certificate: x509.Certificate, known: tuple[x509.Certificate, ...]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    while issuer := next((other for other in known if other.subject == certificate.issuer), None):
        if issuer in found:
            break
        found.append(issuer)
        certificate = issuer
    return found
