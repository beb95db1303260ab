# SPDX-License-Identifier: GPL-3.0-or-later
"""A runspace of Windows PowerShell 5.1 in which only cmdlets run, single or in pipelines. No I/O, synchronous."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...contract import documented
from ...world.servers import Server
from ...world.world import World
from ..binder import Bound, bind
from ..call import Ask
from ..errors import Stopped, not_recognized, not_simulated, prompt_without_host
from ..interpreter import plain_parameters
from . import (
    applications,
    bindings,
    certificates,
    events,
    network,
    objects,
    pools,
    processes,
    providers,
    services,
    sites,
    web_configuration,
)
from .call import CMDLETS, Call, Failure, Known, Runspace, check_simulated
from .live import sent

FAMILIES = (
    applications,
    bindings,
    certificates,
    events,
    network,
    objects,
    pools,
    processes,
    providers,
    services,
    sites,
    web_configuration,
)
"""Importing a family registers its cmdlets."""


class WindowsInterpreter:
    """The runspace behind one session of an administrator of the server."""

    def __init__(self, lab: World, server: Server, user: str) -> None:
        """``user`` may carry a domain in either form."""
        self.world = lab
        self.server = server
        self.user = user
        self.runspace = Runspace(lab, server)

    def seconds(self, commands: Sequence[Any]) -> float:
        """The latency that the world charges for these commands, in seconds."""
        return sum(
            self.world.seconds(command.command_text, [name for name, _unused in command.parameters if name])
            for command in commands
        )

    def run(self, commands: Sequence[Any], emit: Callable[[str, object], None], ask: Ask | None = None) -> None:
        """Run statements, each a pipeline of cmdlets; the commands and streams are those of the Exchange Interpreter.

        Nothing here asks. Raises Stopped for a terminating error.
        """
        for statement in _statements(commands):
            self._run_pipeline(statement, emit)

    def _run_pipeline(self, stages: Sequence[Any], emit: Callable[[str, object], None]) -> None:
        if any(stage.is_script for stage in stages):
            raise not_simulated("script text beside cmdlets")
        objects_so_far: list[Any] | None = None
        for stage in stages:
            objects_so_far = self._run_stage(stage, objects_so_far, emit)
        for value in objects_so_far or ():
            emit("output", sent(value))

    def _run_stage(self, stage: Any, piped: list[Any] | None, emit: Callable[[str, object], None]) -> list[Any]:
        event: dict[str, Any] = {
            "event": "cmdlet",
            "endpoint": "windows",
            "server": self.server.fqdn,
            "user": self.user,
            "cmdlet": stage.command_text,
            "parameters": plain_parameters(stage.parameters),
            "write": True,
            "what_if": False,
            "latency": self.seconds([stage]),
        }
        try:
            known, bound = self._bound(stage, piped)
            call = Call(self.runspace, bound, emit, piped or [])
            event |= {"cmdlet": bound.cmdlet.name, "write": _writes(known, call), "what_if": bound.what_if}
            made = _perform(known, call, started=piped != [])
        except Stopped as stopped:
            self.world.log(
                {**event, "outcome": "stopped", "category": stopped.record.FullyQualifiedErrorId.partition(",")[0]}
            )
            raise
        outcome = "error" if call.errors else "warning" if call.warned else "ok"
        self.world.log({**event, "outcome": outcome, **({"category": call.errors[0]} if call.errors else {})})
        return made

    def _bound(self, stage: Any, piped: list[Any] | None) -> tuple[Known, Bound]:
        cmdlet = documented().get(stage.command_text.lower())
        if cmdlet is None or self.runspace.machine.windows not in cmdlet.applicable:
            raise not_recognized(stage.command_text)
        known = CMDLETS.get(cmdlet.name.lower())
        if known is None:
            raise not_simulated(cmdlet.name)
        if piped is not None and not known.piped:
            raise not_simulated(f"{cmdlet.name} behind another cmdlet")
        given = [*stage.parameters, *([] if piped is None else [(known.piped, tuple(piped))])]
        bound = bind(cmdlet, given, self.runspace.machine.windows, lambda name, parameter: True)
        check_simulated(known, bound)
        if bound.get("Confirm", False):
            raise prompt_without_host(cmdlet.name)
        if known.module:
            self.runspace.modules.add(known.module)  # a cmdlet loads its module (iis-over-remoting 1)
        return known, bound


def _statements(commands: Sequence[Any]) -> Iterator[list[Any]]:
    statement: list[Any] = []
    for command in commands:
        statement.append(command)
        if command.end_of_statement:
            yield statement
            statement = []
    if statement:
        yield statement


def _writes(known: Known, call: Call) -> bool:
    """A call of a method writes unless it only makes text of an object."""
    return known.writes and str(call.get("MemberName", "")).lower() not in ("tostring", "toxml")


def _perform(known: Known, call: Call, *, started: bool) -> list[Any]:
    """A stage that gets no object does nothing."""
    made: list[Any] = []
    if started:
        try:
            made.extend(known.run(call) or ())
        except Failure as failure:
            call.fail(failure)
    return made
