# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that go on where another broke off: at which domain controller, and from half a directory (V9, V11)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from in_process import Converge, InProcessSession
from recreations import NOUNS, crashes, directory, recreate

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import DeadlineExceeded
from exchange_lab.world import World, recreation

FIRST, LAST = "dc1.contoso.test", "dc2.contoso.test"
TWO_CONTROLLERS = {
    "replication_delay": 900,
    "sites": {"London": ["dc1", "dc2"]},
    "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}],
}
URL = "https://mail.contoso.test/owa"
IN_IIS = {"logon_format": "PrincipalName", "gzip_level": "High"}


@pytest.fixture
def undo(tmp_path: Path) -> Path:
    return tmp_path / "undo.json"


def broken_off(world: World, undo: Path, at: int, protocol: str = "owa") -> Converge:
    """A run whose nth write was carried out, but never confirmed; from then on sessions ask the other controller."""
    converge = Converge(world)
    with pytest.MonkeyPatch.context() as patch:
        crashes(patch, at, True, DeadlineExceeded)
        assert recreate(converge, undo, protocol).failed
    world.switches["domain_controller_asked"] = "last_of_site"
    return converge


# The domain controller


@pytest.mark.parametrize("at", [1, 2])
def test_a_run_goes_on_at_the_domain_controller_where_the_first_one_wrote(lab: Any, undo: Path, at: int) -> None:
    world = lab(TWO_CONTROLLERS)
    before = world.snapshot()
    result = recreate(broken_off(world, undo, at), undo).ok()
    assert result.domain_controller == FIRST and result.resumed is True
    assert {record["parameters"]["DomainController"] for record in result.sent} <= {FIRST}
    assert [record["cmdlet"] for record in result.sent].count("Remove-OwaVirtualDirectory") == 0
    assert world.changes(before, world.snapshot()) == []


def test_a_finished_run_is_known_as_finished_before_all_has_replicated(lab: Any, undo: Path) -> None:
    world = lab(TWO_CONTROLLERS)
    converge = Converge(world)
    recreate(converge, undo).ok()
    world.switches["domain_controller_asked"] = "last_of_site"
    assert recreate(converge, undo).ok().changed is False
    assert "tells of an earlier directory" in recreate(converge, undo, state="absent").refused()


def test_without_an_earlier_run_the_servers_own_domain_controller_is_kept(lab: Any, undo: Path) -> None:
    world = lab(TWO_CONTROLLERS, domain_controller_asked="last_of_site")
    assert recreate(Converge(world), undo).ok().domain_controller == LAST
    assert json.loads(undo.read_text())["directory"]["domain_controller"] == LAST


@pytest.mark.parametrize("at", [1, 2])
def test_a_domain_controller_that_does_not_know_yet_is_refused(lab: Any, undo: Path, at: int) -> None:
    world = lab(TWO_CONTROLLERS)
    before = world.snapshot()
    converge = broken_off(world, undo, at)
    assert f"does not know yet what an earlier run did at {FIRST}" in (
        recreate(converge, undo, domain_controller=LAST).refused()
    )
    world.clock.advance(901)
    assert recreate(converge, undo, domain_controller=LAST).ok().domain_controller == LAST
    assert world.changes(before, world.snapshot()) == []


def test_while_that_domain_controller_is_down_the_cure_is_told(lab: Any, undo: Path) -> None:
    world = lab(TWO_CONTROLLERS)
    before = world.snapshot()
    converge = broken_off(world, undo, 1)
    world.faults.add("domain_controller_down", server="dc1")
    refused = recreate(converge, undo).refused()
    assert f"wrote at the domain controller {FIRST}, which does not answer" in refused
    assert "name another one with domain_controller" in refused
    world.clock.advance(901)
    assert recreate(converge, undo, domain_controller=LAST).ok().domain_controller == LAST
    assert world.changes(before, world.snapshot()) == []


# Half a directory


