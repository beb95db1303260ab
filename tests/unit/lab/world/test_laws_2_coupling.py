# SPDX-License-Identifier: GPL-3.0-or-later
"""client-access-laws 2: the rules between settings."""

from __future__ import annotations

import pytest
from lab_shell import lab

from exchange_lab.world.clock import ManualClock

OWA, ECP, EWS, MAPI, OA = (
    "OwaVirtualDirectory",
    "EcpVirtualDirectory",
    "WebServicesVirtualDirectory",
    "MapiVirtualDirectory",
    "OutlookAnywhere",
)
ADFS_ALONE = {
    "AdfsAuthentication": True,
    "BasicAuthentication": False,
    "FormsAuthentication": False,
    "WindowsAuthentication": False,
    "DigestAuthentication": False,
    "OAuthAuthentication": False,
}
ADFS_CONFIG = {"AdfsIssuer": "https://adfs/ls/", "AdfsAudienceUris": ["x"], "AdfsSignCertificateThumbprints": ["AB"]}
NO_CHANGE = "The command completed successfully but no settings of"


def windows_only(shell):
    off = {"FormsAuthentication": False, "WindowsAuthentication": True, "BasicAuthentication": False}
    assert shell.set(OWA, **off).done


def test_2_1_forms_bring_basic_along():
    shell = lab()
    windows_only(shell)
    assert shell.set(OWA, FormsAuthentication=True).done
    owa = shell.get(OWA)
    assert (owa["BasicAuthentication"], owa["WindowsAuthentication"]) == (True, False)


@pytest.mark.parametrize(
    "parameters",
    [
        {"FormsAuthentication": False, "BasicAuthentication": True},
        {"FormsAuthentication": True, "WindowsAuthentication": True},
        {"FormsAuthentication": True, "BasicAuthentication": False},
        {"DigestAuthentication": True},
        {"BasicAuthentication": False},
    ],
)
def test_2_1_refused_and_nothing_written(parameters):
    shell = lab()
    before = shell.world.snapshot()
    assert "FormsAuthentication" in shell.set(OWA, **parameters).problem
    assert shell.world.snapshot() == before


def test_2_1_forms_wins_silently():
    shell = lab(switches={"fba_basic_one_call": "forms_wins"})
    assert shell.set(OWA, FormsAuthentication=False, BasicAuthentication=True).done
    assert shell.get(OWA)["BasicAuthentication"] is False
    assert shell.set(OWA, FormsAuthentication=True, BasicAuthentication=False).done
    assert shell.get(OWA)["BasicAuthentication"] is True


def adfs_lab(**switches):
    shell = lab(switches=switches)
    shell.world.organization_config.initial.update(ADFS_CONFIG)
    return shell


def adfs_on_ecp(shell):
    return shell.set(ECP, **ADFS_ALONE)


def test_2_2_adfs_goes_on_at_ecp_first_and_off_at_owa_first():
    shell = adfs_lab()
    assert "EcpVirtualDirectory first" in shell.set(OWA, **ADFS_ALONE).problem
    assert adfs_on_ecp(shell).done
    assert shell.set(OWA, **ADFS_ALONE).done
    assert "OwaVirtualDirectory first" in shell.set(ECP, AdfsAuthentication=False).problem
    assert shell.set(OWA, AdfsAuthentication=False).done
    assert shell.set(ECP, AdfsAuthentication=False).done


def test_2_2_wrong_order_may_only_warn():
    shell = adfs_lab(adfs_order="accept_with_warning")
    reply = shell.set(OWA, **ADFS_ALONE)
    assert reply.done
    assert any("EcpVirtualDirectory first" in text for text in reply.warnings)


def test_2_2_adfs_needs_its_configuration():
    assert "AdfsIssuer" in adfs_on_ecp(lab()).problem
    assert adfs_on_ecp(lab(switches={"adfs_needs_config": "accept"})).done


def test_2_2_adfs_stands_alone():
    assert "together with another method" in adfs_lab().set(ECP, AdfsAuthentication=True).problem


