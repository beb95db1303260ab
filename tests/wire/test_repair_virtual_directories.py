# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/repair_virtual_directories.yml, and the snapshot modules, through the unmodified ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playbook
import pytest
import yaml
from collection_tree import CHECKOUT
from unread_processes import processes_unread

from exchange_lab.background import Background
from exchange_lab.world import World, exchange_setup, recreation
from exchange_lab.world.clock import WallClock

EX1 = "ex1.contoso.test"
DIRECTORIES = [{"protocol": "owa"}, {"protocol": "oab"}, {"protocol": "ecp", "role": "Mailbox"}]


@pytest.fixture
def lab() -> Iterator[Background]:
    """One server whose pools get warm again, so that its clock goes on."""
    with Background(World.from_estate("one_server", clock=WallClock()), auth="basic") as running:
        yield running


def repair(play: Any, lab: Background, folder: Path, **variables: Any) -> playbook.Run:
    """The playbook's own play on the lab's server."""
    (whole,) = yaml.safe_load((CHECKOUT / "playbooks" / "repair_virtual_directories.yml").read_text(encoding="utf-8"))
    given = {
        "undo_folder": str(folder),
        "repair_name": "spring",
        "directories": DIRECTORIES,
        **whole["vars"],
        **variables,
    }
    keywords = {name: whole[name] for name in ("serial", "max_fail_percentage")}
    return play({EX1: lab.inventory_vars(EX1)}, *whole["tasks"], vars=given, ignore_errors=False, **keywords)


def test_directories_come_back_with_their_settings_and_a_second_run_is_quiet(
    play: Any, lab: Background, tmp_path: Path
) -> None:
    world = lab.world
    owa = world.virtual_directories("OwaVirtualDirectory")[0]
    owa.object.initial.update(ExternalUrl="https://mail.contoso.test/owa", CalendarEnabled=False)
    before, old = world.snapshot(), owa.object.guid
    first = repair(play, lab, tmp_path)
    assert first.code == 0, first.output
    assert [change for change in world.changes(before, world.snapshot()) if change[0].startswith(("AD", "IIS"))] == []
    assert world.virtual_directories("OwaVirtualDirectory")[-1].object.guid != old
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{EX1}.ecp.exchange-back-end.spring.json",
        f"{EX1}.oab.default-web-site.spring.json",
        f"{EX1}.owa.default-web-site.spring.json",
        f"{EX1}.spring.snapshot.json",
    ]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    restarts = [record for record in world.records if record["cmdlet"] == "Restart-Service"]
    assert len(restarts) == 1
    written = len([record for record in world.records if record["write"] and record["outcome"] == "ok"])
    again = repair(play, lab, tmp_path)
    assert again.code == 0, again.output
    assert len([record for record in world.records if record["write"] and record["outcome"] == "ok"]) == written


def test_nothing_is_created_anew_beside_exchange_setup(play: Any, lab: Background, tmp_path: Path) -> None:
    exchange_setup.begin(lab.world, "ex1", upgrade=False)
    before = lab.world.snapshot()
    refused = repair(play, lab, tmp_path, directories=DIRECTORIES[:1])
    assert refused.code != 0 and "Exchange Setup runs, or may run" in refused.output, refused.output
    assert (lab.world.snapshot(), list(tmp_path.iterdir())) == (before, [])
    exchange_setup.break_off(lab.world, "ex1")
    assert repair(play, lab, tmp_path, directories=DIRECTORIES[:1]).code == 0


@pytest.mark.nightly
def test_nothing_is_created_anew_where_setup_may_run(play: Any, lab: Background, tmp_path: Path) -> None:
    before = lab.world.snapshot()
    with processes_unread():
        refused = repair(play, lab, tmp_path, directories=DIRECTORIES[:1])
    assert refused.code != 0 and "or may run" in refused.output, refused.output
    assert (lab.world.snapshot(), list(tmp_path.iterdir())) == (before, [])
    assert repair(play, lab, tmp_path, directories=DIRECTORIES[:1]).code == 0


def test_the_first_directory_that_fails_ends_it_and_those_before_it_are_served(
    play: Any, lab: Background, tmp_path: Path
) -> None:
    world = lab.world
    mapi = world.virtual_directories("MapiVirtualDirectory")[0].object.guid
    ecp = next(item for item in world.virtual_directories("EcpVirtualDirectory") if item.is_front_end)
    recreation.leave(world, ecp, "IIS")
    three = [{"protocol": "owa"}, {"protocol": "ecp"}, {"protocol": "mapi"}]
    failed = repair(play, lab, tmp_path, directories=three)
    assert failed.code != 0 and "is left in IIS" in failed.output, failed.output
    assert world.virtual_directories("MapiVirtualDirectory")[0].object.guid == mapi
    assert len([record for record in world.records if record["cmdlet"] == "Restart-Service"]) == 1
    recreation.leave(world, ecp)
    finished = repair(play, lab, tmp_path, directories=three)
    assert finished.code == 0, finished.output
    assert world.virtual_directories("MapiVirtualDirectory")[0].object.guid != mapi


