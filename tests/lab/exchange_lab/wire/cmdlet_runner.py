# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines of cmdlets: they go to an Interpreter, after the latency that the estate charges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ..faults import Fault
from . import psrp_message
from .ports import Emit, Interpreter
from .psrp_shell import Pipeline
from .questions import run_asking


class CmdletRunner:
    """Runs one shell's pipelines. take_fault(cmdlets) is the schedule's answer for one pipeline of this host."""

    def __init__(
        self,
        interpreter: Interpreter,
        take_fault: Callable[[Sequence[str]], Fault | None],
    ) -> None:
        self._interpreter = interpreter
        self._take_fault = take_fault

    async def run(self, pipeline: Pipeline) -> None:
        """Raises what the Interpreter raises."""
        commands = pipeline.commands
        fault = self._take_fault([command.command_text for command in commands])
        if fault is None:
            await self._sleep(commands)
            await self._run(pipeline, pipeline.emit)
            return
        if fault.kind == "hang":
            await asyncio.Event().wait()
        await self._sleep(commands)
        await self._run(pipeline, lambda stream, value: None)
        pipeline.emit_raw(_OUTPUT[fault.kind](fault.size))

    async def _run(self, pipeline: Pipeline, emit: Emit) -> None:
        """A client without a host cannot be asked."""
        if pipeline.has_host:
            await run_asking(lambda ask: self._interpreter.run(pipeline.commands, emit, ask), pipeline.ask)
        else:
            self._interpreter.run(pipeline.commands, emit)

    async def _sleep(self, commands: Sequence[Any]) -> None:
        if seconds := self._interpreter.seconds(commands):
            await asyncio.sleep(seconds)


_OUTPUT: dict[str, Callable[[int], bytes]] = {
    "invalid_clixml": lambda size: psrp_message.INVALID_CLIXML,
    "megabytes": psrp_message.long_text,
    "nested": psrp_message.nested_objects,
}
