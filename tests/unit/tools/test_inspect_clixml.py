# SPDX-License-Identifier: GPL-3.0-or-later
"""inspect_clixml over our own samples, and over objects recorded on a real server where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import inspect_clixml
import pytest
from collection_tree import CHECKOUT

SAMPLES = CHECKOUT / "tests" / "unit" / "plugins" / "samples"
CAPTURES = CHECKOUT.parent / "shared" / "captures" / "exchange-2019"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Several objects in a file as PowerShell writes it: UTF-16 with a byte order mark, lines ended its way."""
    path = tmp_path / "mixed_utf16.xml"
    path.write_text((SAMPLES / "mixed.xml").read_text(encoding="utf-8"), encoding="utf-16", newline="\r\n")
    return path


def test_utf_8_with_its_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marked = tmp_path / "marked.xml"
    marked.write_text((SAMPLES / "mixed.xml").read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert inspect_clixml.main([str(marked)]) == 0
    assert json.loads(capsys.readouterr().out)[1] == {"Value": "just a text"}


def test_a_file_becomes_an_array_of_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect_clixml.main([str(SAMPLES / "owa_virtual_directory.xml")]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert record["Identity"] == "EX1\\owa (Default Web Site)"
    assert record["ExternalAuthenticationMethods"] == ["Fba", "Ntlm"]
    assert record["SerializationData"] == "AAEC/w=="


def test_utf_16_with_its_mark(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect_clixml.main([str(mixed)]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"MSExchangeOWAAppPool": {"autoStart": True}, "Größe": 5000000000},
        {"Value": "just a text"},
        {"Value": [1, None]},
    ]


def test_several_files_give_one_array_each_and_a_bad_one_a_message(
    tmp_path: Path, mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"\xff\x00\xff")
    wrong = tmp_path / "wrong.xml"
    wrong.write_text("<Objs>", encoding="utf-8")
    assert inspect_clixml.main([str(path) for path in (mixed, bad, wrong, tmp_path / "none.xml", mixed)]) == 1
    captured = capsys.readouterr()
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(captured.out)
    second, _unused = decoder.raw_decode(captured.out[end:].lstrip())
    assert first == second
    assert [line.partition(":")[0] for line in captured.err.splitlines()] == [
        str(bad),
        str(wrong),
        str(tmp_path / "none.xml"),
    ]


@pytest.mark.must_run
def test_every_recorded_file_can_be_read() -> None:
    if not CAPTURES.is_dir():
        pytest.skip("the recorded objects of a real server are not beside this checkout")
    files = sorted(CAPTURES.glob("*.xml"))
    assert len(files) > 10
    for path in files:
        found = inspect_clixml.records(path)
        assert found and all(found), path.name
    (owa,) = inspect_clixml.records(CAPTURES / "GetOwaVirtualDirectory.xml")
    assert owa["ExternalAuthenticationMethods"] == ["Fba"]
    assert owa["ExtendedProtectionFlags"] == []
    assert owa["InternalUrl"].startswith("https://")
    assert owa["Identity"].endswith("\\owa (Default Web Site)")


def test_certificates_are_printed_as_what_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = (SAMPLES / "exchange_certificates.xml").read_text(encoding="utf-8")
    hostile = tmp_path / "hostile.xml"
    raw, payload = '<BA N="RawData">', '<BA N="SerializationData">'
    head, *rest = sample.split(payload)
    hostile.write_text(payload.join([head.replace(raw, raw + "AAAA"), "AAAA" + rest[0], *rest[1:]]), encoding="utf-8")
    assert inspect_clixml.main([str(SAMPLES / "exchange_certificates.xml"), str(hostile)]) == 0
    out = capsys.readouterr().out
    honest, end = json.JSONDecoder().raw_decode(out)
    damaged = json.loads(out[end:])
    assert [list(found) for found in honest] == [list(inspect_clixml.CERTIFICATE_FACTS)] * 4
    assert [found["sites"] for found in honest] == [[1], [1, 2], [], None]
    assert [found["source"] for found in honest] == ["serialization_data"] * 3 + ["raw_data"]
    assert damaged[1:] == honest[1:]
    assert list(damaged[0]) == ["error"] and "cannot be read" in damaged[0]["error"]
