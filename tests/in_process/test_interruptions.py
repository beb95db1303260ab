# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that breaks: reads are repeated once, a write never blindly (what is there is read first)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from in_process import Converge, InProcessSession

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import (
    DeadlineExceeded,
    EndpointUnreachable,
    ExchangeError,
    Interrupted,
)

THEME = {"protocol": "owa", "default_theme": "blue"}
SPLIT = {"protocol": "owa", "forms_authentication": False, "basic_authentication": True, "default_theme": "blue"}
SET = "Set-OwaVirtualDirectory"


class Break(NamedTuple):
    """The nth command of that name is cut off, before or after the server carried it out."""

    cmdlet: str
    nth: int
    carried_out: bool
    error: type[ExchangeError] = Interrupted


Breaks = Callable[..., list[str]]


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Breaks:
    """Schedules breaks; returns the list in which recoveries are noted."""
    real = InProcessSession.invoke
    seen: dict[str, int] = {}
    recovered: list[str] = []

    def schedule(*planned: Break, recovery: Exception | None = None) -> list[str]:
        def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
            seen[command.cmdlet] = seen.get(command.cmdlet, 0) + 1
            due = [one for one in planned if (one.cmdlet, one.nth) == (command.cmdlet, seen[command.cmdlet])]
            if not due:
                return real(session, command, keep_errors)
            if due[0].carried_out:
                real(session, command, keep_errors)
            raise due[0].error(f"{command.cmdlet} was interrupted.", "Look at the network.")

        def recover(session: InProcessSession) -> None:
            recovered.append(session.endpoint.server)
            if recovery is not None:
                raise recovery

        monkeypatch.setattr(InProcessSession, "invoke", invoke)
        monkeypatch.setattr(InProcessSession, "recover", recover)
        return recovered

    return schedule


def test_a_write_whose_answer_was_lost_is_not_sent_again(converge: Converge, breaks: Breaks) -> None:
    recovered = breaks(Break(SET, 1, carried_out=True))
    result = converge("exchange_vdir", **THEME).ok()
    assert len(result.sent) == len(result.commands) == 1
    assert result.changed is True
    assert any("interrupted" in warning for warning in result.warnings)
    assert recovered == ["ex1.contoso.test"]
    assert converge.again().ok().changed is False


def test_a_write_that_never_arrived_is_sent_once_more(converge: Converge, breaks: Breaks) -> None:
    breaks(Break(SET, 1, carried_out=False))
    result = converge("exchange_vdir", **THEME).ok()
    assert len(result.sent) == 1, "the lab saw one of the two"
    assert len(result.commands) == 2
    assert converge.again().ok().changed is False


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("nth", [1, 2])
def test_only_what_is_missing_of_two_calls_is_sent(
    converge: Converge, breaks: Breaks, nth: int, carried_out: bool
) -> None:
    breaks(Break(SET, nth, carried_out))
    result = converge("exchange_vdir", **SPLIT).ok()
    assert [
        sorted(record["parameters"].keys() & {"FormsAuthentication", "DefaultTheme"}) for record in result.sent
    ] == [
        ["FormsAuthentication"],
        ["DefaultTheme"],
    ]
    assert converge.again().ok().changed is False


def test_a_second_break_is_a_failure_that_leaves_the_change_in_doubt(converge: Converge, breaks: Breaks) -> None:
    breaks(Break(SET, 1, carried_out=False), Break(SET, 2, carried_out=True))
    result = converge("exchange_vdir", **THEME)
    assert result.failed and result.changed is True
    assert len(result.sent) == 1


def test_when_no_new_login_succeeds_the_change_is_in_doubt(converge: Converge, breaks: Breaks) -> None:
    breaks(Break(SET, 1, carried_out=True), recovery=EndpointUnreachable("gone", "look"))
    result = converge("exchange_vdir", **THEME)
    assert result.failed and result.changed is True
    assert "gone" in result.msg


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_write_that_outlasts_the_deadline_is_not_waited_for(
    converge: Converge, breaks: Breaks, carried_out: bool
) -> None:
    """It may still be running, so neither a second try nor a read-back would tell anything."""
    recovered = breaks(Break(SET, 1, carried_out, DeadlineExceeded))
    result = converge("exchange_vdir", **THEME)
    assert result.failed and result.changed is True
    assert len(result.sent) == int(carried_out)
    assert recovered == []
    assert all(session.closed for session in converge.sessions)


@pytest.mark.parametrize("cmdlet", ["Get-ExchangeServer", "Get-OwaVirtualDirectory"])
def test_a_read_is_repeated_once(converge: Converge, breaks: Breaks, cmdlet: str) -> None:
    recovered = breaks(Break(cmdlet, 1, carried_out=False))
    converge("exchange_vdir", **THEME).ok()
    assert len(recovered) == 1


def test_a_read_is_not_repeated_for_ever(converge: Converge, breaks: Breaks) -> None:
    cmdlet = "Get-OwaVirtualDirectory"
    breaks(Break(cmdlet, 1, carried_out=False), Break(cmdlet, 2, carried_out=False))
    assert "interrupted" in converge("exchange_vdir", **THEME).refused()


def test_a_read_that_outlasts_the_deadline_is_not_repeated(converge: Converge, breaks: Breaks) -> None:
    recovered = breaks(Break("Get-OwaVirtualDirectory", 1, carried_out=False, error=DeadlineExceeded))
    converge("exchange_vdir", **THEME).refused()
    assert recovered == []


def test_the_read_back_is_repeated_too(converge: Converge, breaks: Breaks) -> None:
    breaks(Break("Get-OwaVirtualDirectory", 2, carried_out=False))
    assert converge("exchange_vdir", **THEME).ok().changed is True


def test_a_question_with_what_if_is_repeated_once(converge: Converge, breaks: Breaks) -> None:
    recovered = breaks(Break(SET, 1, carried_out=False))
    result = converge("exchange_vdir", check_mode=True, server_check=True, **THEME).ok()
    assert result.sent == []
    assert len(result.commands) == 1, "a command is listed once"
    assert result.warnings == []
    assert len(recovered) == 1


def test_a_question_with_what_if_that_breaks_twice_is_a_failure(converge: Converge, breaks: Breaks) -> None:
    breaks(Break(SET, 1, carried_out=False), Break(SET, 2, carried_out=False))
    result = converge("exchange_vdir", check_mode=True, server_check=True, **THEME)
    assert "interrupted" in result.refused()
    assert len(result.commands) == 1
