# SPDX-License-Identifier: GPL-3.0-or-later
"""What Import-ExchangeCertificate does: completes a request by its public key, or takes a key along (I4 to I7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ..refused import Refused
from ..servers import Server
from . import files
from .keys import CNG_TYPE, SCHANNEL, SCHANNEL_TYPE, SOFTWARE_KSP, MachineKey, PrivateKey
from .refusals import invalid
from .requests import LONGEST_FRIENDLY_NAME
from .store import Root, ServerCertificates, StoreEntry

if TYPE_CHECKING:
    from .certificates import Certificates

ENHANCED, ENHANCED_TYPE = "Microsoft Enhanced Cryptographic Provider v1.0", 1
ENHANCED_AES, ENHANCED_AES_TYPE = "Microsoft Enhanced RSA and AES Cryptographic Provider", 24
PROVIDER_TYPES = {SCHANNEL: SCHANNEL_TYPE, ENHANCED: ENHANCED_TYPE, ENHANCED_AES: ENHANCED_AES_TYPE}
"""The providers of the older kind; every other name is a key storage provider's (O8)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it shall be imported; a friendly name of None is the file's or the request's."""

    password: str | None = None
    friendly_name: str | None = None
    exportable: bool = False


def bring_in(
    certificates: Certificates, server: Server, data: bytes, wanted: Wanted, *, what_if: bool = False
) -> StoreEntry | None:
    """The new entry of My; with ``what_if`` nothing is done. Raises Refused."""
    held, switches = certificates.of(server), certificates.world.switches
    if len(wanted.friendly_name or "") > LONGEST_FRIENDLY_NAME:
        raise invalid("The friendly name must be shorter than 64 characters.")
    read = files.read(data, wanted.password, server.windows, switches)
    entry = StoreEntry(read.certificate, None, read.friendly_name, certificates.world.clock.now())
    if entry.thumbprint in (present.thumbprint for present in held.my):
        raise Refused(
            f"Cannot import certificate. A certificate with the thumbprint {entry.thumbprint} already exists.",
            category="ReadError",
            target=entry.thumbprint,
        )
    if what_if:
        return None
    if read.key is not None:
        entry.key = _imported(certificates, read.key, read.provider, wanted.exportable)
    else:
        _complete(held, entry, wanted, switches["complete_exportable"])
    if wanted.friendly_name is not None:
        entry.friendly_name = wanted.friendly_name
    held.my.append(entry)
    certificates.fetch_roots(held)
    _take_chain(held, read.others, switches["import_chain"], entry.added)
    return entry


def _imported(certificates: Certificates, private: PrivateKey, provider: str, exportable: bool) -> MachineKey:
    """The key of a PKCS#12 in the provider that the file names; without a name the switch decides (I7)."""
    container = f"{{{certificates.keys.container()}}}"
    if not provider:
        provider = SCHANNEL if certificates.world.switches["pfx_no_csp"] == "csp" else SOFTWARE_KSP
    kind = PROVIDER_TYPES.get(provider, CNG_TYPE) if isinstance(private, rsa.RSAPrivateKey) else CNG_TYPE
    if kind == CNG_TYPE:
        name = provider if provider not in PROVIDER_TYPES else SOFTWARE_KSP
        return MachineKey(private, container, name, CNG_TYPE, 0, exportable)
    return MachineKey(private, container, provider, kind, exportable=exportable)


def _complete(held: ServerCertificates, entry: StoreEntry, wanted: Wanted, exportable: str) -> None:
    """The key comes from the request of the same public key, or from another key on the server; else there is none.

    Nothing but the public key matters (N7, N8, I5).
    """
    public = entry.certificate.public_key()
    for request in held.requests:
        if request.certificate.public_key() == public and request.key is not None:
            held.requests.remove(request)
            asked = request.key.exportable if exportable == "request" else wanted.exportable
            entry.key, entry.friendly_name = replace(request.key, exportable=asked), request.friendly_name
            return
    for key in (*(present.key for present in held.my), *held.orphaned_keys):
        if key is not None and key.private.public_key() == public:
            entry.key = key
            return


def _take_chain(held: ServerCertificates, others: Iterable[x509.Certificate], how: str, now: float) -> None:
    """Where the rest of a file goes (I4)."""
    for other in others:
        if how == "my_only":
            held.my.append(StoreEntry(other, None, "", now))
        elif how == "ca_and_root" and other.subject == other.issuer:
            if other not in (root.certificate for root in held.roots):
                held.roots.append(Root(other, "Registry"))
        elif how == "ca_and_root" and other not in held.intermediates:
            held.intermediates.append(other)
