# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runner asks before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import CommandFailed, NotAvailable
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Reply
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.runner import Runner


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
