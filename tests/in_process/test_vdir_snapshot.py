# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_vdir_snapshot: what clients are served by, saved, compared and put back."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from in_process import Converge, Result

from exchange_lab.world import World, recreation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def snapshot(converge: Converge, path: Path, state: str = "saved", **options: Any) -> Result:
    return converge("exchange_vdir_snapshot", state=state, path=str(path), **options)


def settings(result: Result) -> list[tuple[str, str]]:
    return [(found["object"], found["setting"]) for found in result.differences]


def test_saved_once_and_then_unchanged(world: World, converge: Converge, path: Path) -> None:
    before = world.snapshot()
    assert snapshot(converge, path).ok().changed is True
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    saved = json.loads(path.read_text())
    assert saved["server"] == "ex1.contoso.test"
    assert saved["objects"]["owa (Default Web Site)"]["basic_authentication"] is True
    assert {"owa (Exchange Back End)", "Rpc (Default Web Site)", "mapi (Default Web Site)"} <= saved["objects"].keys()
    again = converge.again().ok()
    assert (again.changed, again.sent) == (False, [])
    assert world.snapshot() == before


def test_check_mode_writes_no_file(converge: Converge, path: Path) -> None:
    assert snapshot(converge, path, check_mode=True).ok().changed is True
    assert not path.exists()


def test_differences_are_named_with_both_values(converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    assert snapshot(converge, path, "compared").ok().differences == []
    converge("exchange_vdir", protocol="owa", logon_format="PrincipalName").ok()
    converge("exchange_outlook_anywhere", internal_hostname="mail.contoso.test").ok()
    result = snapshot(converge, path, "compared").ok()
    assert (result.changed, result.sent) == (False, [])
    assert {"object": "owa (Default Web Site)", "setting": "logon_format"} | {
        "reference": "FullDomain",
        "present": "PrincipalName",
    } in result.differences
    assert ("Rpc (Default Web Site)", "internal_hostname") in settings(result)
    assert any(text.startswith("IIS: there are no facts of") for text in result.not_compared)


def test_another_server_is_alike_but_for_its_name(lab: Any, path: Path) -> None:
    world = lab("two_datacenters")
    converge = Converge(world)
    snapshot(converge, path).ok()
    same_site = snapshot(converge, path, "compared", server="EX2").ok()
    assert same_site.differences == []
    converge("exchange_vdir", server="EX2", protocol="ews", basic_authentication=True).ok()
    changed = snapshot(converge, path, "compared", server="EX2").ok()
    assert settings(changed) == [("EWS (Default Web Site)", "basic_authentication")]


def test_a_directory_that_is_missing_is_a_difference(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    recreation.leave(world, world.virtual_directories("EcpVirtualDirectory")[0])
    result = snapshot(converge, path, "compared").ok()
    assert result.differences == [
        {"object": "ecp (Default Web Site)", "setting": "present", "reference": True, "present": False}
    ]


def test_what_cannot_be_read_is_not_called_equal(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    fault = world.faults.add("missing_in_iis", server="EX1", noun="EcpVirtualDirectory")
    result = snapshot(converge, path, "compared").ok()
    assert any("couldn't be read from IIS" in text for text in result.not_compared)
    world.faults.remove(fault)
    world.faults.add("empty_properties", server="EX1", noun="EcpVirtualDirectory")
    result = snapshot(converge, path, "compared").ok()
    assert any("empty properties" in text for text in result.not_compared)


def test_a_snapshot_that_lacks_something_says_so(world: World, converge: Converge, path: Path) -> None:
    world.faults.add("missing_in_iis", server="EX1", noun="EcpVirtualDirectory")
    assert any("Not in the snapshot" in warning for warning in snapshot(converge, path).ok().warnings)


def test_restored_is_as_it_was(world: World, converge: Converge, path: Path) -> None:
    world.organization_config.initial.update(
        AdfsIssuer="x", AdfsAudienceUris=("y",), AdfsSignCertificateThumbprints=("z",)
    )
    converge("exchange_vdir", protocol="owa", forms_authentication=False, windows_authentication=True).ok()
    before = world.snapshot()
    snapshot(converge, path).ok()
    converge("exchange_vdir", protocol="owa", forms_authentication=True, default_theme="blue").ok()
    converge("exchange_vdir", protocol="oab", external_url="https://mail.contoso.test/OAB").ok()
    converge(
        "exchange_autodiscover", auto_discover_service_internal_uri="https://a.test/Autodiscover/Autodiscover.xml"
    ).ok()
    world.virtual_directories("OwaVirtualDirectory")[0].object.initial["CalendarEnabled"] = False
    planned = snapshot(converge, path, "restored", check_mode=True).ok()
    assert planned.sent == [] and planned.changed is True
    done = snapshot(converge, path, "restored").ok()
    assert done.commands == planned.commands
    assert "MSExchangeOABAppPool" not in done.restart_needed and done.iis_restart_needed is True
    assert world.changes(before, world.snapshot()) == []
    again = converge.again().ok()
    assert (again.changed, again.commands) == (False, [])


def test_another_servers_snapshot_is_not_put_on_this_one(lab: Any, path: Path) -> None:
    converge = Converge(lab("two_datacenters"))
    snapshot(converge, path).ok()
    assert "is a snapshot of ex1.contoso.test" in snapshot(converge, path, "restored", server="EX2").refused()
    snapshot(converge, path, "restored").ok()


def test_an_edited_file_is_judged_like_a_user(converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    saved = json.loads(path.read_text())
    saved["objects"]["owa (Default Web Site)"]["internal_url"] = "https://user:secret@mail.contoso.test/owa"
    path.write_text(json.dumps(saved))
    message = snapshot(converge, path, "restored").refused()
    assert "holds a user or a password" in message and "secret" not in message


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"schema": 1}',
        '{"schema": 2}',
        '{"schema": 1, "server": "x", "version": "y", "objects": {"a": 1}, "protocols": {}}',
        "\x00\xff",
    ],
)
@pytest.mark.parametrize("state", ["compared", "restored"])
def test_another_file_is_refused(converge: Converge, path: Path, state: str, content: str) -> None:
    path.write_text(content)
    assert str(path) in snapshot(converge, path, state).refused()


def test_bad_paths_are_refused(converge: Converge, path: Path) -> None:
    assert "cannot be read" in snapshot(converge, path, "compared").refused()
    assert "folder does not exist" in snapshot(converge, path / "deeper").refused()
    snapshot(converge, path).ok()
