# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_info over the lab's cmdlets: what it reads, with how many Gets, what it says of fresh and broken estates."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action.exchange_info import ActionModule
from ansible_collections.mailops.exchange.plugins.modules import exchange_info
from exchange_lab.world import World

DIRECTORIES = [
    "Get-OwaVirtualDirectory",
    "Get-EcpVirtualDirectory",
    "Get-WebServicesVirtualDirectory",
    "Get-ActiveSyncVirtualDirectory",
    "Get-OabVirtualDirectory",
    "Get-MapiVirtualDirectory",
    "Get-PowerShellVirtualDirectory",
    "Get-AutodiscoverVirtualDirectory",
]
VIEWER = "viewer@CONTOSO.TEST"


def codes(result: Any) -> list[tuple[str, str]]:
    return [(finding["code"], finding["subject"]) for finding in result.findings]


def defaults_left(*servers: str) -> list[tuple[str, str]]:
    """What every fresh server is told."""
    return [(code, server) for code in ("autodiscover_names_server", "url_names_server") for server in servers]


# What is read


def test_one_session_and_one_get_a_noun_and_one_a_server_for_its_components(lab) -> None:
    converge = Converge(lab("two_datacenters"))
    result = converge("exchange_info").ok()
    assert len(converge.sessions) == 1
    assert result.read == [
        "Get-ExchangeServer",
        *["Get-ServerComponentState"] * 4,
        *DIRECTORIES,
        "Get-OutlookAnywhere",
        "Get-ClientAccessService",
        "Get-OutlookProvider",
        "Get-OrganizationConfig",
        "Get-ADSite",
    ]
    assert [facts["server"] for facts in result.outlook_anywhere] == ["EX1", "EX2", "EX3", "EX4"]
    assert result.sites == [{"name": "London", "servers": ["EX1", "EX2"]}, {"name": "Paris", "servers": ["EX3", "EX4"]}]


def test_reading_changes_nothing_in_check_mode_or_outside(world: World, converge: Converge) -> None:
    before = world.snapshot()
    results = [converge("exchange_info", full=True, check_mode=check_mode).ok() for check_mode in (True, False)]
    assert world.snapshot() == before
    assert [(result.changed, result.written, result.commands) for result in results] == [(False, [], [])] * 2
    assert results[0].keys == results[1].keys


def test_every_get_names_the_same_domain_controller(lab) -> None:
    world = lab("two_datacenters")
    result = Converge(world)("exchange_info", domain_controller="dc2.contoso.test").ok()
    assert {record["parameters"]["DomainController"] for record in world.records} == {"dc2.contoso.test"}
    assert result.domain_controller == "dc2.contoso.test"


def test_the_first_domain_controller_that_answers_is_kept(lab) -> None:
    world = lab("two_datacenters")
    result = Converge(world)("exchange_info", on="ex3.contoso.test").ok()
    assert result.domain_controller == "dc2.contoso.test"
    assert {record["parameters"].get("DomainController") for record in world.records[1:]} == {"dc2.contoso.test"}


@pytest.mark.parametrize(
    ("subsets", "read", "keys"),
    [
        (["servers"], ["Get-ServerComponentState"], {"servers"}),
        (["virtual_directories"], DIRECTORIES, {"virtual_directories"}),
        (["outlook_anywhere"], ["Get-OutlookAnywhere"], {"outlook_anywhere"}),
        (["autodiscover"], ["Get-ClientAccessService"], {"service_connection_points"}),
        (["organization"], ["Get-OrganizationConfig"], {"organization_config"}),
        (
            ["sites", "outlook_providers"],
            ["Get-OutlookProvider", "Get-ADSite"],
            {"sites", "outlook_providers"},
        ),
    ],
)
def test_a_subset_reads_and_returns_only_itself(
    converge: Converge, subsets: list[str], read: list[str], keys: set[str]
) -> None:
    result = converge("exchange_info", gather_subset=subsets).ok()
    assert result.read == ["Get-ExchangeServer", *read]
    returned = {"servers", "virtual_directories", "outlook_anywhere", "service_connection_points"}
    returned |= {"outlook_providers", "organization_config", "sites"}
    assert returned & result.keys.keys() == keys


