# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the Windows endpoint, as Python functions: nothing is ever started, nothing interprets PowerShell.

Only what the benchmark's third way and a look around need; cmdlets go elsewhere (windows_runner.py).
`ansible.builtin.raw` reaches the programs through both connections: as `powershell -EncodedCommand` (winrm) or as
script text that ends in `exit $LASTEXITCODE` (psrp); lab-wire 8.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psrpcore.types import HostMethodIdentifier

from ..cmdlets.errors import Stopped
from .command_line import BadCommandLine, parse_cmdlet, split_windows
from .ports import Interpreter
from .psrp_shell import Pipeline


@dataclass(frozen=True)
class Outcome:
    """What a program leaves behind."""

    code: int = 0
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True)
class Programs:
    """The programs of one host for one user.

    open_interpreter: a fresh Exchange shell on this host; shell_start: the seconds that its start takes.
    """

    computer: str
    user: str
    open_interpreter: Callable[[], Interpreter]
    shell_start: float

    async def run(self, line: str) -> Outcome:
        """Runs one command line; what is not known says so."""
        words = split_windows(line)
        name = _program_name(words[0]) if words else ""
        if name in ("powershell", "pwsh"):
            return await self._powershell(words)
        if name == "exchange-shell":
            return await self._exchange_shell(line.strip().partition(" ")[2])
        program = self._simple.get(name)
        return program(words) if program else _unknown(words[0] if words else "")

    async def run_script(self, text: str) -> Outcome:
        """The first line of text that names a program; the rest of the text is what Ansible wraps around it."""
        for line in text.splitlines():
            words = split_windows(line)
            if words and (_program_name(words[0]) in self._simple or _program_name(words[0]) == "exchange-shell"):
                return await self.run(line)
        return Outcome(1, "", f"lab: there is no PowerShell here, and no program in: {text[:200]!r}\r\n")

    @property
    def _simple(self) -> dict[str, Callable[[list[str]], Outcome]]:
        return {
            "hostname": lambda words: Outcome(0, f"{self.computer.partition('.')[0].upper()}\r\n"),
            "whoami": lambda words: Outcome(0, f"contoso\\{self.user}\r\n"),
            "echo": lambda words: Outcome(0, " ".join(words[1:]) + "\r\n"),
        }

    async def _powershell(self, words: list[str]) -> Outcome:
        lower = [word.lower() for word in words]
        if "-encodedcommand" not in lower[:-1]:
            return await self.run_script(" ".join(words[1:]))
        try:
            encoded = words[lower.index("-encodedcommand") + 1]
            return await self.run_script(base64.b64decode(encoded).decode("utf-16-le"))
        except (binascii.Error, UnicodeDecodeError) as error:
            return Outcome(1, "", f"lab: -EncodedCommand cannot be read: {error}\r\n")

    async def _exchange_shell(self, text: str) -> Outcome:
        """Starts an Exchange shell, slow as the one that a script loads, and runs one cmdlet in it."""
        try:
            command = parse_cmdlet(text)
        except BadCommandLine as error:
            return Outcome(1, "", f"{error}\r\n")
        interpreter = self.open_interpreter()
        await asyncio.sleep(self.shell_start + interpreter.seconds([command]))
        shown: dict[str, list[str]] = {"output": [], "error": []}

        def emit(stream: str, value: Any) -> None:
            if stream == "output":
                shown["output"] += [*_as_list(value), ""]
            elif stream == "error":
                shown["error"].append(value.Exception.Message)
            else:
                shown["output"].append(f"{stream.upper()}: {value}")

        try:
            interpreter.run([command], emit)
        except Stopped as error:
            shown["error"].append(str(error))
        lines = {stream: "".join(f"{line}\r\n" for line in texts) for stream, texts in shown.items()}
        return Outcome(1 if shown["error"] else 0, lines["output"], lines["error"])


class ScriptRunner:
    """Script text on the Windows endpoint: what raw on psrp sends; the exit code is a host call (lab-wire 8)."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    async def run(self, pipeline: Pipeline) -> None:
        outcome = await self._programs.run_script("\n".join(command.command_text for command in pipeline.commands))
        for line in outcome.stdout.splitlines():
            pipeline.emit("output", line)
        if outcome.stderr:
            pipeline.tell_host(HostMethodIdentifier.WriteErrorLine, outcome.stderr)
        pipeline.tell_host(HostMethodIdentifier.SetShouldExit, outcome.code)


def _program_name(word: str) -> str:
    return word.lower().rpartition("\\")[2].removesuffix(".exe")


def _unknown(word: str) -> Outcome:
    text = f"'{word}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
    return Outcome(1, "", text)


def _as_list(value: Any) -> list[str]:
    """An object as Format-List would show it, near enough for people."""
    meta = getattr(value, "PSObject", None)
    properties = [*meta.adapted_properties, *meta.extended_properties] if meta else []
    if not properties:
        return [str(value)]
    return [f"{prop.name} : {prop.get_value(value)}" for prop in properties]