@pytest.mark.parametrize("shown", [pytest.param("from_iis", marks=pytest.mark.nightly), "always_None"])
def test_extended_protection_is_kept_or_its_loss_ends_the_repair(play: Any, tmp_path: Path, shown: str) -> None:
    """Microsoft's script has set it, on a version that does not have it of its own."""
    world = World.from_estate("one_server", {"ep_attributes": shown}, WallClock())
    owa = world.virtual_directories("OwaVirtualDirectory")[0]
    owa.iis["ExtendedProtectionTokenChecking"] = "Require"
    with Background(world, auth="basic") as lab:
        done = repair(play, lab, tmp_path, directories=[{"protocol": "owa"}])
        new = next(item for item in world.virtual_directories("OwaVirtualDirectory") if item.is_front_end)
        if shown == "from_iis":
            assert done.code == 0, done.output
        else:
            assert done.code != 0 and "another Extended Protection than before this repair" in done.output, done.output
            assert repair(play, lab, tmp_path, directories=[{"protocol": "owa"}]).code != 0, "it is still lost"
            new.iis["ExtendedProtectionTokenChecking"] = "Require"
            assert repair(play, lab, tmp_path, directories=[{"protocol": "owa"}]).code == 0
    assert new.iis["ExtendedProtectionTokenChecking"] == "Require"


@pytest.mark.parametrize("wrong", [{"undo_folder": ""}, {"undo_folder": "undo"}, {"repair_name": " "}])
def test_a_repair_whose_files_could_not_be_found_again_is_refused(
    play: Any, lab: Background, tmp_path: Path, wrong: dict[str, str]
) -> None:
    refused = repair(play, lab, tmp_path, **wrong)
    assert refused.code != 0 and "Set undo_folder to the absolute path" in refused.output, refused.output
    assert not any(record["write"] for record in lab.world.records)


def test_a_broken_connection_in_the_middle_is_survived(play: Any, lab: Background, tmp_path: Path) -> None:
    before = lab.world.snapshot()
    lab.faults.add("drop", stage="after", operation="Command", cmdlet="Remove-*", times=1, nth=2)
    result = repair(play, lab, tmp_path, directories=[{"protocol": "ews"}])
    assert result.code == 0, result.output
    changes = lab.world.changes(before, lab.world.snapshot())
    assert [change for change in changes if change[0].startswith(("AD", "IIS"))] == []


def test_a_snapshot_with_iis_is_saved_and_compared(play: Any, lab: Background, tmp_path: Path) -> None:
    path = str(tmp_path / "snapshot.json")

    def run(state: str) -> dict[str, Any]:
        facts = playbook.task("iis", "iis_application_info", {}, register="applications")
        options = {"path": path, "state": state, "iis": "{{ applications.iis }}"}
        done = play({EX1: lab.inventory_vars(EX1)}, facts, playbook.task("snapshot", "exchange_vdir_snapshot", options))
        return done.of("snapshot", EX1).ok()

    assert run("saved")["changed"] is True
    assert json.loads(Path(path).read_text())["iis"]["unread"] == {}
    item = next(one for one in lab.world.virtual_directories("PowerShellVirtualDirectory") if one.is_front_end)
    item.modules_lost.add("kerbauth")
    assert [found["object"] for found in run("compared")["differences"]] == ["modules of Default Web Site/PowerShell"]


def test_a_session_that_is_drawn_to_another_server_recreates_nothing(play: Any, tmp_path: Path) -> None:
    """The front end tells who answers, also where the account's mailbox decides it."""
    world = World.from_estate("two_datacenters")
    switches = {"rps_routing": "anchored", "rps_anchor": "ex2.contoso.test"}
    options = {"protocol": "ecp", "state": "recreated", "undo_path": str(tmp_path / "undo.json")}
    with Background(world, auth="basic", switches=switches) as lab:
        hosts = {server: lab.inventory_vars(server) for server in (EX1, "ex2.contoso.test")}
        done = play(hosts, playbook.task("recreate", "exchange_vdir", options))
    assert "This session runs on ex2.contoso.test" in done.of("recreate", EX1).failed()
    assert done.of("recreate", "ex2.contoso.test").ok()["changed"] is True
