# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions of cmdlets: the expected one is answered, every other one ends the command; secrets travel encrypted."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pypsrp.complex_objects import HostMethodIdentifier, PSInvocationState

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_smtp import answer_no
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting import session as module
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command, Secret
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint import Endpoint
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import CommandFailed, Unanswered
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.questions import (
    Answer,
    AnsweringHost,
    Question,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Session

THUMBPRINT = "2B5C0E3A9D14F7786E21C4A05B9F3D8817E6A0C2"
PROMPT_FOR_CHOICE = 26
CHOICES = ("Yes", "Yes to All", "No", "No to All")
OVERWRITE = (
    "Overwrite the existing default SMTP certificate?\r\n\r\nCurrent certificate: "
    f"'{'A' * 40}' (expires 1/1/2027 12:00:00 AM)\r\nReplace it with certificate: '{THUMBPRINT}' (expires ...)"
)


def labelled(*labels: str) -> list[Any]:
    return [SimpleNamespace(extended_properties={}, adapted_properties={"label": label}) for label in labels]


def ask(answer: Callable[[Question], int | None], message: str = OVERWRITE, choices: Any = None) -> int | None:
    shown = labelled("&Yes", "Yes to &All", "&No", "No to A&ll") if choices is None else choices
    method = HostMethodIdentifier(value=PROMPT_FOR_CHOICE)
    return AnsweringHost(answer).run_method(method, ["Confirm", message, shown, 0], None)


def test_the_question_arrives_in_its_parts() -> None:
    asked: list[Question] = []

    def answer(question: Question) -> int:
        asked.append(question)
        return 3

    assert ask(answer) == 3
    assert asked == [Question("Confirm", OVERWRITE, CHOICES)]


def test_no_is_answered_to_the_question_about_this_certificate() -> None:
    assert ask(answer_no(THUMBPRINT)) == 2
    assert ask(answer_no(THUMBPRINT), OVERWRITE.lower(), labelled("&Ja", "Ja, &alle", "&Nein", "N&ein, keine")) == 2


@pytest.mark.parametrize(
    ("message", "choices"),
    [
        ("Delete every mailbox?", None),
        (OVERWRITE.replace(THUMBPRINT, "B" * 40), None),
        (OVERWRITE, labelled("&Yes", "&No")),
        (OVERWRITE, labelled("&Yes", "Yes to &All", "&No", "No to A&ll", "&Suspend")),
        ("", []),
    ],
)
def test_every_other_question_is_refused_aloud(message: str, choices: Any) -> None:
    with pytest.raises(Unanswered, match="Confirm"):
        ask(answer_no(THUMBPRINT), message, choices)


@pytest.mark.parametrize("number", range(1, 52))
def test_other_calls_are_ignored_when_they_only_show_something_and_refused_when_they_ask(number: int) -> None:
    method = HostMethodIdentifier(value=number)
    if number == PROMPT_FOR_CHOICE:
        return
    host, name = AnsweringHost(lambda question: 0), str(method)
    if name.startswith(("Write", "Notify")) or name == "SetShouldExit":
        assert host.run_method(method, [], None) is None
    else:
        with pytest.raises(Unanswered, match=name):
            host.run_method(method, [], None)


def test_pypsrp_sees_a_host_with_a_user_interface() -> None:
    from pypsrp.complex_objects import HostInfo

    info = HostInfo(host=AnsweringHost(lambda question: 0))
    assert (info._is_host_null, info._is_host_ui_null, info._is_host_raw_ui_null) == (False, False, True)
    assert info._use_runspace_host is False


# In a session


class Pool(SimpleNamespace):
    """A pool of pypsrp as far as one command needs it."""

    def __init__(self) -> None:
        super().__init__(host=None, exchanged=0, deleted=0, shell=SimpleNamespace(opened=True, id="1", resource_uri=""))
        transport = SimpleNamespace(close=lambda: None, session=None, encryption=None)
        self.connection = SimpleNamespace(transport=transport, delete=self._delete)

    def exchange_keys(self) -> None:
        self.exchanged += 1

    def serialize(self, text: str, metadata: Any) -> str:
        return f"<{metadata.tag}>"

    def _delete(self, *_arguments: Any, **_more: Any) -> None:
        self.deleted += 1


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    made = Session(Endpoint("ex1.contoso.com", "ex1.contoso.com", "admin", "hunter2"), _pool=Pool())
    monkeypatch.setattr(Session, "_connect", lambda self: setattr(self, "_pool", Pool()))
    return made


def shell_that(does: Callable[[Any], None], sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The next command: what it does while it is polled, and what parameters it got."""

    def power_shell(pool: Any) -> Any:
        shell = SimpleNamespace(
            state=PSInvocationState.RUNNING, output=[], streams=SimpleNamespace(error=[], warning=[])
        )
        shell.add_cmdlet, shell.add_parameter, shell.begin_invoke = print, sent.__setitem__, lambda: None

        def poll(timeout: int) -> None:
            does(pool)
            shell.state = PSInvocationState.COMPLETED

        shell.poll_invoke = poll
        return shell

    monkeypatch.setattr(module, "PowerShell", power_shell)


def test_a_command_has_a_host_only_when_it_has_an_answer(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[Any] = []
    shell_that(lambda pool: hosts.append(pool.host), {}, monkeypatch)
    session.invoke(Command("Enable-X", answer=Answer("No", answer_no(THUMBPRINT))))
    session.invoke(Command("Enable-X"))
    assert isinstance(hosts[0], AnsweringHost) and hosts[1] is None


def test_a_command_that_asks_something_else_is_left_with_its_shell(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would keep the one runspace busy for ever."""
    first = session._pool

    def does(pool: Any) -> None:
        pool.host.run_method("PromptForChoice", ["Confirm", "Delete\r\nevery mailbox?", [], 0], pool)

    shell_that(does, {}, monkeypatch)
    with pytest.raises(CommandFailed, match="Delete every mailbox") as caught:
        session.invoke(Command("Enable-X", answer=Answer("No", answer_no(THUMBPRINT))))
    assert "Enable-X on ex1.contoso.com asked" in caught.value.sentence and caught.value.cure
    assert first.deleted == 1 and session._pool is not first


def test_a_secret_travels_as_a_secure_string(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    shell_that(lambda pool: None, sent, monkeypatch)
    session.invoke(Command("Import-X", {"Password": Secret("hunter2"), "FileData": b"data", "Name": "x"}))
    assert sent == {"Password": "<SS>", "FileData": b"data", "Name": "x"}
    assert session._pool.exchanged == 1


def test_neither_secrets_nor_files_are_shown() -> None:
    command = Command("Import-X", {"FileData": b"x" * 4096, "Password": Secret("hunter2"), "GenerateRequest": True})
    assert str(command) == "Import-X -FileData <4096 bytes> -Password ******** -GenerateRequest"
    assert "hunter2" not in repr(command) + str(Secret("hunter2")) + repr(Secret("hunter2"))


def test_the_answer_stands_behind_the_command() -> None:
    command = Command("Enable-X", {"Services": "SMTP"}, answer=Answer("No", lambda question: 2))
    assert str(command) == "Enable-X -Services 'SMTP'  # answer: No"
