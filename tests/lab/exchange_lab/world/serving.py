# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether clients are served at this moment, whatever is being changed (certificate-laws 9)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

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


def _serves(world: World, server: Server, name: str) -> bool:
    machine = world.machines[server.fqdn]
    site, entry = machine.site_on(machine.address, 443), machine.certificate_on(machine.address, 443)
    if site is None or site.name != DEFAULT_WEB_SITE or entry is None:
        return False
    return entry.covers(name) and world.certificates.facts(server, entry).status in STILL_SERVING
