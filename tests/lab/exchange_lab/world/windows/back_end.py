# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a front end can hand a client's request to a back end's port 444 (certificate-laws S11, source 001)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..servers import BACK_END, Server
from .pools import POWERSHELL_BACK_END
from .sites import ANY_ADDRESS

if TYPE_CHECKING:
    from ..world import World

BACK_END_PORT = 444


def back_end_usable(world: World, front: Server, back: Server, pool: str = POWERSHELL_BACK_END) -> str:
    """Empty text, or why it cannot. ``pool`` is the pool that the request is for.

    Neither the name nor the chain nor the date of the certificate matters: it must be there with its key.
    """
    machine = world.machines[back.fqdn]
    if not back.has_back_end:
        return f"{back.name} has no back end"
    if (back.fqdn, BACK_END_PORT) in world.machines[front.fqdn].blocked:
        return f"{front.name} cannot reach port {BACK_END_PORT} of {back.name}"
    site = machine.site_on(machine.address, BACK_END_PORT)
    if site is None:
        return f"nothing listens on port {BACK_END_PORT} of {back.name}"
    if site.name != BACK_END:
        return f"port {BACK_END_PORT} of {back.name} belongs to {site.name}"
    if machine.certificate_on(machine.address, BACK_END_PORT) is None:
        return f"port {BACK_END_PORT} of {back.name} has no usable certificate"
    if needs_restart(world, back):
        return f"port {BACK_END_PORT} of {back.name} was bound after W3SVC started (B4)"
    covering = [binding for binding in site.https if binding.covers(machine.address, BACK_END_PORT)]
    if not any(binding.address == ANY_ADDRESS for binding in covering) and _extended_protection(world, back):
        return f"port {BACK_END_PORT} of {back.name} is on one address, and Extended Protection is on (BAD_BINDINGS)"
    if pool not in machine.pools or not machine.pools[pool].serves(world.clock.now()):
        return f"the pool {pool} of {back.name} does not run"
    return ""


def needs_restart(world: World, back: Server) -> bool:
    """Whether front ends hand nothing over to a back end before its W3SVC has started again (B4)."""
    machine = world.machines[back.fqdn]
    obstinate = world.switches["rebound_back_end"] == "needs_restart"
    return obstinate and machine.bound_since_start(machine.address, BACK_END_PORT)


def _extended_protection(world: World, back: Server) -> bool:
    """On for the back end's PowerShell directory (peers 31)."""
    controller = world.default_domain_controller(back)
    return any(
        world.values(item, controller)["ExtendedProtectionTokenChecking"] != "None"
        for item in world.virtual_directories("PowerShellVirtualDirectory")
        if item.server is back and not item.is_front_end
    )