def test_named_servers_are_asked_one_by_one_and_the_others_left_out(lab) -> None:
    world = lab("two_datacenters")
    result = Converge(world)(
        "exchange_info",
        servers=["EX2", "ex3.contoso.test"],
        gather_subset=["servers", "autodiscover", "outlook_anywhere"],
    ).ok()
    cmdlets = ("Get-ServerComponentState", "Get-OutlookAnywhere", "Get-ClientAccessService")
    assert result.read == ["Get-ExchangeServer", *[cmdlet for cmdlet in cmdlets for _unused in range(2)]]
    for key, name in (("servers", "name"), ("outlook_anywhere", "server"), ("service_connection_points", "server")):
        assert [facts[name] for facts in result.keys[key]] == ["EX2", "EX3"]
    asked = [record["parameters"].get("Server") or record["parameters"].get("Identity") for record in world.records[1:]]
    assert asked == ["ex2.contoso.test", "ex3.contoso.test"] * 3


def test_a_cheap_read_leaves_out_what_it_would_show_wrongly(converge: Converge) -> None:
    cheap, full = (
        converge("exchange_info", gather_subset=["virtual_directories"], full=full).ok().virtual_directories[0]
        for full in (False, True)
    )
    assert "forms_authentication" not in cheap
    assert full["forms_authentication"] is True
    assert cheap["internal_authentication_methods"] == full["internal_authentication_methods"] == ["Basic", "Fba"]
    assert cheap == {option: full[option] for option in cheap}


def test_facts_are_as_documented(converge: Converge) -> None:
    documented = yaml.safe_load(exchange_info.RETURN)
    result = converge("exchange_info", exchange_version="15.2.1118.7", gather_subset=["all"]).ok()
    assert set(documented) <= result.keys.keys()
    assert set(result.servers[0]) == set(documented["servers"]["contains"])
    assert set(result.findings[0]) == set(documented["findings"]["contains"])
    for key in ("virtual_directories", "outlook_anywhere", "service_connection_points", "outlook_providers", "sites"):
        assert set(documented[key]["sample"][0]) <= set(result.keys[key][0]), key
    assert set(documented["organization_config"]["sample"]) <= set(result.organization_config)
    assert result.servers == [
        {
            "name": "EX1",
            "fqdn": "ex1.contoso.test",
            "version": "15.2.1118.7",
            "product": "Exchange 2019",
            "roles": ["Mailbox"],
            "site": "London",
            "edition": "StandardEvaluation",
            "client_access": True,
            "back_end": True,
            "inactive_as_functional": [],
        }
    ]


def test_servers_without_a_front_end_are_listed_but_not_asked(lab) -> None:
    result = Converge(lab("coexistence"))("exchange_info", servers=["ex3"]).ok()
    assert [(facts["name"], facts["client_access"]) for facts in result.servers] == [("EX3", False)]
    assert result.virtual_directories == result.outlook_anywhere == result.service_connection_points == []
    assert result.read == [
        "Get-ExchangeServer",
        "Get-ServerComponentState",
        "Get-OutlookProvider",
        "Get-OrganizationConfig",
        "Get-ADSite",
    ]


def test_what_was_not_asked_for_is_not_judged(lab) -> None:
    converge = Converge(lab("two_datacenters"))
    converge("exchange_autodiscover", auto_discover_service_internal_uri="").ok()
    assert codes(converge("exchange_info", servers=["ex1"], gather_subset=["autodiscover"]).ok()) == []


def test_a_server_that_was_not_asked_for_is_known_by_its_name(lab) -> None:
    converge = Converge(lab("two_datacenters"))
    uri = "https://ex2.contoso.test/Autodiscover/Autodiscover.xml"
    converge("exchange_autodiscover", auto_discover_service_internal_uri=uri).ok()
    result = converge("exchange_info", servers=["ex1"], gather_subset=["autodiscover"]).ok()
    assert codes(result) == [("autodiscover_names_server", "EX1")]


def test_a_directory_tells_its_web_site(lab) -> None:
    build = "15.2.1258.12"
    server = {"name": "ex1", "site": "London", "build": build, "extra_web_sites": ["Partners"]}
    world = lab({"sites": {"London": ["dc1"]}, "servers": [server]})
    directories = Converge(world)("exchange_info", gather_subset=["virtual_directories"]).ok().virtual_directories
    assert [facts["web_site"] for facts in directories if facts["protocol"] == "owa"] == [
        "Default Web Site",
        "Partners",
    ]


