# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's rules, against a stand-in for pypsrp that does what the real one was seen to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pypsrp import exceptions as psrp
from pypsrp.complex_objects import PSInvocationState

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting import session as module
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint import Endpoint
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint_kind import WINDOWS
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import (
    CommandFailed,
    CredentialsRefused,
    DeadlineExceeded,
    EndpointError,
    EndpointUnreachable,
    Interrupted,
    ReplyRefused,
    Throttled,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Session
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.sessions import Sessions

SEALED = Endpoint("ex1.contoso.com", "ex1.contoso.com", "admin@CONTOSO.COM", "hunter2", timeout=60)
OVER_TLS = Endpoint("ex1.contoso.com", "ex1.contoso.com", "admin", "hunter2", "https", 443, "basic", timeout=60)
OTHER = Endpoint("ex1.contoso.com", "ex2.contoso.com", "admin@CONTOSO.COM", "hunter2", timeout=60)
WITH_MODULE = replace(SEALED, kind=WINDOWS, modules=("WebAdministration",))
READ, WRITE = Command("Get-X", {"Identity": "a"}), Command("Set-X", {"Identity": "a"})
RUNNING, COMPLETED, FAILED = PSInvocationState.RUNNING, PSInvocationState.COMPLETED, PSInvocationState.FAILED
THROTTLED = psrp.WSManFaultError(2150859173, None, "18 concurrent shells", None, None, None)


def throttled_for(milliseconds: int) -> psrp.WSManFaultError:
    return psrp.WSManFaultError(2150859175, None, f"at least {milliseconds} milliseconds", None, None, None)


class Server:
    """What happens, in order: each opening and each poll takes the next step; an exception is raised."""

    def __init__(self) -> None:
        self.openings: list[Exception | None] = []
        self.polls: list[Callable[[Any], None] | Exception] = []
        self.on_delete: BaseException | None = None
        self.events: list[str] = []
        self.now = 0.0
        self.slept: list[float] = []

    # pypsrp's classes

    def wsman(self, host: str, **options: Any) -> Any:
        self.options = {"host": host, **options}
        transport = SimpleNamespace(session="socket", encryption="key", send=None, _build_session=lambda: None)
        transport.close = lambda: self.events.append("fresh login")
        return SimpleNamespace(transport=transport, delete=self._delete)

    def pool(self, wsman: Any, **_options: Any) -> Any:
        shell = SimpleNamespace(opened=False, id="1", resource_uri="uri")
        made = SimpleNamespace(connection=wsman, _fragmenter=SimpleNamespace(), _serializer=None, shell=shell)

        def open_() -> None:
            self.events.append(f"open {self.options['host']}")
            if self.openings and (failure := self.openings.pop(0)) is not None:
                raise failure
            shell.opened = True

        made.open = open_
        return made

    def power_shell(self, _pool: Any) -> Any:
        shell = SimpleNamespace(state=RUNNING, output=[], streams=SimpleNamespace(error=[], warning=[]), sent={})
        shell.add_cmdlet = self.events.append
        shell.add_parameter = shell.sent.__setitem__
        shell.begin_invoke = lambda: None
        shell.poll_invoke = lambda timeout: self._poll(shell, timeout)
        return shell

    def _poll(self, shell: Any, timeout: int) -> None:
        step = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
        if isinstance(step, Exception):
            raise step
        step(shell)

    def _delete(self, *_arguments: Any, **_more: Any) -> None:
        self.events.append("delete")
        if self.on_delete is not None:
            raise self.on_delete

    # time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def takes(self, seconds: float, then: Callable[[Any], None] | None = None) -> Callable[[Any], None]:
        """A poll that ends after so long."""

        def step(shell: Any) -> None:
            self.now += seconds
            if then is not None:
                then(shell)

        return step


def ends(state: int = COMPLETED, output: tuple[Any, ...] = (), error: Any = None) -> Callable[[Any], None]:
    def step(shell: Any) -> None:
        shell.state = state
        shell.output.extend(output)
        if error is not None:
            shell.streams.error.append(error)

    return step


def error(words: str) -> Any:
    exception = SimpleNamespace(adapted_properties={"Message": words})
    return SimpleNamespace(exception=exception, fq_error="1,X", reason="", message="")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server()
    monkeypatch.setattr(module, "WSMan", made.wsman)
    monkeypatch.setattr(module, "RunspacePool", made.pool)
    monkeypatch.setattr(module, "PowerShell", made.power_shell)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: made.now, sleep=made.sleep))
    yield made


