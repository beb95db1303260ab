# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with the lab's interpreter without any wire, for the lab's own tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from psrpcore.types import ErrorRecord, PSEnumBase, PSObject

from exchange_lab.cmdlets import Interpreter, Stopped
from exchange_lab.cmdlets.call import Ask
from exchange_lab.world import ManualClock, World


@dataclass
class Reply:
    """What one command gave: objects as plain dictionaries, and the other streams."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    raw: list[Any] = field(default_factory=list)
    errors: list[ErrorRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stopped: ErrorRecord | None = None

    @property
    def only(self) -> dict[str, Any]:
        """The one object; raises AssertionError when there is another number of them, or an error."""
        assert not self.errors and self.stopped is None, self.problem
        assert len(self.objects) == 1, f"{len(self.objects)} objects"
        return self.objects[0]

    @property
    def problem(self) -> str:
        """The first error's text, empty when all went well."""
        records = self.errors or ([self.stopped] if self.stopped else [])
        return records[0].Exception.Message if records else ""

    @property
    def error_id(self) -> str:
        """The first error's id up to the comma."""
        records = self.errors or ([self.stopped] if self.stopped else [])
        return records[0].FullyQualifiedErrorId.partition(",")[0] if records else ""

    @property
    def done(self) -> bool:
        return not self.problem


class Shell:
    """``shell("Set-OwaVirtualDirectory", Identity=..., InternalUrl=...)``. ``ask`` is the client's host."""

    def __init__(self, world: World, server: str = "ex1", user: str = "administrator", *, full: bool = False) -> None:
        self.world = world
        found = world.server(server)
        assert found is not None
        self.server = found
        self.ask: Ask | None = None
        self._interpreter = Interpreter(world, found, user, full_serialization=full)

    def __call__(self, cmdlet: str, *positional: Any, **parameters: Any) -> Reply:
        given: list[tuple[str | None, Any]] = [*parameters.items(), *((None, value) for value in positional)]
        command = SimpleNamespace(command_text=cmdlet, is_script=False, parameters=given, end_of_statement=True)
        return self.run([command])

    def pipeline(self, *stages: tuple[str, Mapping[str, Any]]) -> Reply:
        """Run one statement of several cmdlets, each with its parameters."""
        last = len(stages) - 1
        return self.run(
            [
                SimpleNamespace(
                    command_text=cmdlet, is_script=False, parameters=[*given.items()], end_of_statement=at == last
                )
                for at, (cmdlet, given) in enumerate(stages)
            ]
        )

    def run(self, commands: list[Any]) -> Reply:
        """Run commands as they are."""
        reply = Reply()
        streams = {"output": reply.raw, "error": reply.errors, "warning": reply.warnings}
        try:
            self._interpreter.run(commands, lambda stream, value: streams[stream].append(value), self.ask)
        except Stopped as stopped:
            reply.stopped = stopped.record
        reply.objects = [plain(item) for item in reply.raw]
        return reply

    def get(self, noun: str, server: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The front end object of a noun on a server."""
        return self(f"Get-{noun}", Server=server or self.server.name, **parameters).only

    def set(self, noun: str, server: str | None = None, **parameters: Any) -> Reply:
        """Set the front end object of a noun on a server."""
        name = server or self.server.name
        item = next(d for d in self.world.virtual_directories(noun) if d.server.name == name and d.is_front_end)
        return self(f"Set-{noun}", Identity=item.identity, **parameters)


def lab(
    estate: str | Mapping[str, Any] = "one_server",
    server: str = "ex1",
    switches: Mapping[str, object] | None = None,
    clock: ManualClock | None = None,
) -> Shell:
    """A shell on a fresh world."""
    return Shell(World.from_estate(estate, switches, clock), server)


def plain(item: PSObject) -> dict[str, Any]:
    """The properties of a wire object as plain values; nested objects as their text."""
    return {prop.name: _plain(prop.get_value(item)) for prop in item.PSObject.adapted_properties}


def _plain(value: Any) -> Any:
    if isinstance(value, PSEnumBase):
        return value.name
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, PSObject) and not isinstance(value, (str, int, float)):
        return value.PSObject.to_string if value.__class__ is PSObject else value
    return value
