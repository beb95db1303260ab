# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines of the Windows endpoint: cmdlets go to its Interpreter, script text to the programs."""

from __future__ import annotations

from .psrp_shell import Pipeline, Runner


class WindowsRunner:
    """Runs one shell's pipelines."""

    def __init__(self, cmdlets: Runner, scripts: Runner) -> None:
        self._cmdlets, self._scripts = cmdlets, scripts

    async def run(self, pipeline: Pipeline) -> None:
        """Raises Stopped when the pipeline ends in a terminating error."""
        is_script = any(command.is_script for command in pipeline.commands)
        await (self._scripts if is_script else self._cmdlets).run(pipeline)
