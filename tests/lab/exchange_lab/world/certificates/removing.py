# SPDX-License-Identifier: GPL-3.0-or-later
"""What Remove-ExchangeCertificate refuses and what it leaves behind (certificate-laws R2 to R6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..directory import AdObject
from ..refused import Refused
from ..servers import Server
from .distinguished_names import tls_name
from .store import StoreEntry

if TYPE_CHECKING:
    from .certificates import Certificates

THUMBPRINTS = ("CurrentCertificateThumbprint", "NextCertificateThumbprint")


def remove(certificates: Certificates, server: Server, entry: StoreEntry, controller: str) -> None:
    """Delete a certificate, or a request with its key (N8). Raises Refused; IIS, 444, POP and IMAP do not matter (R4).

    What names it stays (R5).
    """
    held = certificates.of(server)
    if entry in held.requests:
        held.requests.remove(entry)
        return
    _check(certificates, server, entry, controller)
    held.my.remove(entry)
    if entry.key and certificates.world.switches["remove_key"] == "kept":
        held.orphaned_keys.append(entry.key)


def _check(certificates: Certificates, server: Server, entry: StoreEntry, controller: str) -> None:
    world = certificates.world
    if certificates.internal_transport(server, controller) == entry.thumbprint:
        raise _refused(
            "The internal transport certificate cannot be removed because that would cause the Microsoft Exchange "
            "Transport service to stop. To replace the internal transport certificate, create a new certificate. The "
            "new certificate will automatically become the internal transport certificate. You can then remove the "
            "existing certificate.",
            entry,
        )
    own = world.default_domain_controller(server)
    asked = controller if world.switches["remove_asks_controller"] == "given" else own
    if tagged := _tagged(certificates, world.send_connectors, entry, asked):
        raise _refused(
            f"These certificates are tagged with following Send Connectors : {', '.join(tagged)}. Removing and "
            "replacing certificates from Send Connector would break the mail flow. If you still want to proceed then "
            "replace or remove these certificates from Send Connector and then try this command.",
            entry,
        )
    receiving = [item.object for item in world.receive_connectors if item.server is server]
    if world.switches["remove_checks_receive"] == "yes" and _tagged(certificates, receiving, entry, controller):
        raise _refused("The certificate is used by a Receive connector.", entry)
    auth = world.directory.read(certificates.auth_config, controller)
    if world.switches["remove_auth"] == "blocked" and entry.thumbprint in (auth[name] for name in THUMBPRINTS):
        raise _refused("The certificate is used for server-to-server authentication.", entry)
    if world.switches["remove_federation"] == "blocked" and "Federation" in entry.marks:
        raise _refused("The certificate is used by the federation trust.", entry)


def _tagged(certificates: Certificates, connectors: list[AdObject], entry: StoreEntry, controller: str) -> list[str]:
    """The connectors whose TlsCertificateName has the same issuer and subject: old and new certificates alike (R3)."""
    name = tls_name(entry.certificate).lower()
    read = certificates.world.directory.read
    return [item.name for item in connectors if (read(item, controller)["TlsCertificateName"] or "").lower() == name]


def _refused(text: str, entry: StoreEntry) -> Refused:
    return Refused(text, category="InvalidArgument", target=entry.thumbprint)
