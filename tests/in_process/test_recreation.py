# SPDX-License-Identifier: GPL-3.0-or-later
"""state recreated and absent: nothing that a directory had is lost, wherever a run breaks off (V1 to V9)."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_process import Converge, InProcessSession
from lab_shell import Shell
from recreations import BACK, MODERN, NOUNS, crashes, directory, guid, recreate

from ansible_collections.mailops.exchange.plugins.plugin_utils._converge import kinds
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.virtual_directories import PROTOCOLS
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import DeadlineExceeded, Interrupted
from exchange_lab.world import World, recreation
from exchange_lab.world.switches import VALUES

SETTINGS: dict[str, dict[str, Any]] = {
    "owa": {
        "external_url": "https://mail.contoso.test/owa",
        "logon_format": "UserName",
        "default_domain": "contoso",
        "external_authentication_methods": ["Basic", "Fba"],
        "extended_protection_token_checking": "Require",
    },
    "ecp": {"external_url": "https://mail.contoso.test/ecp", "admin_enabled": False, "gzip_level": "High"},
    "ews": {"external_url": "https://mail.contoso.test/EWS/Exchange.asmx", "mrs_proxy_enabled": True},
    "activesync": {
        "external_url": "https://mail.contoso.test/Microsoft-Server-ActiveSync",
        "client_cert_auth": "Accepted",
        "internal_authentication_methods": ["Certificate"],
    },
    "oab": {"external_url": "https://mail.contoso.test/OAB", "extended_protection_token_checking": "Allow"},
    "mapi": {"internal_url": "https://mail.contoso.test/mapi", "iis_authentication_methods": ["Ntlm", "OAuth"]},
    "autodiscover": {"basic_authentication": False, "digest_authentication": True},
}


@pytest.fixture
def undo(tmp_path: Path) -> Path:
    return tmp_path / "undo.json"


# What comes back


@pytest.mark.parametrize("protocol", SETTINGS)
def test_a_recreated_directory_has_every_setting_that_it_had(
    world: World, converge: Converge, undo: Path, protocol: str
) -> None:
    converge("exchange_vdir", protocol=protocol, **SETTINGS[protocol]).ok()
    before, old = world.snapshot(), guid(world, protocol)
    result = recreate(converge, undo, protocol).ok()
    assert result.changed is True and result.not_restored == []
    assert guid(world, protocol) != old
    assert world.changes(before, world.snapshot()) == []
    assert world.violations() == []
    assert [record["cmdlet"].partition("-")[0] for record in result.written][:2] == ["Remove", "New"]
    again = converge.again().ok()
    assert (again.changed, again.sent, again.commands) == (False, [], [])


@pytest.mark.parametrize("protocol", [name for name in SETTINGS if name != "mapi"])
@pytest.mark.parametrize("as_setup", [True, False])
def test_the_back_end_is_recreated_with_its_role_site_and_path(
    lab: Any, undo: Path, protocol: str, as_setup: bool
) -> None:
    answer = "as_setup" if as_setup else "as_front_end"
    world = lab(MODERN, new_back_end_authentication=answer)
    before, old = world.snapshot(), guid(world, protocol, BACK)
    converge = Converge(world)
    result = recreate(converge, undo, protocol, role="Mailbox").ok()
    new = next(record["parameters"] for record in result.written if record["cmdlet"].startswith("New-"))
    assert (new["Role"], new["WebSiteName"]) == ("Mailbox", BACK)
    assert new["Path"].startswith("C:\\Program Files\\Microsoft\\Exchange Server\\V15\\ClientAccess\\")
    assert guid(world, protocol, BACK) != old
    assert world.changes(before, world.snapshot()) == []
    assert converge.again().ok().changed is False


@pytest.mark.parametrize("protection", ["none", "as_setup"])
@pytest.mark.parametrize("url", ["fqdn", "null"])
@pytest.mark.parametrize("protocol", SETTINGS)
def test_whatever_a_new_directory_is_like(lab: Any, undo: Path, protocol: str, url: str, protection: str) -> None:
    world = lab(MODERN, new_directory_internal_url=url, new_directory_protection=protection)
    before = world.snapshot()
    recreate(Converge(world), undo, protocol).ok()
    assert world.changes(before, world.snapshot()) == []


def test_switches_that_are_no_options_come_back_and_the_rest_is_told(
    world: World, converge: Converge, undo: Path
) -> None:
    owa = directory(world, "owa").object.initial
    owa.update(CalendarEnabled=False, AllowedFileTypes=(".txt",), BoxAttachmentsEnabled=False)
    result = recreate(converge, undo).ok()
    now = world.directory.newest(directory(world, "owa").object)
    assert (now["CalendarEnabled"], now["AllowedFileTypes"]) == (False, (".txt",))
    assert result.not_restored == [{"attribute": "BoxAttachmentsEnabled", "before": "False", "after": "True"}]


def test_only_what_the_new_directory_has_otherwise_is_sent(converge: Converge, undo: Path) -> None:
    converge("exchange_vdir", protocol="ecp", admin_enabled=False).ok()
    result = recreate(converge, undo, "ecp").ok()
    (sent,) = [record["parameters"] for record in result.written if record["cmdlet"].startswith("Set-")]
    assert sent.keys() == {"Identity", "AdminEnabled", "DomainController", "Confirm"}


def test_settings_of_the_task_stand_before_the_saved_ones(world: World, converge: Converge, undo: Path) -> None:
    converge("exchange_vdir", protocol="owa", **SETTINGS["owa"]).ok()
    result = recreate(converge, undo, logon_format="FullDomain").ok()
    assert result.virtual_directory["logon_format"] == "FullDomain"
    assert result.virtual_directory["default_domain"] == "contoso"
    assert result.not_restored == []


def test_a_further_web_site_keeps_its_folder(lab: Any, undo: Path) -> None:
    server = {"name": "ex1", "site": "London", "build": "15.2.1258.12", "extra_web_sites": ["Partners"]}
    world = lab({"sites": {"London": ["dc1"]}, "servers": [server]})
    directory(world, "owa", "Partners").iis["Path"] = "D:\\Partners\\owa"
    before = world.snapshot()
    recreate(Converge(world), undo, web_site="Partners").ok()
    assert world.changes(before, world.snapshot()) == []


def test_pools_and_iis_are_named_for_a_restart(converge: Converge, undo: Path) -> None:
    result = recreate(converge, undo, "mapi").ok()
    assert result.restart_needed == ["MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool"]
    assert result.iis_restart_needed is True
    again = converge.again().ok()
    assert (again.restart_needed, again.iis_restart_needed) == ([], False)


# Offline address books


def test_every_address_book_that_named_the_directory_names_it_again(lab: Any, undo: Path) -> None:
    world = lab("two_datacenters")
    before = world.snapshot()
    result = recreate(Converge(world), undo, "oab").ok()
    assert world.changes(before, world.snapshot()) == []
    assert any(command.startswith("Set-OfflineAddressBook") for command in result.commands)


def test_a_book_that_every_directory_hands_out_is_left_alone(world: World, converge: Converge, undo: Path) -> None:
    world.offline_address_books[0].initial.update(VirtualDirectories=(), GlobalWebDistributionEnabled=True)
    result = recreate(converge, undo, "oab").ok()
    assert not any("OfflineAddressBook" in command for command in result.commands)


def test_a_book_that_meanwhile_every_directory_hands_out_needs_no_name(
    world: World, converge: Converge, undo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes(monkeypatch, 1, True, DeadlineExceeded)
    assert recreate(converge, undo, "oab").failed
    monkeypatch.undo()
    book = {"VirtualDirectories": (), "GlobalWebDistributionEnabled": True}
    world.directory.write(world.offline_address_books[0], "dc1.contoso.test", book)
    assert not any("Set-Offline" in command for command in recreate(converge, undo, "oab").ok().commands)


def test_without_the_role_to_attach_the_book_nothing_is_removed(world: World, converge: Converge, undo: Path) -> None:
    world.rbac.hide("Set-OfflineAddressBook")
    assert "Set-OfflineAddressBook is not available" in recreate(converge, undo, "oab").refused()
    world.rbac._hidden.clear()
    recreate(converge, undo, "oab").ok()


@pytest.mark.parametrize("cmdlet", [f"{verb}-OwaVirtualDirectory" for verb in ("New", "Remove", "Set")])
@pytest.mark.parametrize("parameter", [None, "WhatIf"])
def test_without_the_cmdlets_nothing_is_removed(
    world: World, converge: Converge, undo: Path, cmdlet: str, parameter: str | None
) -> None:
    world.rbac.hide(cmdlet, parameter)
    assert f"{cmdlet} is not available" in recreate(converge, undo).refused() or parameter
    assert not undo.exists()
    world.rbac._hidden.clear()
    recreate(converge, undo).ok()


# The undo state


def test_the_settings_are_saved_for_the_owner_alone_before_anything_is_removed(
    converge: Converge, undo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = InProcessSession.invoke, []

    def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        if command.cmdlet.startswith("Remove-") and not command.parameters.get("WhatIf"):
            seen.append((stat.S_IMODE(undo.stat().st_mode), json.loads(undo.read_text())))
        return real(session, command, keep_errors)

    monkeypatch.setattr(InProcessSession, "invoke", invoke)
    recreate(converge, undo).ok()
    ((mode, saved),) = seen
    assert mode == 0o600
    assert saved["identity"] == "EX1\\owa (Default Web Site)"
    assert saved["directory"]["settings"]["basic_authentication"] is True


def test_a_file_about_another_directory_is_refused(converge: Converge, undo: Path) -> None:
    recreate(converge, undo).ok()
    assert "is about another identity" in recreate(converge, undo, "ecp").refused()
    recreate(converge, undo.with_name("ecp.json"), "ecp").ok()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": 2}', "\x00", '{"schema": 1, "identity": 1}'])
def test_a_file_that_is_no_undo_state_is_refused_and_kept(converge: Converge, undo: Path, content: str) -> None:
    undo.write_text(content)
    assert str(undo) in recreate(converge, undo).refused()
    assert undo.read_text() == content


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"undo_path": None}, "must know where to save"),
        ({"undo_path": "relative.json"}, "is not an absolute path"),
        ({"undo_path": "/nowhere/at/all/undo.json"}, "its folder does not exist"),
        ({"protocol": "powershell"}, "Add-PSSnapin"),
        ({"protocol": "powershell", "state": "absent", "allow_powershell_changes": True}, "Add-PSSnapin"),
        ({"protocol": "mapi", "role": "Mailbox"}, "no back end directory"),
        ({"role": "Mailbox", "web_site": "Default Web Site"}, "The back end is the web site"),
        ({"web_site": BACK}, "Set role to Mailbox"),
        ({"state": "present", "role": "Mailbox", "default_theme": "blue"}, "are Setup's"),
        ({"server": "EX9"}, "EX9"),
        ({"logon_format": "Upn"}, "logon_format"),
    ],
)
def test_bad_input_gives_one_sentence_and_changes_nothing(
    world: World, converge: Converge, undo: Path, options: dict[str, Any], words: str
) -> None:
    before = world.snapshot()
    assert words in recreate(converge, undo, **options).refused()
    assert world.snapshot() == before
    assert not undo.exists()


def test_a_state_that_could_not_be_put_back_is_refused_beforehand(world: World, converge: Converge, undo: Path) -> None:
    directory(world, "owa").object.initial["ExternalDownloadHostName"] = "ex1.contoso.test"
    assert "equals a host of Outlook on the web" in recreate(converge, undo).refused()
    recreate(converge, undo, external_download_host_name="").ok()


def test_a_session_on_another_server_is_refused(lab: Any, undo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converge = Converge(lab("two_datacenters"))
    real = InProcessSession.to

    def elsewhere(world: World, candidates: Any, user: str) -> InProcessSession:
        session = real(world, candidates, user)
        session.answered_by = "ex2.contoso.test"
        return session

    monkeypatch.setattr(InProcessSession, "to", staticmethod(elsewhere))
    assert "This session runs on ex2.contoso.test" in recreate(converge, undo).refused()
    monkeypatch.undo()
    recreate(converge, undo).ok()


def test_a_connection_that_comes_back_on_another_server_goes_no_further(
    lab: Any, undo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = lab("two_datacenters")
    converge, before = Converge(world), world.snapshot()
    crashes(monkeypatch, 1, True, Interrupted)
    monkeypatch.setattr(InProcessSession, "recover", lambda self: setattr(self, "answered_by", "ex2.contoso.test"))
    stopped = recreate(converge, undo)
    assert stopped.failed and "This session runs on ex2.contoso.test" in stopped.msg and str(undo) in stopped.msg
    assert [record["cmdlet"].partition("-")[0] for record in stopped.written] == ["Remove"]
    monkeypatch.undo()
    assert recreate(converge, undo).ok().resumed is True
    assert world.changes(before, world.snapshot()) == []


# Check mode


@pytest.mark.parametrize("role", ["ClientAccess", "Mailbox"])
@pytest.mark.parametrize("state", ["recreated", "absent"])
def test_check_mode_writes_nothing_and_lists_what_is_sure(
    world: World, converge: Converge, undo: Path, state: str, role: str
) -> None:
    before = world.snapshot()
    planned = recreate(converge, undo, "oab", state=state, role=role, check_mode=True).ok()
    assert planned.changed is True
    assert [record for record in world.records if record["write"]] == []
    assert world.snapshot() == before
    assert not undo.exists()
    done = recreate(converge, undo, "oab", state=state, role=role).ok()
    assert [c for c in done.commands if not c.startswith("Set-Oab")] == planned.commands


# A directory that is damaged


def test_one_that_is_missing_is_created(world: World, converge: Converge, undo: Path) -> None:
    before = world.snapshot()
    recreation.leave(world, directory(world, "ecp"))
    result = recreate(converge, undo, "ecp", gzip_level="High").ok()
    assert result.virtual_directory["gzip_level"] == "High"
    assert world.changes(before, world.snapshot()) == [("IIS EX1\\ecp (Default Web Site)", "GzipLevel", "Low", "High")]
    assert converge.again().ok().changed is False


@pytest.mark.parametrize("way", ["error_and_continue", "warning_with_ad_values"])
def test_one_that_iis_has_lost_needs_consent_to_lose_what_iis_held(lab: Any, undo: Path, way: str) -> None:
    world = lab(missing_iis_on_full_get=way)
    converge = Converge(world)
    converge("exchange_vdir", protocol="owa", **SETTINGS["owa"]).ok()
    recreation.leave(world, directory(world, "owa"), "AD")
    assert "in IIS cannot be read" in recreate(converge, undo).refused()
    assert not undo.exists()
    result = recreate(converge, undo, accept_unread_settings=True, default_domain="contoso").ok()
    assert result.virtual_directory["external_url"] == "https://mail.contoso.test/owa"
    assert result.virtual_directory["default_domain"] == "contoso"
    assert result.virtual_directory["logon_format"] == "FullDomain"
    saved = json.loads(undo.read_text())["directory"]["settings"]
    assert "basic_authentication" not in saved and "external_url" in saved


def test_what_iis_did_not_tell_is_named_and_not_called_changed(world: World, converge: Converge, undo: Path) -> None:
    directory(world, "owa").object.initial.update(BoxAttachmentsEnabled=False)
    recreation.leave(world, directory(world, "owa"), "AD")
    result = recreate(converge, undo, accept_unread_settings=True, default_domain="contoso").ok()
    (warning,) = [warning for warning in result.warnings if "IIS did not tell" in warning]
    assert "logon_format" in warning and "external_url" not in warning and "default_domain" not in warning
    assert result.not_restored == [{"attribute": "BoxAttachmentsEnabled", "before": "False", "after": "True"}]
    whole = recreate(converge, undo.with_name("whole.json")).ok()
    assert not any("IIS did not tell" in warning for warning in whole.warnings)


def test_what_iis_tells_later_is_saved_beside_the_first_values(world: World, converge: Converge, undo: Path) -> None:
    converge("exchange_vdir", protocol="owa", **SETTINGS["owa"]).ok()
    before = world.snapshot()
    fault = world.faults.add("iis_unreachable", server="EX1")
    assert recreate(converge, undo, accept_unread_settings=True).failed
    assert "logon_format" not in json.loads(undo.read_text())["directory"]["settings"]
    world.faults.remove(fault)
    assert recreate(converge, undo).ok().resumed is True
    assert world.changes(before, world.snapshot()) == []


def test_while_iis_is_out_of_reach_nothing_is_removed(world: World, converge: Converge, undo: Path) -> None:
    before = world.snapshot()
    fault = world.faults.add("iis_unreachable", server="EX1")
    assert "IIS directory entry" in recreate(converge, undo).refused()
    assert "IIS directory entry" in recreate(converge, undo, accept_unread_settings=True).msg
    assert world.snapshot() == before
    world.faults.remove(fault)
    recreate(converge, undo).ok()


@pytest.mark.parametrize("left", [("IIS",), ("AD", "metabase")])
def test_leftovers_are_named_and_once_gone_the_next_run_finishes(
    world: World, converge: Converge, undo: Path, left: tuple[str, ...]
) -> None:
    converge("exchange_vdir", protocol="owa", external_url="https://mail.contoso.test/owa").ok()
    item = directory(world, "owa")
    recreation.leave(world, item, *left)
    result = recreate(converge, undo, accept_unread_settings=True)
    assert "left in IIS" in str(result.msg) or result.failed and left == ("IIS",)
    recreation.leave(world, item)
    finished = recreate(converge, undo, accept_unread_settings=True).ok()
    expected = "https://mail.contoso.test/owa" if "AD" in left else None
    assert finished.virtual_directory["external_url"] == expected


def test_a_directory_of_the_other_half_that_is_damaged_is_no_hindrance(lab: Any, undo: Path) -> None:
    world = lab()
    recreation.leave(world, directory(world, "owa"), "AD")
    before = world.snapshot()
    recreate(Converge(world), undo, role="Mailbox").ok()
    assert world.changes(before, world.snapshot()) == []


def test_absent_cleans_up_what_iis_has_lost(world: World, converge: Converge, undo: Path) -> None:
    recreation.leave(world, directory(world, "owa"), "AD")
    result = recreate(converge, undo, state="absent").ok()
    assert result.changed is True and any("were not saved" in warning for warning in result.warnings)
    assert world.virtual_directories(NOUNS["owa"])[0].web_site == BACK


def test_absent_saves_and_recreated_brings_back(world: World, converge: Converge, undo: Path) -> None:
    converge("exchange_vdir", protocol="owa", **SETTINGS["owa"]).ok()
    before = world.snapshot()
    assert recreate(converge, undo, state="absent").ok().changed is True
    assert recreate(converge, undo, state="absent").ok().changed is False
    assert recreate(converge, undo).ok().resumed is True
    assert world.changes(before, world.snapshot()) == []


@pytest.mark.parametrize("build", ["15.1.2507.39", "15.2.1544.4"])
def test_extended_protection_that_reads_none_is_remarked_where_none_may_be_wrong(
    lab: Any, undo: Path, build: str
) -> None:
    def remarked(protocol: str, **switches: str) -> bool:
        world = lab({**MODERN, "servers": [{**MODERN["servers"][0], "build": build}]}, **switches)
        directory(world, protocol).iis["ExtendedProtectionTokenChecking"] = (
            "None" if protocol == "autodiscover" else "Require"
        )
        result = recreate(Converge(world), undo.with_name(f"{protocol}{switches}"), protocol).ok()
        return any("Extended Protection" in warning for warning in result.warnings)

    assert remarked("owa", ep_attributes="always_None")
    assert not remarked("owa")
    assert not remarked("autodiscover")


@pytest.mark.parametrize("protocol", [name for name in SETTINGS if name != "mapi"])
def test_the_back_end_is_found_also_where_its_identity_alone_does_not_find_it(
    lab: Any, undo: Path, protocol: str
) -> None:
    world = lab(identity_of_back_end="needs_show_mailbox")
    before = world.snapshot()
    recreate(Converge(world), undo, protocol, role="Mailbox").ok()
    assert world.changes(before, world.snapshot()) == []


# Crash points


@pytest.mark.parametrize("error", [DeadlineExceeded, Interrupted])
@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_wherever_a_run_breaks_off_the_settings_come_back(
    lab: Any, undo: Path, monkeypatch: pytest.MonkeyPatch, at: int, carried_out: bool, error: type[Exception]
) -> None:
    """An interruption is survived by the run itself, a time-out by the next one."""
    world = lab(MODERN)
    converge = Converge(world)
    converge("exchange_vdir", protocol="oab", **SETTINGS["oab"]).ok()
    before = world.snapshot()
    crashes(monkeypatch, at, carried_out, error)
    first = recreate(converge, undo, "oab")
    monkeypatch.undo()
    assert bool(first.failed) is (error is DeadlineExceeded)
    if first.failed:
        assert first.changed is True and str(undo) in first.msg
        saved = json.loads(undo.read_text())["directory"]
        second = recreate(converge, undo, "oab").ok()
        assert second.resumed is True
        kept = json.loads(undo.read_text())["directory"]
        assert {**kept, "recreated_as": ""} == saved, "the first values stay"
    assert world.changes(before, world.snapshot()) == []
    assert recreate(converge, undo, "oab").ok().changed is False


def test_a_crash_before_the_last_mark_costs_nothing(world: World, converge: Converge, undo: Path) -> None:
    recreate(converge, undo).ok()
    saved = json.loads(undo.read_text())
    saved["directory"]["recreated_as"] = ""
    undo.write_text(json.dumps(saved))
    result = recreate(converge, undo).ok()
    assert (result.changed, result.resumed, result.commands) == (False, True, [])
    assert result.iis_restart_needed is True, "the restart may not have come"
    assert recreate(converge, undo).ok().iis_restart_needed is False


def test_what_changed_after_saving_is_remarked(converge: Converge, undo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashes(monkeypatch, 1, False, DeadlineExceeded)
    assert recreate(converge, undo).failed
    monkeypatch.undo()
    converge("exchange_vdir", protocol="owa", default_theme="blue").ok()
    result = recreate(converge, undo).ok()
    assert any("default_theme" in warning and "changed after" in warning for warning in result.warnings)
    assert result.virtual_directory["default_theme"] is None


def test_a_finished_undo_state_does_not_start_another_recreation(world: World, converge: Converge, undo: Path) -> None:
    recreate(converge, undo).ok()
    recreate(converge, undo.with_name("second.json")).ok()
    assert "tells of an earlier directory" in recreate(converge, undo).refused()
    assert "tells of an earlier directory" in recreate(converge, undo, state="absent").refused()
    recreate(converge, undo.with_name("second.json"), default_theme="blue").ok()


def test_a_server_without_the_half_that_is_meant_is_refused(lab: Any, undo: Path) -> None:
    servers = [
        {"name": "cas", "site": "London", "build": "15.0.1497.48", "roles": ["ClientAccess"]},
        {"name": "mbx", "site": "London", "build": "15.0.1497.48", "roles": ["Mailbox"]},
    ]
    converge = Converge(lab({"sites": {"London": ["dc1"]}, "servers": servers}))
    assert "has no back end" in recreate(converge, undo, role="Mailbox").refused()
    assert "has no front end" in recreate(converge, undo, on="mbx.contoso.test").refused()
    recreate(converge, undo).ok()
    recreate(converge, undo.with_name("mbx.json"), on="mbx.contoso.test", role="Mailbox").ok()


# Whatever the settings


def _odd(setting: Any) -> st.SearchStrategy[Any]:
    """A value that a new directory seldom has."""
    kind = setting.kind
    if isinstance(kind, kinds.Bool):
        return st.booleans()
    if isinstance(kind, kinds.Enum):
        return st.sampled_from(kind.values)
    if isinstance(kind, kinds.EnumList):
        values = [value for value in kind.values if value not in ("None", "Proxy", "ProxyCoHosting")]
        return st.lists(st.sampled_from(values), unique=True, min_size=1)
    if isinstance(kind, kinds.Url):
        return st.sampled_from([f"https://mail.contoso.test{kind.path}", None] if kind.clearable else ["https://a.b/"])
    return st.just(None)


@st.composite
def _wishes(draw: Any) -> tuple[str, str, dict[str, Any]]:
    protocol = draw(st.sampled_from(sorted(NOUNS)))
    role = draw(st.sampled_from(["ClientAccess"] if protocol == "mapi" else ["ClientAccess", "Mailbox"]))
    noun = PROTOCOLS[protocol].whole
    logon = protocol in ("owa", "ecp")
    settings = [
        setting
        for setting in noun.settings
        if not (logon and setting.option.endswith("_authentication"))
        and setting.option not in ("failback_url", "internal_nlb_bypass_url", "logon_format")
    ]
    chosen = draw(st.lists(st.sampled_from(settings), unique_by=lambda setting: setting.option, max_size=8))
    wish = {setting.parameter: draw(_odd(setting)) for setting in chosen}
    if logon and draw(st.booleans()):
        wish |= {
            "FormsAuthentication": False,
            "BasicAuthentication": False,
            "WindowsAuthentication": draw(st.booleans()),
        }
    return protocol, role, {name: value for name, value in wish.items() if value is not None}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_wishes(), st.sampled_from([0, 1, 2, 3]), st.booleans(), st.data())
def test_nothing_is_lost_whatever_it_was_and_wherever_it_broke(
    tmp_path_factory: pytest.TempPathFactory, wish: tuple[str, str, dict[str, Any]], at: int, done: bool, data: Any
) -> None:
    protocol, role, wanted = wish
    names = ("new_directory_internal_url", "new_directory_protection", "new_back_end_authentication", "remove_asks")
    switches = {name: data.draw(st.sampled_from(VALUES[name])) for name in names}
    world = World.from_estate(MODERN, switches)
    site = BACK if role == "Mailbox" else "Default Web Site"
    shell = Shell(world)
    for name, value in wanted.items():  # one by one: what the server refuses is left as it was
        force = {"Force": True} if protocol == "ews" else {}
        identity = directory(world, protocol, site).identity
        shell(f"Set-{NOUNS[protocol]}", Identity=identity, Confirm=False, **force, **{name: value})
    before, undo = world.snapshot(), tmp_path_factory.mktemp("undo") / "undo.json"
    converge = Converge(world)
    with pytest.MonkeyPatch.context() as patch:
        crashes(patch, at, done, DeadlineExceeded)
        first = recreate(converge, undo, protocol, role=role)
    if first.failed and not first.changed:
        assert world.snapshot() == before, "a refusal changes nothing"
        return
    again = recreate(converge, undo, protocol, role=role).ok()
    assert again.not_restored == []
    assert world.changes(before, world.snapshot()) == []
    assert recreate(converge, undo, protocol, role=role).ok().changed is False
