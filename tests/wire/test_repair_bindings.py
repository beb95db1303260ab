# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/repair_bindings.yml through ansible-playbook: inventories as they are, servers that are down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playbook
import pytest
from collection_tree import CHECKOUT

from exchange_lab.background import Background
from exchange_lab.world import World
from exchange_lab.world.clock import WallClock

EX1, EX2, EX3 = (f"ex{number}.contoso.test" for number in (1, 2, 3))
LOOK = (
    "mailops.exchange.binding_repair : Look at sites, bindings, http.sys, certificates, pools, services and the way to "
    "the other servers"
)


@pytest.fixture
def lab() -> Iterator[Background]:
    """Three servers, of which the first and the last have their back end on 445."""
    servers = [{"name": f"ex{number}", "site": "London", "build": "15.2.1258.12"} for number in (1, 2, 3)]
    users = {"administrator": ["Organization Management"]}
    world = World.from_estate({"sites": {"London": ["dc1"]}, "servers": servers, "users": users}, clock=WallClock())
    with Background(world, auth="basic") as running:
        for server in (EX1, EX3):
            world.break_binding(server, "moved_to_445")
            running.follow(server)
        yield running


def run(lab: Background, folder: Path, names: dict[str, dict[str, Any]], **variables: Any) -> playbook.Run:
    """The playbook on servers by their names in the inventory, each with further variables."""
    hosts = {name: lab.inventory_vars(more.pop("server", name)) | more for name, more in names.items()}
    given = {
        "binding_repair_front_end_port": "{{ exchange_client_port }}",
        "binding_repair_back_end_port": "{{ exchange_back_end_port }}",
        "binding_repair_delay": 1,
        **variables,
    }
    path = CHECKOUT / "playbooks" / "repair_bindings.yml"
    return playbook.run_file(
        folder, {"exchange": {"hosts": hosts}}, path, arguments=["-e", json.dumps(given)], longest=400
    )


def findings(done: playbook.Run, host: str) -> set[str]:
    return {finding["code"] for finding in done.of(LOOK, host).ok()["findings"]}


def test_a_look_goes_on_without_a_server_that_is_down_and_a_repair_does_not(lab: Background, tmp_path: Path) -> None:
    down = {EX1: {}, EX2: {"ansible_port": 1}, EX3: {}}
    looked = run(lab, tmp_path, {name: dict(more) for name, more in down.items()})
    assert looked.code != 0
    assert looked.of(LOOK, EX2).status == "failed"
    assert all("back_end_port_moved" in findings(looked, server) for server in (EX1, EX3))
    assert "is on *:445:" in looked.output.partition("Show what a repair would do")[2]
    (tmp_path / "repair").mkdir()
    repaired = run(lab, tmp_path / "repair", down, repair=True)
    assert repaired.code != 0 and EX1 in repaired.output and (LOOK, EX3) not in repaired.results
    assert [lab.world.machines[server].sites["Exchange Back End"].https[0].port for server in (EX1, EX3)] == [444, 445]


def test_short_names_are_no_hindrance(lab: Background, tmp_path: Path) -> None:
    """The others are known by the FQDN in their ansible_host, or by their name; one without any is left out."""
    address = lab.inventory_vars(EX2)["ansible_host"]
    names = {
        "one": {"server": EX1},
        "two": {"server": EX2, "ansible_host": EX2, "ansible_psrp_host": address, "binding_repair_address": address},
        EX3: {},
    }
    looked = run(lab, tmp_path, names)
    assert looked.code == 0, looked.output
    peers = {name: looked.of(LOOK, name).ok()["peers"] for name in names}
    assert peers == {
        "one": {EX2: "open", EX3: "blocked"},
        "two": {EX3: "blocked"},
        EX3: {EX2: "open"},
    }
