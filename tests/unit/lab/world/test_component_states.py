# SPDX-License-Identifier: GPL-3.0-or-later
"""Component states (health-laws C1 to C11), and what Exchange Setup does to them."""

from __future__ import annotations

import pytest
from lab_shell import Shell, lab

from exchange_lab.world import World, exchange_setup
from exchange_lab.world.component_states import (
    ACTIVE,
    FUNCTIONAL,
    HELD_BY_SETUP,
    INACTIVE,
    LOCAL,
    MAINTENANCE,
    MONITORING,
    OF_THE_CLOUD,
    RECOVERY_ACTIONS,
    REMOTE,
    SERVER_WIDE_OFFLINE,
    ComponentStates,
)
from exchange_lab.world.versions import Version


def shown(shell: Shell, server: str = "ex1") -> dict[str, dict]:
    """The objects by component."""
    reply = shell("Get-ServerComponentState", Identity=server)
    assert reply.done, reply.problem
    return {item["Component"]: item for item in reply.objects}


def states(build: str = "15.2.1258.12") -> ComponentStates:
    return ComponentStates(Version(build), 0)


def inactive(known: ComponentStates) -> set[str]:
    return {name for name in known.components if known.state(name) == INACTIVE} - set(OF_THE_CLOUD)


@pytest.mark.must_run
@pytest.mark.parametrize(
    ("build", "count", "has", "lacks"),
    [
        ("15.0.516.32", 25, "UMCallRouter", "MapiProxy"),
        ("15.0.1497.48", 26, "MapiProxy", "RestProxy"),
        ("15.1.2507.39", 35, "UMCallRouter", ""),
        ("15.2.1258.12", 34, "LogExportProvider", "UMCallRouter"),
        ("15.2.2562.17", 34, "LogExportProvider", "UMCallRouter"),
    ],
)
def test_c1_components_of_each_version(build: str, count: int, has: str, lacks: str) -> None:
    components = states(build).components
    assert (len(components), components[0]) == (count, SERVER_WIDE_OFFLINE)
    assert has in components and lacks not in components


def test_c4_c5_an_entry_is_one_requester_s_in_one_scope_or_both() -> None:
    known = states()
    known.set("OwaProxy", INACTIVE, MAINTENANCE, 1)
    known.set("EcpProxy", INACTIVE, MAINTENANCE, 1, scopes=(REMOTE,))
    assert [len(known.entries(scope, "OwaProxy")) for scope in (LOCAL, REMOTE)] == [1, 1]
    assert [len(known.entries(scope, "EcpProxy")) for scope in (LOCAL, REMOTE)] == [0, 1]
    assert inactive(known) == {"OwaProxy", "EcpProxy"}
    known.set("OwaProxy", ACTIVE, MAINTENANCE, 2)
    assert [entry.state for entry in known.entries(LOCAL, "OwaProxy")] == [ACTIVE]
    with pytest.raises(ValueError, match="no component 'Owa'"):
        known.set("Owa", INACTIVE, MAINTENANCE, 3)


@pytest.mark.must_run
def test_c6_a_healthy_server_has_active_entries_of_setup() -> None:
    found = shown(lab())
    assert {name for name, item in found.items() if item["State"] == INACTIVE} == set(OF_THE_CLOUD)
    for scope in ("LocalStates", "RemoteStates"):
        assert {name for name, item in found.items() if item[scope]} == set(HELD_BY_SETUP)
        assert found[MONITORING][scope] == ["Requestor:Functional; State:Active; Timestamp:1/1/2026 12:00:00 PM"]


def test_c7_one_requester_is_enough_and_c9_only_it_can_lift_its_own() -> None:
    known = states()
    known.set(MONITORING, INACTIVE, FUNCTIONAL, 1)
    known.set(MONITORING, ACTIVE, MAINTENANCE, 2)
    assert inactive(known) == {MONITORING}
    known.set(MONITORING, ACTIVE, FUNCTIONAL, 3, scopes=(LOCAL,))
    assert inactive(known) == set()


