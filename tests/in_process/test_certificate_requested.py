# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate state=requested: one key for one wish, whatever happens (certificate-laws N1 to N9)."""

from __future__ import annotations

from typing import Any

import pytest
from certificate_life import AUTODISCOVER, MAIL, NAMES, SUBJECT, quiet
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from exchange_lab.world import World


def parsed(csr: str) -> x509.CertificateSigningRequest:
    assert csr.isascii() and csr.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")
    return x509.load_pem_x509_csr(csr.encode())


def names_of(csr: str) -> set[str]:
    asked = parsed(csr).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(asked.get_values_for_type(x509.DNSName))


def requests(world: World, server: str = "EX1") -> list[Any]:
    return world.certificates.of(server).requests


def test_a_request_is_made_once_and_found_again(life) -> None:
    one = life()
    made = one.request("EX2").ok()
    assert made.changed is True and made.server == "ex2.contoso.test"
    assert names_of(made.csr) == set(NAMES)
    key = parsed(made.csr).public_key()
    assert isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048
    (pending,) = requests(one.world, "EX2")
    assert pending.thumbprint == made.thumbprint and pending.key.exportable is True
    assert len(made.written) == 1 and "GenerateRequest" in made.commands[0] and not requests(one.world)

    again = quiet(one.converge.again())
    assert (again.csr, again.thumbprint) == (made.csr, made.thumbprint)


@pytest.mark.parametrize(
    "respelled",
    [
        {"domain_name": [AUTODISCOVER]},
        {"domain_name": [AUTODISCOVER.upper(), f"{MAIL}.", AUTODISCOVER]},
        {"subject_name": f"CN={MAIL},O=contoso,C=US"},
        {"subject_name": f'c=us; o="Contoso"; cn={MAIL.upper()}'},
        {"friendly_name": "Another title"},
        {"private_key_exportable": False},
    ],
)
def test_the_same_wish_in_other_words_is_found_too(life, respelled: dict[str, Any]) -> None:
    one = life()
    made = one.request().ok()
    assert quiet(one.request(**respelled)).csr == made.csr


@pytest.mark.parametrize(
    "other",
    [
        {"domain_name": [*NAMES, "pop.contoso.test"]},
        {"domain_name": [MAIL]},
        {"subject_name": f"C=GB, O=Contoso, CN={MAIL}"},
        {"subject_name": f"C=US, CN={MAIL}"},
        {"key_size": 4096},
    ],
)
def test_another_wish_is_another_request(life, other: dict[str, Any]) -> None:
    one = life()
    first = one.request().ok()
    second = one.request(**other).ok()
    assert second.changed is True and second.thumbprint != first.thumbprint and len(requests(one.world)) == 2
    assert quiet(one.request()).thumbprint == first.thumbprint


def test_check_mode_makes_nothing_and_says_what_it_would_make(life) -> None:
    one = life()
    before = one.world.snapshot()
    planned = one.request(check_mode=True).ok()
    assert (planned.changed, planned.csr, planned.thumbprint) == (True, None, None)
    assert planned.written == [] and one.world.snapshot() == before
    made = one.request().ok()
    assert made.commands == planned.commands
    found = one.request(check_mode=True).ok()
    assert (found.changed, found.csr, found.commands, found.written) == (False, made.csr, [], [])


def test_of_several_the_newest_is_returned_with_a_word_about_the_others(life) -> None:
    """Law N7: each has a key of its own, and the answer to one does not fit another."""
    one = life()
    first = one.request().ok()
    held = one.world.certificates.of("EX1")
    aside = held.requests.pop()
    one.world.clock.advance(3600)
    second = one.request().ok()
    held.requests.insert(0, aside)
    found = quiet(one.request())
    assert (found.csr, found.thumbprint) == (second.csr, second.thumbprint)
    assert len(found.warnings) == 1 and first.thumbprint in found.warnings[0]


@pytest.mark.parametrize("switch", ["absent", "present"])
def test_a_wildcard_is_asked_for_by_the_subject(life, switch: str) -> None:
    """Law N4: the published wildcard request has no alternative names."""
    one = life(csr_wildcard_san=switch)
    made = one.request(subject_name="C=US, CN=*.contoso.test", domain_name=[]).ok()
    assert "-DomainName" not in made.commands[0]
    quiet(one.converge.again())


def test_names_beyond_ascii_are_sent_as_a_labels(life) -> None:
    one = life()
    made = one.request(domain_name=[MAIL, "münchen.contoso.test"]).ok()
    assert names_of(made.csr) == {MAIL, "xn--mnchen-3ya.contoso.test"}
    quiet(one.converge.again())


