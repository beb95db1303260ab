# SPDX-License-Identifier: GPL-3.0-or-later
"""W33: running processes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from exchange_lab.cmdlets.windows import WindowsInterpreter
from exchange_lab.world import World, exchange_setup

SELECT = ("Select-Object", {"Property": ["ProcessName"]})


@pytest.fixture
def world() -> World:
    return World.from_estate("one_server")


def run(world: World, *stages: tuple[str, dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The names that left a pipeline, and the ids of its errors."""
    interpreter = WindowsInterpreter(world, world.servers["ex1.contoso.test"], "administrator")
    commands = [
        SimpleNamespace(
            command_text=name, is_script=False, parameters=list(given.items()), end_of_statement=at == len(stages)
        )
        for at, (name, given) in enumerate(stages, 1)
    ]
    kept: dict[str, list[Any]] = {"output": [], "error": [], "warning": []}
    interpreter.run(commands, lambda stream, value: kept[stream].append(value))
    return [item.ProcessName for item in kept["output"]], [item.FullyQualifiedErrorId for item in kept["error"]]


@pytest.mark.parametrize("upgrade", [True, False])
def test_w33_a_pattern_finds_a_running_setup_and_nothing_without_an_error(world: World, upgrade: bool) -> None:
    stages = (("Get-Process", {"Name": ["exsetup*"]}), SELECT)
    assert run(world, *stages) == ([], [])
    exchange_setup.begin(world, "ex1", upgrade=upgrade)
    world.machines["ex1.contoso.test"].processes += ["ExSetupUI", "w3wp"]
    assert run(world, *stages) == (["ExSetup", "ExSetupUI"], [])
    assert world.records[-1]["write"] is False


def test_w33_a_name_that_is_not_there_is_an_error_beside_the_rest(world: World) -> None:
    exchange_setup.begin(world, "ex1")
    names, errors = run(world, ("Get-Process", {"Name": ["nobody", "ExSetup"]}), SELECT)
    assert names == ["ExSetup"]
    assert errors == ["NoProcessFoundForGivenName,Microsoft.PowerShell.Commands.GetProcessCommand"]
