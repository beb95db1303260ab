# SPDX-License-Identifier: GPL-3.0-or-later
"""One running cmdlet, and the list of those that the lab knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from psrpcore.types import ErrorRecord, PSObject

from ..world.refused import Refused
from ..world.servers import Server
from ..world.world import World
from .binder import Bound
from .errors import not_simulated, of_refused, prompt_without_host, stop_of
from .shapes import Shapes

Emit = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What a cmdlet asks the user of the client's host; ``default`` is the number of a choice, from 0."""

    caption: str
    message: str
    choices: tuple[str, ...]
    default: int


Ask = Callable[[Question], int]
"""Answers with the number of a choice; may raise to end the cmdlet."""


@dataclass(slots=True)
class Call:
    """What a cmdlet may use: the world, the session's server and user, its parameters and its streams.

    ``ask`` is absent where the client has no host. ``piped`` is what the cmdlet before it in the pipeline wrote.
    """

    world: World
    server: Server
    bound: Bound
    full_serialization: bool
    emit: Emit
    ask: Ask | None = None
    piped: PSObject | None = None
    warned: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def shapes(self) -> Shapes:
        """The builder of this session's objects."""
        return Shapes(self.world.directory, self.world.switches, full_serialization=self.full_serialization)

    @property
    def domain_controller(self) -> str:
        """The controller of -DomainController, else the one that the session's server uses. Raises Refused."""
        named = self.bound.get("DomainController")
        return self.world.domain_controller(named) if named else self.world.default_domain_controller(self.server)

    def write(self, value: Any) -> None:
        self.emit("output", value)

    def warn(self, text: str) -> None:
        self.warned = True
        if self.bound.action("WarningAction") not in ("SilentlyContinue", "Ignore"):
            self.emit("warning", text)

    def error(self, refused: Refused) -> None:
        """Write an error and go on, unless -ErrorAction says otherwise. Raises Stopped under Stop."""
        record: ErrorRecord = of_refused(refused, self.bound.cmdlet.name, self.server.name, self.world.clock.now())
        self.errors.append(refused.exception.rpartition(".")[2])
        action = self.bound.action("ErrorAction")
        if action == "Stop":
            raise stop_of(record, self.bound.cmdlet.name)
        if action not in ("SilentlyContinue", "Ignore"):
            self.emit("error", record)

    def prompt_for_choice(self, caption: str, message: str, choices: Sequence[str], default: int) -> int:
        """Ask the user, and return the number of the choice (certificate-laws E7). Raises Stopped without a host."""
        if self.ask is None or self.world.switches["prompt"] == "fails_noninteractive":
            raise prompt_without_host(self.bound.cmdlet.name)
        return self.ask(Question(caption, message, tuple(choices), default))

    def check_confirmation(self) -> None:
        """-Confirm asks, and a remote session has nobody to answer (client-access-laws 2.11). Raises Stopped."""
        if self.bound.get("Confirm", False):
            raise prompt_without_host(self.bound.cmdlet.name)


def named_settings(call: Call, settings: Collection[str]) -> dict[str, Any]:
    """The settings that a Set names. Raises Stopped for one that the lab lacks."""
    for name in call.bound.values:
        if name not in (*settings, *NOT_SETTINGS):
            raise not_simulated(f"-{name} of {call.bound.cmdlet.name}")
    return {name: value for name, value in call.bound.values.items() if name in settings}


NOT_SETTINGS = ("Identity", "Server", "DomainController", "WhatIf", "Confirm", "Force")

Run = Callable[[Call], None]
CMDLETS: dict[str, Run] = {}


def cmdlet(name: str) -> Callable[[Run], Run]:
    """Register the function that runs a cmdlet."""

    def register(run: Run) -> Run:
        CMDLETS[name.lower()] = run
        return run

    return register
