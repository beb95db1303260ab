# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate_info over the lab's cmdlets: what it reads, what it makes of damaged and hostile replies."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action.exchange_certificate_info import ActionModule
from ansible_collections.mailops.exchange.plugins.modules import exchange_certificate_info
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange import certificate_records
from exchange_lab.cmdlets import certificates as lab_cmdlet
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
OF_ONE_SERVER = ["Get-PopSettings", "Get-ImapSettings", "Get-ExchangeCertificate"]
VIEWER = "viewer@CONTOSO.TEST"
NAMED = "<I>CN=CA, O=Trust<S>CN=mail.contoso.com"
HYBRID: dict[str, Any] = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}],
    "hybrid": {"tls_certificate_name": NAMED, "receiving": ["ex1"], "sending": ["ex1"]},
}
NAMESPACE = ["mail.contoso.com", "autodiscover.contoso.com"]


@pytest.fixture
def estate(lab: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes a world whose clock is the control node's too."""

    def new(*names: Any, **switches: str) -> World:
        world = lab(*names, **switches)
        clock = staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC))
        monkeypatch.setattr(ActionModule, "now", clock)
        return world

    return new


def info(world: World, **options: Any) -> Any:
    return Converge(world)("exchange_certificate_info", **options).ok()


def by_server(result: Any) -> dict[str, dict[str, Any]]:
    return {server["server"]: server for server in result.servers}


def codes(result: Any) -> set[str]:
    return {finding["code"] for finding in result.findings}


def only(certificates: list[dict[str, Any]], thumbprint: str) -> dict[str, Any]:
    (found,) = [certificate for certificate in certificates if certificate["thumbprint"] == thumbprint]
    return found


# What is read


def test_one_session_and_three_gets_a_server(estate) -> None:
    converge = Converge(estate("two_datacenters"))
    result = converge("exchange_certificate_info").ok()
    assert len(converge.sessions) == 1
    assert result.read == [
        "Get-ExchangeServer",
        *DIRECTORIES,
        "Get-OutlookAnywhere",
        "Get-ClientAccessService",
        "Get-OutlookProvider",
        "Get-AuthConfig",
        "Get-TransportService",
        *OF_ONE_SERVER * 4,
        "Get-SendConnector",
        "Get-ReceiveConnector",
        "Get-HybridConfiguration",
    ]
    assert list(by_server(result)) == ["EX1", "EX2", "EX3", "EX4"]
    assert result.errors == []


def test_reading_changes_nothing_in_check_mode_or_outside(estate) -> None:
    world = estate("one_server")
    before = world.snapshot()
    results = [info(world, check_mode=check_mode) for check_mode in (True, False)]
    assert world.snapshot() == before
    assert [(result.changed, result.sent, result.commands) for result in results] == [(False, [], [])] * 2
    assert results[0].keys == results[1].keys