@pytest.mark.parametrize(("switch", "warned"), [("warn", True), ("silent", False)])
def test_2_3_owa_without_ecp_warns(switch, warned):
    shell = lab(switches={"owa_ecp_warning": switch})
    reply = shell.set(OWA, InternalUrl="https://mail.contoso.com/owa")
    assert any("ECP virtual directory in the same website" in text for text in reply.warnings) is warned
    reply = shell.set(ECP, FormsAuthentication=False)
    assert any("same authentication methods" in text for text in reply.warnings) is warned


@pytest.mark.parametrize(("noun", "mine", "other"), [(OWA, "OWA", "ECP"), (ECP, "ECP", "OWA")])
def test_2_3_each_warning_for_its_own_cause(noun, mine, other):
    shell = lab()
    url = (
        f"You've changed the InternalURL or ExternalURL for the {mine} virtual directory. Please make the same change "
        f"for the {other} virtual directory in the same website."
    )
    assert shell.set(noun, ExternalUrl="https://mail.contoso.com").warnings == [url]
    off = {"FormsAuthentication": False}
    differ = shell.set(noun, **off).warnings
    assert [text.startswith(f"The {mine} virtual directory and the {other}") for text in differ] == [True]
    assert shell.set(ECP if noun == OWA else OWA, **off).warnings == []
    shell.set(noun, FormsAuthentication=True)
    assert shell.set(noun, ExternalUrl="https://other.contoso.com").warnings == [url]


def test_2_3_compares_what_both_nouns_have():
    shell = lab("coexistence", "ex4")  # the ECP of 2016 has no OAuthAuthentication
    assert len(shell.set(OWA, FormsAuthentication=False).warnings) == 1
    assert shell.set(ECP, FormsAuthentication=False).warnings == []


@pytest.mark.parametrize(("switch", "done"), [("no", True), ("refuse", False)])
def test_2_4_mapi_url_without_methods(switch, done):
    shell = lab(switches={"mapi_url_needs_auth": switch})
    assert shell.set(MAPI, InternalUrl="https://mail.contoso.com/mapi").done is done
    both = {"InternalUrl": "https://mail.contoso.com/mapi", "IISAuthenticationMethods": ["Ntlm", "OAuth"]}
    assert shell.set(MAPI, **both).done


@pytest.mark.parametrize(
    ("switch", "internal", "external"),
    [("refuse_external", True, False), ("refuse_both", False, False), ("accept", True, True)],
)
def test_2_5_host_names_bring_companions(switch, internal, external):
    shell = lab(switches={"oa_hostname_companions": switch})
    assert shell.set(OA, InternalHostname="mail.contoso.com").done is internal
    assert shell.set(OA, ExternalHostname="mail.contoso.com").done is external
    together = {"ExternalClientsRequireSsl": True, "ExternalClientAuthenticationMethod": "ntlm"}
    assert shell.set(OA, ExternalHostname="mail.contoso.com", **together).done
    oa = shell.get(OA)
    assert (oa["ExternalHostname"], oa["ExternalClientsRequireSsl"]) == ("mail.contoso.com", True)
    assert oa["ExternalClientAuthenticationMethod"] == "Ntlm"
    assert shell.set(OA, ExternalHostname=None).done


@pytest.mark.parametrize(("switch", "done"), [("refuse", False), ("accept", True)])
def test_2_6_no_offloading_without_ssl(switch, done):
    shell = lab(switches={"oa_ssl_conflict": switch})
    assert shell.set(OA, SSLOffloading=False).done is done
    assert lab().set(OA, SSLOffloading=False, InternalClientsRequireSsl=True, ExternalClientsRequireSsl=True).done


def test_2_6_ssl_off_needs_offloading():
    shell = lab("modern")
    assert "SSLOffloading" in shell.set(OA, InternalClientsRequireSsl=False).problem
    assert shell.set(OA, InternalClientsRequireSsl=False, SSLOffloading=True).done