def opened(server: Server, endpoint: Endpoint = SEALED) -> Session:
    server.polls = [ends()]
    session = Session.open((endpoint,), server.sleep)
    server.events.clear()
    return session


# Opening


def test_the_exchange_endpoint_is_asked_for_with_sealing_and_the_right_spn(server: Server) -> None:
    Session.open((SEALED,), server.sleep)
    assert server.options["path"] == "PowerShell/?serializationLevel=Full"
    assert server.options["negotiate_service"] == "HTTP"
    assert server.options["cert_validation"] is True
    assert server.options["encryption"] == "auto"
    assert server.options["read_timeout"] > server.options["operation_timeout"]


def test_the_next_candidate_is_tried_only_when_nothing_answers(server: Server) -> None:
    server.openings = [requests.exceptions.ConnectionError("Connection refused")]
    assert Session.open((SEALED, OTHER), server.sleep).endpoint is OTHER
    assert [event for event in server.events if "open" in event] == ["open ex1.contoso.com", "open ex2.contoso.com"]


def test_the_last_candidates_failure_is_told(server: Server) -> None:
    server.openings = [requests.exceptions.ConnectTimeout(), requests.exceptions.ConnectionError("Connection refused")]
    with pytest.raises(EndpointUnreachable, match="ex2"):
        Session.open((SEALED, OTHER), server.sleep)


@pytest.mark.parametrize(
    "failure",
    [psrp.AuthenticationError("401"), requests.exceptions.SSLError("certificate verify failed: expired (_ssl.c:1)")],
)
def test_a_refusal_of_user_or_certificate_is_final(server: Server, failure: Exception) -> None:
    server.openings = [failure]
    with pytest.raises(EndpointError):
        Session.open((SEALED, OTHER), server.sleep)
    assert server.events.count("open ex2.contoso.com") == 0


def test_a_throttled_user_waits_longer_each_time(server: Server) -> None:
    server.openings = [THROTTLED, THROTTLED, throttled_for(7000), None]
    Session.open((SEALED,), server.sleep)
    assert server.slept == [2.0, 5.0, 10.0]


def test_the_wait_is_at_least_what_the_server_asks(server: Server) -> None:
    server.openings = [throttled_for(7000), None]
    Session.open((SEALED,), server.sleep)
    assert server.slept == [7.0]


def test_patience_has_an_end(server: Server) -> None:
    server.openings = [THROTTLED] * 10
    with pytest.raises(Throttled):
        Session.open((SEALED, OTHER), server.sleep)
    assert server.slept == [2.0, 5.0, 10.0, 20.0]
    server.slept.clear()
    server.openings = [throttled_for(3_600_000)]
    with pytest.raises(Throttled):
        Session.open((SEALED,), server.sleep)
    assert server.slept == []


def test_a_task_that_is_interrupted_while_opening_leaves_no_shell(server: Server) -> None:
    server.openings = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        Session.open((SEALED,), server.sleep)
    assert server.events[-1] == "delete"


# Running


def test_a_command_brings_back_records_and_warnings(server: Server) -> None:
    session = opened(server)
    server.polls = [ends(output=("one", "two"))]
    reply = session.invoke(READ)
    assert (reply.records, reply.warnings, reply.errors) == (("one", "two"), (), ())
    assert session.traffic.commands == 1


@pytest.mark.parametrize("state", [COMPLETED, FAILED])
def test_an_error_is_raised_whether_it_ended_the_pipeline_or_not(server: Server, state: int) -> None:
    session = opened(server)
    server.polls = [ends(state, output=("one",), error=error("no such thing"))]
    with pytest.raises(CommandFailed, match="no such thing"):
        session.invoke(READ)