def test_every_get_names_one_domain_controller_and_certificates_their_server(estate) -> None:
    world = estate("two_datacenters")
    result = info(world, domain_controller="dc2.contoso.test")
    assert {record["parameters"]["DomainController"] for record in world.records} == {"dc2.contoso.test"}
    assert result.domain_controller == "dc2.contoso.test"
    for cmdlet in OF_ONE_SERVER:
        asked = [record["parameters"]["Server"] for record in world.records if record["cmdlet"] == cmdlet]
        assert asked == [f"ex{number}.contoso.test" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("data_signing", ["plain", "envelope"])
def test_the_result_is_what_the_world_holds(estate, data_signing: str) -> None:
    world = estate("one_server", data_signing=data_signing)
    server = world.server("EX1")
    issued = world.certificates.issue("EX1", names=["mail.contoso.com", "*.contoso.com"], services=["IIS", "SMTP"])
    cng = world.certificates.issue("EX1", names=["cng.contoso.com"], provider="cng", exportable=False)
    expired = world.certificates.issue("EX1", names=["old.contoso.com"], starts_in_days=-300, days=200)
    pending = world.certificates.request("EX1", ["new.contoso.com"])
    facts = by_server(info(world))["EX1"]
    listed = {item.entry.thumbprint: item for item in world.certificates.listed(server)}
    assert facts["complete"] is True
    assert {issued, cng, expired, pending} < {found["thumbprint"] for found in facts["certificates"]} == listed.keys()
    for found in facts["certificates"]:
        item = listed[found["thumbprint"]]
        assert found["source"] == "serialization_data"
        assert (found["status"], found["root_ca_type"]) == (item.status, item.root_ca_type)
        assert (found["self_signed"], set(found["services"])) == (item.self_signed, set(item.services))
        assert found["friendly_name"] == item.entry.friendly_name
        assert found["private_key_exportable"] is item.entry.key.exportable
        assert found["has_private_key"] is True
    certificates = facts["certificates"]
    assert only(certificates, issued)["sites"] == ["front_end"]
    assert only(certificates, issued)["names"] == ["mail.contoso.com", "*.contoso.com"]
    assert only(certificates, facts["internal_transport_thumbprint"])["sites"] == ["back_end"]
    assert {found["thumbprint"] for found in certificates if found["key_storage"] == "cng"} == {cng}
    assert {found["thumbprint"] for found in certificates if found["pending"]} == {pending}
    assert only(certificates, expired)["status"] == "DateInvalid"
    assert [found["not_after"] for found in certificates] == sorted(found["not_after"] for found in certificates)


def test_roles_and_names_of_other_cmdlets(estate) -> None:
    world = estate("one_server")
    facts = by_server(result := info(world))["EX1"]
    roles = {found["subject"]: found["roles"] for found in facts["certificates"]}
    assert roles == {
        "CN=Microsoft Exchange Server Auth Certificate": ["auth_current"],
        "CN=EX1": ["internal_transport"],
        "CN=WMSvc-EX1": [],
    }
    assert only(facts["certificates"], result.auth_config["current_thumbprint"])["roles"] == ["auth_current"]
    assert facts["pop_certificate_name"] == facts["imap_certificate_name"] == "EX1.contoso.test"
    receive = [connector for connector in result.connectors if connector["kind"] == "receive"]
    assert {tuple(connector["servers"]) for connector in receive} == {("EX1",)}
    assert {connector["fqdn"] for connector in receive} == {"EX1.contoso.test"}


def test_connectors_and_their_certificates(estate) -> None:
    row = {"name": "To the Internet", "servers": ["EX1"], "fqdn": "mail.contoso.com"}
    world = estate(
        {
            "sites": {"London": ["dc1"]},
            "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}],
            "send_connectors": [{**row, "tls_certificate_name": "<I>CN=CA<S>CN=mail.contoso.com"}],
        }
    )
    assert info(world).connectors[0] == {
        "kind": "send",
        "identity": "To the Internet",
        "servers": ["EX1"],
        "fqdn": "mail.contoso.com",
        "tls_certificate_name": "<I>CN=CA<S>CN=mail.contoso.com",
    }


def test_who_receives_and_sends_hybrid_mail(estate) -> None:
    assert info(estate("one_server")).hybrid is None
    servers = [{"name": name, "site": "London", "build": "15.2.1258.12"} for name in ("ex1", "ex2")]
    for way, named in ({"sending": ["ex2", "ex1"]}, ["EX2", "EX1"]), ({"receiving": ["ex1"], "sending": []}, ["EX1"]):
        result = info(estate({**HYBRID, "servers": servers, "hybrid": {"tls_certificate_name": NAMED, **way}}))
        assert result.hybrid == {"servers": named, "tls_certificate_name": NAMED}
        (finding,) = [one for one in result.findings if one["code"].startswith("hybrid_")]
        assert (finding["code"], finding["severity"]) == ("hybrid_certificate_missing", "critical")
    result = info(estate({**HYBRID, "hybrid": {}}))
    assert result.hybrid == {"servers": [], "tls_certificate_name": ""}
    assert not any(code.startswith("hybrid_") for code in codes(result))


def test_where_clients_of_pop_and_imap_are_sent(estate) -> None:
    world = estate("one_server")
    told = ("Pop.contoso.com:995:SSL", "pop.contoso.com:110", "EX1.contoso.test:995:SSL")
    world.server("EX1").mail_protocols["POP"].initial["ExternalConnectionSettings"] = told
    facts = by_server(result := info(world))["EX1"]
    assert facts["pop_hosts"] == ["ex1.contoso.test", "pop.contoso.com"]
    assert facts["imap_hosts"] == ["ex1.contoso.test"]
    (finding,) = [one for one in result.findings if one["code"] == "pop_imap_names_missing"]
    assert "Clients of POP are told to use pop.contoso.com, but" in finding["sentence"]


def test_a_staged_auth_certificate(estate) -> None:
    world = estate("one_server")
    world.certificates.auth_config.initial["NextCertificateThumbprint"] = "a1" * 20
    world.certificates.auth_config.initial["NextCertificateEffectiveDate"] = world.clock.now()
    auth = info(world).auth_config
    moment = datetime.fromtimestamp(world.clock.now(), UTC).replace(microsecond=0)
    assert auth["next_thumbprint"] == "A1" * 20
    assert auth["next_effective_date"] == moment.isoformat().replace("+00:00", "Z")
    assert auth["previous_thumbprint"] == ""


def test_facts_are_as_documented(estate) -> None:
    documented = yaml.safe_load(exchange_certificate_info.RETURN)
    result = info(estate("one_server"), names=NAMESPACE)
    assert set(documented) <= result.keys.keys()
    assert set(result.keys) - set(documented) <= {"changed", "warnings"}
    described = documented["servers"]["contains"]
    assert set(result.servers[0]) == set(described)
    assert set(result.servers[0]["certificates"][0]) == set(described["certificates"]["contains"])
    assert set(result.findings[0]) == set(documented["findings"]["contains"])
    assert set(result.auth_config) == set(documented["auth_config"]["contains"])
    assert set(result.connectors[0]) == set(documented["connectors"]["contains"])
    assert set(info(estate(HYBRID)).hybrid) == set(documented["hybrid"]["contains"])
    assert result.names == NAMESPACE
    read_at = datetime.fromisoformat(result.read_at)
    assert read_at == ActionModule.now().replace(microsecond=0)


# Which servers


def test_named_servers_are_read_and_the_others_left_out(estate) -> None:
    world = estate("two_datacenters")
    result = info(world, servers=["EX2", "ex3.contoso.test"])
    assert list(by_server(result)) == ["EX2", "EX3"]
    asked = {record["parameters"]["Server"] for record in world.records if record["cmdlet"] in OF_ONE_SERVER}
    assert asked == {"ex2.contoso.test", "ex3.contoso.test"}


def of_2010(server: Any) -> None:
    server.version.parts = (14, 3, 123, 4)


def of_edge(server: Any) -> None:
    server.roles = ("Edge",)


@pytest.mark.parametrize("changed", [of_2010, of_edge])
def test_edge_and_2010_have_no_part_in_it_unless_named(estate, changed: Callable[[Any], None]) -> None:
    world = estate("two_datacenters")
    assert world.certificates  # made before the server becomes one that has none
    changed(world.server("EX4"))
    result = info(world)
    assert list(by_server(result)) == ["EX1", "EX2", "EX3"]
    assert result.errors == []
    named = info(world, servers=["EX4"])
    assert named.servers == []
    assert ["The certificates of EX4 cannot be read from here" in error for error in named.errors] == [True]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-11-21T13:00:00.1234567+01:00", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00:00", "2026-11-21T12:00:00Z"),
        ("21.11.2026 12:00", "21.11.2026 12:00"),
        (None, None),
    ],
)
def test_dates_are_shown_in_utc(sent: Any, shown: str | None) -> None:
    assert certificate_records._utc(sent) == shown


