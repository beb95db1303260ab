# SPDX-License-Identifier: GPL-3.0-or-later
"""client-access-laws 1: what objects show, and what a read of AD alone loses."""

from __future__ import annotations

import pytest
from lab_shell import lab

from exchange_lab.contract import documented
from exchange_lab.world.estates import load
from exchange_lab.world.nouns import NOUNS

NEVER_SIMULATED = {
    ("ActiveSyncVirtualDirectory", "InstallIsapiFilter"),  # 1.4: write-only, left out
    ("ActiveSyncVirtualDirectory", "Name"),
    ("MapiVirtualDirectory", "ApplyDefaults"),  # 1.5: Setup only
    ("OutlookAnywhere", "Name"),
}
NOT_SETTINGS = {"Identity", "DomainController", "WhatIf", "Confirm", "Force"}


@pytest.mark.must_run
@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_every_documented_parameter_is_simulated_or_left_out_by_name(noun):
    documented_since_2013 = {
        name
        for name, parameter in documented()[f"set-{noun.name}".lower()].parameters.items()
        if set(parameter.applicable) - {"2010"}
    }
    simulated = set(noun.by_name) | set(noun.write_only)
    left_out = {name for owner, name in NEVER_SIMULATED if owner == noun.name}
    assert documented_since_2013 - NOT_SETTINGS - simulated == left_out


def test_1_0_ad_alone_loses_what_iis_holds():
    shell = lab()
    assert shell.set("OwaVirtualDirectory", ExternalUrl="https://mail.contoso.com/owa").done
    full = shell.get("OwaVirtualDirectory")
    lost = shell.get("OwaVirtualDirectory", ADPropertiesOnly=True)
    assert (full["BasicAuthentication"], full["FormsAuthentication"], full["GzipLevel"]) == (True, True, "Low")
    assert (lost["BasicAuthentication"], lost["FormsAuthentication"], lost["GzipLevel"]) == (False, False, "Off")
    assert [lost[name] for name in ("WebSite", "DisplayName", "Path")] == ["", "", ""]
    right = (
        "InternalUrl",
        "ExternalUrl",
        "InternalAuthenticationMethods",
        "ExternalAuthenticationMethods",
        "MetabasePath",
    )
    assert {name: full[name] for name in right} == {name: lost[name] for name in right}
    assert full["ChangePasswordEnabled"] is lost["ChangePasswordEnabled"] is True


def test_1_0_internal_methods_repeat_the_booleans():
    shell = lab()
    assert shell.get("OwaVirtualDirectory")["InternalAuthenticationMethods"] == ["Basic", "Fba"]
    shell.set("OwaVirtualDirectory", FormsAuthentication=False, BasicAuthentication=False, OAuthAuthentication=True)
    assert shell.get("OwaVirtualDirectory", ADPropertiesOnly=True)["InternalAuthenticationMethods"] == ["OAuth"]
    assert shell.get("OwaVirtualDirectory")["ExternalAuthenticationMethods"] == ["Fba"]


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"ExtendedProtectionFlags": ["None", "Proxy"]}, True),
        ({"ExtendedProtectionFlags": "Proxy"}, True),
        ({"ExtendedProtectionFlags": "Proxy", "ExtendedProtectionSPNList": "HTTP/mail.contoso.com"}, False),
        ({"ExtendedProtectionSPNList": "HTTP/mail"}, True),
        ({"ExtendedProtectionSPNList": "HTTP/mail", "ExtendedProtectionFlags": "AllowDotlessSPN"}, False),
    ],
)
def test_1_0_flags_of_extended_protection(parameters, refused):
    shell = lab()
    assert shell.set("WebServicesVirtualDirectory", **parameters).done is not refused


def test_1_0_flag_none_reads_as_an_empty_list():
    shell = lab()
    shell.set("EcpVirtualDirectory", ExtendedProtectionFlags=["NoServiceNameCheck"])
    assert shell.get("EcpVirtualDirectory")["ExtendedProtectionFlags"] == ["NoServiceNameCheck"]
    shell.set("EcpVirtualDirectory", ExtendedProtectionFlags=["None"])
    assert shell.get("EcpVirtualDirectory")["ExtendedProtectionFlags"] == []


