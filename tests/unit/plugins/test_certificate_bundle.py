# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate files: what is read from each kind, what is refused before a server hears of it, what is sent."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from certificate_files import Ca, der, name, p7b, pem, pem_key, pfx, rsa_key, sign
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7, pkcs12

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_bundle import (
    MAX_BYTES,
    check_bundle,
    read_bundle,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput

CA = Ca.create()
KEY = rsa_key("server")
NAMES = ["mail.contoso.com", "autodiscover.contoso.com"]
LEAF = CA.issue(NAMES, KEY.public_key())
PASSWORD = "Correct Horse 5"
NOW = datetime.now(UTC)
PRINTED = "Bag Attributes"


def thumbprint(certificate: x509.Certificate) -> str:
    return hashlib.sha1(der(certificate)).hexdigest().upper()


PUBLIC = {
    "der": der(LEAF),
    "pem": pem(LEAF),
    "pem_in_windows_lines": pem(LEAF).replace(b"\n", b"\r\n"),
    "pem_among_words": b"Bag Attributes\n  friendlyName: x\n" + pem(LEAF) + b"\nThank you.\n",
    "x509_label": pem(LEAF).replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
    "base64": base64.b64encode(der(LEAF)),
    "base64_in_lines": base64.encodebytes(der(LEAF)),
}
WITH_CHAIN = {
    "pem": pem(LEAF, CA.intermediate, CA.root),
    "pem_upside_down": pem(CA.root, CA.intermediate, LEAF),
    "pkcs7": p7b(LEAF, CA.intermediate, CA.root),
    "pkcs7_upside_down": p7b(CA.root, CA.intermediate, LEAF),
    "pkcs7_pem": p7b(LEAF, CA.intermediate, encoding=Encoding.PEM),
    "pkcs7_base64": base64.b64encode(p7b(LEAF, CA.intermediate)),
    "twice": pem(LEAF, CA.intermediate, LEAF, CA.intermediate),
}
WITH_KEY = {
    "pfx": (pfx(LEAF, KEY, CA.intermediate, CA.root, password=PASSWORD), PASSWORD),
    "pfx_base64": (base64.b64encode(pfx(LEAF, KEY, CA.intermediate, password=PASSWORD)), PASSWORD),
    "pfx_without_password": (pfx(LEAF, KEY, CA.intermediate), None),
    "pem": (pem_key(KEY) + pem(LEAF, CA.intermediate), None),
    "pem_with_unneeded_password": (pem_key(KEY) + pem(LEAF, CA.intermediate), PASSWORD),
    "pem_encrypted": (pem(LEAF, CA.intermediate) + pem_key(KEY, PASSWORD), PASSWORD),
}


@pytest.mark.parametrize("data", PUBLIC.values(), ids=PUBLIC)
def test_a_certificate_alone(data: bytes) -> None:
    bundle = read_bundle(data)
    assert bundle.facts.thumbprint == thumbprint(LEAF)
    assert bundle.chain == () and bundle.key is None
    assert bundle.answer() == der(LEAF)


@pytest.mark.parametrize("data", WITH_CHAIN.values(), ids=WITH_CHAIN)
def test_with_its_chain_but_never_the_root(data: bytes) -> None:
    bundle = read_bundle(data)
    assert bundle.certificate == LEAF and bundle.chain == (CA.intermediate,)
    assert set(pkcs7.load_der_pkcs7_certificates(bundle.answer())) == {LEAF, CA.intermediate}


@pytest.mark.parametrize(("data", "password"), WITH_KEY.values(), ids=WITH_KEY)
def test_with_its_key(data: bytes, password: str | None) -> None:
    bundle = read_bundle(data, password)
    assert (bundle.certificate, bundle.chain) == (LEAF, (CA.intermediate,))
    assert bundle.key.private_numbers() == KEY.private_numbers()
    assert str(KEY.private_numbers().d) not in repr(bundle) and "PrivateKey" not in repr(bundle)


def test_strangers_in_the_file_are_not_taken_for_the_chain() -> None:
    other = Ca.create("Other")
    bundle = read_bundle(pem_key(KEY) + pem(other.intermediate, LEAF, CA.intermediate, other.root))
    assert (bundle.certificate, bundle.chain) == (LEAF, (CA.intermediate,))


def test_two_steps_of_chain_in_their_order() -> None:
    key = rsa_key("lower")
    lower = sign(name("Lower CA"), key.public_key(), CA.intermediate.subject, CA.key, authority=True)
    leaf = sign(name(NAMES[0]), KEY.public_key(), lower.subject, key, names=NAMES)
    assert read_bundle(pem(CA.intermediate, leaf, CA.root, lower)).chain == (lower, CA.intermediate)


def test_cas_that_signed_each_other_end_the_chain() -> None:
    one, two = rsa_key("one"), rsa_key("two")
    first = sign(name("One"), one.public_key(), name("Two"), two, authority=True)
    second = sign(name("Two"), two.public_key(), name("One"), one, authority=True)
    leaf = sign(name(NAMES[0]), KEY.public_key(), name("One"), one, names=NAMES)
    assert read_bundle(pem(first, second, leaf)).chain == (first, second)


REFUSED = {
    "nothing": (b"", None, "neither DER, PEM"),
    "words": (b"The quick brown fox", None, "neither DER, PEM"),
    "base64_of_words": (base64.b64encode(b"The quick brown fox"), None, "neither DER, PEM"),
    "truncated": (der(LEAF)[:-20], None, "damaged"),
    "truncated_pfx": (pfx(LEAF, KEY, password=PASSWORD)[:-20], PASSWORD, "damaged, or its password is wrong"),
    "wrong_password": (pfx(LEAF, KEY, password=PASSWORD), "other", "damaged, or its password is wrong"),
    "no_password": (pfx(LEAF, KEY, password=PASSWORD), None, "needs a password"),
    "no_certificate": (pfx(None, KEY, password=PASSWORD), PASSWORD, "no certificate"),
    "key_alone": (pem_key(KEY), None, "no certificate"),
    "foreign_key": (pem_key(rsa_key("other")) + pem(LEAF), None, "belongs to none"),
    "two_keys": (pem_key(KEY) + pem_key(rsa_key("other")) + pem(LEAF), None, "several private keys"),
    "encrypted_key": (pem(LEAF) + pem_key(KEY, PASSWORD), None, "encrypted"),
    "encrypted_key_wrong": (pem(LEAF) + pem_key(KEY, PASSWORD), "other", "cannot be read"),
    "two_leaves": (pem(LEAF, CA.issue(["other.contoso.com"], KEY.public_key())), None, "2 certificates that could"),
    "only_cas_of_two": (pem(CA.intermediate, Ca.create("Other").intermediate), None, "2 certificates that could"),
    "request": (
        b"-----BEGIN NEW CERTIFICATE REQUEST-----\nAAAA\n-----END NEW CERTIFICATE REQUEST-----",
        None,
        "request",
    ),
    "too_large": (b"0" * (MAX_BYTES + 1), None, "more than 1024 kB"),
    "garbage_pem": (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None, "damaged"),
    "half_a_block": (b"-----BEGIN CERTIFICATE-----\nAAAA", None, "no certificate"),
    "a_sequence_of_what": (b"0\x03\x01\x01\xff", None, "neither DER, PEM"),
    "one_byte": (b"0", None, "neither DER, PEM"),
    "empty_sequence": (b"0\x00", None, "neither DER, PEM"),
}


@pytest.mark.parametrize(("data", "password", "said"), REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes, password: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)) as caught:
        read_bundle(data, password)
    assert caught.value.cure
    assert PASSWORD not in str(caught.value) and "other" not in str(caught.value)


