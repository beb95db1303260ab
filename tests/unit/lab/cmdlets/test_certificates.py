# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws: the cmdlets that read certificates and what names them."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import nrbf
import pytest
from clixml_kinds import kinds, recorded, type_names
from cryptography import x509
from lab_shell import Reply, Shell, lab
from psrpcore.types import serialize

from exchange_lab.cmdlets.certificates import dotnet_description
from exchange_lab.world import World
from exchange_lab.world.certificates import StoreEntry

CAPTURES = Path(__file__).parents[5] / "shared" / "captures" / "exchange-2019"
GET = "Get-ExchangeCertificate"
MAIL = "mail.contoso.test"
TASKS = "Microsoft.Exchange.Management.SystemConfigurationTasks."
X509 = "System.Security.Cryptography.X509Certificates."


def elements(reply: Reply) -> list[ElementTree.Element]:
    return [serialize(item, None) for item in reply.raw]


def thumbprints(reply: Reply) -> list[str]:
    return [
        StoreEntry(x509.load_der_x509_certificate(item["RawData"]), None, "", 0).thumbprint for item in reply.objects
    ]


@pytest.mark.must_run
@pytest.mark.parametrize(
    ("full", "fault", "expected"),
    [(True, False, True), (False, False, False), (True, True, False), (False, True, False)],
)
def test_o4_what_is_on_the_wire(full, fault, expected):
    shell = Shell(World.from_estate("one_server"), full=full)
    if fault:
        shell.world.faults.add("broken_signing", server="EX1")
    for element in elements(shell(GET)):
        assert type_names(element) == [
            *(TASKS + "ExchangeCertificate", X509 + "X509Certificate2", X509 + "X509Certificate"),
            "System.Object",
        ]
        assert kinds(element) == {"RawData": "BA"}
        assert [child.attrib["N"] for child in element.findall("MS/*")] == ["SerializationData"] * expected


@pytest.mark.must_run
def test_the_text_of_a_certificate():
    shell = lab()
    made = shell.world.certificates.of("ex1").my[0]
    text = dotnet_description(made)
    assert re.fullmatch(
        r"\[Subject\]\r\n  CN=EX1\r\n\r\n\[Issuer\]\r\n  CN=EX1\r\n\r\n\[Serial Number\]\r\n  [0-9A-F]+\r\n\r\n"
        r"\[Not Before\]\r\n  01/01/2026 11:00:00\r\n\r\n\[Not After\]\r\n  12/31/2030 11:00:00\r\n\r\n"
        rf"\[Thumbprint\]\r\n  {made.thumbprint}\r\n",
        text,
    )
    serial = text.partition("[Serial Number]\r\n  ")[2].partition("\r")[0]
    octets = bytes.fromhex(serial)
    assert int.from_bytes(octets, "big", signed=True) == made.certificate.serial_number
    assert octets[0] or octets[1] >= 0x80  # no octet more than DER needs
    if CAPTURES.is_dir():
        dates = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d")
        root = ElementTree.fromstring((CAPTURES / "GetExchangeCertificate.xml").read_text(encoding="utf-8-sig"))
        for element in root:
            named = {child.tag.rpartition("}")[2]: child for child in element}
            der = base64.b64decode(named["Props"][0].text or "")
            real = (named["ToString"].text or "").replace("_x000D_", "\r").replace("_x000A_", "\n")
            mine = dotnet_description(StoreEntry(x509.load_der_x509_certificate(der), None, "", 0))
            assert dates.sub("date", mine) == dates.sub("date", real)


def test_o2_the_named_server_answers():
    shell = lab("two_datacenters")
    own = shell(GET)
    others = [shell(GET, Server=name) for name in ("EX2", "ex2.contoso.test")]
    assert thumbprints(others[0]) == thumbprints(others[1]) != thumbprints(own)
    assert "couldn't be found" in shell(GET, Server="EX9").problem


def test_o2_a_stopped_service_host_fails_the_certificates_of_its_server_only():
    shell = lab("two_datacenters")
    shell.world.faults.add("service_host_down", server="EX2")
    assert shell(GET, Server="EX2").problem.startswith("A special Rpc error occurs on server EX2: ")
    assert shell(GET).done
    assert shell("Get-PopSettings", Server="EX2").done


