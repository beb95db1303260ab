# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws 3 and 4: Import- and Export-ExchangeCertificate."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12 as library
from lab_shell import Reply, Shell, lab
from psrpcore.types import PSSecureString

from exchange_lab.world import World
from exchange_lab.world.certificates import Listed, StoreEntry, pkcs12
from exchange_lab.world.certificates.keys import SCHANNEL, SOFTWARE_KSP
from exchange_lab.world.certificates.outside import FORMS, chain, pfx, sign

IMPORT, EXPORT, NEW = "Import-ExchangeCertificate", "Export-ExchangeCertificate", "New-ExchangeCertificate"
MAIL, PASSWORD = "mail.contoso.test", "one-off"
ISSUING, ROOT = "CN=Exchange Lab Issuing CA 1,O=Exchange Lab,C=GB", "CN=Exchange Lab Root CA,O=Exchange Lab,C=GB"


def file_of(world: World, **more: Any) -> bytes:
    return pfx(world.certificates, [MAIL], PASSWORD, **more)


def bring(shell: Shell, data: bytes, password: str | None = None, **more: Any) -> Reply:
    secret = {} if password is None else {"Password": PSSecureString(password)}
    return shell(IMPORT, FileData=data, **secret, **more)


def ask(shell: Shell, **more: Any) -> bytes:
    given = {"SubjectName": f"CN={MAIL}", "DomainName": [MAIL], **more}
    return bytes(shell(NEW, GenerateRequest=True, BinaryEncoded=True, **given).only["FileData"])


def imported(shell: Shell, reply: Reply, server: str = "") -> StoreEntry:
    """The entry of the certificate that an import wrote."""
    assert not reply.errors, reply.errors[0].Exception.Message
    made = x509.load_der_x509_certificate(reply.only["RawData"])
    return shell.world.certificates.of(server or shell.server).find(StoreEntry(made, None, "", 0).thumbprint)


def listed(shell: Shell, entry: StoreEntry) -> Listed | None:
    found = shell.world.certificates.listed(shell.server)
    return next((item for item in found if item.entry is entry), None)


def refused(reply: Reply) -> tuple[str, str]:
    record = reply.errors[0]
    assert record.CategoryInfo.Reason == "InvalidOperationException"
    return record.Exception.Message.partition(": ")[2], record.CategoryInfo.Category.name


@pytest.mark.must_run
@pytest.mark.parametrize("form", [*FORMS, "pkcs12", "pkcs12 without password"])
def test_i1_every_encoding_gives_one_result(form):
    shell = lab()
    if form.startswith("pkcs12"):
        password = "" if "without" in form else PASSWORD
        data = pfx(shell.world.certificates, [MAIL], password)
        entry = imported(shell, bring(shell, data, password or None))
    else:
        entry = imported(shell, bring(shell, sign(shell.world.certificates, ask(shell), form=form)))
    assert (entry.names, entry.key is not None, entry.marks) == ((MAIL,), True, set())
    assert listed(shell, entry).status == ("Untrusted" if form in ("der", "pem") else "Valid")


def test_i1_of_a_pem_file_the_first_certificate_counts():
    shell = lab()
    entry = imported(shell, bring(shell, sign(shell.world.certificates, ask(shell), form="pem")))
    assert shell.world.certificates.of("ex1").intermediates == []
    assert listed(shell, entry).status == "Untrusted"


@pytest.mark.parametrize(
    ("windows", "switch", "modern", "works"),
    [
        ("2012R2", "by_windows", True, False),
        ("2016", "by_windows", True, False),
        ("2016", "by_windows", False, True),
        ("2016", "read_everywhere", True, True),
        ("2019", "by_windows", True, True),
        ("2022", "by_windows", True, True),
    ],
)
def test_i2_which_windows_reads_which_file(windows, switch, modern, works):
    row = {"name": "ex1", "site": "London", "build": "15.1.2507.39", "windows": windows}
    shell = lab({"sites": {"London": ["dc1"]}, "servers": [row]}, switches={"pfx_aes": switch})
    reply = bring(shell, file_of(shell.world, modern=modern), PASSWORD)
    assert bool(reply.raw) is works
    if not works:
        assert refused(reply) == (
            "The source data cannot be imported or the wrong password was specified.",
            "ReadError",
        )


