# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode, server_check, and users who may not see everything."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

THEME = {"protocol": "owa", "default_theme": "blue"}
OPERATOR = "operator@CONTOSO.TEST"
VIEWER = "viewer@CONTOSO.TEST"


def what_ifs(world: World) -> list[str]:
    return [record["cmdlet"] for record in world.records if record["what_if"]]


def test_check_mode_sends_nothing_that_could_write(world: World, converge: Converge) -> None:
    result = converge("exchange_vdir", check_mode=True, **THEME).ok()
    assert result.changed is True
    assert not any(record["write"] for record in world.records)
    assert result.virtual_directory["default_theme"] == "blue", "facts as they would be"


def test_server_check_asks_with_what_if(world: World, converge: Converge) -> None:
    before = world.snapshot()
    result = converge("exchange_vdir", check_mode=True, server_check=True, **THEME).ok()
    assert what_ifs(world) == ["Set-OwaVirtualDirectory"]
    assert result.written == []
    assert "-WhatIf" not in result.commands[0], "commands are what a real run would send"
    assert world.changes(before, world.snapshot()) == []


def test_server_check_outside_check_mode_writes_once(world: World, converge: Converge) -> None:
    assert len(converge("exchange_vdir", server_check=True, **THEME).ok().written) == 1
    assert what_ifs(world) == []


def test_a_hidden_what_if_gives_up_without_writing(world: World, converge: Converge) -> None:
    before = world.snapshot()
    world.rbac.hide("Set-OwaVirtualDirectory", "WhatIf")
    refused = converge("exchange_vdir", check_mode=True, server_check=True, **THEME).refused()
    assert "WhatIf" in refused and "server_check" in refused
    assert world.changes(before, world.snapshot()) == []
    converge("exchange_vdir", check_mode=True, **THEME).ok()
    converge("exchange_vdir", **THEME).ok()


def test_server_check_finds_a_missing_role_that_check_mode_cannot_see(converge: Converge) -> None:
    converge("exchange_vdir", user=VIEWER, check_mode=True, **THEME).ok()
    refused = converge("exchange_vdir", user=VIEWER, check_mode=True, server_check=True, **THEME).refused()
    assert "Set-OwaVirtualDirectory" in refused
    converge("exchange_vdir", user=OPERATOR, check_mode=True, server_check=True, **THEME).ok()


@pytest.mark.parametrize("validates", ["yes", "no"])
def test_server_check_shows_what_the_servers_rules_refuse(lab: Any, validates: str) -> None:
    """A policy that does not exist (client-access-laws 1.9); whether -WhatIf validates is not known."""
    world = lab(whatif_validates=validates)
    converge = Converge(world)
    wish = {"default_authentication_policy": "Modern"}
    checked = converge("exchange_organization_config", check_mode=True, server_check=True, **wish)
    assert bool(checked.failed) is (validates == "yes")
    assert "'Modern' couldn't be found" in converge("exchange_organization_config", **wish).rejected()
    world.authentication_policies = ("Modern",)
    converge("exchange_organization_config", check_mode=True, server_check=True, **wish).ok()


# RBAC


def test_a_hidden_cmdlet_is_named(converge: Converge) -> None:
    refused = converge("exchange_vdir", user=VIEWER, **THEME).rejected()
    assert "Set-OwaVirtualDirectory is not available to this user" in refused
    converge("exchange_vdir", user=OPERATOR, **THEME).ok()


def test_a_hidden_parameter_is_named(world: World, converge: Converge) -> None:
    world.rbac.hide("Set-OwaVirtualDirectory", "DefaultTheme")
    refused = converge("exchange_vdir", **THEME).rejected()
    assert "DefaultTheme" in refused and "role" in refused
    converge("exchange_vdir", protocol="owa", logon_page_light_selection_enabled=True).ok()


def test_a_hidden_read_is_named(world: World, converge: Converge) -> None:
    world.rbac.hide("Get-OwaVirtualDirectory")
    assert "Get-OwaVirtualDirectory is not available" in converge("exchange_vdir", **THEME).refused()


def test_the_second_of_two_calls_that_fails_reports_what_the_first_did(world: World, converge: Converge) -> None:
    world.rbac.hide("Set-OwaVirtualDirectory", "DefaultTheme")
    wish = {"forms_authentication": False, "basic_authentication": True, "default_theme": "blue"}
    result = converge("exchange_vdir", protocol="owa", **wish)
    assert result.failed
    assert result.changed is True
    assert [record["outcome"] for record in result.sent] == ["warning", "stopped"]
    assert len(result.commands) == 2
