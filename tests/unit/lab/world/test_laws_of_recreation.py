# SPDX-License-Identifier: GPL-3.0-or-later
"""V1 to V9: creating and removing virtual directories."""

from __future__ import annotations

import pytest
from lab_shell import Shell, lab

from exchange_lab.world import ManualClock, recreation
from exchange_lab.world.windows.applications import APPLICATIONS, POWERSHELL, has

FRONT, BACK = "Default Web Site", "Exchange Back End"
MODERN = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": "15.2.1544.4"}]}
NAMES = {
    "OwaVirtualDirectory": "owa",
    "EcpVirtualDirectory": "ecp",
    "WebServicesVirtualDirectory": "EWS",
    "ActiveSyncVirtualDirectory": "Microsoft-Server-ActiveSync",
    "OabVirtualDirectory": "OAB",
    "MapiVirtualDirectory": "mapi",
    "AutodiscoverVirtualDirectory": "Autodiscover",
}
BOOK = "\\Default Offline Address Book"


def remove(shell: Shell, noun: str, server: str = "EX1", site: str = FRONT, **more):
    force = {"Force": True} if noun in ("OabVirtualDirectory", "WebServicesVirtualDirectory") else {}
    identity = f"{server}\\{NAMES[noun]} ({site})"
    return shell(f"Remove-{noun}", Identity=identity, Confirm=False, **{**force, **more})


def directory(shell: Shell, noun: str, site: str = FRONT, server: str = "EX1"):
    return next(
        item for item in shell.world.virtual_directories(noun) if (item.server.name, item.web_site) == (server, site)
    )


@pytest.mark.parametrize("noun", NAMES)
def test_v1_a_new_directory_stands_where_setup_puts_it_with_fresh_values(noun):
    shell = lab()
    before = shell.world.snapshot()
    old = shell.get(noun)
    assert remove(shell, noun).done
    assert shell(f"Get-{noun}", Server="EX1").objects == []
    new = shell(f"New-{noun}").only
    assert new["Identity"] == old["Identity"]
    changes = shell.world.changes(before, shell.world.snapshot())
    assert [change for change in changes if "OfflineAddressBook" not in change[0]] == []
    assert new["Guid"] != old["Guid"], "V9"


def test_v1_another_server_is_named_by_server_else_it_is_the_sessions_own():
    shell = lab("two_datacenters")
    remove(shell, "OwaVirtualDirectory")
    remove(shell, "OwaVirtualDirectory", "EX3")
    assert shell("New-OwaVirtualDirectory").only["Server"] == "EX1"
    assert shell("New-OwaVirtualDirectory", Server="EX3").only["Server"] == "EX3"
    assert "couldn't be found" in shell("New-OwaVirtualDirectory", Server="EX9").problem


def test_v1_the_role_says_front_or_back_end_and_the_web_site_must_be_named():
    shell = lab()
    remove(shell, "EcpVirtualDirectory", site=BACK)
    assert "already exists under" in shell("New-EcpVirtualDirectory", Role="Mailbox").problem
    made = shell("New-EcpVirtualDirectory", Role="Mailbox", WebSiteName=BACK, Path="D:\\Exchange\\ecp").only
    assert (made["Name"], made["WebSite"], made["Path"]) == (f"ecp ({BACK})", BACK, "D:\\Exchange\\ecp")
    assert [item["Name"] for item in shell("Get-EcpVirtualDirectory", Server="EX1").objects] == [f"ecp ({FRONT})"]
    assert "web site 'Partners' couldn't be found" in shell("New-EcpVirtualDirectory", WebSiteName="Partners").problem


def test_v1_named_settings_are_kept_and_obey_the_rules_of_set():
    shell = lab(switches={"mapi_url_needs_auth": "refuse"})
    remove(shell, "MapiVirtualDirectory")
    url = "https://mail.contoso.test/mapi"
    assert "IISAuthenticationMethods" in shell("New-MapiVirtualDirectory", InternalUrl=url).problem
    made = shell("New-MapiVirtualDirectory", InternalUrl=url, IISAuthenticationMethods=["NTLM", "OAuth"]).only
    assert made["InternalUrl"] == url
    assert made["IISAuthenticationMethods"] == made["InternalAuthenticationMethods"] == ["Ntlm", "OAuth"]
    assert shell.world.violations() == []


@pytest.mark.parametrize("noun", NAMES)
def test_v2_remove_loses_every_setting(noun):
    shell = lab()
    shell.set(
        noun, ExtendedProtectionTokenChecking="Allow", **({} if "Auto" in noun else {"ExternalUrl": "https://a/b"})
    )
    remove(shell, noun)
    new = shell(f"New-{noun}").only
    assert (new["ExtendedProtectionTokenChecking"], new["ExternalUrl"]) == ("None", None)