@pytest.mark.must_run
def test_o3_o21_an_absent_thumbprint():
    reply = lab()(GET, Server="EX1", Thumbprint="0" * 40)
    assert reply.problem == (
        f"A special Rpc error occurs on server EX1: The certificate with thumbprint {'0' * 40} was not found."
    )
    record = reply.errors[0]
    assert record.CategoryInfo.Category.name == "NotSpecified"
    assert record.CategoryInfo.Reason == "InvalidOperationException"
    assert re.fullmatch(
        r"\[Server=EX1,RequestId=[^\]]+\] \[FailureCategory=Cmdlet-InvalidOperationException\] [0-9A-F]+,"
        + re.escape(TASKS + "GetExchangeCertificate"),
        record.FullyQualifiedErrorId,
    )


def test_o20_o21_ways_to_name_a_certificate():
    shell = lab("two_datacenters")
    wanted = thumbprints(shell(GET, Server="EX2"))[0]
    ways = (
        shell(GET, Server="EX2", Thumbprint=wanted.lower()),
        shell(GET, wanted, Server="EX2"),
        shell(GET, Identity=f"EX2\\{wanted}"),
        shell(GET, Identity=f"ex2.contoso.test\\{wanted}"),
    )
    assert [thumbprints(reply) for reply in ways] == [[wanted]] * 4
    assert "was not found" in shell(GET, Identity=wanted).problem
    assert "couldn't be found" in shell(GET, Identity=f"EX9\\{wanted}").problem
    assert shell(GET, Identity=wanted, Server="EX2").error_id == "AmbiguousParameterSet"
    assert thumbprints(shell(GET, Identity=None)) == thumbprints(shell(GET))
    assert "does not simulate" in shell(GET, Instance="x").problem


def test_o20_a_hidden_cmdlet_is_unknown():
    shell = lab()
    shell.world.rbac.hide(GET)
    assert shell(GET).error_id == "CommandNotFoundException"


@pytest.mark.parametrize(
    ("switch", "expected"), [("not_before", ["new", "long", "self"]), ("not_after", ["long", "new", "self"])]
)
def test_o21_s4_the_first_for_a_name_is_the_one_that_smtp_chooses(switch, expected):
    shell = lab(switches={"smtp_pick": switch})
    issue = shell.world.certificates.issue
    made = {
        issue("ex1", names=["*.contoso.test"], days=300, starts_in_days=-20): "long",
        issue("ex1", names=[MAIL], days=100, starts_in_days=-10): "new",
        issue("ex1", names=[MAIL], days=900, issuer="self"): "self",
        issue("ex1", names=["other.contoso.test"]): "other",
    }
    assert [made[found] for found in thumbprints(shell(GET, DomainName=[MAIL]))] == expected
    assert thumbprints(shell(GET, DomainName=["nowhere.test"])) == []


@pytest.mark.parametrize(("switch", "numbers"), [("documented_order", {1, 3, 7}), ("unknown_numbers", {1, 103, 107})])
def test_o15_numbers_of_the_status(switch, numbers):
    shell = Shell(World.from_estate("one_server", {"status_numbers": switch}), full=True)
    shell.world.certificates.issue("ex1", names=[MAIL], starts_in_days=5)
    shell.world.certificates.request("ex1", [MAIL])
    payloads = [base64.b64decode(item.findtext("MS/BA") or "") for item in elements(shell(GET))]
    assert {nrbf.loads(data)["Status"] for data in payloads} == numbers


def test_e6_the_default_transport_certificate():
    shell = lab("coexistence")
    found = {
        item["Name"]: item["InternalTransportCertificateThumbprint"] for item in shell("Get-TransportService").objects
    }
    expected = {name: shell.world.certificates.of(name).my[0].thumbprint for name in ("EX1", "EX3", "EX4", "EX5")}
    assert found == expected
    assert shell("Get-TransportService", "ex4").only["Name"] == "EX4"
    assert "couldn't be found" in shell("Get-TransportService", "EX2").problem