@pytest.mark.must_run
def test_c8_server_wide_offline_takes_all_but_two_along_without_entries() -> None:
    shell = lab()
    known = shell.server.component_states
    known.set(SERVER_WIDE_OFFLINE, INACTIVE, MAINTENANCE, 1)
    found = shown(shell)
    assert {name for name, item in found.items() if item["State"] == ACTIVE} == {MONITORING, RECOVERY_ACTIONS}
    assert (found["OwaProxy"]["LocalStates"], found["OwaProxy"]["RemoteStates"]) == ([], [])
    assert found["OwaProxy"]["ServerWideOfflineIsOffline"] is True


@pytest.mark.parametrize(
    ("arrive", "count", "kind"), [("objects", 2, "PSObject"), ("texts", 2, "str"), ("lost", 0, "")]
)
def test_c10_three_ways_in_which_entries_arrive(arrive: str, count: int, kind: str) -> None:
    shell = lab(switches={"component_entries": arrive})
    shell.server.component_states.set(MONITORING, INACTIVE, MAINTENANCE, 1)
    raw = shell("Get-ServerComponentState", Identity="ex1").raw
    item = next(one for one in raw if one.Component == MONITORING)
    assert [type(entry).__name__ for entry in item.LocalStates] == [kind] * count
    assert item.State.name == INACTIVE


@pytest.mark.must_run
def test_c11_setup_takes_three_out_puts_them_back_and_leaves_them_when_it_breaks_off() -> None:
    world = World.from_estate("two_datacenters")
    before, known = world.snapshot(), world.servers["ex2.contoso.test"].component_states
    exchange_setup.begin(world, "ex2")
    assert world.machines["ex2.contoso.test"].processes == ["ExSetup"]
    for name in HELD_BY_SETUP:
        for scope in (LOCAL, REMOTE):
            assert [(entry.requester, entry.state) for entry in known.entries(scope, name)] == [(FUNCTIONAL, INACTIVE)]
    assert {change[0] for change in world.changes(before, world.snapshot())} == {"components EX2", "processes EX2"}
    exchange_setup.end(world, "ex2")
    assert world.snapshot() == before
    exchange_setup.begin(world, "ex2")
    exchange_setup.break_off(world, "ex2")
    assert world.machines["ex2.contoso.test"].processes == []
    assert {entry.state for name in HELD_BY_SETUP for entry in known.entries(LOCAL, name)} == {INACTIVE}


def test_setup_in_another_mode_is_a_process_only() -> None:
    world = World.from_estate("one_server")
    before = world.snapshot()
    exchange_setup.begin(world, "ex1", upgrade=False)
    assert {change[0] for change in world.changes(before, world.snapshot())} == {"processes EX1"}


def test_an_estate_says_where_setup_runs_or_was_broken_off() -> None:
    estate = {
        "sites": {"London": ["dc1"]},
        "servers": [{"name": f"ex{n}", "site": "London", "build": "15.2.1258.12"} for n in (1, 2, 3)],
    }
    world = World.from_estate({**estate, "exchange_setup": {"ex1": "running", "ex2": "broken_off"}})
    assert [machine.processes for machine in world.machines.values()] == [["ExSetup"], [], []]
    assert [MONITORING in inactive(server.component_states) for server in world.servers.values()] == [True, True, False]
    with pytest.raises(ValueError, match="cannot be 'asleep' on ex1"):
        World.from_estate({**estate, "exchange_setup": {"ex1": "asleep"}})


def test_an_unknown_server_and_a_parameter_that_nobody_uses_are_refused() -> None:
    shell = lab()
    assert "'EX9' couldn't be found" in shell("Get-ServerComponentState", Identity="EX9").problem
    refused = shell("Get-ServerComponentState", Identity="EX1", Component="OwaProxy")
    assert refused.error_id == "LabDoesNotSimulate"
