# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws 2: New-ExchangeCertificate."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from lab_shell import Reply, Shell, lab

from exchange_lab.world import World
from exchange_lab.world.certificates import StoreEntry
from exchange_lab.world.certificates.distinguished_names import dotnet_text, from_dotnet_text

NEW, GET = "New-ExchangeCertificate", "Get-ExchangeCertificate"
MAIL = "mail.contoso.test"


def asked(shell: Shell, **parameters: Any) -> x509.CertificateSigningRequest:
    reply = shell(NEW, GenerateRequest=True, **parameters)
    assert not reply.errors, reply.errors[0].Exception.Message
    made = x509.load_pem_x509_csr(str(reply.raw[0]).encode())
    assert made.is_signature_valid
    return made


def names(request: x509.CertificateSigningRequest) -> list[str]:
    found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.get_values_for_type(x509.DNSName)


def pending(shell: Shell) -> list[StoreEntry]:
    return shell.world.certificates.of(shell.server).requests


def pipeline(shell: Shell, first: dict[str, Any], second: dict[str, Any]) -> Reply:
    return shell.pipeline((GET, first), (NEW, second))


def test_n1_services_and_binary_encoded_fit_one_shape_only():
    for given in ({"GenerateRequest": True, "Services": "SMTP"}, {"Services": "SMTP", "BinaryEncoded": True}):
        stopped = lab()(NEW, **given).stopped
        assert stopped.FullyQualifiedErrorId.startswith("AmbiguousParameterSet,")


def test_n2_defaults():
    shell = lab()
    request = asked(shell)
    entry = pending(shell)[0]
    assert (dotnet_text(request.subject), names(request)) == ("CN=EX1", ["EX1", "EX1.contoso.test"])
    assert request.public_key().key_size == 2048
    assert (entry.friendly_name, entry.key.exportable, entry.key.provider_type) == ("Microsoft Exchange", False, 12)


def test_n2_what_is_given():
    shell = lab()
    request = asked(shell, KeySize=4096, FriendlyName="f" * 63, PrivateKeyExportable=True, SubjectName=f"CN={MAIL}")
    entry = pending(shell)[0]
    assert request.public_key().key_size == 4096
    assert (entry.friendly_name, entry.key.exportable) == ("f" * 63, True)
    for wrong in ({"KeySize": 3072}, {"FriendlyName": "f" * 64}, {"SubjectName": "O=Contoso"}):
        reply = shell(NEW, GenerateRequest=True, **wrong)
        assert reply.errors[0].CategoryInfo.Category.name == "InvalidArgument"
    assert len(pending(shell)) == 1


def test_n3_names_are_there_once():
    subject = f"C=GB, O=Contoso, CN={MAIL}"
    request = asked(lab(), SubjectName=subject, DomainName=[MAIL.upper(), "b.test", "B.test"])
    assert dotnet_text(request.subject) == subject
    assert names(request) == [MAIL, "b.test"]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ("IncludeAcceptedDomains", "contoso.test"),
        ("IncludeAutoDiscover", "autodiscover.contoso.test"),
        ("IncludeServerFQDN", "EX1.contoso.test"),
        ("IncludeServerNetBIOSName", "EX1"),
    ],
)
def test_n3_includes(include, expected):
    assert names(asked(lab(), SubjectName=f"CN={MAIL}", **{include: True})) == [MAIL, expected]


@pytest.mark.parametrize("name", ["a_b.contoso.test", "-a.test", "a..test", f"{'a.' * 126}test", "müller.test"])
def test_n3_names_that_are_refused(name):
    shell = lab()
    reply = shell(NEW, GenerateRequest=True, DomainName=[name])
    assert f"'{name}' isn't valid" in reply.errors[0].Exception.Message
    assert pending(shell) == []


def test_n3_another_server_may_encode_a_name():
    assert names(asked(lab(switches={"idn": "encode"}), DomainName=["müller.test"]))[-1] == "xn--mller-kva.test"