def test_e6_each_domain_controller_knows_its_own():
    shell = lab("two_datacenters")
    world = shell.world
    new = world.certificates.of("ex1").find(world.certificates.issue("ex1", names=[MAIL]))
    old = world.certificates.of("ex1").my[0].thumbprint
    world.directory.write(shell.server.object, "dc1.contoso.test", {"InternalTransportCertificate": new.der})
    shown = [
        shell("Get-TransportService", "EX1", DomainController=name).only["InternalTransportCertificateThumbprint"]
        for name in ("dc1", "dc2")
    ]
    assert shown == [new.thumbprint, old]
    world.directory.write(shell.server.object, "dc1.contoso.test", {"InternalTransportCertificate": None})
    assert shell("Get-TransportService", "EX1").only["InternalTransportCertificateThumbprint"] is None


@pytest.mark.parametrize(("noun", "protocol"), [("PopSettings", "POP3"), ("ImapSettings", "IMAP4")])
def test_s10_the_name_of_the_certificate_of_pop_and_imap(noun, protocol):
    shell = lab("two_datacenters")
    own, other = shell(f"Get-{noun}").only, shell(f"Get-{noun}", Server="ex2").only
    assert (own["X509CertificateName"], other["X509CertificateName"]) == ("EX1.contoso.test", "EX2.contoso.test")
    assert (own["Server"], own["Identity"], own["ProtocolName"]) == ("EX1", "EX1\\1", protocol)
    assert "couldn't be found" in shell(f"Get-{noun}", Server="EX9").problem


@pytest.mark.parametrize(
    ("noun", "service", "ports"),
    [("PopSettings", "POP", ("995:SSL", "110:TLS")), ("ImapSettings", "IMAP", ("993:SSL", "143:TLS"))],
)
def test_s20_where_clients_of_pop_and_imap_are_sent(noun, service, ports):
    shell = lab()
    settings = shell(f"Get-{noun}").only
    assert settings["InternalConnectionSettings"] == [f"EX1.contoso.test:{port}" for port in ports]
    assert settings["ExternalConnectionSettings"] == []
    told = ("pop.contoso.test:995:SSL", "pop.contoso.test:110")
    shell.server.mail_protocols[service].initial["ExternalConnectionSettings"] = told
    assert shell(f"Get-{noun}").only["ExternalConnectionSettings"] == list(told)


def test_s13_the_auth_configuration():
    shell = lab()
    auth = shell("Get-AuthConfig").only
    assert auth["CurrentCertificateThumbprint"] in thumbprints(shell(GET))
    assert (auth["PreviousCertificateThumbprint"], auth["NextCertificateThumbprint"]) == ("", "")
    assert auth["NextCertificateEffectiveDate"] is None
    shell.world.certificates.auth_config.initial["NextCertificateEffectiveDate"] = 1_800_000_000.0
    assert shell("Get-AuthConfig").only["NextCertificateEffectiveDate"].year == 2027


def test_s18_the_hybrid_configuration():
    """Without a hybrid deployment there is no object, and that is no error."""
    reply = lab()("Get-HybridConfiguration")
    assert reply.done and reply.objects == []
    one = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}]}
    name = "<I>CN=CA, O=Trust, C=US<S>CN=mail.contoso.test"
    for given in (name, None):
        found = lab({**one, "hybrid": {"tls_certificate_name": given}})("Get-HybridConfiguration").only
        assert found["TlsCertificateName"] == given and found["Name"] == "Hybrid Configuration"
        assert found["ReceivingTransportServers"] == found["SendingTransportServers"] == []
    served = {"tls_certificate_name": name, "receiving": ["ex1"], "sending": ["ex1", "ex2"]}
    found = lab({**one, "hybrid": served})("Get-HybridConfiguration").only
    assert (found["ReceivingTransportServers"], found["SendingTransportServers"]) == (["EX1"], ["EX1", "EX2"])


