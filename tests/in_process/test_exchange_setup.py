# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange Setup that runs, or was broken off, is noticed: by component states, and by its process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action import iis_binding_info
from exchange_lab.world import World, exchange_setup
from exchange_lab.world.component_states import HELD_BY_SETUP, LOCAL, REMOTE, SERVER_WIDE_OFFLINE

VIEWER = "viewer@CONTOSO.TEST"
FOUND = "setup_running_or_aborted"
EVERY_WAY = pytest.mark.parametrize("arrive", ["objects", "texts"])


def look(world: World, **options: Any) -> Any:
    return Converge(world)("exchange_info", gather_subset=["servers"], **options).ok()


def found(result: Any) -> list[str]:
    """The servers that Setup holds."""
    return [finding["subject"] for finding in result.findings if finding["code"] == FOUND]


def held(result: Any, name: str = "EX1") -> list[str] | None:
    """What the facts of a server say; None where they do not say it."""
    return next(facts for facts in result.servers if facts["name"] == name).get("inactive_as_functional")


def by_hand(world: World, component: str, state: str, requester: str, *scopes: str) -> None:
    """Set-ServerComponentState of EX1."""
    known = world.servers["ex1.contoso.test"].component_states
    known.set(component, state, requester, world.clock.now(), scopes or (LOCAL, REMOTE))


# By component states


@EVERY_WAY
def test_a_running_setup_is_found_until_it_ends(lab, arrive: str) -> None:
    world = lab("two_datacenters", component_entries=arrive)
    exchange_setup.begin(world, "ex3")
    running = look(world)
    assert (found(running), held(running), held(running, "EX3")) == (["EX3"], [], list(HELD_BY_SETUP))
    (finding,) = running.findings
    assert finding["severity"] == "high"
    assert "made Monitoring, RecoveryActionsEnabled and ServerWideOffline Inactive" in finding["sentence"]
    assert "-Requester Functional" in finding["cure"]
    exchange_setup.end(world, "ex3")
    ended = look(world)
    assert (found(ended), ended.errors, held(ended, "EX3")) == ([], [], [])


def test_one_that_was_broken_off_is_found_until_somebody_sets_all_three_active(world: World) -> None:
    exchange_setup.begin(world, "ex1")
    exchange_setup.break_off(world, "ex1")
    assert found(look(world)) == ["EX1"]
    for at, component in enumerate(HELD_BY_SETUP, start=1):
        by_hand(world, component, "Active", "Functional")
        assert held(look(world)) == list(HELD_BY_SETUP[at:])
    assert found(look(world)) == []


@EVERY_WAY
@pytest.mark.parametrize("component", HELD_BY_SETUP)
@pytest.mark.parametrize("scope", [LOCAL, REMOTE])
def test_one_component_in_one_scope_is_enough(lab, arrive: str, component: str, scope: str) -> None:
    world = lab(component_entries=arrive)
    by_hand(world, component, "Inactive", "Functional", scope)
    assert (found(look(world)), held(look(world))) == (["EX1"], [component])


@EVERY_WAY
def test_maintenance_by_hand_is_none(lab, arrive: str) -> None:
    world = lab(component_entries=arrive)
    for component in (*HELD_BY_SETUP, "HubTransport"):
        by_hand(world, component, "Inactive", "Maintenance")
    result = look(world)
    assert (found(result), held(result), result.errors) == ([], [], [])
    by_hand(world, SERVER_WIDE_OFFLINE, "Inactive", "functional")
    assert held(look(world)) == [SERVER_WIDE_OFFLINE]


def test_another_component_that_functional_has_taken_out_is_none(world: World) -> None:
    by_hand(world, "HubTransport", "Inactive", "Functional")
    assert found(look(world)) == []


def test_other_servers_are_asked_only_where_they_are_named(lab) -> None:
    world = lab("two_datacenters")
    exchange_setup.begin(world, "ex2")
    assert found(look(world, servers=["ex1"])) == []
    assert found(look(world, servers=["ex1", "ex2"])) == ["EX2"]
    assert found(Converge(world)("exchange_info", gather_subset=["sites"]).ok()) == []


# Where it cannot be told


def test_entries_that_do_not_arrive_leave_it_untold(lab) -> None:
    world = lab(component_entries="lost")
    assert held(look(world)) == []
    exchange_setup.begin(world, "ex1")
    result = look(world)
    assert (found(result), held(result)) == ([], None)
    assert result.errors == [
        "Get-ServerComponentState does not tell whether Setup holds EX1. "
        "It shows Monitoring as Inactive, and not at whose request."
    ]


def test_a_hidden_cmdlet_is_one_error_beside_the_rest(lab) -> None:
    world = lab("two_datacenters")
    exchange_setup.begin(world, "ex1")
    world.rbac.hide("Get-ServerComponentState")
    result = look(world)
    assert len(result.servers) == 4
    (error,) = result.errors
    assert error.startswith("Get-ServerComponentState is not available to this user")
    assert (found(result), held(result)) == ([], None)


def test_objects_without_properties_are_one_error_beside_the_rest(lab) -> None:
    world = lab("two_datacenters")
    world.faults.add("empty_properties", server="EX1", noun="ServerComponentState")
    exchange_setup.begin(world, "ex2")
    result = look(world)
    assert ["empty properties" in error for error in result.errors] == [True]
    assert (found(result), held(result)) == (["EX2"], None)


def test_a_component_that_is_not_shown_is_said(world: World) -> None:
    known = world.servers["ex1.contoso.test"].component_states
    known.components = tuple(name for name in known.components if name != "Monitoring")
    result = look(world)
    assert held(result) is None
    assert result.errors == [
        "Get-ServerComponentState does not tell whether Setup holds EX1. It does not show Monitoring."
    ]


def test_a_role_that_only_views_is_enough(world: World) -> None:
    exchange_setup.begin(world, "ex1")
    assert found(look(world, user=VIEWER)) == ["EX1"]


# By its process


def at_work(world: World) -> list[dict[str, Any]]:
    """The findings of iis_binding_info about Setup."""
    result = Converge(world)("iis_binding_info").ok()
    assert result.errors == []
    assert result.healthy is (result.findings == [])
    return [finding for finding in result.findings if finding["code"] == "setup_running"]


@pytest.mark.parametrize("upgrade", [True, False])
def test_windows_tells_a_running_setup_in_every_mode_until_its_process_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch, upgrade: bool
) -> None:
    now = staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC))
    monkeypatch.setattr(iis_binding_info.ActionModule, "now", now)
    assert at_work(world) == []
    exchange_setup.begin(world, "ex1", upgrade=upgrade)
    world.machines["ex1.contoso.test"].processes += ["ExSetupUI", "w3wp"]
    (finding,) = at_work(world)
    assert (finding["severity"], finding["subject"]) == ("high", "ex1.contoso.test")
    assert "(ExSetup, ExSetupUI)" in finding["sentence"]
    world.machines["ex1.contoso.test"].processes.clear()
    assert at_work(world) == []