@pytest.mark.parametrize("password", ["wrong", None])
def test_i2_a_wrong_password_and_bad_data_read_alike(password):
    shell = lab()
    data = file_of(shell.world)
    texts = {refused(bring(shell, data, password))[0], refused(bring(shell, b"\x30\x82\xff\x00" * 9, password))[0]}
    assert texts == {"The source data cannot be imported or the wrong password was specified."}


@pytest.mark.parametrize(
    ("switch", "start"), [("corrupted", "The source data is corrupted"), ("wrong_password", "The source data cannot")]
)
def test_i3_text_that_is_nothing(switch, start):
    text, category = refused(bring(lab(switches={"import_garbage_text": switch}), b"hello"))
    assert text.startswith(start)
    assert category == "ReadError"


@pytest.mark.parametrize(
    ("switch", "authorities", "roots", "in_my"),
    [("ca_and_root", [ISSUING], 1, 1), ("my_only", [], 0, 3), ("ignored", [], 0, 1)],
)
def test_i4_where_the_chain_goes(switch, authorities, roots, in_my):
    shell = lab(switches={"import_chain": switch})
    held = shell.world.certificates.of("ex1")
    before = len(held.my), len(held.roots)
    entry = imported(shell, bring(shell, file_of(shell.world, issuer="unknown", with_root=True), PASSWORD))
    assert [one.subject.rfc4514_string() for one in held.intermediates] == [
        name.replace("Lab", "Lab unknown") for name in authorities
    ]
    assert (len(held.my) - before[0], len(held.roots) - before[1]) == (in_my, roots)
    assert listed(shell, entry).root_ca_type == ("Registry" if roots else "None")


def test_i4_windows_finds_the_root_of_a_known_authority_itself():
    shell = lab()
    entry = imported(shell, bring(shell, file_of(shell.world), PASSWORD))
    assert listed(shell, entry).root_ca_type == "ThirdParty"


def test_i4_a_cross_signed_root_that_has_run_out_does_no_harm():
    shell = lab()
    data = sign(shell.world.certificates, ask(shell), cross_signed=True)
    entry = imported(shell, bring(shell, data))
    held = shell.world.certificates.of("ex1")
    crossed = next(one for one in held.intermediates if one.subject.rfc4514_string() == ROOT)
    assert crossed.not_valid_after_utc.timestamp() < shell.world.clock.now()
    assert listed(shell, entry).status == "Valid"


@pytest.mark.must_run
@pytest.mark.parametrize(
    ("asked", "switch", "given", "expected"),
    [
        (True, "request", False, True),
        (False, "request", True, False),
        (True, "parameter", False, False),
        (False, "parameter", True, True),
    ],
)
def test_i5_completing_a_request(asked, switch, given, expected):
    shell = lab(switches={"complete_exportable": switch})
    request = ask(shell, FriendlyName="mail 2026", PrivateKeyExportable=asked)
    pending = shell.world.certificates.of("ex1").requests[0]
    entry = imported(shell, bring(shell, sign(shell.world.certificates, request), PrivateKeyExportable=given))
    assert shell.world.certificates.of("ex1").requests == []
    assert (entry.friendly_name, entry.key.exportable) == ("mail 2026", expected)
    assert entry.key.container == pending.key.container
    assert listed(shell, entry).status == "Valid"


def test_n7_only_the_request_with_the_public_key_is_completed():
    shell = lab()
    requests = [ask(shell) for _unused in range(2)]
    one, two = shell.world.certificates.of("ex1").requests
    imported(shell, bring(shell, sign(shell.world.certificates, requests[1])))
    assert shell.world.certificates.of("ex1").requests == [one]
    assert two is not one


def test_i5_on_another_server_it_arrives_without_key_and_is_not_listed():
    shell = lab("two_datacenters")
    data = sign(shell.world.certificates, ask(shell))
    entry = imported(shell, bring(shell, data, Server="ex2"), "ex2")
    assert entry.key is None
    assert entry not in [
        item.entry for item in shell.world.certificates.listed(shell.world.servers["ex2.contoso.test"])
    ]
    assert len(shell.world.certificates.of("ex1").requests) == 1


