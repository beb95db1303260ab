# SPDX-License-Identifier: GPL-3.0-or-later
"""Client access settings of the whole organization (client-access-laws 1.9, 2.10)."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

OPERATOR = "operator@CONTOSO.TEST"
DOWNLOADS = {
    "internal_download_host_name": "download.contoso.test",
    "external_download_host_name": "download.contoso.test",
}
THUMBPRINT = "88970C64278A15D642934DC2961D9CCA5E28DA6B"


def organization(world: World) -> dict[str, Any]:
    return world.snapshot()["AD OrganizationConfig Contoso"]


def sent(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record["parameters"].items() if name not in ("DomainController", "Confirm")}


def configure(converge: Converge, **options: Any) -> Any:
    return converge("exchange_organization_config", **options)


# How values are wished and shown


@pytest.mark.parametrize(
    ("options", "parameters", "shown"),
    [
        ({"mapi_http_enabled": False}, {"MapiHttpEnabled": False}, False),
        ({"oauth2_client_profile_enabled": True}, {"OAuth2ClientProfileEnabled": True}, True),
        ({"public_computers_detection_enabled": True}, {"PublicComputersDetectionEnabled": True}, True),
        (
            {"activity_based_authentication_timeout_enabled": False},
            {"ActivityBasedAuthenticationTimeoutEnabled": False},
            False,
        ),
        (
            {"activity_based_authentication_timeout_interval": "8:00:00"},
            {"ActivityBasedAuthenticationTimeoutInterval": "08:00:00"},
            "08:00:00",
        ),
        (
            {"activity_based_authentication_timeout_with_single_sign_on_enabled": False},
            {"ActivityBasedAuthenticationTimeoutWithSingleSignOnEnabled": False},
            False,
        ),
        ({"ews_enabled": False}, {"EwsEnabled": False}, False),
        ({"ews_allow_outlook": True}, {"EwsAllowOutlook": True}, True),
        ({"ews_allow_mac_outlook": "false"}, {"EwsAllowMacOutlook": False}, False),
        ({"ews_allow_entourage": "true"}, {"EwsAllowEntourage": True}, True),
        (
            {"wac_discovery_endpoint": "https://oos.contoso.test/hosting/discovery"},
            {"WACDiscoveryEndpoint": "https://oos.contoso.test/hosting/discovery"},
            "https://oos.contoso.test/hosting/discovery",
        ),
        (
            {"adfs_issuer": "https://adfs.contoso.test/adfs/ls/"},
            {"AdfsIssuer": "https://adfs.contoso.test/adfs/ls/"},
            "https://adfs.contoso.test/adfs/ls/",
        ),
        (
            {"adfs_sign_certificate_thumbprints": [THUMBPRINT.lower()]},
            {"AdfsSignCertificateThumbprints": [THUMBPRINT]},
            [THUMBPRINT],
        ),
    ],
    ids=str,
)
def test_each_setting_is_sent_read_back_and_then_left_alone(
    world: World, converge: Converge, options: dict[str, Any], parameters: dict[str, Any], shown: Any
) -> None:
    before = organization(world)
    done = configure(converge, **options).ok()
    assert [sent(record) for record in done.written] == [parameters]
    (option,) = options
    assert done.organization_config[option] == shown
    assert list(done.diff["after"]["organization_config"]) == [option]
    changed = {name for name, value in organization(world).items() if value != before[name]}
    assert changed == parameters.keys()
    again = converge.again().ok()
    assert (again.changed, again.sent) == (False, [])


def test_the_fewest_reads(converge: Converge) -> None:
    done = configure(converge, ews_enabled=True).ok()
    assert done.read == ["Get-ExchangeServer", "Get-OrganizationConfig", "Get-OrganizationConfig"]
    assert converge.again().ok().read == ["Get-ExchangeServer", "Get-OrganizationConfig"]


def test_unset_is_a_value_of_its_own_and_a_null_is_not_taken_for_it(world: World, converge: Converge) -> None:
    configure(converge, ews_enabled=False, ews_allow_outlook=False).ok()
    done = configure(converge, ews_enabled="unset").ok()
    assert [sent(record) for record in done.written] == [{"EwsEnabled": None}]
    assert done.diff["before"]["organization_config"] == {"ews_enabled": False}
    assert (organization(world)["EwsEnabled"], organization(world)["EwsAllowOutlook"]) == (None, False)
    assert "-EwsEnabled $null" in done.commands[0]
    assert converge.again().ok().changed is False
    for null in (None, "null", ""):
        assert (
            "ews_allow_outlook must be one of: true, false, unset"
            in configure(converge, ews_allow_outlook=null).refused()
        )


@pytest.mark.parametrize("value", ["28800", "00:04:59", "08:00:01", "six hours", "06:00"])
def test_a_timeout_that_is_none_is_refused(world: World, converge: Converge, value: str) -> None:
    before = world.snapshot()
    option = "activity_based_authentication_timeout_interval"
    assert configure(converge, **{option: value}).refused().startswith(f"{option} of the organization must ")
    assert world.snapshot() == before
    assert configure(converge, **{option: "00:05:00"}).ok().changed


def test_audiences_are_compared_exactly(world: World, converge: Converge) -> None:
    slash, none = ["https://mail.contoso.test/owa/"], ["https://mail.contoso.test/owa"]
    assert configure(converge, adfs_audience_uris=slash).ok().warnings == []
    done = configure(converge, adfs_audience_uris=none).ok()
    assert organization(world)["AdfsAudienceUris"] == tuple(none)
    assert "without a slash at its end" in done.warnings[0]
    assert converge.again().ok().changed is False
    assert configure(converge, adfs_audience_uris=[none[0].replace("mail", "MAIL")]).ok().changed
    assert configure(converge, adfs_audience_uris=[]).ok().organization_config["adfs_audience_uris"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"adfs_issuer": "adfs.contoso.test"},
        {"adfs_audience_uris": ["https://user:secret@mail.contoso.test/owa/"]},
        {"adfs_sign_certificate_thumbprints": ["8897"]},
        {"wac_discovery_endpoint": "oos"},
        {"default_authentication_policy": "No*"},
        {"ews_application_access_policy": "EnforceNothing"},
    ],
    ids=str,
)
def test_impossible_values_are_refused_by_name(world: World, converge: Converge, options: dict[str, Any]) -> None:
    (option,) = options
    refused = configure(converge, **options).refused()
    assert option in refused and "secret" not in refused
    assert converge.sessions == []


def test_clearing(world: World, converge: Converge) -> None:
    set_ = {"adfs_issuer": "https://adfs.contoso.test/adfs/ls/", "wac_discovery_endpoint": "https://oos.contoso.test/"}
    configure(converge, ews_application_access_policy="EnforceBlockList", ews_block_list=["Old/*"], **set_).ok()
    cleared = {"ews_application_access_policy": "", "ews_block_list": [], **dict.fromkeys(set_, "")}
    done = configure(converge, **cleared).ok()
    assert {done.organization_config[option] or None for option in cleared} == {None}
    assert organization(world)["EwsBlockList"] is None
    assert converge.again().ok().changed is False


# Rules


@pytest.mark.parametrize("answer", ["refuse", "accept"])
def test_lists_of_applications_go_with_their_policy(lab: Any, answer: str) -> None:
    converge = Converge(lab(ews_lists_together=answer))
    refused = configure(converge, ews_allow_list=["Outlook/*"]).refused()
    assert refused.startswith("ews_allow_list of the organization counts only while ews_application_access_policy is ")
    both = {"ews_allow_list": ["Outlook/*"], "ews_block_list": ["Old/*"]}
    assert "ews_block_list" in configure(converge, ews_application_access_policy="EnforceAllowList", **both).refused()
    allowed = {"ews_application_access_policy": "EnforceAllowList", "ews_allow_list": ["Outlook/*"]}
    assert configure(converge, **allowed).ok().warnings == []
    blocked = {
        "ews_application_access_policy": "EnforceBlockList",
        "ews_allow_list": [],
        "ews_block_list": ["Old/*"],
    }
    done = configure(converge, **blocked).ok()
    assert [sorted(sent(record)) for record in done.written] == [
        ["EwsAllowList"],
        ["EwsApplicationAccessPolicy", "EwsBlockList"],
    ]
    assert converge.again().ok().changed is False


def test_an_empty_allow_list_is_warned_about(converge: Converge) -> None:
    (warning,) = configure(converge, ews_application_access_policy="EnforceAllowList").ok().warnings
    assert warning == "the organization: ews_allow_list is empty, so no application can use EWS."


def test_a_default_authentication_policy_is_warned_about_and_must_exist(world: World, converge: Converge) -> None:
    assert "Nobody" in configure(converge, default_authentication_policy="Nobody").rejected()
    world.authentication_policies = ("No Basic",)
    (warning,) = configure(converge, default_authentication_policy="No Basic").ok().warnings
    assert "can block Basic authentication" in warning
    again = configure(converge, default_authentication_policy="no basic").ok()
    assert (again.changed, again.warnings) == (False, [])
    cleared = configure(converge, default_authentication_policy="").ok()
    assert (cleared.changed, cleared.warnings) == (True, [])


@pytest.mark.parametrize(
    ("server", "option", "value"),
    [
        ("ex1", "enable_download_domains", False),
        ("ex1", "default_authentication_policy", "x"),
        ("ex4", "default_authentication_policy", "x"),
    ],
)
def test_what_a_version_lacks_is_refused(lab: Any, server: str, option: str, value: Any) -> None:
    world = lab("coexistence")
    world.authentication_policies = ("x",)
    converge = Converge(world)
    refused = configure(converge, on=f"{server}.contoso.test", **{option: value}).refused()
    assert f"Leave out {option}" in refused
    assert configure(converge, on=f"{server}.contoso.test", ews_enabled=True).ok().changed
    assert configure(converge, on="ex5.contoso.test", **{option: value}).ok()


def test_mapi_wants_a_url_on_every_server(lab: Any) -> None:
    world = lab("two_datacenters")
    world.organization_config.initial["MapiHttpEnabled"] = False
    converge = Converge(world)
    for server in ("EX2", "EX3"):
        converge("exchange_vdir", protocol="mapi", server=server, internal_url="").ok()
    refused = configure(converge, mapi_http_enabled=True).refused()
    assert refused == (
        "mapi_http_enabled of the organization cannot be true: EX2\\mapi (Default Web Site) has neither an internal "
        "nor an external URL; EX3\\mapi (Default Web Site) has neither an internal nor an external URL. Set that "
        "first, with exchange_vdir or the role namespaces. Nothing was changed."
    )
    assert configure(converge, mapi_http_enabled=False, ews_enabled=True).ok().changed
    for server in ("EX2", "EX3"):
        url = "https://mail.contoso.test/mapi"
        converge("exchange_vdir", protocol="mapi", server=server, external_url=url).ok()
    done = configure(converge, mapi_http_enabled=True).ok()
    assert done.warnings == ["the organization: mapi_http_enabled makes Outlook ask its users to restart it."]
    assert (done.restart_needed, done.iis_restart_needed) == ([], False)
    again = converge.again().ok()
    assert (again.changed, again.warnings) == (False, [])


def test_download_domains_want_a_host_of_their_own_on_every_server(lab: Any) -> None:
    world = lab("two_datacenters")
    converge = Converge(world)
    for server in ("EX1", "EX4"):
        converge("exchange_vdir", protocol="owa", server=server, **DOWNLOADS).ok()
    refused = configure(converge, enable_download_domains=True).refused()
    assert refused.startswith(
        "enable_download_domains of the organization cannot be true: "
        "EX2\\owa (Default Web Site) has no internal_download_host_name; "
        "EX3\\owa (Default Web Site) has no internal_download_host_name. "
    )
    for server in ("EX2", "EX3"):
        converge("exchange_vdir", protocol="owa", server=server, **DOWNLOADS).ok()
    owa = next(one for one in world.virtual_directories("OwaVirtualDirectory") if one.server.name == "EX3")
    owa.object.initial["ExternalUrl"] = "https://DOWNLOAD.contoso.test/owa"
    refused = configure(converge, enable_download_domains=True).refused()
    assert "EX3\\owa (Default Web Site) has the internal_download_host_name download.contoso.test, which is" in refused
    owa.object.initial["ExternalUrl"] = None
    planned = configure(converge, enable_download_domains=True, check_mode=True).ok()
    assert (planned.changed, planned.sent, planned.iis_restart_needed) == (True, [], True)
    done = configure(converge, enable_download_domains=True).ok()
    assert (done.restart_needed, done.iis_restart_needed) == ([], True)
    assert world.violations() == []
    again = converge.again().ok()
    assert (again.changed, again.iis_restart_needed) == (False, False)
    config = "Get-OrganizationConfig"
    assert again.read == ["Get-ExchangeServer", config, "Get-OwaVirtualDirectory", config]
    assert configure(converge, enable_download_domains=False).ok().read.count("Get-OwaVirtualDirectory") == 0


def test_a_switch_that_is_on_does_not_get_in_the_way_when_a_server_is_added(lab: Any) -> None:
    world = lab("two_datacenters")
    converge = Converge(world)
    world.organization_config.initial["EnableDownloadDomains"] = True
    for server in ("EX1", "EX2", "EX3"):
        converge("exchange_vdir", protocol="owa", server=server, **DOWNLOADS).ok()
    done = configure(converge, enable_download_domains=True, ews_enabled=True).ok()
    assert [sent(record) for record in done.written] == [{"EwsEnabled": True}]
    assert done.warnings == [
        "enable_download_domains of the organization is true, but EX4\\owa (Default Web Site) has no "
        "internal_download_host_name."
    ]
    again = converge.again().ok()
    assert (again.changed, again.warnings) == (False, done.warnings)
    world.organization_config.initial["EnableDownloadDomains"] = False
    assert "EX4\\owa" in configure(converge, enable_download_domains=True).refused()
    converge("exchange_vdir", protocol="owa", server="EX4", **DOWNLOADS).ok()
    done = configure(converge, enable_download_domains=True).ok()
    assert (done.changed, done.warnings) == (True, [])


def test_check_mode_tells_what_an_earlier_task_may_be_about_to_set(lab: Any) -> None:
    converge = Converge(lab("two_datacenters"))
    planned = configure(converge, enable_download_domains=True, check_mode=True).ok()
    assert (planned.changed, planned.sent) == (True, [])
    (warning,) = planned.warnings
    assert warning.startswith("As it is now, this would be refused: enable_download_domains of the organization cannot")


def test_exchange_2013_knows_no_download_hosts_and_is_not_asked_for_them(lab: Any) -> None:
    converge = Converge(lab("coexistence"))
    for server in ("ex4", "ex5"):
        on = f"{server}.contoso.test"
        converge("exchange_vdir", on=on, protocol="owa", **DOWNLOADS).ok()
    assert configure(converge, on="ex5.contoso.test", enable_download_domains=True).ok().changed


# The account


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("organization_configuration", "Organization Configuration"),
        ("organization_client_access", "Organization Client Access"),
    ],
)
def test_the_role_that_is_needed(lab: Any, answer: str, role: str) -> None:
    world = lab(rbac_org_switch_role=answer)
    converge = Converge(world)
    assert "Set-OrganizationConfig" in configure(converge, user=OPERATOR, ews_enabled=True).rejected()
    world.rbac.assign("operator", ["Server Management", role])
    assert configure(converge, user=OPERATOR, ews_enabled=True).ok().changed


def test_an_attribute_that_is_not_shown_is_refused_by_name(world: World, converge: Converge) -> None:
    world.faults.add("absent_attribute", server="*", noun="OrganizationConfig", attribute="EwsEnabled")
    assert "has no attribute EwsEnabled" in configure(converge, ews_enabled=True).refused()
    assert configure(converge, ews_allow_outlook=True).ok().changed
