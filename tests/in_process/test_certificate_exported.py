# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate state=exported: a key in a file, only when asked for, and for nobody else (laws X1 to X4)."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from certificate_life import NAMES, PFX_PASSWORD, Life, quiet
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from in_process import Result


@pytest.fixture
def one(life) -> Life:
    return life()


def export(one: Life, thumbprint: str, path: Path, password: str = PFX_PASSWORD, **options: Any) -> Result:
    return one.task(state="exported", thumbprint=thumbprint, path=str(path), password=password, **options)


def test_a_file_of_its_owner_with_certificate_and_key(one: Life, tmp_path: Path) -> None:
    thumbprint = one.world.certificates.issue("EX2", names=NAMES)
    path = tmp_path / "mail.pfx"
    done = export(one, thumbprint, path, servers=["EX2"]).ok()
    assert done.changed is True and (done.path, done.thumbprint) == (str(path), thumbprint)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = pkcs12.load_pkcs12(path.read_bytes(), PFX_PASSWORD.encode())
    entry = one.entry("EX2", thumbprint)
    assert loaded.cert.certificate == entry.certificate
    assert loaded.key.private_numbers() == entry.key.private.private_numbers()
    assert PFX_PASSWORD not in repr(done.keys) + repr(one.world.records)

    content = path.read_bytes()
    quiet(one.converge.again())
    assert path.read_bytes() == content
    path.chmod(0o644)
    assert one.converge.again().ok().changed is True
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.read_bytes() == content


@pytest.mark.parametrize(
    "present", ["other certificate", "other password", "rubbish", "key in the clear", "empty", "nothing"]
)
def test_another_file_is_replaced(one: Life, tmp_path: Path, present: str) -> None:
    thumbprint = one.world.certificates.issue("EX1", names=NAMES)
    path = tmp_path / "mail.pfx"
    if present == "other certificate":
        export(one, one.world.certificates.issue("EX1", names=NAMES), path).ok()
    elif present == "other password":
        export(one, thumbprint, path, password="before").ok()
    elif present == "rubbish":
        path.write_bytes(b"rubbish" * 300_000)
    elif present == "key in the clear":
        entry = one.entry("EX1", thumbprint)
        key = entry.key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(key + entry.certificate.public_bytes(Encoding.PEM))
        path.chmod(0o600)
    elif present == "empty":
        path.touch(0o600)
    assert export(one, thumbprint, path, check_mode=True).ok().changed is True
    assert export(one, thumbprint, path).ok().changed is True
    assert pkcs12.load_pkcs12(path.read_bytes(), PFX_PASSWORD.encode()).key is not None
    quiet(one.converge.again())


def test_check_mode_takes_no_key_out(one: Life, tmp_path: Path) -> None:
    thumbprint = one.world.certificates.issue("EX1", names=NAMES)
    planned = export(one, thumbprint, tmp_path / "mail.pfx", check_mode=True).ok()
    assert planned.changed is True and list(tmp_path.iterdir()) == []
    assert planned.read == ["Get-ExchangeServer", "Get-ExchangeCertificate"] and planned.sent == []
    assert export(one, thumbprint, tmp_path / "mail.pfx").ok().commands == planned.commands
    quiet(export(one, thumbprint, tmp_path / "mail.pfx", check_mode=True))


def test_a_key_that_may_not_leave(one: Life, tmp_path: Path) -> None:
    stays = one.world.certificates.issue("EX1", names=NAMES, exportable=False)
    assert "cannot be exported from EX1" in export(one, stays, tmp_path / "mail.pfx").refused()
    assert list(tmp_path.iterdir()) == []
    export(one, one.world.certificates.issue("EX1", names=NAMES), tmp_path / "mail.pfx").ok()


def test_what_is_no_certificate_or_not_there(one: Life, tmp_path: Path) -> None:
    path = tmp_path / "mail.pfx"
    request = one.request().ok()
    assert "a request without a certificate" in export(one, request.thumbprint, path).refused()
    assert "EX2 does not have" in export(one, request.thumbprint, path, servers=["EX2"]).refused()
    export(one, one.world.certificates.issue("EX2", names=NAMES), path, servers=["EX2"]).ok()


def test_the_place_of_the_file_is_looked_at_before_the_key_leaves(one: Life, tmp_path: Path) -> None:
    thumbprint = one.world.certificates.issue("EX1", names=NAMES)
    for path in (tmp_path, tmp_path / "missing" / "mail.pfx"):
        done = export(one, thumbprint, path)
        assert "cannot be written" in done.refused()
        assert "Export-ExchangeCertificate" not in done.read
    export(one, thumbprint, tmp_path / "mail.pfx").ok()


@pytest.mark.parametrize("missing", ["path", "password", "thumbprint"])
def test_what_is_needed(one: Life, tmp_path: Path, missing: str) -> None:
    thumbprint = one.world.certificates.issue("EX1", names=NAMES)
    good = {"path": str(tmp_path / "mail.pfx"), "password": PFX_PASSWORD, "thumbprint": thumbprint}
    given = {name: value for name, value in good.items() if name != missing}
    assert f"needs {missing}" in one.task(state="exported", **given).refused()
    assert "one server" in one.task(state="exported", servers=["EX1", "EX2"], **good).refused()
    one.task(state="exported", **good).ok()