def test_v2_remove_asks_and_nobody_answers():
    shell = lab()
    identity = f"EX1\\owa ({FRONT})"
    assert shell("Remove-OwaVirtualDirectory", Identity=identity).error_id == "HostException"
    assert shell("Remove-OwaVirtualDirectory", Identity=identity, Confirm=True).error_id == "HostException"
    assert shell("Remove-OwaVirtualDirectory", Identity=identity, WhatIf=True).done
    assert shell.get("OwaVirtualDirectory")
    assert shell("Remove-OwaVirtualDirectory", Identity=identity, Confirm=False).done
    assert "couldn't be found" in shell("Remove-OwaVirtualDirectory", Identity=identity, Confirm=False).problem


@pytest.mark.parametrize("noun", ["OabVirtualDirectory", "WebServicesVirtualDirectory"])
@pytest.mark.parametrize(("switch", "done"), [("prompt_without_force", False), ("silent", True)])
def test_v2_oab_and_ews_may_ask_once_more(noun, switch, done):
    shell = lab(switches={"remove_asks": switch})
    assert remove(shell, noun, Force=False).done is done
    if not done:
        assert remove(shell, noun, Force=True).done


def test_v2_what_cannot_reach_iis_leaves_the_directory_whole():
    shell = lab()
    before = shell.world.snapshot()
    fault = shell.world.faults.add("iis_unreachable", server="EX1")
    assert "HResult = -2147024891" in remove(shell, "OwaVirtualDirectory").problem
    assert shell.world.snapshot() == before
    shell.world.faults.remove(fault)
    assert remove(shell, "OwaVirtualDirectory").done
    shell.world.faults.add("iis_unreachable", server="EX1")
    assert "HResult" in shell("New-OwaVirtualDirectory").problem
    assert shell("Get-OwaVirtualDirectory", Server="EX1", ADPropertiesOnly=True).objects == []


def test_v3_gone_from_iis_remove_cleans_ad_and_new_works():
    shell = lab()
    recreation.leave(shell.world, directory(shell, "OwaVirtualDirectory"), "AD")
    assert "couldn't be read from IIS" in shell("Get-OwaVirtualDirectory", Server="EX1").problem
    assert shell.get("OwaVirtualDirectory", ADPropertiesOnly=True)["Name"] == f"owa ({FRONT})"
    problem = shell("New-OwaVirtualDirectory").errors[0]
    assert problem.CategoryInfo.Reason == "ADObjectAlreadyExistsException"
    assert remove(shell, "OwaVirtualDirectory").done
    assert shell("New-OwaVirtualDirectory").only["BasicAuthentication"] is True


def test_v3_gone_from_ad_get_is_blind_and_new_says_that_it_exists():
    shell = lab()
    recreation.leave(shell.world, directory(shell, "OwaVirtualDirectory"), "IIS")
    assert shell("Get-OwaVirtualDirectory", Server="EX1").objects == []
    assert "couldn't be found" in remove(shell, "OwaVirtualDirectory").problem
    error = shell("New-OwaVirtualDirectory").errors[0]
    assert "'owa' already exists under 'ex1.contoso.test/Default Web Site'" in error.Exception.Message
    assert error.CategoryInfo.Category.name == "InvalidArgument"


def test_v3_what_the_metabase_keeps_outlives_remove():
    shell = lab()
    item = directory(shell, "OwaVirtualDirectory")
    recreation.leave(shell.world, item, "AD", "metabase")
    assert remove(shell, "OwaVirtualDirectory").done
    assert (
        "An error occurred while creating the IIS virtual directory 'IIS://EX1"
        in shell("New-OwaVirtualDirectory").problem
    )
    recreation.leave(shell.world, item)
    assert shell("New-OwaVirtualDirectory").done
    with pytest.raises(ValueError, match="AD, IIS, metabase"):
        recreation.leave(shell.world, item, "registry")


def test_v3_the_fault_of_a_lost_directory_ends_with_a_new_one():
    shell = lab()
    shell.world.faults.add("missing_in_iis", server="EX1", noun="OwaVirtualDirectory")
    assert not shell("Get-OwaVirtualDirectory", Server="EX1").done
    remove(shell, "OwaVirtualDirectory")
    assert shell("New-OwaVirtualDirectory").done
    assert shell("Get-OwaVirtualDirectory", Server="EX1").only["BasicAuthentication"] is True