def test_an_ed25519_key_is_refused_and_an_elliptic_one_is_not() -> None:
    for key, good in ((ed25519.Ed25519PrivateKey.generate(), False), (ec.generate_private_key(ec.SECP256R1()), True)):
        data = pem_key(key) + pem(CA.issue(NAMES, key.public_key()))
        if good:
            assert read_bundle(data).key is not None
        else:
            with pytest.raises(BadInput, match="neither RSA"):
                read_bundle(data)


def test_random_damage_is_one_clear_refusal() -> None:
    random = Random(5)
    samples = [(der(LEAF), None), (p7b(LEAF, CA.intermediate), None), (pfx(LEAF, KEY, password=PASSWORD), PASSWORD)]
    for _round in range(300):
        data, password = random.choice(samples)
        spoilt = bytearray(data)
        for _change in range(random.randint(1, 4)):
            spoilt[random.randrange(len(spoilt))] = random.randrange(256)
        try:
            read_bundle(bytes(spoilt), password)
        except BadInput as exc:
            assert exc.cure


# What is judged


def check(certificate: x509.Certificate, *names: str, at: datetime = NOW) -> list[str]:
    return check_bundle(read_bundle(pem(certificate, CA.intermediate)), names, at)


def test_a_good_one_passes_without_remark() -> None:
    assert check(LEAF, *NAMES) == []
    assert check(CA.issue(["*.contoso.com"], KEY.public_key()), "mail.contoso.com", "*.contoso.com") == []


BAD = {
    "expired": (CA.issue(NAMES, KEY.public_key(), begins=NOW - timedelta(days=100)), "ended on"),
    "future": (CA.issue(NAMES, KEY.public_key(), begins=NOW + timedelta(days=1)), "begins on"),
    "client": (CA.issue(NAMES, KEY.public_key(), usages=[x509.ObjectIdentifier("1.3.6.1.5.5.7.3.2")]), "serverAuth"),
    "weak": (CA.issue(NAMES, rsa_key("weak", 1024).public_key()), "1024 bits"),
    "authority": (CA.issue(NAMES, KEY.public_key(), authority=True), "of a CA"),
    "name": (CA.issue(NAMES[:1], KEY.public_key()), "does not hold autodiscover.contoso.com"),
    "ed25519": (CA.issue(NAMES, ed25519.Ed25519PrivateKey.generate().public_key()), "Ed25519"),
}