ESTATE = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": name, "site": "London", "build": "15.2.1258.12"} for name in ("ex1", "ex2")],
    "send_connectors": [
        {"name": "Internet", "servers": ["ex1", "ex2"], "fqdn": MAIL, "cloud": True},
        {"name": "Partner", "tls_certificate_name": "<I>CN=CA, O=Trust, C=US<S>O=Contoso, CN=mail.contoso.test"},
    ],
}


def test_s5_send_connectors():
    shell = lab(ESTATE)
    internet, partner = shell("Get-SendConnector").objects
    assert (internet["Name"], internet["Fqdn"], internet["TlsCertificateName"]) == ("Internet", MAIL, None)
    assert (internet["SourceTransportServers"], internet["CloudServicesMailEnabled"]) == (["EX1", "EX2"], True)
    assert partner["TlsCertificateName"] == "<I>CN=CA, O=Trust, C=US<S>O=Contoso, CN=mail.contoso.test"
    assert (partner["Fqdn"], partner["SourceTransportServers"]) == (None, [])
    name = elements(shell("Get-SendConnector", "partner"))[0].find("Props/Obj[@N='TlsCertificateName']")
    assert name is not None
    assert {prop.attrib["N"]: prop.text for prop in name.findall("Props/S")} == {
        "CertificateSubject": "O=Contoso, CN=mail.contoso.test",
        "CertificateIssuer": "CN=CA, O=Trust, C=US",
        "SubjectCommonName": MAIL,
    }
    assert "couldn't be found" in shell("Get-SendConnector", "Nobody").problem


def test_s1_receive_connectors():
    shell = lab(ESTATE)
    every = shell("Get-ReceiveConnector").objects
    assert len(every) == 10
    own = shell("Get-ReceiveConnector", Server="ex2").objects
    assert {item["Name"]: item["TransportRole"] for item in own} == {
        "Default EX2": "HubTransport",
        "Client Proxy EX2": "HubTransport",
        "Default Frontend EX2": "FrontendTransport",
        "Outbound Proxy Frontend EX2": "FrontendTransport",
        "Client Frontend EX2": "FrontendTransport",
    }
    assert {item["Fqdn"] for item in own} == {"EX2.contoso.test"}
    assert {item["TlsCertificateName"] for item in own} == {None}
    assert all(item["AuthMechanism"].startswith("Tls, ") for item in own)
    assert shell("Get-ReceiveConnector", Identity="EX2\\Default EX2").only["Server"] == "EX2"
    assert "couldn't be found" in shell("Get-ReceiveConnector", Identity="EX2\\Nobody").problem
    assert "couldn't be found" in shell("Get-ReceiveConnector", Server="EX9").problem


def test_2013_with_roles_apart_has_the_connectors_of_its_role():
    shell = lab("coexistence")
    counts = [len(shell("Get-ReceiveConnector", Server=name).objects) for name in ("EX1", "EX2", "EX3")]
    assert counts == [5, 3, 2]


@pytest.mark.must_run
@pytest.mark.parametrize("noun", ["SendConnector", "ReceiveConnector"])
def test_connectors_have_the_recorded_types_and_kinds_as_far_as_they_go(noun):
    shell = lab(ESTATE)
    shell.world.receive_connectors[0].object.initial["TlsCertificateName"] = "<I>CN=a<S>CN=b"
    item = elements(shell(f"Get-{noun}"))[-1 if noun == "SendConnector" else 0]
    mine = kinds(item)
    assert mine["TlsCertificateName"] == "Microsoft.Exchange.Data.SmtpX509Identifier"
    if CAPTURES.is_dir():
        real = recorded(CAPTURES / f"Get{noun}.xml")
        assert type_names(item) == type_names(real)
        expected = {name: kind for name, kind in kinds(real).items() if name in mine}
        assert list(mine) == list(expected)
        assert {name for name in mine if mine[name] != expected[name]} <= {"TlsCertificateName"}


def test_faults_reach_the_new_nouns():
    shell = lab(ESTATE)
    for noun in ("AuthConfig", "TransportService", "PopSettings", "ImapSettings", "SendConnector", "ReceiveConnector"):
        shell.world.faults.add("empty_properties", noun=noun)
        assert set(shell(f"Get-{noun}").objects[0].values()) == {None}