def test_n8_without_the_pending_request_the_key_is_lost():
    shell = lab()
    data = sign(shell.world.certificates, ask(shell))
    pending = shell.world.certificates.of("ex1").requests[0].thumbprint
    shell("Remove-ExchangeCertificate", Thumbprint=pending, Confirm=False)
    assert imported(shell, bring(shell, data)).key is None


@pytest.mark.parametrize(("switch", "found"), [("kept", True), ("deleted", False)])
def test_i5_a_key_that_was_left_behind(switch, found):
    shell = lab(switches={"remove_key": switch})
    data = sign(shell.world.certificates, ask(shell))
    entry = imported(shell, bring(shell, data))
    shell("Remove-ExchangeCertificate", Thumbprint=entry.thumbprint, Confirm=False)
    assert (imported(shell, bring(shell, data)).key is not None) is found


@pytest.mark.parametrize("keyless", [False, True])
def test_i6_what_is_there_already_blocks_with_or_without_key(keyless):
    shell = lab()
    data = file_of(shell.world)
    entry = imported(shell, bring(shell, data, PASSWORD))
    if keyless:
        entry.key = None
    assert refused(bring(shell, data, PASSWORD)) == (
        f"Cannot import certificate. A certificate with the thumbprint {entry.thumbprint} already exists.",
        "ReadError",
    )


@pytest.mark.parametrize(
    ("named", "switch", "provider", "kind"),
    [
        (SCHANNEL, "csp", SCHANNEL, 12),
        ("Microsoft Enhanced Cryptographic Provider v1.0", "csp", "Microsoft Enhanced Cryptographic Provider v1.0", 1),
        (SOFTWARE_KSP, "csp", SOFTWARE_KSP, 0),
        ("", "csp", SCHANNEL, 12),
        ("", "ksp", SOFTWARE_KSP, 0),
    ],
)
def test_i7_the_provider_of_an_imported_key(named, switch, provider, kind):
    shell = lab(switches={"pfx_no_csp": switch})
    entry = imported(shell, bring(shell, file_of(shell.world, provider=named), PASSWORD))
    assert (entry.key.provider, entry.key.provider_type, entry.key.exportable) == (provider, kind, False)


def test_i7_exportable_when_asked_and_the_friendly_name_of_the_file():
    shell = lab()
    data = file_of(shell.world, friendly_name="from the file")
    entry = imported(shell, bring(shell, data, PASSWORD, PrivateKeyExportable=True))
    assert (entry.key.exportable, entry.friendly_name) == (True, "from the file")


def test_i8_what_if_and_friendly_names():
    shell = lab()
    data, before = file_of(shell.world), shell.world.snapshot()
    assert bring(shell, data, PASSWORD, WhatIf=True).raw == []
    assert refused(bring(shell, data, PASSWORD, FriendlyName="f" * 64))[1] == "InvalidArgument"
    assert shell.world.snapshot() == before
    assert imported(shell, bring(shell, data, PASSWORD, FriendlyName="f" * 63)).friendly_name == "f" * 63


def test_i9_import_binds_no_site():
    shell = lab()
    before = shell.world.machines["ex1.contoso.test"].snapshot()
    bring(shell, pfx(shell.world.certificates, ["ex1.contoso.test"], PASSWORD), PASSWORD)
    assert shell.world.machines["ex1.contoso.test"].snapshot() == before


def test_a_secret_is_not_logged():
    shell = lab()
    bring(shell, file_of(shell.world), PASSWORD)
    assert PASSWORD not in str(shell.world.records)


def give_out(
    shell: Shell, entry_or_thumbprint: StoreEntry | str, password: str | None = PASSWORD, **more: Any
) -> Reply:
    thumbprint = entry_or_thumbprint if isinstance(entry_or_thumbprint, str) else entry_or_thumbprint.thumbprint
    secret = {} if password is None else {"Password": PSSecureString(password)}
    return shell(EXPORT, Thumbprint=thumbprint, BinaryEncoded=True, **secret, **more)


