# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange Setup at work on a server, as far as others can see it (health-laws C11, peers 108)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .component_states import ACTIVE, FUNCTIONAL, HELD_BY_SETUP, INACTIVE

if TYPE_CHECKING:
    from .world import World

PROCESS = "ExSetup"
RUNNING, BROKEN_OFF = "running", "broken_off"


def begin(world: World, server: str, *, upgrade: bool = True) -> None:
    """Setup starts. Upgrading, it takes three components out, as Functional. Raises KeyError for an unknown server."""
    world.machines[_fqdn(world, server)].processes.append(PROCESS)
    if upgrade:
        _set_components(world, server, INACTIVE)


def end(world: World, server: str) -> None:
    """Setup has done its work. Raises KeyError; ValueError when it does not run."""
    _set_components(world, server, ACTIVE)
    break_off(world, server)


def break_off(world: World, server: str) -> None:
    """Setup ends early, and leaves components as they are. Raises KeyError; ValueError when it does not run."""
    world.machines[_fqdn(world, server)].processes.remove(PROCESS)


def put(world: World, server: str, state: str) -> None:
    """What an estate says of a server. Raises KeyError; ValueError for another state than running and broken_off."""
    if state not in (RUNNING, BROKEN_OFF):
        raise ValueError(f"Exchange Setup cannot be '{state}' on {server}. Choose {RUNNING} or {BROKEN_OFF}.")
    begin(world, server)
    if state == BROKEN_OFF:
        break_off(world, server)


def _set_components(world: World, server: str, state: str) -> None:
    for component in HELD_BY_SETUP:
        world.servers[_fqdn(world, server)].component_states.set(component, state, FUNCTIONAL, world.clock.now())


def _fqdn(world: World, server: str) -> str:
    found = world.server(server)
    if found is None:
        raise KeyError(server)
    return found.fqdn