@pytest.mark.parametrize("verb", ["New", "Remove"])
def test_v4_ecp_is_the_servers_own_business(verb):
    shell = lab("two_datacenters")
    here = Shell(shell.world, "ex2")
    if verb == "New":
        remove(here, "EcpVirtualDirectory", "EX2")
        assert "local computer only" in shell("New-EcpVirtualDirectory", Server="EX2").problem
        assert here("New-EcpVirtualDirectory").done
    else:
        assert "local computer only" in remove(shell, "EcpVirtualDirectory", "EX2").problem
        assert remove(here, "EcpVirtualDirectory", "EX2").done


@pytest.mark.parametrize(("switch", "value"), [("none", "None"), ("as_setup", "Require")])
def test_v5_a_new_directory_may_have_lost_extended_protection(switch, value):
    shell = lab(MODERN, switches={"new_directory_protection": switch})
    assert shell.get("OwaVirtualDirectory")["ExtendedProtectionTokenChecking"] == "Require"
    remove(shell, "OwaVirtualDirectory")
    assert shell("New-OwaVirtualDirectory").only["ExtendedProtectionTokenChecking"] == value


@pytest.mark.parametrize(("switch", "value"), [("fqdn", "https://ex1.contoso.test/owa"), ("null", None)])
def test_v5_a_new_directory_may_have_no_internal_url(switch, value):
    shell = lab(switches={"new_directory_internal_url": switch})
    remove(shell, "OwaVirtualDirectory")
    assert shell("New-OwaVirtualDirectory").only["InternalUrl"] == value


@pytest.mark.parametrize(("switch", "forms"), [("as_front_end", True), ("as_setup", False)])
def test_v5_a_new_back_end_may_have_the_front_ends_methods(switch, forms):
    shell = lab(switches={"new_back_end_authentication": switch})
    remove(shell, "OwaVirtualDirectory", site=BACK)
    made = shell("New-OwaVirtualDirectory", Role="Mailbox", WebSiteName=BACK).only
    assert (made["FormsAuthentication"], made["WindowsAuthentication"]) == (forms, not forms)
    assert shell.world.violations() == []


def test_v5_a_new_back_end_of_ews_has_no_bypass_url():
    shell = lab()
    remove(shell, "WebServicesVirtualDirectory", site=BACK)
    assert (
        shell("New-WebServicesVirtualDirectory", Role="Mailbox", WebSiteName=BACK).only["InternalNLBBypassUrl"] is None
    )


def test_v6_setups_own_commands_for_powershell():
    shell = lab()
    before = shell.world.snapshot()
    for site in (BACK, FRONT):
        assert shell("Remove-PowerShellVirtualDirectory", Identity=f"EX1\\PowerShell ({site})", Confirm=False).done
    common = {"Name": "PowerShell", "BasicAuthentication": False}
    back = shell(
        "New-PowerShellVirtualDirectory",
        Role="Mailbox",
        WindowsAuthentication=True,
        RequireSSL=True,
        WebSiteName=BACK,
        Path="C:\\Program Files\\Microsoft\\Exchange Server\\V15\\ClientAccess\\PowerShell-Proxy",
        **common,
    ).only
    assert back["RequireSSL"] is True
    front = shell(
        "New-PowerShellVirtualDirectory",
        InternalUrl="http://ex1.contoso.test/powershell",
        WindowsAuthentication=False,
        RequireSSL=False,
        AppPoolId="MSExchangePowerShellFrontEndAppPool",
        **common,
    ).only
    assert front["Name"] == f"PowerShell ({FRONT})"
    changed = {change[:2] for change in shell.world.changes(before, shell.world.snapshot())}
    assert changed == {(f"IIS EX1\\PowerShell ({BACK})", "Path"), (f"IIS EX1\\PowerShell ({BACK})", "RequireSSL")}
    assert shell("New-PowerShellVirtualDirectory").error_id == "MissingMandatoryParameter"


def test_v6_what_mapi_and_outlook_anywhere_lack():
    shell = lab()
    assert shell("New-MapiVirtualDirectory", Role="Mailbox").error_id == "NamedParameterNotFound"
    assert shell("New-MapiVirtualDirectory", Path="C:\\mapi").error_id == "NamedParameterNotFound"
    assert shell("New-OutlookAnywhere").error_id == "CommandNotFoundException"
    assert shell("Remove-OutlookAnywhere").error_id == "CommandNotFoundException"


@pytest.mark.parametrize("site", [FRONT, BACK])
def test_v7_without_its_directory_remote_powershell_is_dead(site):
    shell = lab()
    server = shell.world.server("ex1")
    assert has(shell.world, server, site, APPLICATIONS[POWERSHELL])
    shell("Remove-PowerShellVirtualDirectory", Identity=f"EX1\\PowerShell ({site})", Confirm=False)
    assert not has(shell.world, server, site, APPLICATIONS[POWERSHELL])


