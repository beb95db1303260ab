# SPDX-License-Identifier: GPL-3.0-or-later
"""Application pools (iis-over-remoting 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...world.windows import AppPool, Machine
from ...world.windows.sites import STARTED, STOPPED
from ..errors import not_simulated
from .call import IIS, WEB_ADMINISTRATION, Call, Failure, cmdlet
from .elements import FRAMEWORK, Element
from .live import Live
from .sites import UNKNOWN, told_by


@dataclass(slots=True)
class LivePool(Element):
    """A pool; its state is read from WAS."""

    machine: Machine
    pool: AppPool
    types = (FRAMEWORK + "ConfigurationElement#add", FRAMEWORK + "ConfigurationElement")
    tag = "add"

    def notes(self) -> Mapping[str, Any]:
        return {
            "name": self.pool.name,
            "state": pool_state(self.machine, self.pool),
            "managedRuntimeVersion": "v4.0",
            "managedPipelineMode": "Integrated",
            "autoStart": True,
            "startMode": "OnDemand",
            "PSChildName": self.pool.name,
        }


@dataclass(slots=True)
class LiveWorker(Live):
    """The process of a pool that runs; real ones begin with the first request."""

    pool: AppPool
    types = ("System.Diagnostics.Process", "System.ComponentModel.Component")

    def properties(self) -> Mapping[str, Any]:
        return {"StartTime": datetime.fromtimestamp(self.pool.recycled_at, UTC), "ProcessName": "w3wp"}

    def notes(self) -> Mapping[str, Any]:
        return {"processId": 4000 + len(self.pool.name), "state": "Running"}


class Workers:
    """IIS:\\AppPools\\POOL\\WorkerProcesses."""

    def __init__(self, machine: Machine, pool: AppPool) -> None:
        self._machine, self._pool = machine, pool

    def items(self) -> Iterator[Live]:
        if pool_state(self._machine, self._pool) == STARTED:
            yield LiveWorker(self._pool)

    def item(self, name: str) -> Live | None:
        raise not_simulated(f"the worker process '{name}' by its path")


class AppPools:
    """IIS:\\AppPools."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def items(self) -> Iterator[Live]:
        """Raises Failure without WAS, if the lab is so switched."""
        machine = self._call.machine
        told_by(self._call, runs=machine.services["WAS"].running)
        for pool in machine.pools.values():
            yield LivePool(machine, pool)

    def item(self, name: str) -> Live | None:
        return next((item for item in self.items() if isinstance(item, LivePool) and _same(item.pool, name)), None)


@dataclass(slots=True)
class State(Live):
    """What Get-WebAppPoolState returns: an attribute with a Value."""

    value: str
    types = (FRAMEWORK + "ConfigurationAttribute",)

    def notes(self) -> Mapping[str, Any]:
        return {"Value": self.value}


def pool_state(machine: Machine, pool: AppPool) -> str:
    """Unknown while WAS does not run."""
    return pool.state if machine.services["WAS"].running else UNKNOWN


@cmdlet("Get-WebAppPoolState", IIS + "GetWebAppPoolStateCommand", "Name", module=WEB_ADMINISTRATION)
def get_state(call: Call) -> Iterator[State]:
    """Of one pool, or of each. Without WAS: switch states_without_iis."""
    told_by(call, runs=call.machine.services["WAS"].running)
    for pool in [_pool(call)] if call.get("Name") else call.machine.pools.values():
        yield State(pool_state(call.machine, pool))


@cmdlet("Start-WebAppPool", IIS + "StartAppPoolCommand", "Name", module=WEB_ADMINISTRATION, writes=True)
def start(call: Call) -> None:
    """Starting what runs is an error (by likeness with Stop-WebAppPool)."""
    pool = _running_was(call, _pool(call))
    if pool.state == STARTED:
        raise _invalid(f"The '{pool.name}' application pool is already started.")
    call.machine.start_pool(pool.name)


@cmdlet("Stop-WebAppPool", IIS + "StopAppPoolCommand", "Name", module=WEB_ADMINISTRATION, writes=True)
def stop(call: Call) -> None:
    """Stopping what is stopped is an error."""
    pool = _running_was(call, _pool(call))
    if pool.state == STOPPED:
        raise _invalid(f"The '{pool.name}' application pool is already stopped.")
    pool.state = STOPPED


@cmdlet("Restart-WebAppPool", IIS + "RecycleItemCommand", "Name", module=WEB_ADMINISTRATION, writes=True)
def restart(call: Call) -> None:
    """Recycle; a stopped pool cannot be."""
    pool = _running_was(call, _pool(call))
    if pool.state == STOPPED:
        raise _invalid("The service cannot accept control messages at this time. (Exception from HRESULT: 0x80070425)")
    call.machine.start_pool(pool.name)


def _pool(call: Call) -> AppPool:
    name = call.get("Name", "")
    for pool in call.machine.pools.values():
        if _same(pool, name):
            return pool
    text = f"Cannot find path 'IIS:\\AppPools\\{name}' because it does not exist."
    raise Failure(text, "PathNotFound", "ObjectNotFound", "System.Management.Automation.ItemNotFoundException")


def _running_was(call: Call, pool: AppPool) -> AppPool:
    if not call.machine.services["WAS"].running:
        raise _invalid("The service has not been started. (Exception from HRESULT: 0x80070426)")
    return pool


def _same(pool: AppPool, name: str) -> bool:
    return pool.name.lower() == name.lower()


def _invalid(text: str) -> Failure:
    return Failure(text, "InvalidOperation", "InvalidOperation")
