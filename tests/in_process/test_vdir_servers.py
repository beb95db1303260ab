# SPDX-License-Identifier: GPL-3.0-or-later
"""Which server and which domain controller a task is about, and what the server may refuse or get wrong."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

THEME = {"protocol": "owa", "default_theme": "blue"}


def theme(world: World, server: str, domain_controller: str) -> str:
    item = next(item for item in world.virtual_directories("OwaVirtualDirectory") if item.server.name == server)
    return str(world.values(item, domain_controller)["DefaultTheme"])


# Domain controllers


def test_everything_stays_with_the_first_domain_controller(lab: Any) -> None:
    """EX3 stands in the other datacenter, where the write arrives after the replication delay."""
    world = lab("two_datacenters")
    converge = Converge(world)
    result = converge("exchange_vdir", server="EX3", **THEME).ok()
    assert result.domain_controller == "dc1.contoso.test"
    assert (theme(world, "EX3", "dc1.contoso.test"), theme(world, "EX3", "dc2.contoso.test")) == ("blue", "")
    assert converge.again().ok().changed is False
    world.clock.advance(901)
    assert theme(world, "EX3", "dc2.contoso.test") == "blue"


def test_a_domain_controller_that_is_named_is_used_for_everything(lab: Any) -> None:
    world = lab("two_datacenters")
    result = Converge(world)("exchange_vdir", server="EX3", domain_controller="dc2.contoso.test", **THEME).ok()
    assert result.domain_controller == "dc2.contoso.test"
    assert {record["parameters"]["DomainController"] for record in world.records} == {"dc2.contoso.test"}
    assert theme(world, "EX3", "dc2.contoso.test") == "blue"


def test_an_unknown_domain_controller_changes_nothing(converge: Converge) -> None:
    assert "dc9.contoso.test" in converge("exchange_vdir", domain_controller="dc9.contoso.test", **THEME).refused()
    converge("exchange_vdir", domain_controller="dc1.contoso.test", **THEME).ok()


# Servers


@pytest.mark.parametrize("name", ["EX1", "ex1", "ex1.contoso.test", "EX1.Contoso.Test"])
def test_a_server_by_any_of_its_names(converge: Converge, name: str) -> None:
    assert converge("exchange_vdir", server=name, **THEME).ok().server == "ex1.contoso.test"


def test_the_inventory_name_is_the_server_by_default(lab: Any) -> None:
    converge = Converge(lab("two_datacenters"))
    assert converge("exchange_vdir", on="ex2.contoso.test", **THEME).ok().server == "ex2.contoso.test"


def test_any_server_can_be_managed_from_another_one(lab: Any) -> None:
    world = lab("two_datacenters")
    result = Converge(world)("exchange_vdir", on="ex1.contoso.test", server="EX4", **THEME).ok()
    assert (result.answered_by, result.server) == ("ex1.contoso.test", "ex4.contoso.test")
    assert theme(world, "EX4", "dc1.contoso.test") == "blue"
    assert theme(world, "EX1", "dc1.contoso.test") == ""


def test_a_server_that_does_not_exist(converge: Converge) -> None:
    refused = converge("exchange_vdir", server="EX9", **THEME).refused()
    assert "EX9" in refused and "Get-ExchangeServer" in refused
    converge("exchange_vdir", server="EX1", **THEME).ok()


@pytest.mark.parametrize("name", ["EX*", "EX?", "EX[12]", "*", "EX1; EX2", "EX1\\owa"])
def test_a_name_with_wildcards_or_rubbish_opens_no_session(converge: Converge, name: str) -> None:
    assert "server" in converge("exchange_vdir", server=name, **THEME).refused()
    assert converge.sessions == []


def test_a_mailbox_only_server_of_2013_has_no_front_end(lab: Any) -> None:
    converge = Converge(lab("coexistence"))
    refused = converge("exchange_vdir", on="ex3.contoso.test", **THEME).refused()
    assert "Mailbox server without the Client Access role" in refused
    converge("exchange_vdir", on="ex2.contoso.test", **THEME).ok()


def test_what_a_version_lacks_is_refused_by_name(lab: Any) -> None:
    converge = Converge(lab("coexistence"))
    wish = {"protocol": "owa", "external_download_host_name": "download.contoso.com"}
    refused = converge("exchange_vdir", on="ex1.contoso.test", **wish).refused()
    assert "external_download_host_name" in refused and "Exchange 2013" in refused
    converge("exchange_vdir", on="ex4.contoso.test", **wish).ok()

    oauth = {"protocol": "ecp", "oauth_authentication": False}
    refused = converge("exchange_vdir", on="ex4.contoso.test", **oauth).refused()
    assert "oauth_authentication" in refused and "Exchange 2016" in refused
    converge("exchange_vdir", on="ex5.contoso.test", **oauth).ok()


def test_an_older_server_does_not_write_a_newer_ones_objects(lab: Any) -> None:
    converge = Converge(lab("coexistence"))
    refused = converge("exchange_vdir", on="ex1.contoso.test", server="EX5", **THEME).rejected()
    assert "read-only" in refused
    converge("exchange_vdir", on="ex5.contoso.test", server="EX1", **THEME).ok()


@pytest.mark.parametrize("host", ["ex1", "ex2", "ex4", "ex5"])
@pytest.mark.parametrize("protocol", ["owa", "ecp", "ews", "activesync", "oab", "mapi", "powershell", "autodiscover"])
def test_every_protocol_can_be_read_on_every_version(lab: Any, host: str, protocol: str) -> None:
    result = Converge(lab("coexistence"))("exchange_vdir", on=f"{host}.contoso.test", protocol=protocol).ok()
    assert result.virtual_directory["identity"].startswith(host.upper() + "\\")


# Web sites and objects


def test_another_web_site(lab: Any) -> None:
    build = "15.2.1118.7"
    site = {"name": "ex1", "site": "London", "build": build, "extra_web_sites": ["Partners"]}
    world = lab({"sites": {"London": ["dc1"]}, "servers": [site]})
    result = Converge(world)("exchange_vdir", web_site="Partners", **THEME).ok()
    assert result.virtual_directory["identity"] == "EX1\\owa (Partners)"
    themes = {
        item.identity: world.values(item, "dc1.contoso.test")["DefaultTheme"]
        for item in world.virtual_directories("OwaVirtualDirectory")
    }
    assert themes["EX1\\owa (Partners)"] == "blue"
    assert set(themes.values()) == {"blue", ""}


def test_a_web_site_that_does_not_exist(converge: Converge) -> None:
    refused = converge("exchange_vdir", web_site="Partners", **THEME).refused()
    assert "owa (Partners)" in refused and "web_site" in refused


def test_an_object_that_is_present_but_empty_is_an_error_of_its_own(world: World, converge: Converge) -> None:
    fault = world.faults.add("empty_properties", noun="OwaVirtualDirectory")
    assert "empty properties" in converge("exchange_vdir", **THEME).refused()
    world.faults.remove(fault)
    fault = world.faults.add("empty_properties", noun="ExchangeServer")
    assert "empty properties" in converge("exchange_vdir", **THEME).refused()
    world.faults.remove(fault)
    converge("exchange_vdir", **THEME).ok()


def test_an_attribute_that_is_absent_is_named_with_the_version(world: World, converge: Converge) -> None:
    fault = world.faults.add("absent_attribute", noun="OwaVirtualDirectory", attribute="DefaultTheme")
    refused = converge("exchange_vdir", **THEME).refused()
    assert "DefaultTheme" in refused and "Exchange 2019" in refused
    converge("exchange_vdir", protocol="owa", logon_page_light_selection_enabled=True).ok()
    world.faults.remove(fault)
    converge("exchange_vdir", **THEME).ok()


def test_iis_out_of_reach_is_explained_and_an_ad_only_read_still_works(world: World, converge: Converge) -> None:
    world.faults.add("iis_unreachable", noun="OwaVirtualDirectory")
    refused = converge("exchange_vdir", protocol="owa", basic_authentication=False).refused()
    assert "Exchange Trusted Subsystem" in refused
    unchanged = converge("exchange_vdir", protocol="owa", default_theme="")
    assert unchanged.ok().changed is False


# Read-back


def forget_writes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tool undoes every write to AD at once."""
    monkeypatch.setattr(world.directory, "write", lambda item, domain_controller, values: None)


