# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One PSRP runspace pool on an endpoint of a server (lab-wire.md section 1 gives the ten rules kept here)."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import failures
from .command import Command, Secret
from .endpoint import SEALING, Endpoint
from .errors import (
    CommandFailed,
    DeadlineExceeded,
    EndpointError,
    EndpointUnreachable,
    ExchangeError,
    Interrupted,
    ReplyRefused,
    Throttled,
    Unanswered,
)
from .questions import AnsweringHost
from .record import Record
from .replies import Budget, Defragmenter, limit_bytes

try:
    from pypsrp.complex_objects import ObjectMeta, PSInvocationState
    from pypsrp.powershell import PowerShell, RunspacePool
    from pypsrp.wsman import SelectorSet, WSMan
    from requests.cookies import RequestsCookieJar

    PYPSRP_IMPORT_ERROR = None
except ImportError:
    PYPSRP_IMPORT_ERROR = traceback.format_exc()

POLL_S = 20
GRACE_S = 10
"""How much longer than an operation may take its answer is waited for."""
CLOSE_S = 5
OPEN_WAITS_S = (2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True)
class Reply:
    """What one command brought back."""

    records: tuple[Record, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[CommandFailed, ...] = ()
    """Non-terminating errors that stood beside the records; empty unless they were asked for."""


@dataclass
class Traffic:
    """What a session cost."""

    requests: int = 0
    commands: int = 0
    seconds: float = 0.0


@dataclass
class Session:
    """An open session. Use Session.open, and close it in ``finally``."""

    endpoint: Endpoint
    traffic: Traffic = field(default_factory=Traffic)
    answered_by: str = ""
    """The back end that serves us, as far as the server has told."""
    _pool: Any = None
    _budget: Budget = field(default_factory=Budget)
    _unsettled: bool = False
    _shell_gone: bool = False
    _shell_in_doubt: bool = False
    """The server may hold a shell of ours although its creation was not confirmed."""

    @classmethod
    def open(cls, candidates: Sequence[Endpoint], sleep: Callable[[float], None] = time.sleep) -> Session:
        """Open a session on the first candidate that answers.

        Only an endpoint that does not answer lets the next one be tried; a refusal of the user or of a certificate
        does not. A throttled user is waited for, a few times, longer each time.

        Raises:
            EndpointError: as its subclasses say.
        """
        if PYPSRP_IMPORT_ERROR:
            raise EndpointError(
                "The Python package pypsrp is missing on the control node.",
                "Install it: python3 -m pip install 'pypsrp>=0.9,<1'.",
            )
        for last, endpoint in enumerate(candidates, start=1):
            try:
                return cls._open_patiently(endpoint, sleep)
            except EndpointUnreachable:
                if last == len(candidates):
                    raise
        raise ValueError("no endpoint to open")

    @classmethod
    def _open_patiently(cls, endpoint: Endpoint, sleep: Callable[[float], None]) -> Session:
        for wait in (*OPEN_WAITS_S, None):
            session = cls(endpoint)
            try:
                session._connect()
                return session
            except Throttled as exc:
                if wait is None or exc.wait > sum(OPEN_WAITS_S):
                    raise
                sleep(max(wait, exc.wait))
        raise AssertionError("unreachable")

    def _connect(self) -> None:
        endpoint = self.endpoint
        poll = max(1, min(POLL_S, math.ceil(endpoint.timeout)))
        try:
            wsman = WSMan(
                endpoint.host,
                port=endpoint.port,
                ssl=endpoint.scheme == "https",
                path=endpoint.path,
                auth=endpoint.auth,
                username=endpoint.username or None,
                password=endpoint.password or None,
                cert_validation=endpoint.verify and (endpoint.ca_cert or True),  # type: ignore[arg-type] # a path is taken too
                encryption="auto",
                connection_timeout=endpoint.connect_timeout,
                read_timeout=poll + GRACE_S,
                operation_timeout=poll,
                negotiate_service=endpoint.spn_service,
                negotiate_hostname_override=endpoint.spn_host or None,
            )
            self._supervise(wsman.transport)
            self._pool = RunspacePool(wsman, configuration_name=endpoint.configuration)
            self._pool._fragmenter.defragment = Defragmenter(self._pool._serializer)
            self._pool.open()
            self._load_modules()
        except Exception as exc:
            self._give_up(failures.may_have_arrived(exc))
            raise failures.of_opening(exc, endpoint) from exc
        except BaseException:
            self._give_up(shell_in_doubt=True)
            raise

    def _load_modules(self) -> None:
        """Load them before anything names a path of their drives: a drive does not load its module by itself."""
        for name in self.endpoint.modules:
            self.invoke(Command("Import-Module", {"Name": name, "ErrorAction": "Stop"}))

    def _give_up(self, shell_in_doubt: bool) -> None:
        self._unsettled, self._shell_in_doubt = True, shell_in_doubt
        self.close()

    def _supervise(self, transport: Any) -> None:
        """Count requests, bound replies, keep cookies over logins, and never repeat a request by itself."""
        send, build, cookies = transport.send, transport._build_session, RequestsCookieJar()

        def once(message: bytes, *, retries_on_read_timeout: int = 0, timeout: Any = None) -> bytes:
            self.traffic.requests += 1
            return send(message, timeout=timeout)

        def bounded() -> Any:
            session = limit_bytes(build(), self._budget)
            session.cookies = cookies
            session.hooks["response"].append(self._note_who_answers)
            return session

        transport.send, transport._build_session = once, bounded

    def _note_who_answers(self, response: Any, **_options: Any) -> None:
        """The front end names the back end that it proxied to (public page msxfaq.de, exchange_http_header)."""
        self.answered_by = failures.clean(response.headers.get("X-CalculatedBETarget", ""), 255) or self.answered_by

    def invoke(self, command: Command, keep_errors: bool = False) -> Reply:
        """Run one command to its end.

        Args:
            keep_errors: hand non-terminating errors out in the reply instead of raising the first.

        Raises:
            CommandFailed: the server ran or refused it and said why, or asked what nobody had foreseen.
            EndpointError: the session was lost before, and no new one could be opened.
            DeadlineExceeded: not finished in the endpoint's timeout. It may still be running.
            Interrupted: the connection broke; it may or may not have been carried out. Call ``recover`` then.
            ReplyRefused: the reply was not usable.
        """
        if self._shell_gone and self._pool is None:
            self._start_afresh()
        started = time.monotonic()
        self._budget.renew()
        self._unsettled = True
        shell = PowerShell(self._pool)
        self._pool.host = AnsweringHost(command.answer.to) if command.answer else None
        try:
            for stage in command.stages:
                shell.add_cmdlet(stage.cmdlet)
                for name, value in stage.parameters.items():
                    shell.add_parameter(name, self._sendable(value))
            self._run(shell, command, started + self.endpoint.timeout)
        except Unanswered as exc:
            self._start_afresh()
            raise failures.of_question(exc, command, self.endpoint) from exc
        except ExchangeError:
            raise
        except Exception as exc:
            raise self._interrupted(exc, command) from exc
        finally:
            self.traffic.commands += 1
            self.traffic.seconds += time.monotonic() - started
        self._unsettled = False
        return self._reply(shell, command, keep_errors)

    def _sendable(self, value: Any) -> Any:
        """A secret goes as a SecureString, for which keys are exchanged once (lab-wire 6)."""
        if not isinstance(value, Secret):
            return value
        self._pool.exchange_keys()
        return self._pool.serialize(value.text, ObjectMeta("SS"))

    def _start_afresh(self) -> None:
        """Leave the shell, as one does where a command waits for an answer and would hold up every other."""
        self._shell_gone = True
        self.close()
        self._connect()
        self._shell_gone = False

    def _run(self, shell: Any, command: Command, deadline: float) -> None:
        shell.begin_invoke()
        while shell.state == PSInvocationState.RUNNING:
            left = deadline - time.monotonic()
            if left <= 0:
                raise DeadlineExceeded(
                    f"{command.name} on {self.endpoint.server} did not finish in {self.endpoint.timeout:g} s; "
                    "it may still be running.",
                    f"Raise {self.endpoint.kind.timeout}; a full read over a slow line can take minutes.",
                )
            seen = len(shell.output), len(shell.streams.error)
            asked = time.monotonic()
            shell.poll_invoke(timeout=max(1, min(POLL_S, math.ceil(left))))
            idle = seen == (len(shell.output), len(shell.streams.error))
            if idle and shell.state == PSInvocationState.RUNNING and time.monotonic() - asked < 0.1:
                time.sleep(0.2)  # the command is Done but its state was lost: pypsrp would ask 900 times a second

    def _interrupted(self, exc: Exception, command: Command) -> ExchangeError:
        cause = failures.of_transport(exc, self.endpoint)
        if isinstance(cause, ReplyRefused):
            return cause
        self._shell_gone = isinstance(cause, Interrupted)
        return self._in_doubt(command, f"was interrupted: {cause.sentence}", cause.cure)

    def _in_doubt(self, command: Command, what: str, cure: str) -> Interrupted:
        doubt = " It may or may not have been carried out." if command.writes else ""
        return Interrupted(f"{command.name} on {self.endpoint.server} {what}{doubt}", cure)

    def _reply(self, shell: Any, command: Command, keep_errors: bool) -> Reply:
        errors = tuple(failures.of_command(error, command, self.endpoint) for error in shell.streams.error)
        for error in errors:
            self.answered_by = error.where.back_end_server or self.answered_by
        if errors and (shell.state == PSInvocationState.FAILED or not keep_errors):
            raise errors[-1] if shell.state == PSInvocationState.FAILED else errors[0]
        if shell.state != PSInvocationState.COMPLETED:
            raise self._in_doubt(command, "was ended by the server, which gave no reason.", "Run again.")
        warnings = tuple(failures.clean(str(getattr(warning, "message", warning))) for warning in shell.streams.warning)
        return Reply(tuple(shell.output), warnings, errors)

    def recover(self) -> None:
        """After an interruption, log in afresh on the same shell (lab-wire rule 5), or open a new one if it is gone.

        Raises:
            EndpointError: no new session could be opened.
        """
        if self._shell_gone:
            self._start_afresh()
        else:
            _fresh_login(self._pool)

    def close(self) -> None:
        """Close the session. Never raises: the shell may be gone, and an error of ours on its way (lab-wire rule 6)."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            if self._unsettled and self.endpoint.auth in SEALING and self.endpoint.scheme == "http":
                _fresh_login(pool)
            pool.connection.transport.read_timeout = CLOSE_S
            pool.connection.transport.connection_timeout = CLOSE_S
            if pool.shell.opened or self._shell_in_doubt:
                _delete_shell(pool)
        except Exception:  # nothing is left to do for this shell
            pass


def _fresh_login(pool: Any) -> None:
    """The same shell, a new socket and security context. Undocumented attributes of pypsrp are touched here only."""
    transport = pool.connection.transport
    transport.close()
    transport.session = transport.encryption = None


def _delete_shell(pool: Any) -> None:
    """As pool.close(), which sends nothing for a broken pool, nor for a shell whose creation it has not heard of."""
    shell = SelectorSet()
    shell.add_option("ShellId", pool.shell.id)
    pool.connection.delete(pool.shell.resource_uri, selector_set=shell)
