# SPDX-License-Identifier: GPL-3.0-or-later
"""One running stage of a pipeline, and the list of the cmdlets that the lab knows on Windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ...world.servers import Server
from ...world.windows import Machine, Win32Error
from ...world.world import World
from ..binder import Bound
from ..errors import AUTOMATION, COR_E_EXCEPTION, TYPES, error_record, not_simulated, stop_of

Emit = Callable[[str, Any], None]
CORE = "Microsoft.PowerShell.Commands."
IIS = "Microsoft.IIs.PowerShell.Provider."
WEB_ADMINISTRATION = "WebAdministration"


class Failure(Exception):
    """An error of a cmdlet. ``error_id`` is the part before the comma, ``exception`` a full .NET type name."""

    def __init__(
        self,
        message: str,
        error_id: str,
        category: str = "NotSpecified",
        exception: str = "System.InvalidOperationException",
        *,
        target: str = "",
        hresult: int = COR_E_EXCEPTION,
    ) -> None:
        super().__init__(message)
        self.error_id, self.category, self.exception = error_id, category, exception
        self.target, self.hresult = target, hresult


def of_windows(problem: Win32Error, error_id: str = "System.Runtime.InteropServices.COMException") -> Failure:
    """A number of Windows as a COM exception: in HResult and in the text (iis-over-remoting 12)."""
    signed = problem.hresult - 2**32
    return Failure(str(problem), error_id, exception="System.Runtime.InteropServices.COMException", hresult=signed)


def path_not_found(path: str) -> Failure:
    """A path that leads nowhere."""
    return Failure(
        f"Cannot find path '{path}' because it does not exist.",
        "PathNotFound",
        "ObjectNotFound",
        AUTOMATION + "ItemNotFoundException",
        target=path,
    )


@dataclass(slots=True)
class Runspace:
    """What lasts from one pipeline to the next: the server, what is loaded, variables."""

    world: World
    server: Server
    modules: set[str] = field(default_factory=set)
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def machine(self) -> Machine:
        return self.world.machines[self.server.fqdn]


@dataclass(slots=True)
class Call:
    """What a cmdlet may use: its runspace, its parameters, the objects of the stage before, its streams."""

    runspace: Runspace
    bound: Bound
    emit: Emit
    input: list[Any] = field(default_factory=list)
    warned: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def machine(self) -> Machine:
        return self.runspace.machine

    @property
    def world(self) -> World:
        return self.runspace.world

    def get(self, name: str, default: Any = None) -> Any:
        return self.bound.get(name, default)

    @property
    def what_if(self) -> bool:
        return self.bound.what_if

    def warn(self, text: str) -> None:
        self.warned = True
        if self.bound.action("WarningAction") not in ("SilentlyContinue", "Ignore"):
            self.emit("warning", text)

    def fail(self, failure: Failure) -> None:
        """Write an error and go on, unless -ErrorAction says otherwise. Raises Stopped under Stop."""
        name = self.bound.cmdlet.name
        record = error_record(
            str(failure),
            f"{failure.error_id},{TYPES[name]}",
            failure.exception,
            failure.category,
            activity=name,
            target=failure.target,
            hresult=failure.hresult,
        )
        self.errors.append(failure.error_id)
        action = self.bound.action("ErrorAction")
        if action == "Stop":
            raise stop_of(record, name)
        if action not in ("SilentlyContinue", "Ignore"):
            self.emit("error", record)


Run = Callable[[Call], Iterable[Any] | None]


@dataclass(frozen=True, slots=True)
class Known:
    """A cmdlet that the lab runs: ``takes`` are the parameters that it simulates, ``piped`` the one for objects."""

    run: Run
    takes: frozenset[str]
    piped: str
    writes: bool
    module: str


CMDLETS: dict[str, Known] = {}


def cmdlet(
    name: str, type_name: str, *takes: str, piped: str = "", writes: bool = False, module: str = ""
) -> Callable[[Run], Run]:
    """Register the function that runs a cmdlet; ``type_name`` is its .NET type, which error ids end in."""
    TYPES[name] = type_name

    def register(run: Run) -> Run:
        CMDLETS[name.lower()] = Known(run, frozenset(takes), piped, writes, module)
        return run

    return register


def check_simulated(known: Known, bound: Bound) -> None:
    """Raises Stopped for a documented parameter that the lab has no use for."""
    for name in bound.values:
        if name not in (*known.takes, known.piped, "Confirm", "WhatIf"):
            raise not_simulated(f"-{name} of {bound.cmdlet.name}")
