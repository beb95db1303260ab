# SPDX-License-Identifier: GPL-3.0-or-later
"""The bulk module, and the modules of Outlook Anywhere, the service connection point and the Outlook providers."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

NAMESPACE = {"namespace": "mail.contoso.test", "autodiscover_namespace": "autodiscover.contoso.test"}
NOUNS = 8
"""What one namespace and Autodiscover reach: six directories, Outlook Anywhere, the service connection point."""


def parameters(record: dict[str, Any]) -> dict[str, Any]:
    """What a recorded Set named beside identity, domain controller and Confirm."""
    frame = ("Identity", "DomainController", "Confirm")
    return {name: value for name, value in record["parameters"].items() if name not in frame}


def cmdlets(records: list[dict[str, Any]], verb: str) -> list[str]:
    return [record["cmdlet"] for record in records if record["cmdlet"].startswith(f"{verb}-")]


# exchange_client_access


def test_one_namespace_converges_a_whole_server_with_the_fewest_reads(world: World, converge: Converge) -> None:
    first = converge("exchange_client_access", **NAMESPACE).ok()
    assert first.changed
    assert len(cmdlets(world.records, "Set")) == NOUNS
    assert len(cmdlets(world.records, "Get")) == NOUNS + 1 + NOUNS  # the nouns, the server, the read-backs
    urls = {label: facts.get("internal_url") for label, facts in first.client_access.items()}
    assert urls == {
        "owa": "https://mail.contoso.test/owa",
        "ecp": "https://mail.contoso.test/ecp",
        "ews": "https://mail.contoso.test/EWS/Exchange.asmx",
        "activesync": "https://mail.contoso.test/Microsoft-Server-ActiveSync",
        "oab": "https://mail.contoso.test/OAB",
        "mapi": "https://mail.contoso.test/mapi",
        "outlook_anywhere": None,
        "service_connection_point": None,
    }
    world.records.clear()
    assert converge.again().ok().changed is False
    assert cmdlets(world.records, "Set") == []
    assert len(cmdlets(world.records, "Get")) == NOUNS + 1


def test_names_of_protocol_site_and_side_refine_the_general_one(lab: Any) -> None:
    world = lab("two_datacenters")
    converge = Converge(world)
    plan = {
        "namespace": "mail.contoso.test",
        "site_namespaces": {"Paris": {"internal": "paris.contoso.test"}},
        "protocol_namespaces": {"mapi": {"external": "mapi.contoso.test"}},
        "oab": {"external_url": "https://oab.contoso.test/OAB"},
    }
    london = converge("exchange_client_access", server="EX1", **plan).ok().client_access
    paris = converge("exchange_client_access", server="EX3", **plan).ok().client_access
    assert (london["owa"]["internal_url"], paris["owa"]["internal_url"]) == (
        "https://mail.contoso.test/owa",
        "https://paris.contoso.test/owa",
    )
    assert paris["owa"]["external_url"] == "https://mail.contoso.test/owa"
    assert (paris["mapi"]["internal_url"], paris["mapi"]["external_url"]) == (
        "https://paris.contoso.test/mapi",
        "https://mapi.contoso.test/mapi",
    )
    assert paris["oab"]["external_url"] == "https://oab.contoso.test/OAB"
    assert paris["outlook_anywhere"]["internal_hostname"] == "paris.contoso.test"


def test_a_server_of_a_site_without_a_name_is_refused(lab: Any) -> None:
    world = lab("two_datacenters")
    converge = Converge(world)
    plan = {"site_namespaces": {"London": "london.contoso.test"}}
    refused = converge("exchange_client_access", server="EX3", **plan)
    assert refused.failed and "Paris" in refused.msg and "site_namespaces" in refused.msg
    assert cmdlets(world.records, "Set") == []
    assert converge("exchange_client_access", server="EX1", **plan).ok().changed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Nothing is asked for"),
        ({"namespace": "https://mail.contoso.test/owa"}, "host name"),
        ({"namespace": "*.contoso.test"}, "wildcard"),
        ({"protocol_namespaces": {"pop": "pop.contoso.test"}}, "pop"),
        ({"protocol_namespaces": {"owa": "owa.contoso.test"}, "namespace": "mail.contoso.test"}, "ecp"),
        ({"site_namespaces": {"London": {"inside": "x.contoso.test"}}}, "inside"),
        ({"owa": {"internal_url": "http://mail.contoso.test/owa"}}, "https"),
        ({"owa": {"mrs_proxy_enabled": True}}, "mrs_proxy_enabled"),
        ({"powershell": {"internal_url": "http://mail.contoso.test/powershell"}}, "powershell"),
    ],
)
def test_impossible_plans_are_refused_before_a_session_is_opened(
    world: World, converge: Converge, options: dict[str, Any], words: str
) -> None:
    refused = converge("exchange_client_access", **options)
    assert refused.failed and words in refused.msg
    assert world.records == []
    assert converge("exchange_client_access", **NAMESPACE).ok().changed


def test_hosts_of_owa_and_ecp_that_would_differ_are_refused(world: World, converge: Converge) -> None:
    converge("exchange_client_access", **NAMESPACE).ok()
    world.records.clear()
    apart = {
        "owa": {"internal_url": "https://other.contoso.test/owa"},
        "ecp": {"internal_url": "https://mail.contoso.test/ecp"},
    }
    refused = converge("exchange_client_access", **apart)
    assert refused.failed and "other.contoso.test" in refused.msg
    assert cmdlets(world.records, "Set") == []
    apart["ecp"]["internal_url"] = "https://other.contoso.test/ecp"
    assert converge("exchange_client_access", **apart).ok().changed


def test_forms_for_one_logon_page_only_is_refused_by_the_bulk_module(world: World, converge: Converge) -> None:
    refused = converge("exchange_client_access", owa={"forms_authentication": False})
    assert refused.failed and "admin center" in refused.msg
    assert cmdlets(world.records, "Set") == []
    both = {"owa": {"forms_authentication": False}, "ecp": {"forms_authentication": False}}
    done = converge("exchange_client_access", **both).ok()
    assert done.changed and done.iis_restart_needed


def test_urls_need_no_restart(converge: Converge) -> None:
    done = converge("exchange_client_access", protocol_namespaces={"oab": "oab.contoso.test"}).ok()
    assert (done.changed, done.restart_needed, done.iis_restart_needed) == (True, [], False)


# exchange_outlook_anywhere


def test_a_host_name_travels_with_its_side(world: World, converge: Converge) -> None:
    converge("exchange_outlook_anywhere", external_hostname="mail.contoso.test", external_clients_require_ssl=True).ok()
    (written,) = [record for record in world.records if record["write"]]
    assert {name for name in written["parameters"] if name.startswith("External")} == {
        "ExternalHostname",
        "ExternalClientsRequireSsl",
        "ExternalClientAuthenticationMethod",
    }
    assert not any(name.startswith("Internal") for name in written["parameters"])
    assert converge.again().ok().changed is False


def test_a_host_name_alone_takes_the_read_values_along(world: World, converge: Converge) -> None:
    converge("exchange_outlook_anywhere", external_hostname="mail.contoso.test").ok()
    (written,) = [record for record in world.records if record["write"]]
    assert written["parameters"]["ExternalClientAuthenticationMethod"] == "Negotiate"
    assert converge.again().ok().changed is False


def test_no_offloading_implies_tls_on_the_sides_that_have_a_host(world: World, converge: Converge) -> None:
    done = converge("exchange_outlook_anywhere", ssl_offloading=False).ok()
    assert done.diff["after"]["outlook_anywhere"] == {
        "internal_clients_require_ssl (implied by ssl_offloading)": True,
        "ssl_offloading": False,
    }
    assert converge.again().ok().changed is False
    assert world.violations() == []


@pytest.mark.parametrize("options", [{}, {"ssl_offloading": False}])
def test_plain_clients_without_offloading_are_refused(
    world: World, converge: Converge, options: dict[str, Any]
) -> None:
    converge("exchange_outlook_anywhere", ssl_offloading=False).ok()
    world.records.clear()
    refused = converge("exchange_outlook_anywhere", internal_clients_require_ssl=False, **options)
    assert refused.failed and "ssl_offloading" in refused.msg
    assert cmdlets(world.records, "Set") == []
    assert converge("exchange_outlook_anywhere", internal_clients_require_ssl=False, ssl_offloading=True).ok().changed
    assert world.violations() == []


def test_a_new_host_name_requires_tls_where_nothing_is_offloaded(lab: Any) -> None:
    world = lab("modern")
    done = Converge(world)("exchange_outlook_anywhere", external_hostname="mail.contoso.test").ok()
    assert done.diff["after"]["outlook_anywhere"] == {
        "external_clients_require_ssl (implied by external_hostname)": True,
        "external_hostname": "mail.contoso.test",
    }
    assert world.violations() == []


def test_external_tls_without_an_external_host_is_no_drift(world: World, converge: Converge) -> None:
    assert converge("exchange_outlook_anywhere", external_clients_require_ssl=True).ok().changed is False
    assert cmdlets(world.records, "Set") == []


def test_a_method_that_iis_does_not_offer_is_warned_about(converge: Converge) -> None:
    done = converge("exchange_outlook_anywhere", iis_authentication_methods=["Basic", "Ntlm"]).ok()
    assert done.changed and not any("internal_client" in warning for warning in done.warnings)
    assert any("external_client_authentication_method Negotiate" in warning for warning in done.warnings)


METHODS = ("internal_client_authentication_method", "external_client_authentication_method")


def test_one_method_for_all_is_sent_alone_and_shown_as_the_three_that_it_sets(world: World, converge: Converge) -> None:
    done = converge("exchange_outlook_anywhere", default_authentication_method="Negotiate").ok()
    before, after = done.diff["before"]["outlook_anywhere"], done.diff["after"]["outlook_anywhere"]
    assert before == {
        "internal_client_authentication_method (implied by default_authentication_method)": "Ntlm",
        "iis_authentication_methods (implied by default_authentication_method)": ["Basic", "Ntlm", "Negotiate"],
    }
    assert list(after.values()) == ["Negotiate", ["Negotiate"]]
    assert [parameters(record) for record in done.written] == [{"DefaultAuthenticationMethod": "Negotiate"}]
    assert [done.outlook_anywhere[option] for option in (*METHODS, "iis_authentication_methods")] == [
        "Negotiate",
        "Negotiate",
        ["Negotiate"],
    ]
    assert "default_authentication_method" not in done.outlook_anywhere
    assert done.restart_needed
    again = converge.again().ok()
    assert (again.changed, again.commands, again.diff) == (False, [], {"before": {}, "after": {}})


@pytest.mark.parametrize("drifted", [*METHODS, "iis_authentication_methods"])
def test_one_method_for_all_notices_each_of_the_three(converge: Converge, drifted: str) -> None:
    converge("exchange_outlook_anywhere", default_authentication_method="Negotiate").ok()
    other = ["Negotiate", "Ntlm"] if drifted == "iis_authentication_methods" else "Ntlm"
    converge("exchange_outlook_anywhere", **{drifted: other}).ok()
    done = converge("exchange_outlook_anywhere", default_authentication_method="Negotiate").ok()
    assert list(done.diff["before"]["outlook_anywhere"].values()) == [other]


@pytest.mark.parametrize("answer", ["task_error", "binding_error"])
@pytest.mark.parametrize(
    "single", [{METHODS[0]: "Ntlm"}, {METHODS[1]: "Ntlm"}, {"iis_authentication_methods": ["Ntlm"]}], ids=str
)
def test_one_method_for_all_excludes_the_three(lab: Any, single: dict[str, Any], answer: str) -> None:
    converge = Converge(lab(oa_default_auth_conflict=answer))
    refused = converge("exchange_outlook_anywhere", default_authentication_method="Ntlm", **single).refused()
    (name,) = single
    assert refused == (
        f"default_authentication_method of Outlook Anywhere on EX1 sets {name} too, which is also given. "
        "Leave one of the two out. Nothing was changed."
    )
    assert converge("exchange_outlook_anywhere", default_authentication_method="Ntlm").ok().changed
    assert converge("exchange_client_access", outlook_anywhere={"default_authentication_method": "Basic"}).ok().changed


@pytest.mark.parametrize("conflict", ["task_error", "binding_error"])
@pytest.mark.parametrize("companions", ["refuse_external", "refuse_both", "accept"])
def test_one_method_for_all_beside_a_host_name_takes_two_calls(lab: Any, conflict: str, companions: str) -> None:
    converge = Converge(lab(oa_default_auth_conflict=conflict, oa_hostname_companions=companions))
    options = {"default_authentication_method": "Ntlm", "external_hostname": "mail.contoso.test"}
    done = converge("exchange_outlook_anywhere", **options).ok()
    assert [parameters(record) for record in done.written] == [
        {"DefaultAuthenticationMethod": "Ntlm"},
        {
            "ExternalHostname": "mail.contoso.test",
            "ExternalClientsRequireSsl": False,
            "ExternalClientAuthenticationMethod": "Ntlm",
        },
    ]
    assert converge.again().ok().changed is False


def test_check_mode_shows_one_method_for_all(world: World, converge: Converge) -> None:
    planned = converge("exchange_outlook_anywhere", check_mode=True, default_authentication_method="Basic").ok()
    assert planned.sent == []
    assert planned.outlook_anywhere["iis_authentication_methods"] == ["Basic"]
    done = converge("exchange_outlook_anywhere", default_authentication_method="Basic").ok()
    assert planned.commands == done.commands


def test_clearing_the_external_host(converge: Converge) -> None:
    converge("exchange_outlook_anywhere", external_hostname="mail.contoso.test").ok()
    assert (
        converge("exchange_outlook_anywhere", external_hostname="").ok().outlook_anywhere["external_hostname"] is None
    )
    assert converge.again().ok().changed is False


# exchange_autodiscover


@pytest.mark.parametrize(
    ("server", "noun"),
    [("ex1.contoso.test", "ClientAccessServer"), ("ex4.contoso.test", "ClientAccessService")],
)
def test_the_noun_has_the_name_of_its_version(lab: Any, server: str, noun: str) -> None:
    world = lab("coexistence")
    uri = "https://autodiscover.contoso.test/Autodiscover/Autodiscover.xml"
    Converge(world)("exchange_autodiscover", on=server, auto_discover_service_internal_uri=uri).ok()
    assert [record["cmdlet"] for record in world.records if record["write"]] == [f"Set-{noun}"]


def test_a_site_that_active_directory_does_not_know_is_refused(world: World, converge: Converge) -> None:
    refused = converge("exchange_autodiscover", auto_discover_site_scope=["Atlantis"])
    assert refused.failed and "Atlantis" in refused.msg and "london" in refused.msg.lower()
    assert cmdlets(world.records, "Set") == []
    assert converge("exchange_autodiscover", auto_discover_site_scope=[]).ok().changed
    assert converge("exchange_autodiscover", auto_discover_site_scope=["london"]).ok().changed


# exchange_outlook_provider


@pytest.mark.parametrize("name", ["msstd:mail.contoso.test", "msstd:*.contoso.test", "none"])
def test_provider_names(converge: Converge, name: str) -> None:
    assert converge("exchange_outlook_provider", name="EXPR", cert_principal_name=name).ok().changed
    assert converge.again().ok().changed is False
    cleared = converge("exchange_outlook_provider", name="EXPR", cert_principal_name="").ok()
    assert cleared.outlook_provider["cert_principal_name"] is None


@pytest.mark.parametrize("name", ["mail.contoso.test", "msstd:", "msstd:*.*.test", "msstd:*"])
def test_names_that_outlook_would_not_understand_are_refused(world: World, converge: Converge, name: str) -> None:
    refused = converge("exchange_outlook_provider", name="EXPR", cert_principal_name=name)
    assert refused.failed and "msstd:" in refused.msg
    assert world.records == []


def test_ttl_flags_and_versions_of_a_provider(converge: Converge) -> None:
    wish = {
        "ttl": 0,
        "outlook_provider_flags": ["ServerExclusiveConnect"],
        "required_client_versions": ["12.0.6680.5000, 2014-01-01T00:00:00Z"],
    }
    assert converge("exchange_outlook_provider", name="EXCH", **wish).ok().changed
    assert converge.again().ok().changed is False
    assert converge("exchange_outlook_provider", name="EXCH", outlook_provider_flags=["None"]).ok().changed
    assert converge.again().ok().changed is False


def test_a_server_for_outlook_is_warned_about(converge: Converge) -> None:
    done = converge("exchange_outlook_provider", name="EXPR", provider_server="ex1.contoso.test").ok()
    assert any("prompt" in warning for warning in done.warnings)