def test_v8_an_address_book_loses_a_removed_directory_and_gets_it_back_by_set():
    shell = lab("two_datacenters")
    listed = [f"EX{number}\\OAB ({FRONT})" for number in (1, 2, 3, 4)]
    assert shell("Get-OfflineAddressBook").only["VirtualDirectories"] == listed
    remove(shell, "OabVirtualDirectory", "EX2")
    assert shell("Get-OfflineAddressBook").only["VirtualDirectories"] == [listed[0], *listed[2:]]
    assert shell("New-OabVirtualDirectory", Server="EX2").only["OfflineAddressBooks"] == []
    assert shell("Set-OfflineAddressBook", Identity=BOOK, VirtualDirectories=listed).done
    assert shell.get("OabVirtualDirectory", "EX2")["OfflineAddressBooks"] == [BOOK]
    assert "no settings of" in shell("Set-OfflineAddressBook", Identity=BOOK, VirtualDirectories=listed).warnings[0]
    assert (
        "couldn't be found" in shell("Set-OfflineAddressBook", Identity=BOOK, VirtualDirectories=["EX9\\OAB"]).problem
    )


def test_v8_all_directories_and_some_exclude_each_other():
    shell = lab()
    assert (
        "can't be used together"
        in shell("Set-OfflineAddressBook", Identity=BOOK, GlobalWebDistributionEnabled=True).problem
    )
    done = shell("Set-OfflineAddressBook", Identity=BOOK, GlobalWebDistributionEnabled=True, VirtualDirectories=None)
    assert done.done
    assert shell("Get-OfflineAddressBook", Identity=BOOK).only["VirtualDirectories"] == []
    assert shell("Set-OfflineAddressBook", Identity=BOOK, IsDefault=True).error_id == "LabDoesNotSimulate"


def test_v9_other_domain_controllers_learn_of_it_later():
    clock = ManualClock()
    shell = lab({**lab_estate(), "replication_delay": 60}, clock=clock)
    here, there = "dc1.contoso.test", "dc2.contoso.test"

    def seen(controller: str) -> list[str]:
        found = shell("Get-OwaVirtualDirectory", Server="EX1", ADPropertiesOnly=True, DomainController=controller)
        return [str(item["Guid"]) for item in found.objects]

    old = seen(here)
    remove(shell, "OwaVirtualDirectory", DomainController=here)
    assert (seen(here), seen(there)) == ([], old)
    new = [str(shell("New-OwaVirtualDirectory", DomainController=here).only["Guid"])]
    assert (seen(here), seen(there)) == (new, old)
    clock.advance(61)
    assert seen(there) == new != old


def test_v9_another_domain_controller_of_the_site_may_be_asked():
    shell = lab({**lab_estate(), "sites": {"London": ["dc1", "dc2"]}})

    def asked() -> str:
        return shell("Get-OwaVirtualDirectory", Server="EX1").only["OriginatingServer"]

    assert asked() == "dc1.contoso.test"
    fault = shell.world.faults.add("domain_controller_down", server="dc1")
    assert asked() == "dc2.contoso.test"
    problem = shell("Get-OwaVirtualDirectory", Server="EX1", DomainController="dc1").problem
    assert "'dc1' couldn't be found or isn't available" in problem
    shell.world.faults.remove(fault)
    shell.world.switches["domain_controller_asked"] = "last_of_site"
    assert asked() == "dc2.contoso.test"
    assert shell("Get-OwaVirtualDirectory", Server="EX1", DomainController="dc1").done


@pytest.mark.parametrize(("switch", "left"), [("leaves_nothing", 0), ("leaves_ad_object", 1)])
def test_v11_a_new_that_iis_refuses_may_leave_half_a_directory(switch, left):
    shell = lab(switches={"new_without_iis": switch})
    remove(shell, "OwaVirtualDirectory")
    fault = shell.world.faults.add("iis_unreachable", server="EX1")
    assert not shell("New-OwaVirtualDirectory", WhatIf=True).errors
    assert "HResult" in shell("New-OwaVirtualDirectory").problem
    shell.world.faults.remove(fault)
    seen = shell("Get-OwaVirtualDirectory", Server="EX1", ADPropertiesOnly=True)
    assert len(seen.objects) == left
    if left:
        assert "couldn't be read from IIS" in shell("Get-OwaVirtualDirectory", Server="EX1").problem
        assert "already exists" in shell("New-OwaVirtualDirectory").problem
        assert remove(shell, "OwaVirtualDirectory").done
    assert shell("New-OwaVirtualDirectory").only["BasicAuthentication"] is True


def lab_estate():
    return {
        "sites": {"London": ["dc1"], "Paris": ["dc2"]},
        "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}],
    }
