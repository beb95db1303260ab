# SPDX-License-Identifier: GPL-3.0-or-later
"""The WS-Management service of a host: from a request to a shell's answer, with what the fault schedule does to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from psrpcore import Command

from ..faults import AFTER, BEFORE, RUN, FaultSchedule
from . import wsman_faults
from .authentication import Connection
from .cmdlet_runner import CmdletRunner
from .host import Endpoint, Host, Shell
from .ports import ExchangeAccess, Interpreter, OpenInterpreter, OpenWindowsInterpreter
from .programs import Programs, ScriptRunner
from .psrp_shell import PsrpShell
from .routing import Query, Routing
from .soap import NS, SHELL, TRANSFER, Request
from .windows_runner import WindowsRunner
from .winrs_shell import WinRSShell

COOKIE = "X-BackEndCookie"
OPENING = "New-PSSession"  # the name by which a latency for the opening of a session is given
HTML_PAGE = b"<!DOCTYPE html><html><head><meta charset=utf-8></head><body><h1>Runtime Error</h1><hr></body></html>"
POLL_SECONDS = 0.05


class Drop(Exception):
    """Cut the connection here."""


class HttpAnswer(Exception):
    """Answer with something that is not SOAP."""

    def __init__(self, status: int, body: bytes, content_type: str) -> None:
        super().__init__(status)
        self.status, self.body, self.content_type = status, body, content_type


@dataclass(frozen=True)
class Call:
    """One request where it arrived. cookie: what the client sent for COOKIE."""

    host: Host
    endpoint: Endpoint
    connection: Connection
    request: Request
    query: Query
    cookie: str
    record: dict[str, Any]

    @property
    def user(self) -> str:
        return self.connection.user or ""

    @property
    def shell(self) -> Shell | None:
        """The user's own shell: another user's looks unknown (winrm-psrp-server 5.9)."""
        shell = self.host.shells.get(self.request.shell_id.upper())
        return shell if shell is not None and shell.owner == self.user else None


@dataclass
class Service:
    """What all hosts of a lab share.

    shell_start: seconds that exchange-shell takes to start; idle: seconds after which a silent shell goes;
    cookie_required: a request without the routing cookie of its shell meets another back end.
    """

    open_interpreter: OpenInterpreter
    open_windows_interpreter: OpenWindowsInterpreter
    access: ExchangeAccess
    routing: Routing
    faults: FaultSchedule
    shell_start: float = 0.0
    idle: float = 7200.0
    cookie_required: bool = False

    async def handle(self, call: Call) -> str:
        """The body of the answer. Raises WSManFault, Unauthorized, HttpAnswer or Drop."""
        cmdlets = call.shell.cmdlets(call.request) if call.shell else ()
        await self._strike(BEFORE, call, cmdlets)
        body = await self._dispatch(call)
        await self._strike(AFTER, call, cmdlets)
        return body

    async def _strike(self, stage: str, call: Call, cmdlets: tuple[str, ...]) -> None:
        operation = call.request.operation
        fault = self.faults.take(stage, call.host.fqdn, operation, cmdlets)
        if fault is None:
            return
        call.record["fault"] = fault.kind
        if stage == AFTER and operation == "Command" and call.shell is not None:
            await call.shell.finished(call.request.command_id)  # what was lost is the response, not the write
        await self._break(fault.kind, call)

    async def _break(self, kind: str, call: Call) -> None:
        front_end, limit = call.host.server, call.endpoint.max_shells
        if kind == "drop":
            raise Drop
        if kind == "hang":
            while not call.request.client_gone():
                await asyncio.sleep(POLL_SECONDS)
            raise Drop
        if kind == "html":
            raise HttpAnswer(200, HTML_PAGE, "text/html; charset=utf-8")
        if kind == "unavailable":
            raise HttpAnswer(503, b"Service Unavailable", "text/plain")
        if kind == "unauthorized":
            call.connection.log_out()
            raise call.connection.challenge(call.endpoint.offers, "the fault schedule says so")
        if kind == "throttle_shells":
            raise wsman_faults.too_many_shells(limit)
        if kind == "throttle_load":
            raise wsman_faults.user_load()
        if kind in ("throttle_connections", "broken_pool"):
            prefix = wsman_faults.exchange_prefix(front_end.name, front_end.fqdn, "AuthZ-AuthorizationException")
            refusal = wsman_faults.too_many_connections(prefix, limit)
            if kind == "throttle_connections":
                raise refusal
            if isinstance(call.shell, PsrpShell):
                call.shell.break_pool(refusal.reason)
        if kind == "wrong_back_end":
            raise self._not_found(call)
        if kind == "shell_gone" and (shell := call.shell) is not None:
            del call.host.shells[shell.id.upper()]
            await shell.close()

    def _not_found(self, call: Call) -> wsman_faults.WSManFault:
        if not call.endpoint.exchange:
            return wsman_faults.shell_not_found(call.request.shell_id)
        server = call.host.server
        prefix = wsman_faults.exchange_prefix(server.name, server.fqdn, "WSMan-InvalidShellID")
        return wsman_faults.shell_not_found(call.request.shell_id, prefix)

    async def _dispatch(self, call: Call) -> str:
        request, action = call.request, call.request.action
        if action == f"{TRANSFER}/Create":
            return await self._create(call)
        shell = call.shell
        if shell is None or (self.cookie_required and call.endpoint.exchange and call.cookie != shell.id):
            raise self._not_found(call)
        if isinstance(shell, PsrpShell) and shell.back_end:
            self._check_access(call, shell.back_end)
        shell.touched = time.monotonic()
        if action == f"{TRANSFER}/Delete":
            del call.host.shells[shell.id.upper()]
            await shell.close()
            return ""
        answer = {
            "command": shell.command,
            "receive": shell.receive,
            "send": shell.send,
            "signal": shell.signal,
        }.get(action.removeprefix(f"{SHELL}/").lower())
        if answer is None:
            raise wsman_faults.unsupported_action(action)
        return await answer(request)

    async def _create(self, call: Call) -> str:
        host, request = call.host, call.request
        mine = [
            shell for shell in host.shells.values() if (shell.owner, shell.resource) == (call.user, request.resource)
        ]
        if len(mine) >= call.endpoint.max_shells:
            raise wsman_faults.too_many_shells(call.endpoint.max_shells)
        shell = self._new_shell(call)
        await asyncio.sleep(call.record.get("latency", 0))
        await shell.open(request)
        host.shells[shell.id.upper()] = shell
        streams = "".join(
            f"<rsp:{name}>{escape(request.body.findtext(f'rsp:Shell/rsp:{name}', '', NS))}</rsp:{name}>"
            for name in ("InputStreams", "OutputStreams")
        )
        return (
            f"<x:ResourceCreated><a:Address>http://{host.fqdn}/wsman</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{escape(request.resource)}</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{escape(shell.id)}</w:Selector></w:SelectorSet>'
            "</a:ReferenceParameters></x:ResourceCreated>"
            f"<rsp:Shell>{_facts(shell)}<rsp:IdleTimeOut>PT{self.idle:.3f}S</rsp:IdleTimeOut>{streams}</rsp:Shell>"
        )

    def _new_shell(self, call: Call) -> Shell:
        host, endpoint, resource = call.host, call.endpoint, call.request.resource
        if endpoint.exchange and resource == endpoint.resource:
            back_end = self.routing.choose(host.fqdn, call.query)
            call.record["back_end"] = back_end.fqdn
            self._check_access(call, back_end.fqdn)
            interpreter = self.open_interpreter(back_end.fqdn, call.user, call.query.full_serialization)
            call.record["latency"] = interpreter.seconds([Command(OPENING)])
            return PsrpShell(call.user, self._cmdlet_runner(host, interpreter), back_end.fqdn)
        if not endpoint.exchange and resource in (endpoint.resource, f"{SHELL}/cmd"):
            programs = Programs(host.fqdn, call.user, self._local_interpreter(call), self.shell_start)
            if resource == endpoint.resource:
                interpreter = self.open_windows_interpreter(host.fqdn, call.user)
                runner = WindowsRunner(self._cmdlet_runner(host, interpreter), ScriptRunner(programs))
                return PsrpShell(call.user, runner)
            return WinRSShell(call.user, programs)
        raise wsman_faults.unknown_configuration(resource, host.fqdn)

    def _check_access(self, call: Call, back_end: str) -> None:
        if why := self.access.why_not(call.host.fqdn, back_end):
            call.record["why"] = why
            raise wsman_faults.back_end_unreachable(call.host.server.name, back_end)

    def _cmdlet_runner(self, host: Host, interpreter: Interpreter) -> CmdletRunner:
        return CmdletRunner(interpreter, lambda cmdlets: self.faults.take(RUN, host.fqdn, "", cmdlets))

    def _local_interpreter(self, call: Call) -> Callable[[], Any]:
        return lambda: self.open_interpreter(call.host.fqdn, call.user, False)

    async def reap(self, hosts: list[Host]) -> None:
        """Removes idle shells now and then; never returns."""
        while True:
            await asyncio.sleep(min(self.idle / 4, 30))
            await self.remove_idle(hosts, time.monotonic())

    async def remove_idle(self, hosts: list[Host], now: float) -> None:
        """Removes the shells that nobody spoke to for the idle time and that run nothing. now: of time.monotonic."""
        for host in hosts:
            for key, shell in list(host.shells.items()):
                if now - shell.touched > self.idle and not shell.busy:
                    await host.shells.pop(key).close()


def _facts(shell: Shell) -> str:
    return (
        f"<rsp:ShellId>{escape(shell.id)}</rsp:ShellId><rsp:ResourceUri>{escape(shell.resource)}</rsp:ResourceUri>"
        f"<rsp:Owner>{escape(shell.owner)}</rsp:Owner>"
    )