def test_errors_beside_records_are_kept_on_request_but_not_those_that_end_the_pipeline(server: Server) -> None:
    session = opened(server)
    server.polls = [ends(output=("one",), error=error("not this one"))]
    reply = session.invoke(READ, keep_errors=True)
    assert reply.records == ("one",)
    assert "not this one" in reply.errors[0].sentence
    server.polls = [ends(FAILED, error=error("none at all"))]
    with pytest.raises(CommandFailed, match="none at all"):
        session.invoke(READ, keep_errors=True)


@pytest.mark.parametrize("state", [FAILED, PSInvocationState.STOPPED])
def test_a_pipeline_that_does_not_complete_is_no_success(server: Server, state: int) -> None:
    """A server that shuts down stops pipelines without an error record."""
    session = opened(server)
    server.polls = [ends(state)]
    with pytest.raises(Interrupted):
        session.invoke(WRITE)


def test_a_command_that_outlasts_the_deadline_is_given_up(server: Server) -> None:
    session = opened(server)
    server.polls = [server.takes(20)]
    with pytest.raises(DeadlineExceeded, match="did not finish in 60 s"):
        session.invoke(WRITE)
    assert server.now == 60
    session.close()
    assert server.events == ["Set-X", "fresh login", "delete"]


def test_a_lost_end_is_not_asked_for_a_thousand_times_a_second(server: Server) -> None:
    """pypsrp never looks at the state of a command, so when its last message is lost each poll returns at once."""
    session = opened(server)
    server.polls = [lambda shell: None]
    with pytest.raises(DeadlineExceeded):
        session.invoke(READ)
    assert len(server.slept) <= 60 / 0.2 + 1


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.ConnectionError("RemoteDisconnected"),
        requests.exceptions.ReadTimeout(),
        psrp.WinRMTransportError("http", 400, ""),
        psrp.WSManFaultError(2150858843, None, "gone", None, None, None),
        psrp.AuthenticationError("401"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_broken_connection_leaves_a_write_in_doubt_and_never_sends_it_again(
    server: Server, failure: Exception
) -> None:
    session = opened(server)
    server.polls = [failure]
    with pytest.raises(Interrupted, match="may or may not have been carried out"):
        session.invoke(WRITE)
    assert server.events == ["Set-X"]
    with pytest.raises(Interrupted) as read:
        session.invoke(READ)
    assert "carried out" not in read.value.sentence


def test_a_reply_that_was_refused_is_told_as_such(server: Server) -> None:
    session = opened(server)
    server.polls = [ReplyRefused("too large", "ask for less")]
    with pytest.raises(ReplyRefused, match="too large"):
        session.invoke(READ)


def test_after_an_interruption_the_same_shell_is_used_with_a_fresh_login(server: Server) -> None:
    session = opened(server)
    server.polls = [requests.exceptions.ConnectionError("reset"), ends(output=("one",))]
    with pytest.raises(Interrupted):
        session.invoke(READ)
    session.recover()
    assert session.invoke(READ).records == ("one",)
    assert server.events == ["Get-X", "fresh login", "Get-X"]


def test_a_shell_that_is_gone_is_replaced(server: Server) -> None:
    session = opened(server)
    server.polls = [psrp.WSManFaultError(2150858843, None, "gone", None, None, None), ends(output=("one",))]
    with pytest.raises(Interrupted):
        session.invoke(READ)
    session.recover()
    assert session.invoke(READ).records == ("one",)
    assert "open ex1.contoso.com" in server.events


def test_a_server_that_comes_back_later_is_used_again(server: Server) -> None:
    """Recycling pools answer 503 for a while: what fails then is an error of ours, and the next command tries again."""
    session = opened(server)
    server.polls = [psrp.WSManFaultError(2150858843, None, "gone", None, None, None), ends(output=("one",))]
    with pytest.raises(Interrupted):
        session.invoke(READ)
    server.openings = [requests.exceptions.ConnectionError("refused")] * 3
    with pytest.raises(EndpointUnreachable):
        session.recover()
    with pytest.raises(EndpointUnreachable):
        session.invoke(READ)
    with pytest.raises(EndpointUnreachable):
        session.recover()
    server.events.clear()
    assert session.invoke(READ).records == ("one",)
    assert server.events == ["open ex1.contoso.com", "Get-X"]
    session.invoke(READ)
    assert server.events == ["open ex1.contoso.com", "Get-X", "Get-X"]


# Endpoints of Windows


def test_the_stages_of_a_pipeline_go_out_together(server: Server) -> None:
    session = opened(server)
    server.polls = [ends()]
    session.invoke(READ.then("Select-Object", Property=["a"]))
    assert server.events == ["Get-X", "Select-Object"]


def test_modules_are_imported_in_every_new_shell(server: Server) -> None:
    """A drive such as IIS: does not exist before, and a shell that replaces a lost one knows nothing of it."""
    session = opened(server, WITH_MODULE)
    server.polls = [psrp.WSManFaultError(2150858843, None, "gone", None, None, None), ends(), ends()]
    with pytest.raises(Interrupted):
        session.invoke(READ)
    server.events.clear()
    session.recover()
    session.invoke(READ)
    assert server.events[-3:] == ["open ex1.contoso.com", "Import-Module", "Get-X"]


def test_a_module_that_cannot_be_imported_closes_the_shell(server: Server) -> None:
    server.polls = [ends(FAILED, error=error("not loaded"))]
    with pytest.raises(CommandFailed, match="Import-Module"):
        Session.open((WITH_MODULE,), server.sleep)
    assert server.events[-1] == "delete"


def test_both_endpoints_of_a_server_have_sessions_of_their_own(server: Server) -> None:
    with Sessions(lambda candidates: opened(server, candidates[0])) as sessions:
        assert sessions.to((SEALED,)) is not sessions.to((replace(SEALED, kind=WINDOWS),))
        sessions.close((SEALED,))
        server.events.clear()
    assert server.events == ["delete"]


# Closing


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.ConnectionError("gone"),
        psrp.WSManFaultError(2150858843, None, "gone", None, None, None),
        ValueError("anything"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_closing_never_raises_and_never_hides_our_own_error(server: Server, failure: Exception) -> None:
    server.on_delete = failure
    with pytest.raises(KeyError, match="ours"), Sessions(lambda candidates: opened(server)) as sessions:
        sessions.to((SEALED,))
        raise KeyError("ours")
    assert server.events[-1] == "delete"


def test_closing_does_not_swallow_the_tasks_own_time_limit(server: Server) -> None:
    session = opened(server)
    server.on_delete = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        session.close()


def test_closing_twice_sends_one_request(server: Server) -> None:
    session = opened(server)
    session.close()
    session.close()
    assert server.events == ["delete"]


@pytest.mark.parametrize(("endpoint", "events"), [(SEALED, ["fresh login", "delete"]), (OVER_TLS, ["delete"])])
def test_a_sealed_session_logs_in_again_before_closing_after_an_interruption(
    server: Server, endpoint: Endpoint, events: list[str]
) -> None:
    """Its key is gone with the socket: without a new login the shell would stay on the server."""
    session = opened(server, endpoint)
    server.polls = [requests.exceptions.ConnectionError("reset")]
    with pytest.raises(Interrupted):
        session.invoke(READ)
    server.events.clear()
    session.close()
    assert server.events == events


def test_one_session_a_server_all_closed_at_the_end(server: Server) -> None:
    made: list[Session] = []

    def open_session(candidates: Any) -> Session:
        made.append(opened(server, candidates[0]))
        return made[-1]

    with Sessions(open_session) as sessions:
        first = sessions.to((SEALED,))
        assert sessions.to((SEALED,)) is first
        sessions.close((SEALED,))
        assert sessions.to((SEALED,)) is not first
        server.events.clear()
    assert server.events == ["delete"]
    assert len(made) == 2


def test_without_pypsrp_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PYPSRP_IMPORT_ERROR", "no module")
    with pytest.raises(EndpointError, match="pip install 'pypsrp"):
        Session.open((SEALED,))


def test_credentials_are_not_in_what_a_session_shows(server: Server) -> None:
    server.openings = [psrp.AuthenticationError("401")]
    with pytest.raises(CredentialsRefused) as refused:
        Session.open((SEALED,), server.sleep)
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(opened(server))