@pytest.mark.must_run
def test_n4_the_shape_of_the_published_wildcard_request():
    request = asked(lab(), SubjectName="C=US, O=Contoso, CN=*.contoso.test")
    assert [part.rfc4514_string() for part in request.subject] == ["CN=*.contoso.test", "O=Contoso", "C=US"]
    assert [(item.oid._name, item.critical) for item in request.extensions] == [
        ("keyUsage", True),
        ("basicConstraints", True),
        ("subjectKeyIdentifier", False),
    ]
    attributes = {item.oid.dotted_string: item.value for item in request.attributes}
    assert attributes["1.3.6.1.4.1.311.13.2.3"] == b"10.0.17763.2"
    assert b"CONTOSO\\EX1$" in attributes["1.3.6.1.4.1.311.21.20"]
    assert "Microsoft RSA SChannel Cryptographic Provider".encode("utf-16-be") in attributes["1.3.6.1.4.1.311.13.2.2"]


def test_n4_a_wildcard_request_with_names():
    assert names(asked(lab(), SubjectName="CN=*.b.test", DomainName=["b.test"])) == ["*.b.test", "b.test"]
    assert names(asked(lab(switches={"csr_wildcard_san": "present"}), SubjectName="CN=*.b.test")) == ["*.b.test"]


def test_n5_binary():
    reply = lab()(NEW, GenerateRequest=True, BinaryEncoded=True)
    assert x509.load_der_x509_csr(reply.only["FileData"]).is_signature_valid
    text = str(lab()(NEW, GenerateRequest=True).raw[0])
    assert text.startswith("-----BEGIN NEW CERTIFICATE REQUEST-----\r\n")


def test_n6_n7_n9_each_request_leaves_a_pending_half_of_its_own():
    shell = lab()
    for _unused in range(2):
        asked(shell, SubjectName=f"CN={MAIL}")
    one, two = pending(shell)
    assert one.certificate.public_key() != two.certificate.public_key()
    assert one.thumbprint != two.thumbprint
    assert {one.thumbprint, two.thumbprint} <= {
        item.entry.thumbprint for item in shell.world.certificates.listed(shell.server)
    }


def test_requests_of_one_world_never_share_a_key():
    world = World.from_estate("one_server")
    made = [world.certificates.request("ex1", [MAIL]) for _unused in range(40)]
    keys = {world.certificates.of("ex1").find(one).certificate.public_key().public_numbers() for one in made}
    assert len(keys) == 40


def test_what_if_and_another_server():
    shell = lab("two_datacenters")
    assert shell(NEW, GenerateRequest=True, WhatIf=True).raw == []
    assert pending(shell) == []
    asked(shell, Server="ex2")
    assert pending(shell) == []
    assert len(shell.world.certificates.of("ex2").requests) == 1


def test_n10_a_renewal_copies_all_but_exportability():
    shell = lab()
    old = shell.world.certificates.issue(
        "ex1", names=[MAIL, "b.test"], subject=f"CN={MAIL},O=Contoso,C=GB", friendly_name="mail 2025"
    )
    reply = pipeline(shell, {"Thumbprint": old}, {"GenerateRequest": True})
    request = x509.load_pem_x509_csr(str(reply.raw[0]).encode())
    assert dotnet_text(request.subject) == f"CN={MAIL}, O=Contoso, C=GB"
    assert names(request) == [MAIL, "b.test"]
    entry = pending(shell)[0]
    assert (entry.friendly_name, entry.key.exportable) == ("mail 2025", False)
    assert entry.certificate.public_key() != shell.world.certificates.of("ex1").find(old).certificate.public_key()
    assert [record["cmdlet"] for record in shell.world.records] == [GET, NEW]


def test_n10_nothing_goes_through_the_pipeline_when_there_is_no_old_one():
    shell = lab()
    reply = pipeline(shell, {"Thumbprint": "0" * 40}, {"GenerateRequest": True})
    assert "was not found" in reply.errors[0].Exception.Message
    assert pending(shell) == []


@pytest.mark.parametrize(("full", "works"), [(True, True), (False, False)])
def test_n10_a_server_may_want_a_session_with_types(full, works):
    shell = Shell(World.from_estate("one_server", {"renew_without_types": "needs_live_object"}), full=full)
    old = shell.world.certificates.issue("ex1", names=[MAIL])
    assert bool(pipeline(shell, {"Thumbprint": old}, {"GenerateRequest": True}).raw) is works


def made(shell: Shell, reply: Reply) -> StoreEntry:
    assert not reply.errors, reply.errors[0].Exception.Message
    found = StoreEntry(x509.load_der_x509_certificate(reply.only["RawData"]), None, "", 0)
    return shell.world.certificates.of("ex1").find(found.thumbprint)