def test_a_write_that_does_not_stick_fails(world: World, converge: Converge, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_writes(world, monkeypatch)
    result = converge("exchange_vdir", **THEME)
    assert result.failed
    assert "'blue'" in result.msg and "read-back" in result.msg and "default_theme" in result.msg
    assert result.changed is True, "a write was sent"
    assert len(result.commands) == 1


def test_a_write_that_does_not_stick_can_be_a_warning(
    world: World, converge: Converge, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_writes(world, monkeypatch)
    result = converge("exchange_vdir", exchange_verify="warn", **THEME).ok()
    assert result.changed is True
    assert any("read-back" in warning for warning in result.warnings)
    assert result.virtual_directory["default_theme"] is None, "facts are what was read, not what was wished"


def test_the_warning_that_nothing_was_modified_is_left_to_the_read_back(lab: Any) -> None:
    """With adonly_ews_booleans=false the cheap read is blind, so these options take a full read and send nothing."""
    converge = Converge(lab(adonly_ews_booleans="false"))
    assert converge("exchange_vdir", protocol="ews", oauth_authentication=True).ok().changed is False


# The PowerShell directory


def test_powershell_settings_need_permission(converge: Converge) -> None:
    wish = {"protocol": "powershell", "basic_authentication": True}
    assert "allow_powershell_changes" in converge("exchange_vdir", **wish).refused()
    assert converge.sessions == []
    converge("exchange_vdir", allow_powershell_changes=True, **wish).ok()


def test_powershell_can_be_looked_at_without_permission(converge: Converge) -> None:
    assert converge("exchange_vdir", protocol="powershell").ok().virtual_directory["certificate_authentication"] is True


def test_powershell_changes_are_verified_by_a_new_session(converge: Converge) -> None:
    wish = {"protocol": "powershell", "basic_authentication": True, "allow_powershell_changes": True}
    converge("exchange_vdir", check_mode=True, **wish).ok()
    assert len(converge.sessions) == 1
    converge("exchange_vdir", **wish).ok()
    assert len(converge.sessions) == 3, "one to write, one to see that the door still opens"
    converge.again().ok()
    assert len(converge.sessions) == 4
    assert all(session.closed for session in converge.sessions)


def test_a_setting_that_the_known_version_lacks_is_refused_before_a_session_is_opened(lab: Any) -> None:
    converge = Converge(lab("coexistence"))
    wish = {"protocol": "owa", "wac_editing_enabled": False, "variables": {"exchange_version": "15.0.1497.2"}}
    assert "Exchange 2013" in converge("exchange_vdir", **wish).refused()
    assert converge.sessions == []
    wish["variables"] = {"exchange_version": "15.1.2507.6"}
    assert converge("exchange_vdir", on="ex4.contoso.test", **wish).ok().changed