def test_servers_without_a_front_end_have_certificates_too(estate) -> None:
    result = info(estate("coexistence"))
    facts = by_server(result)
    assert facts["EX3"]["certificates"]
    assert {found["source"] for server in facts.values() for found in server["certificates"]} == {"serialization_data"}
    assert result.errors == []


def test_on_2013_with_roles_apart_each_server_is_judged_by_the_half_that_it_has(estate) -> None:
    world = estate("coexistence")
    halves = {name: (facts["client_access"], facts["back_end"]) for name, facts in by_server(info(world)).items()}
    whole = (True, True)
    assert halves == {"EX1": whole, "EX2": (True, False), "EX3": (False, True), "EX4": whole, "EX5": whole}
    assert not any("without_certificate" in code for code in codes(info(world)))
    sites = ("Default Web Site", "Exchange Back End")
    for server, half in (("EX2", sites[0]), ("EX3", sites[1]), ("EX4", sites[0]), ("EX5", sites[1])):
        world.machines[f"{server}.contoso.test".lower()].bind_certificate(half, None)
    found = [(one["code"], one["subject"]) for one in info(world).findings if "without_certificate" in one["code"]]
    assert found == [
        *(("back_end_without_certificate", server) for server in ("EX3", "EX5")),
        *(("front_end_without_certificate", server) for server in ("EX2", "EX4")),
    ]