@pytest.mark.parametrize("switch", ["encode", "reject_ulabel"])
@pytest.mark.parametrize("names", [[], [MAIL]])
@pytest.mark.parametrize(
    "common", ["CN=münchen.contoso.test", 'cn = "MÜNCHEN.contoso.test"', "CN=xn--mnchen-3ya.contoso.test"]
)
def test_a_common_name_beyond_ascii_is_sent_as_a_labels(life, switch: str, names: list[str], common: str) -> None:
    one = life(idn=switch)
    made = one.request(subject_name=f"C=US, {common}, O=Contoso", domain_name=names).ok()
    assert names_of(made.csr) == {*names, "xn--mnchen-3ya.contoso.test"}
    assert "O=Contoso" in made.commands[0] and "xn--mnchen-3ya.contoso.test" in made.commands[0]
    quiet(one.converge.again())


def test_a_company_is_no_host_and_keeps_its_letters(life) -> None:
    one = life()
    made = one.request(subject_name="C=US, CN=Müller GmbH").ok()
    assert "CN=Müller GmbH" in made.commands[0]
    quiet(one.converge.again())


def test_a_waiting_request_with_a_key_that_may_not_leave_is_told(life) -> None:
    """Law N2: what the shell's own default is; the certificate would serve this server alone."""
    one = life()
    stays = one.request(private_key_exportable=False).ok()
    assert stays.warnings == []
    found = quiet(one.request())
    assert [stays.thumbprint in text and "cannot be exported" in text for text in found.warnings] == [True]
    assert quiet(one.request(private_key_exportable=False)).warnings == []
    one.task(state="absent", thumbprint=stays.thumbprint).ok()
    assert one.request().ok().warnings == []


def test_a_subject_without_country_is_advised_against(life) -> None:
    one = life()
    made = one.request(subject_name=f"O=Contoso, CN={MAIL}").ok()
    assert ["no country" in text for text in made.warnings] == [True]
    assert one.request(subject_name=f"C=US, CN={MAIL}").ok().warnings == []


BAD = {
    "several servers": ({"servers": ["EX1", "EX2"]}, "one server"),
    "no subject": ({"subject_name": None}, "needs subject_name"),
    "no cn": ({"subject_name": "C=US, O=Contoso"}, "needs one CN"),
    "two cns": ({"subject_name": "CN=a.contoso.test, CN=b.contoso.test"}, "needs one CN"),
    "no name": ({"subject_name": "mail.contoso.test"}, "cannot be read"),
    "half a name": ({"subject_name": "C=US, CN=mail.contoso.test,"}, "cannot be read"),
    "open quote": ({"subject_name": 'CN=mail.contoso.test, O="Contoso'}, "cannot be read"),
    "no host at all": ({"subject_name": "C=US, CN=Contoso Mail", "domain_name": []}, "names no host"),
    "underscore": ({"domain_name": ["mail_1.contoso.test"]}, "not a host name"),
    "url": ({"domain_name": ["https://mail.contoso.test"]}, "not a host name"),
    "inner wildcard": ({"domain_name": ["mail.*.test"]}, "not a host name"),
    "long title": ({"friendly_name": "x" * 64}, "63 characters"),
    "services": ({"services": ["IIS"]}, "services cannot be used with state requested"),
    "thumbprint": ({"thumbprint": "A" * 40}, "thumbprint cannot be used"),
    "weak key": ({"key_size": 1024}, "key_size"),
    "unknown server": ({"servers": ["EX9"]}, "no Exchange server ex9"),
    "wildcard server": ({"servers": ["EX*"]}, "no Exchange server ex*"),
}


@pytest.mark.parametrize(("options", "said"), BAD.values(), ids=BAD)
def test_bad_input_changes_nothing_and_the_cure_works(life, options: dict[str, Any], said: str) -> None:
    one = life()
    good: dict[str, Any] = {"servers": ["EX1"], "subject_name": SUBJECT, "domain_name": NAMES}
    message = one.task(state="requested", **{**good, **options}).refused()
    assert said in message, message
    assert one.task(state="requested", **good).ok().changed is True


def test_without_typed_data_no_second_key_is_risked(life) -> None:
    """With broken signing nobody can tell whether a request is pending."""
    one = life()
    one.request().ok()
    fault = one.world.faults.add("broken_signing", server="EX1")
    assert "without their services" in one.request().refused()
    one.world.faults.remove(fault)
    quiet(one.request())
