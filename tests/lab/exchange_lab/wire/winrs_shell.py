# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRS: a remote command shell whose command lines go to Programs (winrm-psrp-server 5)."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from dataclasses import dataclass, field

from .programs import Outcome, Programs
from .soap import NS, SHELL, Request
from .wsman_faults import command_not_found, invalid_request, timed_out, too_many_operations

CMD_LINE_LIMIT = 8191  # cmd.exe's; a raw line over about 3 kB meets it through winrm (winrm-psrp-server 5.6)
MAX_OPERATIONS = 1500


@dataclass
class _Command:
    done: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0
    output: list[tuple[str, bytes]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def end(self, outcome: Outcome) -> None:
        self.code = outcome.code
        self.output = [
            (name, text.encode()) for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)) if text
        ]
        self.done.set()


@dataclass
class WinRSShell:
    """One command shell."""

    owner: str
    programs: Programs
    resource: str = f"{SHELL}/cmd"
    id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    touched: float = field(default_factory=time.monotonic)
    _commands: dict[str, _Command] = field(default_factory=dict)
    _operations: int = 0

    async def open(self, request: Request) -> None:
        """A shell needs nothing: its options concern a profile and a code page, which the programs do not have."""

    @property
    def busy(self) -> bool:
        return any(not command.done.is_set() for command in self._commands.values())

    def cmdlets(self, request: Request) -> tuple[str, ...]:
        """A command line is no cmdlet of the fault schedule."""
        return ()

    async def finished(self, command_id: str) -> None:
        """Waits until the command has ended."""
        if (command := self._commands.get(command_id.upper())) is not None:
            await command.done.wait()

    async def command(self, request: Request) -> str:
        line = request.body.find("rsp:CommandLine", NS)
        if line is None:
            raise invalid_request("The Command request has no CommandLine.")
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            raise too_many_operations()
        # pywinrm puts all arguments into one element, pypsrp one into each: cmd.exe sees one line in both cases
        arguments = [argument.text or "" for argument in line.findall("rsp:Arguments", NS)]
        text = " ".join([line.findtext("rsp:Command", "", NS), *arguments])
        command_id = line.get("CommandId") or str(uuid.uuid4()).upper()
        command = self._commands[command_id.upper()] = _Command()
        if len(text) > CMD_LINE_LIMIT and not request.flag("WINRS_SKIP_CMD_SHELL"):
            command.end(Outcome(1, "", "The command line is too long.\r\n"))
        else:
            command.task = asyncio.create_task(self._run(command, text))
        return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"

    async def _run(self, command: _Command, text: str) -> None:
        try:
            command.end(await self.programs.run(text))
        except Exception as error:  # a bug of the lab must not look like a slow program
            command.end(Outcome(1, "", f"lab: {type(error).__name__}: {error}\r\n"))

    def _find(self, command_id: str) -> _Command:
        if (command := self._commands.get(command_id.upper())) is None:
            raise command_not_found(command_id)
        return command

    async def send(self, request: Request) -> str:
        """Takes input and ignores it: no program of the lab reads any."""
        self._find(request.command_id)
        return "<rsp:SendResponse/>"

    async def receive(self, request: Request) -> str:
        command_id = request.command_id
        command = self._find(command_id)
        try:
            await asyncio.wait_for(command.done.wait(), request.timeout)
        except TimeoutError:
            raise timed_out() from None
        body, room = "", request.room * 3 // 4  # what base64 leaves of it
        while command.output and room > 0:
            name, data = command.output.pop(0)
            if len(data) > room:
                command.output.insert(0, (name, data[room:]))
                data = data[:room]
            room -= len(data)
            body += f'<rsp:Stream Name="{name}" CommandId="{command_id}">{base64.b64encode(data).decode()}</rsp:Stream>'
        state = f'<rsp:CommandState CommandId="{command_id}" State="{SHELL}/CommandState/'
        if command.output:
            return f'<rsp:ReceiveResponse>{body}{state}Running"/></rsp:ReceiveResponse>'
        for name in ("stdout", "stderr"):
            body += f'<rsp:Stream Name="{name}" CommandId="{command_id}" End="true"/>'
        body += f'{state}Done"><rsp:ExitCode>{command.code}</rsp:ExitCode></rsp:CommandState>'
        return f"<rsp:ReceiveResponse>{body}</rsp:ReceiveResponse>"

    async def signal(self, request: Request) -> str:
        code = request.body.findtext("rsp:Signal/rsp:Code", "", NS)
        if code.lower().endswith("terminate"):
            command = self._commands.pop(request.command_id.upper(), None)
            if command is not None and command.task is not None:
                command.task.cancel()
        return "<rsp:SignalResponse/>"

    async def close(self) -> None:
        """Stops what runs; called once, when the shell is deleted or reaped."""
        for command in self._commands.values():
            if command.task is not None:
                command.task.cancel()
        self._commands.clear()