# What cannot be read


def test_broken_signing_leaves_raw_data_and_what_the_configuration_proves(estate) -> None:
    world = estate("two_datacenters")
    whole = by_server(info(world))["EX2"]
    world.faults.add("broken_signing", server="EX2")
    result = info(world)
    facts = by_server(result)["EX2"]
    assert facts["complete"] is True
    assert result.errors == []
    assert {found["source"] for found in facts["certificates"]} == {"raw_data"}
    assert {found["source"] for found in by_server(result)["EX1"]["certificates"]} == {"serialization_data"}
    own = only(facts["certificates"], facts["internal_transport_thumbprint"])
    assert own["services"] == ["IMAP", "POP", "SMTP"]
    assert own["underivable"] == ["UM", "IIS", "Federation", "UMCallRouter"]
    assert own["roles"] == ["internal_transport"]
    same = ("thumbprint", "subject", "issuer", "names", "not_after", "serial_number", "key_size", "self_signed", "eku")
    for raw in facts["certificates"]:
        typed = only(whole["certificates"], raw["thumbprint"])
        assert {name: raw[name] for name in same} == {name: typed[name] for name in same}
        assert set(raw["services"]) <= set(typed["services"]) <= set(raw["services"]) | set(raw["underivable"])
    assert [finding["code"] for finding in result.findings if "EX2" in finding["subject"]] == [
        "certificate_uses_unknown"
    ]


def test_bindings_tell_the_web_sites_of_a_server_whose_signing_is_broken(estate) -> None:
    world = estate("two_datacenters")
    before = info(world)
    whole = by_server(before)
    world.faults.add("broken_signing", server="EX2")
    bindings = Converge(world)("iis_binding_info", on=whole["EX2"]["fqdn"]).ok().keys
    result = info(world, bindings=[bindings])
    for raw in by_server(result)["EX2"]["certificates"]:
        typed = only(whole["EX2"]["certificates"], raw["thumbprint"])
        assert raw["sites"] == typed["sites"]
        assert ("IIS" in raw["services"]) is ("IIS" in typed["services"])
        assert "IIS" not in raw["underivable"]
    assert codes(result) == codes(before)
    assert by_server(result)["EX1"] == whole["EX1"], "typed data needs no help"