@pytest.mark.parametrize(("certificate", "said"), BAD.values(), ids=BAD)
def test_useless_ones_are_refused(certificate: x509.Certificate, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        check(certificate, *NAMES)
    assert caught.value.cure


def test_the_days_around_validity() -> None:
    begins, ends = LEAF.not_valid_before_utc, LEAF.not_valid_after_utc
    for good in (begins, ends):
        assert check(LEAF, at=good) == []
    for bad in (begins - timedelta(seconds=1), ends + timedelta(seconds=1)):
        with pytest.raises(BadInput):
            check(LEAF, at=bad)


def test_without_usages_everything_is_allowed() -> None:
    assert check(CA.issue(NAMES, KEY.public_key(), usages=[]), *NAMES) == []


def test_a_name_below_a_wildcard_does_not_stand_for_the_wildcard() -> None:
    with pytest.raises(BadInput, match=r"\*\.contoso\.com"):
        check(LEAF, "*.contoso.com")


def test_advice() -> None:
    alone = check_bundle(read_bundle(der(LEAF)), NAMES, NOW)
    assert len(alone) == 1 and "No intermediate certificate" in alone[0]
    elliptic = CA.issue(NAMES, ec.generate_private_key(ec.SECP256R1()).public_key())
    assert "elliptic" in check(elliptic)[0]
    nameless = CA.issue(NAMES, KEY.public_key(), subject=x509.Name([]))
    assert "subject is empty" in check(nameless)[0]
    own = sign(name(NAMES[0]), KEY.public_key(), name(NAMES[0]), KEY, names=NAMES)
    assert check_bundle(read_bundle(der(own)), NAMES, NOW) == []


# What is sent


def test_a_pfx_is_written_anew_for_old_servers() -> None:
    """Law I2: Windows Server 2016 reads neither AES nor a MAC of SHA-256."""
    bundle = read_bundle(pfx(LEAF, KEY, CA.intermediate, CA.root, password=PASSWORD), PASSWORD)
    made = bundle.pfx("one-off")
    loaded = pkcs12.load_pkcs12(made, b"one-off")
    assert loaded.key.private_numbers() == KEY.private_numbers()
    assert loaded.cert.certificate == LEAF
    assert [item.certificate for item in loaded.additional_certs] == [CA.intermediate]
    aes256_cbc, sha256 = bytes.fromhex("060960864801650304012a"), bytes.fromhex("0609608648016503040201")
    today = pfx(LEAF, KEY, password=PASSWORD)
    assert aes256_cbc in today and sha256 in today
    assert aes256_cbc not in made and sha256 not in made
    for wrong in (b"other", PASSWORD.encode(), None):
        with pytest.raises(ValueError, match="Invalid password"):
            pkcs12.load_pkcs12(made, wrong)


def printed(data: bytes, password: str, folder: Path) -> str:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (folder / "made.pfx").write_bytes(data)
    command = ["openssl", "pkcs12", "-in", str(folder / "made.pfx"), "-passin", f"pass:{password}", "-info", "-nodes"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


@pytest.mark.parametrize("password", ["one-off", "ä€ 漢", "x"])
def test_openssl_reads_it_and_finds_the_provider(password: str, tmp_path: Path) -> None:
    """Law I7: without the provider's name a server may give the key to a CNG provider."""
    text = printed(read_bundle(pem_key(KEY) + pem(LEAF, CA.intermediate)).pfx(password), password, tmp_path)
    assert "Microsoft CSP Name: Microsoft RSA SChannel Cryptographic Provider" in text
    assert "MAC: sha1" in text and "pbeWithSHA1And3-KeyTripleDES-CBC" in text and "AES" not in text
    assert text.count("-----BEGIN CERTIFICATE-----") == 2


def test_a_long_key_and_chain_too(tmp_path: Path) -> None:
    key = rsa_key("long", 4096)
    leaf = CA.issue([f"host{number}.contoso.com" for number in range(150)], key.public_key())
    made = read_bundle(pem_key(key) + pem(leaf, CA.intermediate)).pfx("one-off")
    assert pkcs12.load_pkcs12(made, b"one-off").cert.certificate == leaf
    assert "Microsoft CSP Name" in printed(made, "one-off", tmp_path)


def test_an_elliptic_key_is_left_to_windows(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = read_bundle(pem_key(key) + pem(CA.issue(NAMES, key.public_key()))).pfx("one-off")
    assert "Microsoft CSP Name" not in printed(made, "one-off", tmp_path)


def test_what_is_sent_to_complete_a_request_never_holds_the_key() -> None:
    bundle = read_bundle(pem_key(KEY) + pem(LEAF, CA.intermediate))
    secret = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert secret[40:] not in bundle.answer()
    assert set(pkcs7.load_der_pkcs7_certificates(bundle.answer())) == {LEAF, CA.intermediate}


def test_the_public_key_tells_the_request_that_it_answers() -> None:
    assert read_bundle(der(LEAF)).public_key == read_bundle(der(CA.issue(["x.y"], KEY.public_key()))).public_key
    assert read_bundle(der(LEAF)).public_key != read_bundle(der(CA.intermediate)).public_key