def test_1_1_gzip_level_error_is_a_state():
    assert "GzipLevel" in lab().set("OwaVirtualDirectory", GzipLevel="Error").problem


@pytest.mark.parametrize(("switch", "read"), [("null", None), ("empty_string", "")])
def test_1_1_a_cleared_download_host(switch, read):
    shell = lab(switches={"clear_host_reads": switch})
    shell.set("OwaVirtualDirectory", ExternalDownloadHostName="dl.contoso.com")
    shell.set("OwaVirtualDirectory", ExternalDownloadHostName=None)
    assert shell.get("OwaVirtualDirectory")["ExternalDownloadHostName"] == read


def test_1_3_defaults_of_ews():
    ews = lab().get("WebServicesVirtualDirectory")
    shown = ("BasicAuthentication", "WindowsAuthentication", "WSSecurityAuthentication", "OAuthAuthentication")
    assert [ews[name] for name in shown] == [False, True, True, True]
    assert ews["CertificateAuthentication"] is None
    assert ews["InternalAuthenticationMethods"] == ["Ntlm", "WindowsIntegrated", "WSSecurity", "OAuth"]
    assert ews["ExternalAuthenticationMethods"] == ews["InternalAuthenticationMethods"]


def test_1_3_certificate_authentication_takes_null_and_others_do_not():
    shell = lab()
    assert shell.set("WebServicesVirtualDirectory", CertificateAuthentication=True).done
    assert shell.set("WebServicesVirtualDirectory", CertificateAuthentication=None).done
    assert shell.get("WebServicesVirtualDirectory")["CertificateAuthentication"] is None
    assert not shell.set("WebServicesVirtualDirectory", BasicAuthentication=None).done


@pytest.mark.parametrize(("switch", "read"), [("false", False), ("true_from_ad", True)])
def test_1_3_ews_booleans_of_ad(switch, read):
    shell = lab(switches={"adonly_ews_booleans": switch})
    ews = shell.get("WebServicesVirtualDirectory", ADPropertiesOnly=True)
    assert (ews["OAuthAuthentication"], ews["WindowsAuthentication"]) == (read, False)


def test_1_4_active_sync_lists_are_its_own():
    shell = lab()
    before = shell.get("ActiveSyncVirtualDirectory")
    assert (before["BasicAuthEnabled"], before["InternalAuthenticationMethods"]) == (True, [])
    shell.set(
        "ActiveSyncVirtualDirectory", InternalAuthenticationMethods=["basic", "Certificate"], BasicAuthEnabled=False
    )
    after = shell.get("ActiveSyncVirtualDirectory")
    assert (after["InternalAuthenticationMethods"], after["ExternalAuthenticationMethods"]) == (
        ["Basic", "Certificate"],
        [],
    )


def test_1_5_mapi_lists_follow_iis():
    shell = lab()
    assert shell.get("MapiVirtualDirectory")["IISAuthenticationMethods"] == ["Ntlm", "OAuth", "Negotiate"]
    shell.set("MapiVirtualDirectory", IISAuthenticationMethods=["NTLM", "Negotiate"])
    mapi = shell.get("MapiVirtualDirectory", ADPropertiesOnly=True)
    assert mapi["IISAuthenticationMethods"] == []
    assert mapi["InternalAuthenticationMethods"] == mapi["ExternalAuthenticationMethods"] == ["Ntlm", "Negotiate"]


@pytest.mark.parametrize(
    ("switch", "url"), [("null", None), ("preset", "https://ex1.contoso.test/Autodiscover/Autodiscover.xml")]
)
def test_1_5_autodiscover_urls_cannot_be_set(switch, url):
    shell = lab(switches={"autodiscover_vdir_url": switch})
    assert shell.get("AutodiscoverVirtualDirectory")["InternalUrl"] == url
    reply = shell.set("AutodiscoverVirtualDirectory", InternalUrl="https://a.contoso.com/Autodiscover/Autodiscover.xml")
    assert reply.error_id == "NamedParameterNotFound"