NO_SITES: dict[str, Any] = {"server": "x", "sites": [], "bindings": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"server": "ex2.contoso.test"},
        {**NO_SITES, "bindings": [{}]},
        NO_SITES,
        {**NO_SITES, "certificates": [{}]},
        {**NO_SITES, "certificates": ["A"]},
        {**NO_SITES, "certificates": [{"key_rights": {"system": "full"}, "thumbprint": "A", "key_file": "x"}]},
    ],
)
def test_bindings_that_are_none_are_refused(world, wrong) -> None:
    assert "iis_binding_info" in Converge(world)("exchange_certificate_info", bindings=[wrong]).refused()


def shown(protocol: str, certificate: Any, **others: Any) -> dict[str, Any]:
    """A result of exchange_mail_probe with one probe of EX1."""
    probe = {"subject": "EX1.contoso.test", "protocol": protocol, "certificate": certificate}
    return {"probes": [{**probe, **others}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"skipped": True},
        {"probes": None},
        {"probes": [{}]},
        {"probes": ["pop3s"]},
        shown("pop3s", {}),
        shown("pop3s", "A" * 40),
        shown("pop3s", {"thumbprint": None}),
        shown("pop3s", {"thumbprint": "A" * 39}),
        shown("pop3s", None, subject=None),
        shown("owa", {"thumbprint": "A" * 40}),
    ],
    ids=str,
)
def test_mail_probes_that_are_none_are_refused(world, wrong) -> None:
    converge = Converge(world)
    refused = converge("exchange_certificate_info", mail_probes=[wrong]).refused()
    assert "mail_probes is no result of exchange_mail_probe" in refused
    assert converge.sessions == []
    converge("exchange_certificate_info", mail_probes=[shown("pop3s", {"thumbprint": "A" * 40})]).ok()


@pytest.mark.parametrize(
    ("protocol", "found"),
    [
        *((protocol, ["POP"]) for protocol in ("pop3", "pop3s")),
        *((protocol, ["IMAP"]) for protocol in ("imap4", "imap4s")),
        *((protocol, []) for protocol in ("smtp", "submission")),
    ],
)
def test_each_port_is_one_of_a_service(estate, protocol: str, found: list[str]) -> None:
    """However many probes saw it; what was not seen is nothing."""
    world = estate()
    seen = shown(protocol, {"thumbprint": "A" * 40})
    result = info(world, mail_probes=[seen, {"probes": seen["probes"] * 2}, shown(protocol, None)])
    findings = [one for one in result.findings if one["code"] == "pop_imap_certificate_unlisted"]
    assert [one["sentence"].partition(" ")[0] for one in findings] == found
    assert {one["subject"] for one in findings} <= {"EX1"}


def test_a_stopped_service_hides_one_server_and_no_other(estate) -> None:
    world = estate("two_datacenters")
    world.faults.add("service_host_down", server="EX2")
    result = info(world)
    facts = by_server(result)
    assert (facts["EX2"]["certificates"], facts["EX2"]["complete"]) == (None, False)
    assert all(facts[name]["certificates"] and facts[name]["complete"] for name in ("EX1", "EX3", "EX4"))
    assert facts["EX2"]["pop_certificate_name"] == "EX2.contoso.test"
    assert ["A special Rpc error occurs on server EX2" in error for error in result.errors] == [True]
    assert result.warnings == ["1 reads failed; see errors in the result."]


def test_typed_data_stands_in_for_empty_properties(estate) -> None:
    world = estate("one_server")
    whole = info(world)
    world.faults.add("empty_properties", server="EX1", noun="ExchangeCertificate")
    assert info(world).servers == whole.servers


