# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m exchange_lab.sign`: what a person does between two runs of a rollout."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from lab_shell import Shell

from exchange_lab import sign
from exchange_lab.world import WallClock, World

MAIL = "mail.contoso.test"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world whose CA has put its files into the test's folder."""
    made = World.from_estate("one_server", clock=WallClock())
    sign.prepare(tmp_path, made.certificates.authority("ca"))
    return made


def ask(world: World, folder: Path, subject: str = f"CN={MAIL}", **more: object) -> str:
    text = str(Shell(world)("New-ExchangeCertificate", GenerateRequest=True, SubjectName=subject, **more).raw[0])
    (folder / "request.csr").write_text(text, encoding="ascii")
    return str(folder / "request.csr")


@pytest.mark.must_run
@pytest.mark.parametrize(("form", "status"), [("pkcs7", "Valid"), ("pkcs7_pem", "Valid"), ("der", "Untrusted")])
@pytest.mark.parametrize("intermediate", [1, 2])
def test_the_answer_completes_the_request(world: World, tmp_path: Path, form: str, status: str, intermediate: int):
    request = ask(world, tmp_path, DomainName=[MAIL])
    answer = tmp_path / "answer"
    given = [request, "--dir", str(tmp_path), "--out", str(answer), "--form", form, "--days", "90"]
    assert sign.main([*given, "--intermediate", str(intermediate)]) == 0
    shell = Shell(world)
    assert shell("Import-ExchangeCertificate", FileData=answer.read_bytes()).done
    entry = world.certificates.of("ex1").my[-1]
    found = world.certificates.facts(shell.server, entry)
    assert (found.status, entry.names, entry.key is not None) == (status, (MAIL,), True)
    assert f"Issuing CA {intermediate}" in entry.certificate.issuer.rfc4514_string()
    assert (entry.certificate.not_valid_after_utc - entry.certificate.not_valid_before_utc).days == 90


def test_pem_goes_to_standard_output_with_the_chain(world: World, tmp_path: Path, capsysbinary: pytest.CaptureFixture):
    request = ask(world, tmp_path, "CN=*.contoso.test")
    assert sign.main([request, "--dir", str(tmp_path)]) == 0
    leaf, issuer = x509.load_pem_x509_certificates(capsysbinary.readouterr().out)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["*.contoso.test"]  # a wildcard request has none
    leaf.verify_directly_issued_by(issuer)


def test_names_of_the_order_form(world: World, tmp_path: Path, capsysbinary: pytest.CaptureFixture):
    assert sign.main([ask(world, tmp_path), "--dir", str(tmp_path), "--names", "a.test", "b.test"]) == 0
    leaf = x509.load_pem_x509_certificates(capsysbinary.readouterr().out)[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.test", "b.test"]


@pytest.mark.parametrize("what", ["no lab", "no request"])
def test_what_cannot_be_signed(world: World, tmp_path: Path, what: str, capsys: pytest.CaptureFixture):
    request = ask(world, tmp_path)
    if what == "no request":
        (tmp_path / "request.csr").write_text("hello", encoding="ascii")
    assert sign.main([request, "--dir", str(tmp_path / "other" if what == "no lab" else tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("exchange_lab.sign: ")


def test_the_keys_are_their_owners_only(world: World, tmp_path: Path):
    keys = list((tmp_path / "authority").glob("*.key"))
    assert len(keys) == 2
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