@pytest.mark.must_run
@pytest.mark.parametrize("windows", ["2016", "2025"])
@pytest.mark.parametrize("provider", ["exchange", "csp", "cng"])
def test_x1_from_server_to_server(provider, windows):
    rows = [{"name": name, "site": "London", "build": "15.2.1258.12", "windows": windows} for name in ("ex1", "ex2")]
    shell = lab({"sites": {"London": ["dc1"]}, "servers": rows})
    thumbprint = shell.world.certificates.issue("ex1", names=[MAIL], provider=provider, friendly_name="mail")
    data = give_out(shell, thumbprint).only["FileData"]
    entry = imported(shell, bring(shell, data, PASSWORD, Server="ex2"), "ex2")
    assert (entry.thumbprint, entry.friendly_name) == (thumbprint, "mail")
    assert entry.key.provider_type == (0 if provider == "cng" else 12)
    assert entry.key.private.public_key() == entry.certificate.public_key()
    assert len(shell.world.certificates.of("ex2").intermediates) == 1


@pytest.mark.parametrize(("switch", "others"), [("full", 2), ("leaf", 0)])
def test_x1_the_chain_and_the_text_form(switch, others):
    shell = lab(switches={"export_chain": switch})
    thumbprint = shell.world.certificates.issue("ex1", names=[MAIL])
    text = str(shell(EXPORT, Thumbprint=thumbprint, Password=PSSecureString(PASSWORD)).raw[0])
    found = library.load_pkcs12(base64.b64decode(text), PASSWORD.encode())
    assert len(found.additional_certs) == others


def test_x1_the_ciphers_are_old_ones():
    shell = lab()
    thumbprint = shell.world.certificates.issue("ex1", names=[MAIL])
    data = give_out(shell, thumbprint).only["FileData"]
    assert pkcs12.read(data, PASSWORD).modern is False
    assert pkcs12.read(file_of(shell.world, modern=True), PASSWORD).modern is True


def test_x2_keys_that_cannot_be_exported():
    shell = lab()
    own = shell.world.certificates.of("ex1").my[0]
    lost = shell.world.certificates.of("ex1").find(shell.world.certificates.issue("ex1", names=[MAIL]))
    lost.key = replace(lost.key, opens=False)
    for entry in (own, lost):
        text, category = refused(give_out(shell, entry))
        assert text.startswith("The private key couldn't be exported as PKCS-12.")
        assert category == "InvalidOperation"


def test_x3_without_a_password():
    replies = {}
    for switch in ("error", "pfx_empty_password", "cert_only"):
        shell = lab(switches={"export_no_password": switch})
        thumbprint = shell.world.certificates.issue("ex1", names=[MAIL])
        replies[switch] = give_out(shell, thumbprint, None)
    assert "password is required" in refused(replies["error"])[0]
    assert pkcs12.read(replies["pfx_empty_password"].only["FileData"], None).key is not None
    assert x509.load_der_x509_certificate(replies["cert_only"].only["FileData"])


@pytest.mark.parametrize(("switch", "works"), [("allowed", True), ("refused", False)])
def test_x4_an_expired_certificate(switch, works):
    shell = lab(switches={"export_expired": switch})
    thumbprint = shell.world.certificates.issue("ex1", names=[MAIL], days=1, starts_in_days=-2)
    assert bool(give_out(shell, thumbprint).raw) is works


def test_x4_a_pending_request_gives_its_text():
    shell = lab()
    request = ask(shell)
    pending = shell.world.certificates.of("ex1").requests[0].thumbprint
    assert give_out(shell, pending, None).only["FileData"] == request
    text = str(shell(EXPORT, Thumbprint=pending).raw[0])
    assert text.startswith("-----BEGIN NEW CERTIFICATE REQUEST-----")


def test_what_cannot_be_exported_is_not_found():
    shell = lab()
    entry = shell.world.certificates.of("ex1").find(shell.world.certificates.issue("ex1", names=[MAIL]))
    entry.key = None
    assert refused(give_out(shell, entry))[0] == f"The certificate with thumbprint {entry.thumbprint} was not found."


def test_a_request_that_was_tampered_with_is_not_signed():
    shell = lab()
    request = bytearray(ask(shell))
    request[60] ^= 1
    with pytest.raises(ValueError):
        sign(shell.world.certificates, bytes(request))


def test_the_chain_of_the_second_intermediate():
    shell = lab()
    (above,) = chain(shell.world.certificates, intermediate=2)
    assert "Issuing CA 2" in above.subject.rfc4514_string()