def half_created(world: World, converge: Converge, undo: Path) -> None:
    """IIS fails while New is at work."""
    world.switches["new_without_iis"] = "leaves_ad_object"
    real, faults = InProcessSession.invoke, []

    def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        if command.cmdlet.startswith("New-") and not command.parameters.get("WhatIf"):
            faults.append(world.faults.add("iis_unreachable", server="EX1"))
        return real(session, command, keep_errors)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InProcessSession, "invoke", invoke)
        result = recreate(converge, undo, accept_unread_settings=True)
    assert result.failed and result.changed is True and str(undo) in result.msg
    world.faults.remove(faults[0])
    assert directory(world, "owa").in_iis is False


@pytest.mark.parametrize("way", ["error_and_continue", "warning_with_ad_values"])
def test_half_a_directory_is_removed_and_created_again(lab: Any, undo: Path, way: str) -> None:
    world = lab(missing_iis_on_full_get=way)
    converge = Converge(world)
    converge("exchange_vdir", protocol="owa", external_url=URL, **IN_IIS).ok()
    before = world.snapshot()
    half_created(world, converge, undo)
    result = recreate(converge, undo).ok()
    assert result.resumed is True
    assert [record["cmdlet"].partition("-")[0] for record in result.written] == ["Remove", "New", "Set"]
    assert world.changes(before, world.snapshot()) == []
    assert recreate(converge, undo).ok().changed is False


def test_half_a_directory_in_place_of_none_too(world: World, converge: Converge, undo: Path) -> None:
    recreation.leave(world, directory(world, "owa"))
    half_created(world, converge, undo)
    assert recreate(converge, undo, external_url=URL).ok().virtual_directory["external_url"] == URL


def test_half_a_directory_goes_by_absent_and_the_settings_stay_saved(
    world: World, converge: Converge, undo: Path
) -> None:
    converge("exchange_vdir", protocol="owa", external_url=URL, **IN_IIS).ok()
    before = world.snapshot()
    half_created(world, converge, undo)
    assert recreate(converge, undo, state="absent").ok().changed is True
    assert [item.web_site for item in world.virtual_directories(NOUNS["owa"])] == ["Exchange Back End"]
    recreate(converge, undo).ok()
    assert world.changes(before, world.snapshot()) == []


def test_a_whole_directory_whose_settings_are_not_back_is_finished_before_it_is_removed(
    world: World, converge: Converge, undo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converge("exchange_vdir", protocol="owa", external_url=URL).ok()
    crashes(monkeypatch, 2, True, DeadlineExceeded)
    assert recreate(converge, undo).failed
    monkeypatch.undo()
    assert "Finish that with state recreated and this undo_path" in recreate(converge, undo, state="absent").refused()
    assert recreate(converge, undo).ok().virtual_directory["external_url"] == URL
    recreate(converge, undo.with_name("next.json"), state="absent").ok()


def test_a_new_that_iis_does_not_show_is_no_success(
    world: World, converge: Converge, undo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converge("exchange_vdir", protocol="owa", external_url=URL).ok()
    before, real = world.snapshot(), InProcessSession.invoke

    def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        reply = real(session, command, keep_errors)
        if command.cmdlet.startswith("New-") and not command.parameters.get("WhatIf"):
            recreation.leave(world, directory(world, "owa"), "AD")
        return reply

    monkeypatch.setattr(InProcessSession, "invoke", invoke)
    result = recreate(converge, undo)
    assert result.failed and "was created, but IIS does not show it" in result.msg
    monkeypatch.undo()
    recreate(converge, undo).ok()
    assert world.changes(before, world.snapshot()) == []


def test_a_finished_one_that_iis_loses_again_needs_a_new_file(world: World, converge: Converge, undo: Path) -> None:
    recreate(converge, undo).ok()
    recreation.leave(world, directory(world, "owa"), "AD")
    refused = recreate(converge, undo, accept_unread_settings=True).refused()
    assert "name a new file as undo_path" in refused and str(undo) in refused
    recreate(converge, undo.with_name("again.json"), accept_unread_settings=True).ok()