def test_2_6_iis_follows_when_the_service_host_cycles():
    clock = ManualClock()
    shell = lab(clock=clock)
    shell.set(OA, SSLOffloading=False, InternalClientsRequireSsl=True)
    name = "IIS EX1\\Rpc (Default Web Site)"
    assert shell.world.snapshot()[name]["SSLOffloading"] is True
    clock.advance(900)
    assert shell.world.snapshot()[name]["SSLOffloading"] is False


def test_2_7_default_method_overwrites_all_three():
    shell = lab()
    assert shell.set(OA, DefaultAuthenticationMethod="Negotiate").done
    oa = shell.get(OA)
    assert oa["IISAuthenticationMethods"] == ["Negotiate"]
    assert oa["InternalClientAuthenticationMethod"] == oa["ExternalClientAuthenticationMethod"] == "Negotiate"


@pytest.mark.parametrize(("switch", "stopped"), [("task_error", False), ("binding_error", True)])
def test_2_7_default_method_excludes_the_others(switch, stopped):
    shell = lab(switches={"oa_default_auth_conflict": switch})
    reply = shell.set(OA, DefaultAuthenticationMethod="Ntlm", IISAuthenticationMethods=["Basic"])
    assert not reply.done
    assert (reply.stopped is not None) is stopped


def test_2_8_bypass_url_belongs_to_the_back_end():
    shell = lab()
    both = shell("Get-WebServicesVirtualDirectory", Server="EX1", ShowMailboxVirtualDirectories=True).objects
    assert [item["InternalNLBBypassUrl"] for item in both] == [None, "https://ex1.contoso.test:444/ews/exchange.asmx"]


def test_2_9_failback_url_is_another():
    shell = lab()
    reply = shell.set(OWA, ExternalUrl="https://mail.contoso.com/owa", FailbackUrl="https://MAIL.contoso.com/owa/")
    assert "FailbackUrl" in reply.problem
    assert shell.set(OWA, ExternalUrl="https://mail.contoso.com/owa", FailbackUrl="https://fb.contoso.com/owa").done


@pytest.mark.parametrize(
    ("switch", "done", "warned"),
    [("prompt_without_force", False, False), ("warn", True, True), ("silent", True, False)],
)
def test_2_11_ews_asks_about_unresolvable_hosts(switch, done, warned):
    shell = lab(switches={"ews_unresolvable": switch})
    shell.world.unresolvable = ("*.nowhere.test",)
    url = "https://mail.nowhere.test/EWS/Exchange.asmx"
    reply = shell.set(EWS, InternalUrl=url)
    assert (reply.done, any("can't be resolved" in text for text in reply.warnings)) == (done, warned)
    assert shell.set(EWS, InternalUrl=url, Force=True).done
    assert shell.get(EWS)["InternalUrl"] == url


def test_2_11_confirm_has_nobody_to_ask():
    reply = lab().set(OWA, LogonFormat="PrincipalName", Confirm=True)
    assert reply.stopped is not None
    assert "does not support user interaction" in reply.problem


def test_2_14_lists_are_replaced_or_edited():
    shell = lab()
    shell.set(OWA, ExternalAuthenticationMethods=["Basic", "Fba"])
    shell.set(OWA, ExternalAuthenticationMethods={"Add": ["OAuth"], "Remove": "basic"})
    assert shell.get(OWA)["ExternalAuthenticationMethods"] == ["Fba", "OAuth"]
    shell.set(OWA, ExternalAuthenticationMethods=None)
    assert shell.get(OWA)["ExternalAuthenticationMethods"] == []


def test_2_15_nothing_to_change_warns():
    shell = lab()
    reply = shell.set(OWA, InternalUrl="https://ex1.contoso.test/owa")
    assert reply.warnings == [f"{NO_CHANGE} 'EX1\\owa (Default Web Site)' have been modified."]
    assert shell.set(OA, IISAuthenticationMethods=["Negotiate", "Basic", "Ntlm"]).warnings[0].startswith(NO_CHANGE)
    assert shell("Set-OutlookProvider", Identity="EXPR", TTL=1).warnings == [f"{NO_CHANGE} 'EXPR' have been modified."]