@pytest.mark.parametrize(
    ("host", "cmdlet"),
    [("ex1.contoso.test", "Get-ClientAccessServer"), ("ex5.contoso.test", "Get-ClientAccessService")],
)
def test_the_noun_of_autodiscover_is_that_of_the_session_s_version(lab, host: str, cmdlet: str) -> None:
    result = Converge(lab("coexistence"))("exchange_info", on=host, gather_subset=["autodiscover"]).ok()
    assert result.read == ["Get-ExchangeServer", cmdlet]
    assert result.warnings == []
    assert [facts["server"] for facts in result.service_connection_points] == ["EX1", "EX2", "EX4", "EX5"]


def test_exchange_2010_is_listed_and_skipped(lab) -> None:
    world = lab("two_datacenters")
    converge = Converge(world)
    world.server("EX4").version.parts = (14, 3, 123, 4)
    result = converge("exchange_info").ok()
    assert [facts["product"] for facts in result.servers] == ["Exchange 2019"] * 3 + ["Exchange 2010"]
    assert "EX4" not in {facts["server"] for facts in (*result.virtual_directories, *result.outlook_anywhere)}
    assert ["inactive_as_functional" in facts for facts in result.servers] == [True] * 3 + [False]
    assert result.read.count("Get-ServerComponentState") == 3


# Fresh and broken estates


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("estate", "expected"),
    [
        ("one_server", defaults_left("EX1")),
        ("two_datacenters", defaults_left("EX1", "EX2", "EX3", "EX4")),
        (
            "coexistence",
            [*defaults_left("EX1", "EX2", "EX4", "EX5"), ("oauth_missing", "EX1"), ("oauth_missing", "EX2")],
        ),
        ("modern", defaults_left("EX1", "EX2")),
    ],
)
def test_a_fresh_estate_has_only_its_defaults_left_behind(
    lab, estate: str, full: bool, expected: list[tuple[str, str]]
) -> None:
    assert codes(Converge(lab(estate))("exchange_info", full=full).ok()) == expected


def test_protection_that_the_cmdlets_do_not_show_is_a_hint_only(lab) -> None:
    result = Converge(lab("modern", ep_attributes="always_None"))("exchange_info", full=True).ok()
    hints = [
        (finding["severity"], finding["subject"]) for finding in result.findings if "protection" in finding["code"]
    ]
    assert hints == [("info", "EX1"), ("info", "EX2")]


def test_a_server_whose_names_are_set_has_no_finding(converge: Converge) -> None:
    paths = {"owa": "owa", "ecp": "ecp", "ews": "EWS/Exchange.asmx", "activesync": "Microsoft-Server-ActiveSync"}
    for protocol, path in {**paths, "oab": "OAB", "mapi": "mapi"}.items():
        url = f"https://mail.contoso.com/{path}"
        converge("exchange_vdir", protocol=protocol, internal_url=url, external_url=url).ok()
    converge("exchange_outlook_anywhere", internal_hostname="mail.contoso.com").ok()
    uri = "https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml"
    converge("exchange_autodiscover", auto_discover_service_internal_uri=uri).ok()
    assert codes(converge("exchange_info").ok()) == []
    converge("exchange_vdir", protocol="owa", external_url="https://owa.contoso.com/owa").ok()
    assert codes(converge("exchange_info").ok()) == [("owa_ecp_hosts_differ", "EX1\\owa (Default Web Site)")]


def test_switches_that_find_a_directory_unready_are_reported(world: World, converge: Converge) -> None:
    world.organization_config.initial["EnableDownloadDomains"] = True
    converge("exchange_vdir", protocol="mapi", internal_url="").ok()
    result = converge("exchange_info").ok()
    assert result.organization_config["enable_download_domains"] is True
    unready = [("download_domains_unready", "owa"), ("mapi_http_without_url", "mapi")]
    assert codes(result)[:2] == [(code, f"EX1\\{directory} (Default Web Site)") for code, directory in unready]
    world.organization_config.initial.update(EnableDownloadDomains=False, MapiHttpEnabled=False)
    off = {code for code, _unused in codes(converge("exchange_info").ok())}
    assert "mapi_without_url" in off and not off & {code for code, _unused in unready}


def test_settings_of_the_organization_that_a_role_hides_are_an_error_beside_the_rest(
    world: World, converge: Converge
) -> None:
    world.rbac.hide("Get-OrganizationConfig")
    result = converge("exchange_info").ok()
    assert (result.organization_config, len(result.errors), len(result.outlook_providers)) == ({}, 1, 3)


