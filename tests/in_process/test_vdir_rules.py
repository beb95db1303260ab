# SPDX-License-Identifier: GPL-3.0-or-later
"""What one setting of a virtual directory demands of another (client-access-laws section 2)."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

ADFS = {
    "AdfsIssuer": "https://adfs.contoso.com/adfs/ls/",
    "AdfsAudienceUris": ("https://mail.contoso.com/owa/", "https://mail.contoso.com/ecp/"),
    "AdfsSignCertificateThumbprints": ("88970C64278A15D642934DC2961D9CCA5E28DA6B",),
}
OWA, ECP = "EX1\\owa (Default Web Site)", "EX1\\ecp (Default Web Site)"


def iis(world: World, identity: str) -> dict[str, Any]:
    return world.snapshot()[f"IIS {identity}"]


def parameters(record: dict[str, Any]) -> dict[str, Any]:
    """What a recorded Set named beside identity, domain controller and Confirm."""
    frame = ("Identity", "DomainController", "Confirm", "Force")
    return {name: value for name, value in record["parameters"].items() if name not in frame}


# 2.1 forms-based authentication


def test_forms_brings_basic_along_and_says_so(world: World, converge: Converge) -> None:
    converge("exchange_vdir", protocol="owa", forms_authentication=False, basic_authentication=False).ok()
    converge("exchange_vdir", protocol="owa", windows_authentication=True).ok()
    result = converge("exchange_vdir", protocol="owa", forms_authentication=True).ok()
    assert result.diff == {
        "before": {
            "owa": {
                "basic_authentication (implied by forms_authentication)": False,
                "forms_authentication": False,
                "windows_authentication (implied by forms_authentication)": True,
            }
        },
        "after": {
            "owa": {
                "basic_authentication (implied by forms_authentication)": True,
                "forms_authentication": True,
                "windows_authentication (implied by forms_authentication)": False,
            }
        },
    }
    assert [parameters(record) for record in result.written] == [
        {"BasicAuthentication": True, "FormsAuthentication": True, "WindowsAuthentication": False}
    ]
    assert converge.again().ok().changed is False


@pytest.mark.parametrize(
    ("option", "value"),
    [("basic_authentication", False), ("windows_authentication", True), ("digest_authentication", True)],
)
def test_what_contradicts_forms_is_refused_by_name(converge: Converge, option: str, value: bool) -> None:
    refused = converge("exchange_vdir", protocol="owa", forms_authentication=True, **{option: value}).refused()
    assert option in refused and "forms_authentication" in refused
    converge("exchange_vdir", protocol="owa", forms_authentication=True, **{option: not value}).ok()


def test_forms_off_with_basic_on_takes_two_calls_forms_first(converge: Converge) -> None:
    result = converge(
        "exchange_vdir",
        protocol="owa",
        forms_authentication=False,
        basic_authentication=True,
        windows_authentication=True,
    ).ok()
    assert [parameters(record) for record in result.written] == [
        {"FormsAuthentication": False},
        {"WindowsAuthentication": True},
    ]
    assert converge.again().ok().changed is False


def test_forms_off_alone_takes_one_call(converge: Converge) -> None:
    wish = {"forms_authentication": False, "basic_authentication": False, "windows_authentication": True}
    result = converge("exchange_vdir", protocol="owa", **wish).ok()
    assert [parameters(record) for record in result.written] == [
        {"BasicAuthentication": False, "FormsAuthentication": False, "WindowsAuthentication": True}
    ]


@pytest.mark.parametrize("answer", ["refuse", "forms_wins"])
def test_the_split_is_right_whatever_one_call_would_do(lab: Any, answer: str) -> None:
    converge = Converge(lab(fba_basic_one_call=answer))
    wish = {"protocol": "ecp", "forms_authentication": False, "basic_authentication": True}
    converge("exchange_vdir", **wish).ok()
    assert (iis(converge.world, ECP)["FormsAuthentication"], iis(converge.world, ECP)["BasicAuthentication"]) == (
        False,
        True,
    )
    assert converge.again().ok().changed is False


# 2.2 and 2.3 AD FS, and the admin center beside Outlook on the web


def with_adfs(world: World) -> Converge:
    world.organization_config.initial.update(ADFS)
    return Converge(world)


def test_adfs_takes_the_other_methods_away_in_the_same_call(world: World) -> None:
    converge = with_adfs(world)
    result = converge("exchange_vdir", protocol="ecp", adfs_authentication=True).ok()
    assert [parameters(record) for record in result.written] == [
        {"AdfsAuthentication": True, "BasicAuthentication": False, "FormsAuthentication": False}
    ]
    assert "basic_authentication (implied by adfs_authentication)" in result.diff["after"]["ecp"]
    assert converge.again().ok().changed is False
    assert world.violations() == []


@pytest.mark.parametrize("answer", ["refuse", "accept"])
@pytest.mark.parametrize("empty", ADFS)
def test_adfs_needs_the_organization_to_know_of_it(lab: Any, empty: str, answer: str) -> None:
    world = lab(adfs_needs_config=answer)
    converge = with_adfs(world)
    world.organization_config.initial[empty] = None if empty == "AdfsIssuer" else ()
    refused = converge("exchange_vdir", protocol="ecp", adfs_authentication=True).refused()
    options = {
        "AdfsIssuer": "adfs_issuer",
        "AdfsAudienceUris": "adfs_audience_uris",
        "AdfsSignCertificateThumbprints": "adfs_sign_certificate_thumbprints",
    }
    assert refused == (
        f"adfs_authentication cannot be true: the organization has no {options[empty]}. "
        "Set that with exchange_organization_config. Nothing was changed."
    )
    both = {"owa": {"adfs_authentication": True}, "ecp": {"adfs_authentication": True}}
    assert converge("exchange_client_access", **both).refused() == refused
    with_adfs(world)
    done = converge("exchange_client_access", **both).ok()
    assert (done.changed, done.read.count("Get-OrganizationConfig")) == (True, 1)
    off = {"adfs_authentication": False, "basic_authentication": True}
    assert "Get-OrganizationConfig" not in converge("exchange_vdir", protocol="owa", **off).ok().read


def test_adfs_goes_on_in_the_admin_center_first(world: World) -> None:
    converge = with_adfs(world)
    refused = converge("exchange_vdir", protocol="owa", adfs_authentication=True).refused()
    assert "must be on in the Exchange admin center first" in refused
    converge("exchange_vdir", protocol="ecp", adfs_authentication=True).ok()
    converge("exchange_vdir", protocol="owa", adfs_authentication=True).ok()
    assert iis(world, OWA)["AdfsAuthentication"] is True


def test_adfs_goes_off_in_outlook_on_the_web_first(world: World) -> None:
    converge = with_adfs(world)
    back = {"adfs_authentication": False, "basic_authentication": True}
    converge("exchange_vdir", protocol="ecp", adfs_authentication=True).ok()
    converge("exchange_vdir", protocol="owa", adfs_authentication=True).ok()
    assert "must be off in Outlook on the web first" in converge("exchange_vdir", protocol="ecp", **back).refused()
    converge("exchange_vdir", protocol="owa", **back).ok()
    converge("exchange_vdir", protocol="ecp", **back).ok()
    assert iis(world, ECP)["AdfsAuthentication"] is False


def test_adfs_refuses_another_method_beside_it(world: World) -> None:
    converge = with_adfs(world)
    refused = converge("exchange_vdir", protocol="ecp", adfs_authentication=True, digest_authentication=True).refused()
    assert "digest_authentication" in refused and "adfs_authentication" in refused
    converge("exchange_vdir", protocol="ecp", adfs_authentication=True, digest_authentication=False).ok()


def test_different_logon_methods_are_warned_of_and_equal_ones_not(converge: Converge) -> None:
    wish = {"forms_authentication": False, "windows_authentication": True, "basic_authentication": False}
    alone = converge("exchange_vdir", protocol="owa", **wish).ok()
    assert any("differ from the admin center's" in warning for warning in alone.warnings)
    both = converge("exchange_vdir", protocol="ecp", **wish).ok()
    assert not any("differ from the admin center's" in warning for warning in both.warnings)


def test_a_wish_without_logon_methods_does_not_read_the_other_directory(converge: Converge) -> None:
    assert "Get-EcpVirtualDirectory" not in converge("exchange_vdir", protocol="owa", default_theme="blue").ok().read
    assert "Get-EcpVirtualDirectory" in converge("exchange_vdir", protocol="owa", basic_authentication=True).ok().read


# 2.4 MAPI


@pytest.mark.parametrize("answer", ["no", "refuse"])
def test_a_mapi_url_takes_the_methods_along(lab: Any, answer: str) -> None:
    converge = Converge(lab(mapi_url_needs_auth=answer))
    before = iis(converge.world, "EX1\\mapi (Default Web Site)")["IISAuthenticationMethods"]
    result = converge("exchange_vdir", protocol="mapi", external_url="https://mail.contoso.com/mapi").ok()
    assert parameters(result.written[0])["IISAuthenticationMethods"] == list(before)
    assert "iis_authentication_methods" not in result.diff["after"]["mapi"]
    assert converge.again().ok().changed is False


def test_mapi_methods_that_are_named_replace_the_list_and_losing_oauth_is_warned_of(converge: Converge) -> None:
    result = converge("exchange_vdir", protocol="mapi", iis_authentication_methods=["Negotiate"]).ok()
    assert parameters(result.written[0]) == {"IISAuthenticationMethods": ["Negotiate"]}
    assert any("OAuth" in warning for warning in result.warnings)
    with_oauth = converge("exchange_vdir", protocol="mapi", iis_authentication_methods=["OAuth", "Negotiate"]).ok()
    assert not any("OAuth" in warning for warning in with_oauth.warnings)
    assert converge.again().ok().changed is False


# 2.8 to 2.12, 1.0


def test_the_bypass_url_of_a_front_end_can_only_be_cleared(world: World, converge: Converge) -> None:
    wish = {"protocol": "ews", "internal_nlb_bypass_url": "https://ex1.contoso.com/EWS/Exchange.asmx"}
    assert "internal_nlb_bypass_url" in converge("exchange_vdir", **wish).refused()
    item = world.virtual_directories("WebServicesVirtualDirectory")[0]
    world.directory.write(item.object, "dc1.contoso.test", {"InternalNLBBypassUrl": "https://old.contoso.com/EWS"})
    result = converge("exchange_vdir", protocol="ews", internal_nlb_bypass_url="").ok()
    assert "-InternalNLBBypassUrl $null" in result.commands[0]
    assert world.directory.newest(item.object)["InternalNLBBypassUrl"] is None


def test_failback_differs_from_the_external_url(converge: Converge) -> None:
    url = "https://mail.contoso.com/owa"
    converge("exchange_vdir", protocol="owa", external_url=url).ok()
    assert "failback_url" in converge("exchange_vdir", protocol="owa", failback_url=url + "/").refused()
    converge("exchange_vdir", protocol="owa", failback_url="https://failback.contoso.com/owa").ok()
    assert converge.again().ok().changed is False


def test_a_download_host_differs_from_the_hosts_of_owa(converge: Converge) -> None:
    converge("exchange_vdir", protocol="owa", external_url="https://mail.contoso.com/owa").ok()
    wish = {"protocol": "owa", "external_download_host_name": "Mail.Contoso.com"}
    assert "external_download_host_name" in converge("exchange_vdir", **wish).refused()
    converge("exchange_vdir", protocol="owa", external_download_host_name="download.contoso.com").ok()
    assert converge.again().ok().changed is False


def test_owa_does_not_move_to_its_download_host(world: World, converge: Converge) -> None:
    converge("exchange_vdir", protocol="owa", external_download_host_name="download.contoso.test").ok()
    url = "https://DOWNLOAD.contoso.test/owa"
    refused = converge("exchange_vdir", protocol="owa", internal_url=url).refused()
    assert refused.startswith("external_download_host_name of Outlook on the web on EX1 equals a host of Outlook on ")
    refused = converge("exchange_client_access", namespace="download.contoso.test").refused()
    assert refused.startswith("external_download_host_name of Outlook on the web on EX1 equals a host of Outlook on ")
    assert converge("exchange_vdir", protocol="owa", internal_url=url, external_download_host_name="").ok().changed


def test_user_name_needs_a_default_domain(converge: Converge) -> None:
    assert "default_domain" in converge("exchange_vdir", protocol="owa", logon_format="UserName").refused()
    converge("exchange_vdir", protocol="owa", logon_format="UserName", default_domain="contoso.com").ok()
    assert converge.again().ok().changed is False


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"extended_protection_flags": ["None", "Proxy"]}, "None beside another flag"),
        ({"extended_protection_flags": ["Proxy"]}, "extended_protection_spn_list"),
        ({"extended_protection_spn_list": ["mail.contoso.com"]}, "HTTP/name"),
        ({"extended_protection_spn_list": ["HTTP/mail"]}, "AllowDotlessSPN"),
    ],
)
def test_contradictory_extended_protection_is_refused(converge: Converge, wish: dict[str, Any], named: str) -> None:
    assert named in converge("exchange_vdir", protocol="ews", **wish).refused()


def test_consistent_extended_protection_is_set_and_cleared(world: World, converge: Converge) -> None:
    wish = {
        "extended_protection_token_checking": "Allow",
        "extended_protection_flags": ["Proxy", "AllowDotlessSPN"],
        "extended_protection_spn_list": ["HTTP/mail", "HTTP/mail.contoso.com"],
    }
    converge("exchange_vdir", protocol="ews", **wish).ok()
    assert iis(world, "EX1\\EWS (Default Web Site)")["ExtendedProtectionFlags"] == ("Proxy", "AllowDotlessSPN")
    assert converge.again().ok().changed is False
    nothing = {"extended_protection_flags": [], "extended_protection_spn_list": []}
    converge("exchange_vdir", protocol="ews", **nothing).ok()
    assert iis(world, "EX1\\EWS (Default Web Site)")["ExtendedProtectionFlags"] == ()
    assert converge.again().ok().changed is False


# Clearing


@pytest.mark.parametrize("reads", ["null", "empty_string"])
def test_clearing_sends_null_and_reads_both_ways(lab: Any, reads: str) -> None:
    converge = Converge(lab(clear_host_reads=reads))
    set_ = {
        "external_url": "https://mail.contoso.com/owa",
        "external_download_host_name": "dl.contoso.com",
        "default_domain": "contoso.com",
        "external_authentication_methods": ["Fba", "Adfs"],
    }
    converge("exchange_vdir", protocol="owa", **set_).ok()
    cleared = converge("exchange_vdir", protocol="owa", **{name: type(value)() for name, value in set_.items()}).ok()
    assert parameters(cleared.written[0]) == {
        "ExternalUrl": None,
        "ExternalDownloadHostName": None,
        "DefaultDomain": None,
        "ExternalAuthenticationMethods": None,
    }
    assert converge.again().ok().changed is False


@pytest.mark.parametrize("option", ["gzip_level", "logon_format"])
def test_what_cannot_be_cleared_is_refused(converge: Converge, option: str) -> None:
    assert option in converge("exchange_vdir", protocol="owa", **{option: ""}).refused()


def test_an_option_that_is_null_is_one_that_is_not_given(converge: Converge) -> None:
    converge("exchange_vdir", protocol="owa", external_url="https://mail.contoso.com/owa").ok()
    result = converge("exchange_vdir", protocol="owa", external_url=None, default_theme="blue").ok()
    assert parameters(result.written[0]) == {"DefaultTheme": "blue"}


# Other forms of the same value


@pytest.mark.parametrize(
    ("first", "same"),
    [
        ({"external_url": "https://mail.contoso.com/owa"}, {"external_url": "HTTPS://MAIL.contoso.com:443/OWA/"}),
        ({"external_authentication_methods": ["Fba", "Basic"]}, {"external_authentication_methods": ["Basic", "Fba"]}),
        ({"external_download_host_name": "dl.contoso.com"}, {"external_download_host_name": "DL.contoso.com"}),
        (
            {"instant_messaging_certificate_thumbprint": "88970c64278a15d642934dc2961d9cca5e28da6b"},
            {"instant_messaging_certificate_thumbprint": "88970C64278A15D642934DC2961D9CCA5E28DA6B"},
        ),
    ],
)
def test_what_means_the_same_changes_nothing(converge: Converge, first: dict[str, Any], same: dict[str, Any]) -> None:
    assert converge("exchange_vdir", protocol="owa", **first).ok().changed is True
    again = converge("exchange_vdir", protocol="owa", **same).ok()
    assert again.changed is False
    assert again.written == []


@pytest.mark.parametrize(
    "wish", [{"basic_authentication": False}, {"windows_authentication": True}, {"digest_authentication": True}]
)
def test_what_forms_excludes_is_refused_while_forms_is_on(converge: Converge, wish: dict[str, bool]) -> None:
    assert "forms_authentication" in converge("exchange_vdir", protocol="owa", check_mode=True, **wish).refused()
    assert "forms_authentication" in converge("exchange_vdir", protocol="owa", **wish).refused()
    if "basic_authentication" in wish:
        wish = {**wish, "windows_authentication": True}
    assert converge("exchange_vdir", protocol="owa", forms_authentication=False, **wish).ok().changed


def test_adfs_may_name_the_methods_it_turns_off(world: World, converge: Converge) -> None:
    world.organization_config.initial.update(ADFS)
    wish = {"adfs_authentication": True, "basic_authentication": False}
    converge("exchange_vdir", protocol="ecp", **wish).ok()
    assert converge("exchange_vdir", protocol="owa", **wish).ok().virtual_directory["forms_authentication"] is False


def test_a_private_name_for_clients_outside_is_warned_about(converge: Converge) -> None:
    inside = converge("exchange_vdir", protocol="oab", internal_url="https://mail.contoso.local/OAB").ok()
    outside = converge("exchange_vdir", protocol="oab", external_url="https://mail.contoso.local/OAB").ok()
    assert not inside.warnings
    assert any("mail.contoso.local" in warning for warning in outside.warnings)