def services(shell: Shell, entry: StoreEntry) -> tuple[str, ...]:
    return tuple(shell.world.certificates.facts(shell.server, entry).services)


AUTH = {"SubjectName": "cn=Microsoft Exchange Server Auth Certificate", "DomainName": [], "PrivateKeyExportable": True}


@pytest.mark.must_run
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("IMAP", "POP", "SMTP")),
        ({"IncludeAutoDiscover": True, "SubjectName": "CN=a.test"}, ("SMTP",)),
        ({"IncludeAcceptedDomains": True, "SubjectName": "CN=a.test"}, ("SMTP",)),
        ({"Services": "None", "SubjectName": "CN=a.test", "DomainName": ["a.test"]}, ()),
        ({"Services": "IIS", "SubjectName": "CN=a.test", "DomainName": ["a.test"]}, ("IIS",)),
        ({"Services": "SMTP", **AUTH}, ("SMTP",)),
        ({"Services": "SMTP", "DomainName": ["EX1.contoso.test"]}, ("IMAP", "POP", "SMTP")),
    ],
)
def test_n11_the_services_of_a_self_signed_certificate(given, expected):
    shell = lab()
    before = shell.world.certificates.internal_transport(shell.server, "dc1.contoso.test")
    shell.ask = lambda question: 2
    entry = made(shell, shell(NEW, **given))
    assert services(shell, entry) == expected
    assert shell.world.certificates.internal_transport(shell.server, "dc1.contoso.test") == before


def test_n11_smtp_asks_and_without_an_answer_nothing_is_made():
    shell = lab()
    before = shell.world.snapshot()
    assert "user interaction" in shell(NEW).stopped.Exception.Message
    assert shell.world.snapshot() == before
    entry = made(shell, shell(NEW, Force=True))
    assert shell.world.certificates.internal_transport(shell.server, "dc1.contoso.test") == entry.thumbprint


def test_n11_what_a_self_signed_certificate_looks_like():
    shell = lab()
    entry = made(shell, shell(NEW, Force=True))
    found = shell.world.certificates.facts(shell.server, entry)
    life = entry.certificate.not_valid_after_utc - entry.certificate.not_valid_before_utc
    assert (found.status, found.root_ca_type, found.self_signed, life.days) == ("Valid", "None", True, 5 * 365)
    assert (entry.names, entry.friendly_name, entry.key.exportable) == (
        ("EX1", "EX1.contoso.test"),
        "Microsoft Exchange",
        False,
    )


@pytest.mark.must_run
@pytest.mark.parametrize(("switch", "front"), [("fe", True), ("none", False)])
def test_n12_the_raw_renewal_of_a_self_signed_certificate_takes_443(switch, front):
    shell = lab(switches={"renew_selfsigned_iis": switch})
    machine = shell.world.machines[shell.server.fqdn]
    own = shell.world.certificates.of("ex1").my[0]
    public = shell.world.certificates.issue("ex1", names=[MAIL], services=["IIS"])
    entry = made(shell, pipeline(shell, {"Thumbprint": own.thumbprint}, {"Force": True}))
    bound = machine.http_sys.entries["0.0.0.0", 443].thumbprint
    assert bound == (entry.thumbprint if front else public)
    assert machine.http_sys.entries["0.0.0.0", 444].thumbprint == own.thumbprint
    assert shell.world.certificates.facts(shell.server, entry).root_ca_type == "None"
    assert (entry.names, entry.friendly_name) == (own.names, own.friendly_name)


def test_n12_the_safe_recipe_leaves_443():
    shell = lab()
    public = shell.world.certificates.issue("ex1", names=[MAIL], services=["IIS"])
    made(shell, shell(NEW, Services="SMTP", Force=True))
    machine = shell.world.machines[shell.server.fqdn]
    assert machine.http_sys.entries["0.0.0.0", 443].thumbprint == public


@pytest.mark.parametrize(
    "text", ['C=GB, O="Contoso, Ltd.", CN=a', 'O="The ""Firm""", CN=a', "S=Essex, L=Basildon, CN=a", "E=p@a.test, CN=a"]
)
def test_a_name_written_and_read(text):
    assert dotnet_text(from_dotnet_text(text)) == text


@pytest.mark.parametrize("text", ["mail", "X=1, CN=a", "CN=a, , O=b"])
def test_what_is_no_name(text):
    with pytest.raises(ValueError, match="name"):
        from_dotnet_text(text)
