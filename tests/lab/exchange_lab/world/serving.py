# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether clients are served at this moment, whatever is being changed (certificate-laws 9)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from .certificates import StoreEntry
from .certificates.keys import CNG_TYPE
from .servers import DEFAULT_WEB_SITE, Server

if TYPE_CHECKING:
    from .world import World

STILL_SERVING = ("Valid", "RevocationCheckFailure")


def problems(world: World, names: Collection[str], drained: Collection[str]) -> Iterator[str]:
    """One sentence for each thing that a rollout must never cause.

    At least one server that is not drained serves a valid certificate for each name; every server offers STARTTLS that
    works; its default transport certificate is in its store; its 444 is usable.
    """
    serving = [server for server in world.servers.values() if server.has_front_end and server.fqdn not in drained]
    for name in names:
        if not any(_serves(world, server, name) for server in serving):
            yield f"no server has a valid certificate for {name} on 443"
    for server in world.servers.values():
        if world.mail_tls.starttls_certificate(server) is None:
            yield f"{server.name}: STARTTLS on port 25 is not offered, or its handshake fails"
        if server.has_back_end and not world.mail_tls.between_servers(server).offered:
            yield f"{server.name}: the default transport certificate is not in the store"
        if server.has_back_end and (reason := world.back_end_usable(server, server)):
            yield f"{server.name}: {reason}"


def logon_problem(world: World, server: Server) -> str:
    """Why forms logon to OWA and ECP comes back to its page for ever, TLS being well; empty text when it works.

    The cookie is encrypted with the key of 443, which must be a CSP's (S12); the auth certificate must be there (S13).
    """
    machine = world.machines[server.fqdn]
    entry = machine.certificate_on(machine.address, 443)
    if entry is not None and entry.key is not None and entry.key.provider_type == CNG_TYPE:
        return f"the key of {entry.thumbprint} on 443 of {server.name} is a key storage provider's"
    if not world.certificates.auth_usable(server):
        return f"{server.name} has no auth certificate that can be used"
    return ""


def binding_accepted(world: World, server: Server, noun: str, seen: StoreEntry) -> bool:
    """Whether Extended Protection lets a client in that met a certificate, perhaps a balancer's (certificate-laws 9).

    Where a directory of that noun demands the token, it must be the hash of the server's own certificate on 443.
    """
    machine = world.machines[server.fqdn]
    entry, controller = machine.certificate_on(machine.address, 443), world.default_domain_controller(server)
    demands = any(
        world.values(item, controller)["ExtendedProtectionTokenChecking"] == "Require"
        for item in world.virtual_directories(noun)
        if item.server is server and item.is_front_end
    )
    return not demands or (entry is not None and entry.thumbprint == seen.thumbprint)


def _serves(world: World, server: Server, name: str) -> bool:
    machine = world.machines[server.fqdn]
    site, entry = machine.site_on(machine.address, 443), machine.certificate_on(machine.address, 443)
    if site is None or site.name != DEFAULT_WEB_SITE or entry is None:
        return False
    return entry.covers(name) and world.certificates.facts(server, entry).status in STILL_SERVING