@pytest.mark.parametrize(
    ("switch", "external"), [("ews_oab_mapi_follow", []), ("independent", ["WindowsIntegrated", "OAuth"])]
)
def test_9_external_methods_follow(switch, external):
    shell = lab(switches={"external_methods_follow": switch})
    shell.set("OabVirtualDirectory", WindowsAuthentication=False, OAuthAuthentication=False)
    assert shell.get("OabVirtualDirectory")["ExternalAuthenticationMethods"] == external


def test_1_6_external_ssl_reads_false_without_a_host():
    shell = lab()
    shell.set("OutlookAnywhere", ExternalClientsRequireSsl=True)
    assert shell.get("OutlookAnywhere")["ExternalClientsRequireSsl"] is False


def test_1_7_service_connection_point():
    shell = lab()
    service = shell("Get-ClientAccessService", Identity="EX1").only
    assert service["AutoDiscoverServiceInternalUri"] == "https://ex1.contoso.test/Autodiscover/Autodiscover.xml"
    assert service["AutoDiscoverSiteScope"] == ["London"]
    uri = "https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml"
    shell("Set-ClientAccessService", Identity="ex1", AutoDiscoverServiceInternalUri=uri, AutoDiscoverSiteScope=None)
    service = shell("Get-ClientAccessService").only
    assert (service["AutoDiscoverServiceInternalUri"], service["AutoDiscoverSiteScope"]) == (uri, [])


@pytest.mark.parametrize(("switch", "name"), [("attribute_null_scp_kept", "EX1"), ("scp_removed", None)])
def test_1_7_null_removes_the_address(switch, name):
    shell = lab(switches={"scp_null_effect": switch})
    shell("Set-ClientAccessService", Identity="EX1", AutoDiscoverServiceInternalUri=None)
    service = shell("Get-ClientAccessService").only
    assert (service["AutoDiscoverServiceInternalUri"], service["AutoDiscoverServiceCN"]) == (None, name)


def test_1_8_outlook_providers():
    shell = lab()
    assert [p["Name"] for p in shell("Get-OutlookProvider").objects] == ["EXCH", "EXPR", "WEB"]
    expr = shell("Get-OutlookProvider", Identity="expr").only
    assert (expr["CertPrincipalName"], expr["TTL"], expr["OutlookProviderFlags"]) == (None, 1, "None")
    shell(
        "Set-OutlookProvider",
        Identity="EXPR",
        CertPrincipalName="msstd:*.contoso.com",
        TTL="0",
        OutlookProviderFlags="ServerExclusiveConnect, ExternalClientsRequireSSL",
    )
    expr = shell("Get-OutlookProvider", "EXPR").only
    assert (expr["CertPrincipalName"], expr["TTL"]) == ("msstd:*.contoso.com", 0)
    assert expr["OutlookProviderFlags"] == "ServerExclusiveConnect, ExternalClientsRequireSSL"


def organization(shell):
    return shell("Get-OrganizationConfig").only


def test_1_9_a_fresh_organization():
    known = organization(lab())
    assert (known["Identity"], known["MapiHttpEnabled"], known["EnableDownloadDomains"]) == ("Contoso", True, False)
    assert known["ActivityBasedAuthenticationTimeoutInterval"] == "06:00:00"
    assert {known[name] for name in known if name.startswith("Ews")} == {None}
    assert (known["AdfsIssuer"], known["AdfsAudienceUris"], known["AdfsSignCertificateThumbprints"]) == (None, [], [])
    assert (known["WACDiscoveryEndpoint"], known["DefaultAuthenticationPolicy"]) == ("", None)