def test_objects_without_properties_are_errors_of_their_own(estate) -> None:
    world = estate("two_datacenters")
    for kind in ("empty_properties", "broken_signing"):
        world.faults.add(kind, server="EX3", noun="ExchangeCertificate")
    result = info(world)
    facts = by_server(result)
    assert (facts["EX3"]["certificates"], facts["EX3"]["complete"]) == ([], False)
    assert len(facts["EX1"]["certificates"]) == 3
    assert len(result.errors) == 3
    assert all(error.startswith("EX3: ") and "empty properties" in error for error in result.errors)


@pytest.mark.parametrize(
    "cmdlet",
    [
        "Get-AuthConfig",
        "Get-TransportService",
        "Get-PopSettings",
        "Get-ReceiveConnector",
        "Get-HybridConfiguration",
    ],
)
def test_a_cmdlet_that_a_role_hides_is_an_error_beside_the_rest(estate, cmdlet: str) -> None:
    world = estate(HYBRID)
    assert (found := info(world)).errors == [] and found.hybrid == {"servers": ["EX1"], "tls_certificate_name": NAMED}
    world.rbac.hide(cmdlet)
    result = info(world)
    facts = by_server(result)["EX1"]
    assert [error.startswith(f"{cmdlet} is not available to this user") for error in result.errors] == [True]
    assert len(facts["certificates"]) == 3
    unread = {
        "Get-AuthConfig": result.auth_config,
        "Get-TransportService": facts["internal_transport_thumbprint"],
        "Get-PopSettings": facts["pop_certificate_name"],
        "Get-ReceiveConnector": result.connectors or None,
        "Get-HybridConfiguration": result.hybrid,
    }
    assert (facts["pop_hosts"] is None) is (cmdlet == "Get-PopSettings")
    assert facts["imap_hosts"] == ["ex1.contoso.test"]
    assert [name for name, value in unread.items() if value is None] == [cmdlet]


def test_an_auth_configuration_without_properties_is_not_an_unset_one(estate) -> None:
    world = estate("one_server")
    world.faults.add("absent_attribute", noun="AuthConfig", attribute="CurrentCertificateThumbprint")
    result = info(world)
    assert result.auth_config is None
    assert result.errors == ["Get-AuthConfig returned an object with empty properties."]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "empty_properties"}, {"kind": "absent_attribute", "attribute": "TlsCertificateName"}],
    ids=lambda fault: fault["kind"],
)
def test_a_hybrid_configuration_without_properties_is_not_an_absent_one(estate, fault: dict[str, str]) -> None:
    world = estate(HYBRID)
    world.faults.add(noun="HybridConfiguration", **fault)
    result = info(world)
    assert result.hybrid is None
    assert result.errors == ["Get-HybridConfiguration returned an object with empty properties."]


def test_a_role_that_only_views_is_told_what_it_may_not_see(estate) -> None:
    result = info(estate("one_server"), user=VIEWER)
    assert len(by_server(result)["EX1"]["certificates"]) == 3
    assert result.errors == []


# Hostile payloads


Payload = Callable[..., bytes]


@pytest.fixture
def payload_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[bytes, int], Any]], None]:
    """Lets a function change each payload on its way; it is given the bytes and how many came before."""

    def change(how: Callable[[bytes, int], Any]) -> None:
        honest, count = lab_cmdlet._payload, iter(range(10**6))
        monkeypatch.setattr(lab_cmdlet, "_payload", lambda *given: how(honest(*given), next(count)))

    return change


CLAIMED_NULLS = (
    bytes(1) + bytes.fromhex("01000000ffffffff0100000000000000") + b"\x10\x01\0\0\0\x80\x96\x98\0\x0e\x80\x96\x98\0"
)


