# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runner asks before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import CommandFailed, NotAvailable
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Reply
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.runner import Runner
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.step import Step


class Answering:
    """A session that answers every command with the same."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[dict[str, Any]] = []

    def invoke(self, command: Command, keep_errors: bool = False) -> Reply:
        self.sent.append(dict(command.parameters))
        if self.error:
            raise self.error
        return Reply()


def require(session: Answering, **modes: bool) -> None:
    Runner(session, **modes).require([Command("New-Stair")])  # type: ignore[arg-type]


def test_what_a_user_lacks_is_found_by_what_if() -> None:
    session = Answering()
    require(session)
    assert session.sent == [{"WhatIf": True}]
    with pytest.raises(NotAvailable):
        require(Answering(NotAvailable("No such cmdlet.")))


def test_other_refusals_are_none() -> None:
    session = Answering(CommandFailed("It already exists."))
    require(session)
    assert session.sent == [{"WhatIf": True}]


def test_check_mode_asks_only_with_server_check() -> None:
    session = Answering()
    require(session, check_mode=True)
    assert session.sent == []
    require(session, check_mode=True, server_check=True)
    assert session.sent == [{"WhatIf": True}]


def test_runners_of_two_sessions_keep_one_account() -> None:
    """Check mode too: what the one may not send, the other may not either."""
    first = Runner(Answering(), check_mode=True)  # type: ignore[arg-type]
    second = first.beside(Answering())  # type: ignore[arg-type]
    assert second.session is not first.session
    for runner, cmdlet in ((first, "Set-One"), (second, "Set-Two")):
        runner.send(Step(Command(cmdlet), "why"))
    assert first.commands == second.commands == ["Set-One", "Set-Two"]
    second.may_have_written = True
    assert first.may_have_written is True