@pytest.mark.parametrize("server", ["ex1", "ex4", "ex5"])
def test_1_9_versions_show_what_they_know_and_2013_keeps_mapi_off(server):
    shell = lab("coexistence", server)
    known = organization(shell)
    product = shell.server.version.product
    assert ("EnableDownloadDomains" in known, "DefaultAuthenticationPolicy" in known) == (
        product != "2013",
        product == "2019",
    )
    assert known["MapiHttpEnabled"] is False
    reply = shell("Set-OrganizationConfig", EnableDownloadDomains=True)
    assert reply.done if product != "2013" else reply.error_id == "NamedParameterNotFound"


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ({"EwsEnabled": False}, False),
        ({"EwsAllowOutlook": None}, None),
        ({"ActivityBasedAuthenticationTimeoutInterval": "1:00"}, "01:00:00"),
        ({"ActivityBasedAuthenticationTimeoutInterval": "08:00:00"}, "08:00:00"),
        ({"WACDiscoveryEndpoint": None}, ""),
        ({"WACDiscoveryEndpoint": "https://office.contoso.com/hosting/discovery"},) * 2,
        ({"AdfsIssuer": "https://adfs.contoso.com/adfs/ls/"},) * 2,
        ({"AdfsAudienceUris": ["https://mail.contoso.com/owa/"]},) * 2,
        ({"EwsApplicationAccessPolicy": "enforceblocklist"}, "EnforceBlockList"),
        ({"EwsApplicationAccessPolicy": None}, None),
        ({"EwsBlockList": {"Add": "Mail/*"}}, ["Mail/*"]),
        ({"EwsAllowList": []}, None),
        ({"DefaultAuthenticationPolicy": "No Basic"}, "No Basic"),
    ],
    ids=str,
)
def test_1_9_settings(named, shown):
    shell = lab({**load("one_server"), "authentication_policies": ["No Basic"]})
    assert shell("Set-OrganizationConfig", DomainController="dc1", **named).done
    ((name, value),) = named.items()
    assert organization(shell)[name] == (shown[name] if isinstance(shown, dict) else shown)
    warned = shell("Set-OrganizationConfig", **named).warnings
    if not isinstance(value, dict):
        assert "no settings of 'Contoso' have been modified" in warned[0]


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ({"ActivityBasedAuthenticationTimeoutInterval": "00:04:59"}, "DataValidationException"),
        ({"ActivityBasedAuthenticationTimeoutInterval": "08:00:01"}, "DataValidationException"),
        ({"ActivityBasedAuthenticationTimeoutInterval": "25:00:00"}, "ParameterBindingException"),
        ({"ActivityBasedAuthenticationTimeoutInterval": None}, "ParameterBindingValidationException"),
        ({"DefaultAuthenticationPolicy": "Nobody"}, "ManagementObjectNotFoundException"),
        ({"EwsAllowList": ["a"], "EwsBlockList": ["b"]}, "ArgumentException"),
        ({"AdfsIssuer": "https://a/", "AdfsAuthenticationConfiguration": "<x/>"}, "ParameterBindingException"),
        ({"MapiHttpEnabled": None}, "ParameterBindingValidationException"),
    ],
    ids=str,
)
def test_1_9_refusals_write_nothing(named, error):
    shell = lab()
    before = shell.world.snapshot()
    reply = shell("Set-OrganizationConfig", **named)
    (record,) = [*reply.errors, *filter(None, [reply.stopped])]
    assert record.CategoryInfo.Reason == error
    assert shell.world.snapshot() == before


def test_1_9_both_lists_of_applications_by_switch():
    shell = lab(switches={"ews_lists_together": "accept"})
    assert shell("Set-OrganizationConfig", EwsAllowList=["a"], EwsBlockList=["b"]).done


def test_1_9_what_if_changes_nothing():
    shell = lab()
    assert shell("Set-OrganizationConfig", MapiHttpEnabled=False, WhatIf=True).done
    assert organization(shell)["MapiHttpEnabled"] is True


def test_1_9_an_estate_declares_the_organization():
    estate = load("one_server")
    shell = lab({**estate, "organization_config": {"MapiHttpEnabled": False, "AdfsAudienceUris": ["https://a/owa/"]}})
    assert organization(shell)["AdfsAudienceUris"] == ["https://a/owa/"]
    with pytest.raises(ValueError, match="organization_config has no Colour"):
        lab({**estate, "organization_config": {"Colour": "red"}})
