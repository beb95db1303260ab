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


def change(path: Path, **parts: Any) -> None:
    """Edit the file: the values of its parts, or of settings such as ``owa=("internal_url", value)``."""
    saved = json.loads(path.read_text())
    for part, value in parts.items():
        if part in saved:
            saved[part] = value
        else:
            saved["objects"][f"{part} (Default Web Site)"][value[0]] = value[1]
    path.write_text(json.dumps(saved))


def test_an_edited_file_is_judged_like_a_user(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    before = world.snapshot()
    change(path, owa=("internal_url", "https://user:secret@mail.contoso.test/owa"))
    done = snapshot(converge, path, "restored").ok()
    (left,) = done.not_restored
    assert (left["object"], left["setting"]) == ("owa (Default Web Site)", "internal_url")
    assert "holds a user or a password" in left["why"] and "secret" not in repr(done)
    assert (done.changed, world.snapshot()) == (False, before)
    change(path, owa=("internal_url", "https://mail.contoso.test/owa"))
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, done.not_restored) == (True, [])


@pytest.mark.parametrize(
    "parts",
    [
        {"iis": []},
        {"iis": {"settings": {"x": ["y"]}}},
        {"iis": {"unread": {"x": 1}}},
        {"unread": []},
        {"unread": {"owa": "x"}},
        {"protocols": {"owa (Default Web Site)": ["x"]}},
        {"protocols": []},
        {"objects": {"owa (Default Web Site)": []}},
        {"objects": []},
        {"version": None},
        {"owa": ("internal_url", 5)},
        {"owa": ("external_authentication_methods", 5)},
        {"owa": ("external_authentication_methods", [5])},
        {"owa": ("external_authentication_methods", None)},
        {"owa": ("user_context_timeout", "60")},
        {"owa": ("basic_authentication", "yes")},
        {"owa": ("no_such_setting", {})},
    ],
    ids=str,
)
@pytest.mark.parametrize("state", ["saved", "compared", "restored"])
def test_an_edited_file_that_is_no_snapshot_is_refused(
    converge: Converge, path: Path, state: str, parts: dict[str, Any]
) -> None:
    snapshot(converge, path).ok()
    whole = path.read_text()
    change(path, **parts)
    assert "is no snapshot" in snapshot(converge, path, state).refused()
    path.write_text(whole)
    snapshot(converge, path, state).ok()


def test_what_is_no_result_of_the_other_module_is_refused(converge: Converge, path: Path) -> None:
    assert "no result of iis_application_info" in snapshot(converge, path, iis={"settings": {"x": 1}}).refused()
    assert not path.exists()
    snapshot(converge, path, iis={"settings": {}, "unread": {}}).ok()


# What a server holds and this module would not send


@pytest.mark.parametrize(
    ("noun", "parameter", "value"),
    [
        ("Owa", "ExternalUrl", "https://mail.contoso.test/"),
        ("Oab", "InternalUrl", "http://ex1.contoso.test/OAB"),
        ("WebServices", "InternalNLBBypassUrl", "https://ex1.contoso.test/ews/exchange.asmx"),
    ],
)
def test_what_has_not_changed_is_not_judged(
    world: World, converge: Converge, path: Path, noun: str, parameter: str, value: str
) -> None:
    held = world.virtual_directories(f"{noun}VirtualDirectory")[0].object.initial
    held[parameter] = value
    snapshot(converge, path).ok()
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, done.sent, done.not_restored, done.warnings) == (False, [], [], [])
    held[parameter] = None
    converge("exchange_vdir", protocol="owa", default_theme="blue").ok()
    done = snapshot(converge, path, "restored").ok()
    assert [sorted(left) for left in done.not_restored] == [["object", "setting", "why"]]
    assert [record["cmdlet"] for record in done.written] == ["Set-OwaVirtualDirectory"]
    assert held[parameter] is None


