# SPDX-License-Identifier: GPL-3.0-or-later
"""What one runspace of one user on one server can do. No I/O, synchronous."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psrpcore.types import PSCredential, PSObject, PSSecureString

from ..contract import Cmdlet, documented
from ..world.refused import Refused
from ..world.servers import Server
from ..world.world import World
from . import (
    auth_config,
    certificate_files,
    certificate_requests,
    certificate_services,
    certificates,
    client_access_services,
    component_states,
    connectors,
    mail_protocols,
    new_virtual_directories,
    offline_address_books,
    organization_config,
    outlook_providers,
    servers_and_sites,
    transport,
    virtual_directories,
)
from .binder import bind
from .call import CMDLETS, Ask, Call, Emit
from .errors import Stopped, no_language, not_recognized, not_simulated, of_refused

FAMILIES = (
    auth_config,
    certificate_files,
    certificate_requests,
    certificate_services,
    certificates,
    client_access_services,
    component_states,
    connectors,
    mail_protocols,
    new_virtual_directories,
    offline_address_books,
    organization_config,
    outlook_providers,
    servers_and_sites,
    transport,
    virtual_directories,
)
"""Importing a family registers its cmdlets."""

REDACTED = "********"
READING = ("get-", "export-exchangecertificate")
"""What leaves everything as it is: exports come back as data (certificate-laws X1), since files were done away with."""
PIPELINE = ("get-exchangecertificate", "new-exchangecertificate")
"""The only pipeline of several cmdlets that the lab runs (certificate-laws N10)."""


class Interpreter:
    """The runspace behind one session: no language, hardly a pipeline, RBAC decides what exists."""

    def __init__(self, lab: World, server: Server, user: str, *, full_serialization: bool) -> None:
        """``user`` may carry a domain in either form; ``full_serialization`` adds SerializationData to the objects."""
        self.world = lab
        self.server = server
        self.user = user
        self.full_serialization = full_serialization

    def seconds(self, commands: Sequence[Any]) -> float:
        """The latency that the world charges for these commands, in seconds."""
        return sum(
            self.world.seconds(command.command_text, [name for name, _unused in command.parameters if name])
            for command in commands
        )

    def run(self, commands: Sequence[Any], emit: Emit, ask: Ask | None = None) -> None:
        """Run one statement.

        ``commands`` have command_text, is_script, parameters [(name or None, value)] and end_of_statement, as those
        of psrpcore do. ``emit(stream, value)`` gets "output" (PSObject), "error" (ErrorRecord, non-terminating),
        "warning" (str) and "verbose" (str). ``ask`` answers questions for the user; None: the client has no host.
        Raises Stopped for a terminating error, and whatever ``ask`` raises.
        """
        text = " ".join(command.command_text for command in commands)
        if any(command.is_script for command in commands) or any(command.end_of_statement for command in commands[:-1]):
            raise no_language(text)
        if len(commands) == 1:
            self._run_one(commands[0], emit, ask)
        elif tuple(command.command_text.lower() for command in commands) == PIPELINE:
            self._run_pipeline(commands[0], commands[1], emit, ask)
        else:
            raise not_simulated("a pipeline of these cmdlets")

    def _run_pipeline(self, first: Any, second: Any, emit: Emit, ask: Ask | None) -> None:
        """Objects go from the first cmdlet to the second inside the server."""
        passed: list[Any] = []
        self._run_one(
            first, lambda stream, value: passed.append(value) if stream == "output" else emit(stream, value), ask
        )
        for value in passed:
            self._run_one(second, emit, ask, piped=value)

    def _run_one(self, command: Any, emit: Emit, ask: Ask | None, piped: PSObject | None = None) -> None:
        event: dict[str, Any] = {
            "event": "cmdlet",
            "server": self.server.fqdn,
            "user": self.user,
            "cmdlet": command.command_text,
            "parameters": plain_parameters(command.parameters),
            "write": not command.command_text.lower().startswith(READING),
            "what_if": False,
            "latency": self.seconds([command]),
        }
        try:
            known = self._find(command.command_text)
            event["cmdlet"] = known.name
            bound = bind(known, command.parameters, self.server.version.product, self._sees_parameter)
            event["what_if"] = bound.what_if
            call = Call(self.world, self.server, bound, self.full_serialization, emit, ask, piped)
            self._perform(CMDLETS[known.name.lower()], call)
        except Stopped as stopped:
            self.world.log(
                {**event, "outcome": "stopped", "category": stopped.record.FullyQualifiedErrorId.partition(",")[0]}
            )
            raise
        outcome = "error" if call.errors else "warning" if call.warned else "ok"
        self.world.log({**event, "outcome": outcome, **({"category": call.errors[0]} if call.errors else {})})

    def _find(self, name: str) -> Cmdlet:
        known = documented().get(name.lower())
        if (
            known is None
            or self.server.version.product not in known.applicable
            or not self.world.rbac.sees(self.user, known.name)
        ):
            raise not_recognized(name)
        if known.name.lower() not in CMDLETS:
            raise not_simulated(known.name)
        return known

    def _sees_parameter(self, cmdlet: str, parameter: str) -> bool:
        return self.world.rbac.sees(self.user, cmdlet, parameter)

    def _perform(self, run: Callable[[Call], None], call: Call) -> None:
        try:
            if call.bound.cmdlet.writes:
                call.check_confirmation()
            run(call)
        except Refused as refused:
            if refused.terminating:
                raise Stopped(
                    of_refused(refused, call.bound.cmdlet.name, self.server.name, self.world.clock.now())
                ) from None
            call.error(refused)


def plain_parameters(parameters: Sequence[tuple[str | None, Any]]) -> dict[str, Any]:
    return {name or f"#{at}": _plain(value) for at, (name, value) in enumerate(parameters)}


def _plain(value: Any) -> Any:
    """What may be logged: plain values, secrets masked."""
    if isinstance(value, (PSSecureString, PSCredential)):
        return REDACTED
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, PSObject) and not isinstance(value, str):
        return value.PSObject.to_string or ""
    return str(value)