@pytest.mark.parametrize(
    ("hostile", "says"),
    [
        (lambda data: data[:-1], "truncated"),
        (lambda data: data[: len(data) // 2], "claims"),
        (lambda data: data + b"\0", "goes on for 1 bytes after its end"),
        (lambda _data: CLAIMED_NULLS, "record of kind 16"),
        (lambda _data: bytes(100_000), "more than the 65536 that are read"),
        (lambda data: b"#sig#" + data, "signed envelope"),
        (lambda _data: random.Random(5).randbytes(3000), "does not begin as .NET's binary format does"),
    ],
)
def test_a_hostile_payload_is_an_error_and_hides_no_certificate(estate, payload_of, hostile: Any, says: str) -> None:
    world = estate("one_server", data_signing="plain")
    payload_of(lambda data, count: hostile(data) if count == 1 else data)
    result = info(world)
    facts = by_server(result)["EX1"]
    (error,) = result.errors
    assert error.startswith("EX1: SerializationData of ") and says in error and error.endswith("was read instead.")
    assert [found["source"] for found in facts["certificates"]].count("raw_data") == 1
    assert only(facts["certificates"], error.split()[3].rstrip(":"))["source"] == "raw_data"
    assert len(facts["certificates"]) == 3
    assert facts["complete"] is True


def test_a_payload_of_another_certificate_is_never_trusted(estate, payload_of) -> None:
    world = estate("one_server", data_signing="plain")
    payloads: list[bytes] = []

    def exchanged(data: bytes, count: int) -> bytes:
        payloads.append(data)
        return payloads[0] if count == 2 else data

    payload_of(exchanged)
    result = info(world)
    facts = by_server(result)["EX1"]
    assert (len(facts["certificates"]), facts["complete"]) == (2, False)
    (error,) = result.errors
    listed = [item.entry.thumbprint for item in world.certificates.listed(world.server("EX1"))]
    assert f"The certificate with thumbprint {listed[0]} came as {listed[2]}." in error


# Findings


def test_findings_are_those_of_the_facts(estate) -> None:
    world = estate("one_server")
    result = info(world, names=["mail.contoso.com"])
    assert "certificate_self_signed" in codes(result)
    missing = [finding for finding in result.findings if "mail.contoso.com" in str(finding)]
    assert missing
    names = ["mail.contoso.com", "ex1.contoso.test"]
    world.certificates.issue("EX1", names=names, services=["IIS"], friendly_name="Mail")
    assert codes(info(world, names=["mail.contoso.com"])) == set()


def test_findings_come_the_most_severe_first(estate) -> None:
    world = estate("two_datacenters")
    world.certificates.issue("EX2", names=["ex2.contoso.test"], starts_in_days=-150, days=200, services=["IIS"])
    order = ["critical", "high", "warning", "info"]
    severities = [finding["severity"] for finding in info(world, names=NAMESPACE).findings]
    assert severities == sorted(severities, key=order.index)
    assert len(set(severities)) > 1


def test_unknown_numbers_are_shown_and_judged_by_the_certificate_itself(estate) -> None:
    world = estate("one_server", status_numbers="unknown_numbers")
    expired = world.certificates.issue(
        "EX1", names=["ex1.contoso.test"], starts_in_days=-300, days=200, services=["IIS"]
    )
    result = info(world)
    found = only(by_server(result)["EX1"]["certificates"], expired)
    assert found["status"].isdecimal() and found["pending"] is None
    assert [finding["severity"] for finding in result.findings if "expired" in finding["code"]] == ["critical"]


# Bad input


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"servers": ["ex*"]}, "'ex*' among servers holds wildcards. Name each server, or none for all."),
        ({"servers": ["ex9", "ex1"]}, "There is no Exchange server ex9. The servers are EX1."),
        ({"names": ["https://mail.contoso.com"]}, "'https://mail.contoso.com' among names is a host name, not a URL"),
        ({"names": ["*.contoso.com"]}, "a wildcard belongs on the certificate"),
        ({"thumbprint": "x"}, "Unsupported parameters"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(estate, options: dict[str, Any], sentence: str) -> None:
    converge = Converge(estate("one_server"))
    assert sentence in converge("exchange_certificate_info", **options).refused()
    assert all(session.closed for session in converge.sessions)
