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
        ({"Value": {"protocol": "https", "sslFlags": 0}}, "Set-X -Value @{protocol='https'; sslFlags=0}"),
        ({"Value": {"it's": True, "a-b": None}}, "Set-X -Value @{'it''s'=$true; 'a-b'=$null}"),
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


BINDINGS = Command("Get-WebBinding", {"Name": "Exchange Back End"})
ONE = BINDINGS.then("Where-Object", Property="bindingInformation", EQ=True, Value="*:444:")
ATTACH = ONE.then("ForEach-Object", MemberName="AddSslCertificate", ArgumentList=["AB", "My"])


def test_a_pipeline_as_typed() -> None:
    assert str(ATTACH) == (
        "Get-WebBinding -Name 'Exchange Back End' | Where-Object -Property 'bindingInformation' -EQ -Value '*:444:' | "
        "ForEach-Object -MemberName 'AddSslCertificate' -ArgumentList 'AB','My'"
    )
    assert [stage.cmdlet for stage in ATTACH.stages] == ["Get-WebBinding", "Where-Object", "ForEach-Object"]


@pytest.mark.parametrize(
    ("command", "writes"),
    [
        (BINDINGS.then("Select-Object", Property=["protocol"]), False),
        (ONE.then("Out-Null"), False),
        (ATTACH, True),
        (ATTACH.then("Out-Null"), True),
        (Command("Set-X").then("Select-Object"), True),
        (Command("Get-X").then("ForEach-Object", MemberName="ToXml"), False),
        (Command("Get-X").then("ForEach-Object", MemberName="Delete"), True),
        (Command("Get-X").then("ForEach-Object"), True),
        (Command("Import-Module"), False),
        (Command("Import-Certificate"), True),
        (Command("Test-Path"), False),
    ],
)
def test_a_pipeline_writes_if_any_stage_may(command: Command, writes: bool) -> None:
    assert command.writes is writes


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (ONE.then("Select-Object", Property=["protocol"]), "Get-WebBinding"),
        (ATTACH, "AddSslCertificate"),
        (ATTACH.then("Out-Null"), "AddSslCertificate"),
        (Command("Get-Item").then("New-Item").then("Out-Null"), "New-Item"),
    ],
)
def test_a_pipeline_is_named_after_the_stage_that_matters(command: Command, name: str) -> None:
    assert command.name == name


def test_what_if_stands_at_every_stage_that_may_write() -> None:
    asked = Command("New-Item", {"Path": "p"}).then("Out-Null").what_if()
    assert str(asked) == "New-Item -Path 'p' -WhatIf | Out-Null"
    assert str(ATTACH.what_if()).endswith("-ArgumentList 'AB','My' -WhatIf")