@pytest.mark.parametrize(("switch", "warned"), [("warn", True), ("silent", False)])
def test_2_15_nothing_to_change_in_iis(switch, warned):
    shell = lab(switches={"noop_warning_for_iis": switch})
    assert bool(shell.set(ECP, GzipLevel="Low").warnings) is warned
    assert shell.set(ECP, AdminEnabled=True).warnings


@pytest.mark.parametrize(("switch", "done"), [("no", True), ("yes", False)])
def test_2_15_what_if_changes_nothing(switch, done):
    shell = lab(switches={"whatif_validates": switch})
    before = shell.world.snapshot()
    assert shell.set(OWA, FormsAuthentication=False, BasicAuthentication=True, WhatIf=True).done is done
    assert shell.set(OWA, LogonFormat="PrincipalName", WhatIf=True).done
    assert shell("Set-OutlookProvider", Identity="EXPR", TTL=5, WhatIf=True).done
    assert shell("Set-ClientAccessService", Identity="EX1", AutoDiscoverServiceInternalUri=None, WhatIf=True).done
    assert shell.world.snapshot() == before
    unknown = shell("Set-OwaVirtualDirectory", Identity="EX1\\nope", WhatIf=True)
    assert "couldn't be found" in unknown.problem


def test_2_16_unknown_object():
    reply = lab()("Get-OwaVirtualDirectory", Identity="EX1\\nope (Default Web Site)")
    text = (
        "The operation couldn't be performed because object 'EX1\\nope (Default Web Site)' couldn't be found on "
        "'dc1.contoso.test'."
    )
    assert (reply.problem, reply.stopped) == (text, None)
    record = reply.errors[0]
    assert record.CategoryInfo.Reason == "ManagementObjectNotFoundException"
    assert "[FailureCategory=Cmdlet-ManagementObjectNotFoundException]" in record.FullyQualifiedErrorId
    assert record.FullyQualifiedErrorId.endswith(
        ",Microsoft.Exchange.Management.SystemConfigurationTasks.GetOwaVirtualDirectory"
    )


@pytest.mark.parametrize("hresult", [-2147024891, -2147023174])
def test_2_17_iis_out_of_reach(hresult):
    shell = lab("two_datacenters")
    fault = shell.world.faults.add("iis_unreachable", server="ex2", hresult=hresult)
    reply = shell("Get-OwaVirtualDirectory")
    assert len(reply.objects) == 3
    assert "An IIS directory entry couldn't be created." in reply.problem
    assert f"HResult = {hresult}" in reply.problem
    assert reply.errors[0].CategoryInfo.Category.name == "NotInstalled"
    assert len(shell("Get-OwaVirtualDirectory", ADPropertiesOnly=True).objects) == 4
    assert not shell.set(OWA, "EX2", LogonFormat="PrincipalName").done
    shell.world.faults.remove(fault)
    assert shell.set(OWA, "EX2", LogonFormat="PrincipalName").done


@pytest.mark.parametrize(
    ("switch", "error", "objects"), [("error_and_continue", True, 0), ("warning_with_ad_values", False, 1)]
)
def test_2_18_gone_from_iis_but_in_ad(switch, error, objects):
    shell = lab(switches={"missing_iis_on_full_get": switch})
    shell.world.faults.add("missing_in_iis", server="EX1", noun=OWA)
    reply = shell("Get-OwaVirtualDirectory", Server="EX1")
    assert (bool(reply.errors), len(reply.objects), bool(reply.warnings)) == (error, objects, not error)
    assert shell("Get-OwaVirtualDirectory", Server="EX1", ADPropertiesOnly=True).done
    assert shell("Get-EcpVirtualDirectory", Server="EX1").done


@pytest.mark.parametrize(("switch", "done"), [("works_for_ad_values", True), ("fails", False)])
def test_2_18_setting_without_iis(switch, done):
    shell = lab(switches={"set_without_iis": switch})
    shell.world.faults.add("missing_in_iis", server="EX1", noun=ECP)
    assert shell.set(ECP, ExternalUrl="https://mail.contoso.com/ecp").done is done
    assert not shell.set(ECP, GzipLevel="High").done
