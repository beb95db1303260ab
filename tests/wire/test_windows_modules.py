# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for IIS through the Windows endpoint, by both kinds of connection, while Exchange PowerShell is dead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background
from exchange_lab.world.clock import WallClock
from exchange_lab.world.world import World

CONNECTIONS = {"ex1.contoso.test": "ansible.builtin.psrp", "ex2.contoso.test": "ansible.builtin.winrm"}
MOVE = {"site": "Exchange Back End", "port": 444, "replaces": "*:445:"}
TASKS = [
    task("exchange is dead", "exchange_info", {"gather_subset": ["virtual_directories"]}),
    task("find", "iis_binding_info", {}),
    task("check", "iis_binding", MOVE, check_mode=True, diff=True),
    task("move", "iis_binding", MOVE, diff=True),
    task("again", "iis_binding", MOVE),
    task("recycle", "iis_app_pool", {"name": ["MSExchangePowerShellAppPool", "Nope"], "state": "recycled"}),
    task("sites", "iis_site", {}),
    task("restart", "iis_service", {"state": "restarted"}),
    task("look", "iis_binding_info", {}),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Background]:
    """Its clock is that of the control node."""
    with Background(World.from_estate("two_datacenters", clock=WallClock())) as running:
        for fqdn in CONNECTIONS:
            running.world.break_binding(running.world.servers[fqdn], "moved_to_445")
        yield running


@pytest.fixture(scope="module")
def run(lab: Background, play: Any) -> playbook.Run:
    hosts = {fqdn: {**lab.inventory_vars(fqdn), "ansible_connection": kind} for fqdn, kind in CONNECTIONS.items()}
    return play(hosts, *TASKS)


@pytest.mark.parametrize("server", CONNECTIONS)
def test_a_back_end_is_repaired_while_exchange_is_dead(run: playbook.Run, server: str) -> None:
    assert "port 444" in run.of("exchange is dead", server).failed()
    assert [finding["code"] for finding in run.of("find", server).ok()["findings"]] == ["back_end_port_moved"]
    checked, moved = run.of("check", server).ok(), run.of("move", server).ok()
    assert checked["changed"] and moved["changed"]
    assert checked["commands"] == moved["commands"] and checked["diff"] == moved["diff"]
    assert run.of("again", server).ok()["changed"] is False
    recycled = run.of("recycle", server).ok()
    assert (recycled["missing"], recycled["changed"]) == (["Nope"], True)
    assert {site["state"] for site in run.of("sites", server).ok()["sites"]} == {"Started"}
    assert run.of("restart", server).ok()["services"] == {"WAS": "Running", "W3SVC": "Running"}
    looked = run.of("look", server).ok()
    assert (looked["healthy"], looked["findings"], looked["errors"]) == (True, [], [])
    assert looked["clock"]["ahead"] == 0
    bound = next(binding["thumbprint"] for binding in looked["bindings"] if binding["port"] == 444)
    (rights,) = (one["key_rights"] for one in looked["certificates"] if one["thumbprint"] == bound)
    assert rights == dict.fromkeys(("system", "administrators", "network_service"), "full")


@pytest.mark.parametrize("server", CONNECTIONS)
def test_the_server_carries_out_what_the_tasks_tell_and_nothing_else(
    run: playbook.Run, lab: Background, server: str
) -> None:
    told = [
        command for name in ("move", "again", "recycle", "restart") for command in run.of(name, server).ok()["commands"]
    ]
    assert len(lab_log.carried_out(lab, server)) == len(told) == 5


def test_the_password_is_shown_nowhere(run: playbook.Run, lab: Background) -> None:
    for server in CONNECTIONS:
        assert lab.inventory_vars(server)["ansible_password"] not in run.output
