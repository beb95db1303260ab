# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with the bindings 443 and 444, by name (source 001, peers 28 to 31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..servers import BACK_END, DEFAULT_WEB_SITE, Server
from .back_end import BACK_END_PORT
from .machine import Machine
from .sites import ANY_ADDRESS, LOOPBACK, STOPPED, Binding

if TYPE_CHECKING:
    from ..world import World

ON_444 = (ANY_ADDRESS, BACK_END_PORT)


def _moved_to_445(world: World, machine: Machine) -> None:
    """By hand in IIS Manager, which takes the certificate along."""
    _move_back_end(machine, "*:445:")


def _443_on_back_end(world: World, machine: Machine) -> None:
    """Two sites want the same port, and the later one does not start."""
    _back_end_binding(machine).information = "*:443:"
    machine.sites[BACK_END].state = STOPPED


def _no_binding(world: World, machine: Machine) -> None:
    """The https binding is gone from the back end, and its certificate with it."""
    machine.http_sys.entries.pop(_back_end_key(machine), None)
    site = machine.sites[BACK_END]
    site.bindings = [binding for binding in site.bindings if binding.protocol != "https"]


def _certificate_dropped(world: World, machine: Machine) -> None:
    """IIS keeps the binding, http.sys has lost its entry."""
    machine.http_sys.entries.pop(_back_end_key(machine), None)


def _one_address(world: World, machine: Machine) -> None:
    """The back end listens on one address only."""
    _move_back_end(machine, f"{machine.address}:{BACK_END_PORT}:")


def _foreign(world: World, machine: Machine) -> None:
    """444 has a certificate of somebody else's, which is there and works (S11)."""
    _on_444(machine, _issued(world, machine, names=("app.example.net",), subject="CN=app.example.net"))


def _expired(world: World, machine: Machine) -> None:
    _on_444(machine, _issued(world, machine, days=9, starts_in_days=-10))


def _cng_key(world: World, machine: Machine) -> None:
    _on_444(machine, _issued(world, machine, provider="cng"))


def _lost_key(world: World, machine: Machine) -> None:
    thumbprint = _issued(world, machine)
    world.certificates.lose_key(machine.server, thumbprint)
    _on_444(machine, thumbprint)


def _stale_hash(world: World, machine: Machine) -> None:
    """http.sys names a certificate that has been removed (R5)."""
    thumbprint = _issued(world, machine)
    world.certificates.remove(machine.server, thumbprint)
    _on_444(machine, thumbprint)


def _http_sys_orphan(world: World, machine: Machine) -> None:
    """An entry that no site uses any more."""
    entry = machine.http_sys.entries.get(ON_444) or next(iter(machine.http_sys.entries.values()))
    machine.http_sys.entries[ANY_ADDRESS, 446] = entry


def _loopback_lost(world: World, machine: Machine) -> None:
    """Default Web Site has lost 127.0.0.1:443."""
    site = machine.sites[DEFAULT_WEB_SITE]
    if binding := site.find("https", f"{LOOPBACK}:443:"):
        site.bindings.remove(binding)
    machine.http_sys.entries.pop((LOOPBACK, 443), None)


def _front_certificate_dropped(world: World, machine: Machine) -> None:
    """http.sys has lost the entry of 443."""
    machine.http_sys.entries.pop((ANY_ADDRESS, 443), None)


def _site_stopped(world: World, machine: Machine) -> None:
    machine.sites[BACK_END].state = STOPPED


def _pool_stopped(world: World, machine: Machine) -> None:
    machine.pools["MSExchangePowerShellAppPool"].state = STOPPED


def _firewall(world: World, machine: Machine) -> None:
    """It cannot reach 444 of any other server."""
    machine.blocked |= {(fqdn, BACK_END_PORT) for fqdn in world.servers if fqdn != machine.server.fqdn}


BINDING_FAULTS: dict[str, Callable[[World, Machine], None]] = {
    "moved_to_445": _moved_to_445,
    "443_on_back_end": _443_on_back_end,
    "no_binding": _no_binding,
    "certificate_dropped": _certificate_dropped,
    "one_address": _one_address,
    "foreign": _foreign,
    "expired": _expired,
    "cng_key": _cng_key,
    "lost_key": _lost_key,
    "stale_hash": _stale_hash,
    "http_sys_orphan": _http_sys_orphan,
    "loopback_lost": _loopback_lost,
    "front_certificate_dropped": _front_certificate_dropped,
    "site_stopped": _site_stopped,
    "pool_stopped": _pool_stopped,
    "firewall": _firewall,
}


def break_binding(world: World, server: Server, kind: str) -> None:
    """Break one thing; several go together. Raises ValueError for an unknown kind, or a server without back end."""
    if kind not in BINDING_FAULTS:
        raise ValueError(f"Unknown binding fault '{kind}'. Known faults: {', '.join(BINDING_FAULTS)}.")
    if not (server.has_back_end and server.has_front_end):
        raise ValueError(f"{server.name} does not have both sites: binding faults are for servers that do.")
    BINDING_FAULTS[kind](world, world.machines[server.fqdn])


def _back_end_binding(machine: Machine) -> Binding:
    """The first https binding, wherever an earlier fault has put it."""
    site = machine.sites[BACK_END]
    if not site.https:
        site.bindings.append(Binding("https", "*:444:"))
    return site.https[0]


def _back_end_key(machine: Machine) -> tuple[str, int]:
    """Where the back end's certificate is: faults come in pairs. That of 443 is not its own."""
    own = [binding.http_sys_key for binding in machine.sites[BACK_END].https if binding.port != 443]
    return own[0] if own else ON_444


def _move_back_end(machine: Machine, information: str) -> None:
    entry = machine.http_sys.entries.pop(_back_end_key(machine), None)
    _back_end_binding(machine).information = information
    if entry:
        machine.http_sys.entries[_back_end_key(machine)] = entry


def _on_444(machine: Machine, thumbprint: str) -> None:
    machine.http_sys.put(*_back_end_key(machine), thumbprint)


def _issued(world: World, machine: Machine, **more: object) -> str:
    """A certificate of Exchange's kind, but not the one that Setup made."""
    server = machine.server
    wanted = {"names": (server.name, server.directory_fqdn), "issuer": "self", "friendly_name": "Spare"}
    return world.certificates.issue(server, **(wanted | more))  # type: ignore[arg-type]