def test_a_bypass_url_that_came_later_is_cleared(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    ews = world.virtual_directories("WebServicesVirtualDirectory")[0].object
    ews.initial["InternalNLBBypassUrl"] = "https://ex1.contoso.test/ews/exchange.asmx"
    assert snapshot(converge, path, "restored").ok().not_restored == []
    assert snapshot(converge, path, "compared").ok().differences == []


def test_a_site_that_is_gone_is_left_out(converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    saved = json.loads(path.read_text())
    saved["objects"]["Autodiscover service connection point"]["auto_discover_site_scope"] = ["Paris"]
    path.write_text(json.dumps(saved))
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, [left["setting"] for left in done.not_restored]) == (False, ["auto_discover_site_scope"])
    assert "names Paris" in done.not_restored[0]["why"]


def test_a_directory_that_is_missing_is_refused_and_in_check_mode_only_told(
    world: World, converge: Converge, path: Path, tmp_path: Path
) -> None:
    snapshot(converge, path).ok()
    converge("exchange_vdir", protocol="owa", windows_authentication=True, forms_authentication=False).ok()
    recreation.leave(world, world.virtual_directories("EcpVirtualDirectory")[0])
    planned = snapshot(converge, path, "restored", check_mode=True).ok()
    assert planned.changed is True
    assert any("would be refused" in text and "has no ecp (Default Web Site)" in text for text in planned.warnings)
    assert "has no ecp (Default Web Site), or it cannot be read" in snapshot(converge, path, "restored").refused()
    converge("exchange_vdir", protocol="ecp", state="recreated", undo_path=str(tmp_path / "undo.json")).ok()
    snapshot(converge, path, "restored").ok()


def test_a_logon_page_is_put_back_beside_its_twin(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    ecp = world.virtual_directories("EcpVirtualDirectory")[0]
    ecp.iis["OAuthAuthentication"] = False
    change(path, owa=("oauth_authentication", True))
    assert "admin center first" in snapshot(converge, path, "restored").refused()
    change(path, ecp=("oauth_authentication", True))
    done = snapshot(converge, path, "restored").ok()
    assert [record["cmdlet"] for record in done.written] == ["Set-EcpVirtualDirectory", "Set-OwaVirtualDirectory"]


def test_ad_fs_is_not_put_back_without_what_the_organization_needs(
    world: World, converge: Converge, path: Path
) -> None:
    snapshot(converge, path).ok()
    for option in ("basic", "forms", "windows", "digest", "oauth", "adfs"):
        for directory in ("owa", "ecp"):
            change(path, **{directory: (f"{option}_authentication", option == "adfs")})
    assert "the organization has no adfs_issuer" in snapshot(converge, path, "restored").refused()
    world.organization_config.initial.update(
        AdfsIssuer="x", AdfsAudienceUris=("y",), AdfsSignCertificateThumbprints=("z",)
    )
    assert snapshot(converge, path, "restored").ok().changed


def test_what_could_not_be_read_or_sent_is_left_out_by_name(lab: Any, path: Path) -> None:
    world = lab(missing_iis_on_full_get="warning_with_ad_values")
    converge = Converge(world)
    snapshot(converge, path).ok()
    change(path, owa=("gzip_level", "Error"), EWS=("no_such_setting", "x"))
    world.faults.add("missing_in_iis", server="EX1", noun="EcpVirtualDirectory")
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, done.sent) == (False, [])
    left = {(one["object"], one["setting"]): one["why"] for one in done.not_restored}
    assert left["owa (Default Web Site)", "gzip_level"] == "The value in the file can only be read."
    assert left["EWS (Default Web Site)", "no_such_setting"].startswith("This version of the collection does not know")
    assert left["ecp (Default Web Site)", "basic_authentication"].startswith("It could not be read")
    assert ("ecp (Default Web Site)", "external_url") not in left


def test_powershell_and_the_back_end_are_left_alone(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    shell, *_others = world.virtual_directories("PowerShellVirtualDirectory")
    shell.object.initial["ExternalUrl"] = "https://mail.contoso.test/powershell"
    back_end = next(item for item in world.virtual_directories("OwaVirtualDirectory") if not item.is_front_end)
    back_end.object.initial["ExternalUrl"] = "https://mail.contoso.test/owa"
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, done.sent, done.not_restored) == (False, [], [])
    assert len(snapshot(converge, path, "compared").ok().differences) == 2


# Extended Protection, which an update turns on


def of_build(build: str) -> dict[str, Any]:
    return {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": build}]}


def test_what_an_update_has_made_safer_is_not_turned_off(lab: Any, path: Path) -> None:
    snapshot(Converge(lab(of_build("15.2.1258.12"))), path).ok()
    world = lab(of_build("15.2.1544.4"))
    converge = Converge(world)
    before = world.snapshot()
    compared = snapshot(converge, path, "compared").ok()
    assert compared.versions == {"reference": "15.2.1258.12", "present": "15.2.1544.4"}
    assert "is of version 15.2.1258.12, ex1.contoso.test has 15.2.1544.4" in compared.warnings[0]
    assert {setting for _object, setting in settings(compared)} == {
        "extended_protection_token_checking",
        "internal_clients_require_ssl",
        "ssl_offloading",
    }
    converge("exchange_vdir", protocol="owa", default_theme="blue").ok()
    converge("exchange_outlook_anywhere", internal_hostname="mail.contoso.test").ok()
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, done.versions) == (True, compared.versions)
    assert world.snapshot() == before
    left = {(one["object"], one["setting"]) for one in done.not_restored}
    assert ("Rpc (Default Web Site)", "ssl_offloading") in left
    assert ("owa (Default Web Site)", "extended_protection_token_checking") in left
    assert len(left) == 9
    assert any("9 settings are otherwise" in text for text in done.warnings)


def test_the_same_build_is_not_mentioned(converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    for state in ("compared", "restored"):
        result = snapshot(converge, path, state).ok()
        assert result.versions["reference"] == result.versions["present"]
        assert not any("version" in text for text in result.warnings)


def test_a_required_tls_of_the_address_book_stays_too(world: World, converge: Converge, path: Path) -> None:
    converge("exchange_vdir", protocol="oab", require_ssl=False).ok()
    snapshot(converge, path).ok()
    converge("exchange_vdir", protocol="oab", require_ssl=True).ok()
    done = snapshot(converge, path, "restored").ok()
    assert (done.changed, [left["setting"] for left in done.not_restored]) == (False, ["require_ssl"])


# A file that holds more than a new reading


IIS_FACTS = {"settings": {"location Default Web Site/owa": {"basic_authentication": True}}, "unread": {}}


def test_an_incomplete_reading_replaces_no_complete_snapshot(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    whole = path.read_text()
    fault = world.faults.add("iis_unreachable", server="EX1")
    message = snapshot(converge, path).refused()
    assert "holds what was not found now: " in message and "set replace to always" in message
    assert path.read_text() == whole
    planned = snapshot(converge, path, check_mode=True).ok()
    assert any("would be refused" in text for text in planned.warnings)
    forced = snapshot(converge, path, replace="always").ok()
    assert forced.changed is True
    assert len(forced.not_compared) > 1 and any("Not in the snapshot" in text for text in forced.warnings)
    world.faults.remove(fault)
    done = snapshot(converge, path).ok()
    assert (done.changed, path.read_text()) == (True, whole)
    assert done.not_compared == ["IIS: there are no facts of ex1.contoso.test from iis_application_info."]


def test_a_setting_or_the_facts_of_iis_are_not_lost_either(lab: Any, path: Path) -> None:
    world = lab(missing_iis_on_full_get="warning_with_ad_values")
    converge = Converge(world)
    snapshot(converge, path, iis=IIS_FACTS).ok()
    assert "holds what was not found now: facts of IIS." in snapshot(converge, path).refused()
    empty = {"settings": {}, "unread": {}}
    assert "now: location Default Web Site/owa." in snapshot(converge, path, iis=empty).refused()
    fault = world.faults.add("missing_in_iis", server="EX1", noun="EcpVirtualDirectory")
    assert "basic_authentication of ecp (Default" in snapshot(converge, path, iis=IIS_FACTS).refused()
    world.faults.remove(fault)
    assert snapshot(converge, path, iis=IIS_FACTS).ok().changed is False


def test_the_first_snapshot_is_kept_where_that_is_asked_for(world: World, converge: Converge, path: Path) -> None:
    assert snapshot(converge, path, replace="never").ok().changed is True
    whole = path.read_text()
    converge("exchange_vdir", protocol="owa", default_theme="blue").ok()
    kept = snapshot(converge, path, replace="never").ok()
    assert (kept.changed, path.read_text()) == (False, whole)
    assert kept.not_compared == ["IIS: there are no facts of ex1.contoso.test from iis_application_info."]
    assert snapshot(converge, path).ok().changed is True


def test_another_servers_snapshot_and_another_file_are_not_written_over(lab: Any, path: Path) -> None:
    converge = Converge(lab("two_datacenters"))
    snapshot(converge, path).ok()
    for replace in ("complete", "never"):
        message = snapshot(converge, path, server="EX2", replace=replace).refused()
        assert message.startswith("This is a snapshot of ex1.contoso.test, not of ex2.contoso.test.")
    assert snapshot(converge, path, server="EX2", replace="always").ok().changed is True
    path.write_text("precious")
    assert "is no snapshot" in snapshot(converge, path).refused()
    assert path.read_text() == "precious"
    snapshot(converge, path, replace="always").ok()


def test_a_restore_tells_what_its_file_lacks(world: World, converge: Converge, path: Path) -> None:
    fault = world.faults.add("iis_unreachable", server="EX1")
    snapshot(converge, path).ok()
    world.faults.remove(fault)
    converge("exchange_vdir", protocol="owa", default_theme="blue").ok()
    done = snapshot(converge, path, "restored").ok()
    assert done.changed is False
    assert len(done.not_compared) >= 8 and all(text.startswith("ex1.contoso.test: ") for text in done.not_compared)
    assert sum("Not in the snapshot" in text for text in done.warnings) == len(done.not_compared)


def test_what_could_not_be_read_is_not_called_missing(world: World, converge: Converge, path: Path) -> None:
    snapshot(converge, path).ok()
    world.faults.add("iis_unreachable", server="EX1")
    result = snapshot(converge, path, "compared").ok()
    assert result.differences == []
    assert "owa (Default Web Site) was not read on ex1.contoso.test." in result.not_compared
    assert "or it cannot be read" in snapshot(converge, path, "restored").refused()


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
        "[" * 100_000,
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
