# SPDX-License-Identifier: GPL-3.0-or-later
"""What Export-ExchangeCertificate gives out (certificate-laws X1 to X4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..refused import Refused
from ..servers import Server
from . import pkcs12, status
from .keys import SCHANNEL
from .refusals import invalid
from .store import StoreEntry

if TYPE_CHECKING:
    from .certificates import Certificates


def export(certificates: Certificates, server: Server, entry: StoreEntry, password: str | None) -> bytes:
    """A PKCS#12 with the old ciphers, the PKCS#10 of a pending request, or the certificate alone. Raises Refused."""
    switches, held = certificates.world.switches, certificates.of(server)
    if entry in held.requests:
        return entry.request
    if (
        switches["export_expired"] == "refused"
        and entry.certificate.not_valid_after_utc.timestamp() < certificates.world.clock.now()
    ):
        raise invalid("The certificate has expired.")
    if password is None and switches["export_no_password"] == "cert_only":
        return entry.der
    if password is None and switches["export_no_password"] == "error":
        raise invalid("A password is required to export the private key.")
    if entry.key is None or not (entry.key.exportable and entry.key.opens):
        raise Refused(
            "The private key couldn't be exported as PKCS-12. It either couldn't be accessed or isn't exportable.",
            category="InvalidOperation",
            target=entry.thumbprint,
        )
    chain = status.chain_of(held, entry.certificate) if switches["export_chain"] == "full" else ()
    provider = entry.key.provider or SCHANNEL
    return pkcs12.write(entry.certificate, entry.key.private, chain, entry.friendly_name, password or "", provider)
