# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands as data, and as an administrator would type them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command


@pytest.mark.parametrize(
    ("parameters", "typed"),
    [
        ({}, "Set-X"),
        ({"Name": "plain"}, "Set-X -Name 'plain'"),
        ({"Name": ""}, "Set-X -Name ''"),
        ({"Name": None}, "Set-X -Name $null"),
        ({"Name": True}, "Set-X -Name $true"),
        ({"Name": False}, "Set-X -Name $false"),
        ({"Name": 0}, "Set-X -Name 0"),
        ({"Name": -7}, "Set-X -Name -7"),
        ({"Name": ["a", "b"]}, "Set-X -Name 'a','b'"),
        ({"Name": []}, "Set-X -Name @()"),
        ({"Name": [None, 1]}, "Set-X -Name $null,1"),
        ({"Name": "it's"}, "Set-X -Name 'it''s'"),
        ({"Name": "'; Remove-Mailbox -Identity '*"}, "Set-X -Name '''; Remove-Mailbox -Identity ''*'"),
        ({"Name": "$(Get-Date) `n"}, "Set-X -Name '$(Get-Date) `n'"),
        ({"Confirm": False}, "Set-X -Confirm:$false"),
        ({"Force": True, "WhatIf": True}, "Set-X -Force -WhatIf"),
        ({"B": 1, "A": 2}, "Set-X -B 1 -A 2"),
    ],
)
def test_as_typed(parameters: dict[str, Any], typed: str) -> None:
    assert str(Command("Set-X", parameters)) == typed


@pytest.mark.parametrize("quote", ["\u2018", "\u2019", "\u201a", "\u201b"])
def test_every_quote_that_powershell_knows_is_doubled(quote: str) -> None:
    """PowerShell takes typographic single quotes for plain ones."""
    assert str(Command("Set-X", {"Name": f"a{quote}b"})) == f"Set-X -Name 'a{quote}{quote}b'"


@pytest.mark.parametrize(
    ("cmdlet", "writes"),
    [("Get-X", False), ("Set-X", True), ("New-X", True), ("Remove-X", True), ("Test-X", True), ("Getter-X", True)],
)
def test_only_get_is_known_not_to_write(cmdlet: str, writes: bool) -> None:
    assert Command(cmdlet).writes is writes


def test_with_parameters_leaves_the_original_alone() -> None:
    command = Command("Set-X", {"A": 1})
    assert command.with_parameters(A=2, B=3) == Command("Set-X", {"A": 2, "B": 3})
    assert command.parameters == {"A": 1}
