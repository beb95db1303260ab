# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's real actions over the lab's real cmdlets, without a wire: fast enough for thousands of runs.

Everything between the two is real but the transport: parameters are serialized by pypsrp and read by psrpcore, objects
and errors are serialized by psrpcore and read by the collection's own reader of PSRP messages.
"""

from __future__ import annotations

import importlib
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import psrpcore
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from psrpcore.types import PSObject, PSRPMessageType, PSSecureString, deserialize, serialize
from pypsrp.complex_objects import PSInvocationState
from pypsrp.serializer import Serializer

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting import failures
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Secret
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint_kind import EXCHANGE, EndpointKind
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import EndpointUnreachable, Unanswered
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.questions import CHOICE, AnsweringHost
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.replies import Defragmenter
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Session
from exchange_lab.cmdlets import Interpreter, Stopped
from exchange_lab.cmdlets.windows import WindowsInterpreter
from exchange_lab.world import World
from exchange_lab.world.servers import Server

COLLECTION = "ansible_collections.mailops.exchange.plugins.action"
PASSWORD = "hunter2-of-the-lab"
ADMINISTRATOR = "administrator@CONTOSO.TEST"

_CIPHER = psrpcore._crypto.PSCryptoProvider()


class InProcessSession(Session):
    """A session whose commands go straight into an Interpreter."""

    interpreter: Interpreter | WindowsInterpreter
    closed = False

    @classmethod
    def to(cls, world: World, candidates: Sequence[Any], user: str) -> InProcessSession:
        """A session on the first candidate that is a server of the world. Raises EndpointUnreachable."""
        for endpoint in candidates:
            if server := world.servers.get(endpoint.host.lower()):
                session = cls(endpoint)
                session.interpreter = _interpreter(world, server, user, endpoint.kind)
                session.answered_by = server.fqdn
                session._load_modules()
                return session
        raise EndpointUnreachable("No server of the lab answers there.", "Name one.")

    def invoke(self, command: Any, keep_errors: bool = False) -> Any:
        shell = SimpleNamespace(
            state=PSInvocationState.COMPLETED, output=[], streams=SimpleNamespace(error=[], warning=[])
        )
        receive = {
            "output": lambda value: shell.output.append(_received(PSRPMessageType.PipelineOutput, value).data),
            "error": lambda value: shell.streams.error.append(_received(PSRPMessageType.ErrorRecord, value)),
            "warning": shell.streams.warning.append,
            "verbose": lambda text: None,
        }
        self.traffic.commands += 1
        try:
            self.interpreter.run(_sent(command), lambda stream, value: receive[stream](value), _host(command))
        except Unanswered as exc:
            raise failures.of_question(exc, command, self.endpoint) from exc
        except Stopped as stopped:
            receive["error"](stopped.record)
            shell.state = PSInvocationState.FAILED
        return self._reply(shell, command, keep_errors)

    def recover(self) -> None:
        """There is no connection that could break."""

    def close(self) -> None:
        self.closed = True


def _interpreter(world: World, server: Server, user: str, kind: EndpointKind) -> Interpreter | WindowsInterpreter:
    if kind is EXCHANGE:
        return Interpreter(world, server, user, full_serialization=True)
    return WindowsInterpreter(world, server, user)


def _host(command: Any) -> Callable[[Any], int] | None:
    """The host of a command that has an answer, as the lab asks it. Raises Unanswered."""
    if command.answer is None:
        return None
    host = AnsweringHost(command.answer.to)

    def ask(question: Any) -> int:
        choices = [SimpleNamespace(extended_properties={"label": label}) for label in question.choices]
        number = host.run_method(CHOICE, (question.caption, question.message, choices, question.default), None)
        assert number is not None
        return number

    return ask


def _sent(command: Any) -> list[SimpleNamespace]:
    """The stages of the command as psrpcore hands them to a server."""

    def travelled(value: Any) -> Any:
        if isinstance(value, Secret):
            return PSSecureString(value.text)
        element = Serializer().serialize(value)
        assert element is not None
        return deserialize(ET.fromstring(ET.tostring(element)), _CIPHER)

    return [
        SimpleNamespace(
            command_text=stage.cmdlet,
            is_script=False,
            parameters=[(name, travelled(value)) for name, value in stage.parameters.items()],
            end_of_statement=stage is command,
        )
        for stage in command.stages
    ]


def _received(kind: PSRPMessageType, value: PSObject) -> Any:
    """The data of a message that carries the value, as the collection reads it."""
    text = ET.tostring(serialize(value, _CIPHER), encoding="utf-8")
    message = struct.pack("<II", 1, kind.value) + bytes(32) + text
    fragment = struct.pack(">QQBI", 1, 0, 3, len(message)) + message
    return Defragmenter(Serializer())(fragment)[0].data


class Connection:
    """A psrp connection that is never opened."""

    transport = "psrp"

    def __init__(self, host: str, user: str) -> None:
        self._options = {"remote_addr": host, "remote_user": user, "remote_password": PASSWORD}
        self._shell = SimpleNamespace(tmpdir=None)

    def get_option(self, name: str) -> Any:
        return self._options.get(name)


class Result:
    """What a task gave back: keys are attributes, absent ones are None. The lab's records tell what it did."""

    def __init__(self, keys: dict[str, Any], records: list[dict[str, Any]]) -> None:
        self.keys = keys
        self.sent = [record for record in records if record["write"] and not record["parameters"].get("WhatIf")]
        """Commands that could write, without -WhatIf."""
        self.written = [record for record in self.sent if record["outcome"] in ("ok", "warning")]
        """Those that the server carried out."""
        self.read = [record["cmdlet"] for record in records if not record["write"]]

    def __getattr__(self, name: str) -> Any:
        return self.keys.get(name)

    def __repr__(self) -> str:
        return repr(self.keys)

    def ok(self) -> Result:
        """This result, checked to be no failure."""
        assert not self.failed, self.msg
        return self

    def refused(self) -> str:
        """The message of a failure, checked to be our own refusal: nothing was sent that could write."""
        assert not self.sent, self.sent
        return self.rejected()

    def rejected(self) -> str:
        """The message of a failure, checked to have written nothing and to say so."""
        assert self.failed, self.keys
        assert not self.written, self.written
        assert self.changed is False
        return str(self.msg)