def test_values_of_a_directory_that_has_no_urls_are_reported(lab) -> None:
    result = Converge(lab(autodiscover_vdir_url="preset"))("exchange_info").ok()
    assert "autodiscover_directory_has_url" in {finding["code"] for finding in result.findings}


# What cannot be read


def test_a_metabase_that_cannot_be_read_is_an_error_beside_the_rest(lab) -> None:
    world = lab("two_datacenters")
    world.faults.add("iis_unreachable", server="EX2")
    result = Converge(world)("exchange_info", gather_subset=["virtual_directories"], full=True).ok()
    assert {facts["server"] for facts in result.virtual_directories} == {"EX1", "EX3", "EX4"}
    assert len(result.errors) == len(DIRECTORIES)
    assert "Exchange Trusted Subsystem" in result.errors[0]
    assert result.warnings == ["8 reads failed; see errors in the result."]
    assert Converge(world)("exchange_info", gather_subset=["virtual_directories"]).ok().errors == []


def test_an_object_without_properties_is_an_error_beside_the_rest(lab) -> None:
    world = lab("two_datacenters")
    world.faults.add("empty_properties", server="EX2", noun="OwaVirtualDirectory")
    world.faults.add("empty_properties", server="EX3", noun="ExchangeServer")
    result = Converge(world)("exchange_info", gather_subset=["servers", "virtual_directories"]).ok()
    assert [facts["name"] for facts in result.servers] == ["EX1", "EX2", "EX4"]
    owa = [facts["server"] for facts in result.virtual_directories if facts["protocol"] == "owa"]
    assert owa == ["EX1", "EX4"]
    assert ["empty properties" in error for error in result.errors] == [True, True]


def test_no_readable_server_is_a_failure(world: World, converge: Converge) -> None:
    world.faults.add("empty_properties", noun="ExchangeServer")
    assert (
        converge("exchange_info")
        .refused()
        .startswith("Get-ExchangeServer shows no server. Get-ExchangeServer returned a server with empty properties.")
    )


def test_an_absent_attribute_is_absent_and_not_empty(world: World, converge: Converge) -> None:
    world.faults.add("absent_attribute", noun="OwaVirtualDirectory", attribute="ExternalUrl")
    owa = converge("exchange_info", gather_subset=["virtual_directories"]).ok().virtual_directories[0]
    assert "external_url" not in owa
    assert "internal_url" in owa


def test_a_role_that_only_views_is_enough(converge: Converge) -> None:
    result = converge("exchange_info", user=VIEWER, full=True).ok()
    assert result.errors == []
    assert codes(result) == defaults_left("EX1")


def test_a_cmdlet_that_a_role_hides_is_an_error_beside_the_rest(world: World, converge: Converge) -> None:
    world.rbac.hide("Get-OutlookProvider")
    result = converge("exchange_info").ok()
    assert result.outlook_providers == []
    assert [error.startswith("Get-OutlookProvider is not available to this user") for error in result.errors] == [True]
    assert len(result.outlook_anywhere) == 1


# Names and bad input


def test_names_are_looked_up_from_the_control_node(lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        return ["192.0.2.1"] if name.startswith("one") else []

    monkeypatch.setattr(ActionModule, "resolve", staticmethod(resolve))
    result = Converge(lab("two_datacenters"))(
        "exchange_info", gather_subset=["servers"], names=["none.contoso.com", "one.contoso.com"]
    ).ok()
    assert asked == ["none.contoso.com", "one.contoso.com"]
    assert codes(result) == [("name_unresolved", "none.contoso.com"), ("name_has_one_address", "one.contoso.com")]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"servers": ["ex*"]}, "'ex*' among servers holds wildcards. Name each server, or none for all."),
        ({"servers": ["ex9", "ex1"]}, "There is no Exchange server ex9. The servers are EX1."),
        ({"names": ["https://mail.contoso.com"]}, "'https://mail.contoso.com' among names is a host name, not a URL"),
        ({"names": ["*.contoso.com"]}, "a wildcard belongs on the certificate"),
        ({"gather_subset": ["mailboxes"]}, "mailboxes"),
        ({"internal_url": "x"}, "Unsupported parameters"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(converge: Converge, options: dict[str, Any], sentence: str) -> None:
    assert sentence in converge("exchange_info", **options).refused()
    assert all(session.closed for session in converge.sessions)