class Converge:
    """Runs tasks against one world: ``converge("exchange_vdir", server="EX1", protocol="owa", ...)``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: list[InProcessSession] = []
        self._again: Callable[[], Result] | None = None

    def __call__(
        self,
        module: str,
        *,
        check_mode: bool = False,
        diff: bool = True,
        on: str = "",
        user: str = ADMINISTRATOR,
        variables: dict[str, Any] | None = None,
        **options: Any,
    ) -> Result:
        """Run one task.

        Args:
            on: FQDN of the inventory's host; the first server of the world by default.
            user: who logs in, for the lab's RBAC.
            variables: more variables of the host.
            options: the task's arguments.
        """
        self._again = lambda: self(
            module, check_mode=check_mode, diff=diff, on=on, user=user, variables=variables, **options
        )
        host = on or next(iter(self.world.servers))
        action_class = importlib.import_module(f"{COLLECTION}.{module}").ActionModule
        action = type("ActionModule", (action_class,), {"open_session": self._opener(user)})(
            task=_task(module, options, check_mode, diff),
            connection=Connection(host, user),
            play_context=None,
            loader=DataLoader(),
            templar=Templar(loader=DataLoader()),
            shared_loader_obj=None,
        )
        before = len(self.world.records)
        keys = action.run(task_vars={"inventory_hostname": host, **(variables or {})})
        return Result(keys, self.world.records[before:])

    def again(self) -> Result:
        """Run the last task once more."""
        assert self._again is not None
        return self._again()

    def _opener(self, user: str) -> staticmethod[[Sequence[Any]], InProcessSession]:
        def open_session(candidates: Sequence[Any]) -> InProcessSession:
            self.sessions.append(InProcessSession.to(self.world, candidates, user))
            return self.sessions[-1]

        return staticmethod(open_session)


def _task(module: str, options: dict[str, Any], check_mode: bool, diff: bool) -> SimpleNamespace:
    return SimpleNamespace(
        action=f"mailops.exchange.{module}",
        resolved_action=f"mailops.exchange.{module}",
        args=options,
        check_mode=check_mode,
        diff=diff,
        delegate_to=None,
        async_val=0,
        get_search_path=list,
        environment=[],
        collections=[],
    )
