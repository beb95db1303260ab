# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading CLIXML: the shapes that servers send, and documents made to hurt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting import clixml
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import ReplyRefused
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.record import Record

SAMPLES = Path(__file__).parent / "samples"


def value(xml: str) -> Any:
    """What one property of an object reads as; its name is X."""
    return clixml.read_object(f'<Obj RefId="0"><MS>{xml}</MS></Obj>')["X"]


def owa() -> Record:
    (record,) = clixml.read_file((SAMPLES / "owa_virtual_directory.xml").read_text(encoding="utf-8"))
    return record


# Shapes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GzipLevel", "Low"),
        ("ExternalAuthenticationMethods", ["Fba", "Ntlm"]),
        ("ExtendedProtectionSPNList", []),
        ("FormsAuthentication", True),
        ("DigestAuthentication", False),
        ("UserContextTimeout", 60),
        ("DefaultDomain", ""),
        ("ExternalDownloadHostName", None),
        ("InternalUrl", "https://ex1.contoso.test/owa"),
        ("ExternalUrl", None),
        ("Server", "EX1"),
        ("Identity", "EX1\\owa (Default Web Site)"),
        ("Id", "EX1\\owa (Default Web Site)"),
        ("Elsewhere", {"Inside": "an object inside one that has a text"}),
        ("Escaped", "a\nb _x0041_ \N{GRINNING FACE} half \N{REPLACEMENT CHARACTER}"),
        ("Byte", 255),
        ("Ratio", 0.5),
        ("Version", "15.2.1118.7"),
        ("Letter", "A"),
        ("SerializationData", b"\x00\x01\x02\xff"),
        ("Secret", "********"),
    ],
)
def test_each_shape_reads_as_a_plain_value(name: str, expected: Any) -> None:
    assert owa()[name] == expected
    assert type(owa()[name]) is type(expected)


def test_a_record_finds_names_without_case_and_tells_absent_from_empty() -> None:
    record = owa()
    assert str(record) == "EX1\\owa (Default Web Site)"
    assert record["gziplevel"] == record["GZIPLEVEL"] == "Low"
    assert "ExternalUrl" in record and "externalurl" in record
    assert "LogonFormat" not in record and 7 not in record
    assert record.get("LogonFormat") is None
    with pytest.raises(KeyError):
        record["LogonFormat"]
    assert len(record) == len(list(record)) == len(dict(record))


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<I64 N="X">-5000000000</I64>', -5000000000),
        ('<B N="X">TRUE</B>', True),
        ('<S N="X">&lt;&amp;</S>', "<&"),
        ('<S N="X" />', ""),
        ('<C N="X">55357</C>', "\N{REPLACEMENT CHARACTER}"),
        ('<Sg N="X">1.5</Sg>', 1.5),
        ('<Obj N="X" RefId="1"><IE><S>a</S><Nil /></IE></Obj>', ["a", None]),
        ('<Obj N="X" RefId="1"><STK><I32>1</I32></STK></Obj>', [1]),
        ('<Obj N="X" RefId="1"><QUE /></Obj>', []),
        ('<Obj N="X" RefId="1"><I32>7</I32></Obj>', 7),
        ('<Obj N="X" RefId="1"><DCT><En><S N="Key">k</S><I32 N="Value">1</I32></En></DCT></Obj>', {"k": 1}),
        ('<Obj N="X" RefId="1"><Props><S N="A">b</S></Props><MS><B N="C">true</B></MS></Obj>', {"A": "b", "C": True}),
        ('<Obj N="X" RefId="1"><ToString>text wins</ToString><Props><S N="A">b</S></Props></Obj>', "text wins"),
        ('<Obj N="X" RefId="1"><ToString>but a list</ToString><LST><S>a</S></LST></Obj>', ["a"]),
        ('<Obj N="X" RefId="1" />', {}),
    ],
)
def test_other_shapes(xml: str, expected: Any) -> None:
    assert value(xml) == expected


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<S>text</S>", {"Value": "text"}),
        ("<I32>5</I32>", {"Value": 5}),
        ("<Nil />", {"Value": None}),
        ('<Obj RefId="0"><LST><S>a</S></LST></Obj>', {"Value": ["a"]}),
        ('<Obj RefId="0"><TN RefId="0"><T>T</T></TN><ToString>Low</ToString><I32>1</I32></Obj>', {"Value": "Low"}),
        ('<Obj RefId="0"><DCT><En><S N="Key">k</S><S N="Value">v</S></En></DCT></Obj>', {"k": "v"}),
    ],
)
def test_what_is_no_property_bag_is_a_record_too(xml: str, expected: dict[str, Any]) -> None:
    assert dict(clixml.read_object(xml)) == expected


def test_a_namespace_makes_no_difference() -> None:
    namespace = 'xmlns="http://schemas.microsoft.com/powershell/2004/04"'
    assert clixml.read_object(f'<Obj RefId="0" {namespace}><MS><S N="A">b</S></MS></Obj>')["A"] == "b"


# Documents made to hurt


def refused(xml: str) -> str:
    with pytest.raises(ReplyRefused) as error:
        clixml.read_object(xml)
    assert error.value.cure
    return error.value.sentence


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no xml",
        "<Obj>",
        "<Obj RefId='0'></S>",
        "<S>a</S><S>b</S>",
        "<S>\x01</S>",
        "<!-- only a comment -->",
        "<html><body>Service Unavailable</p></body></html>",
        "<S>&undefined;</S>",
    ],
)
def test_what_is_not_well_formed_is_refused(xml: str) -> None:
    assert "not valid CLIXML" in refused(xml)


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE S [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><S>&b;</S>',
        '<!DOCTYPE S [<!ENTITY a SYSTEM "file:///etc/hostname">]><S>&a;</S>',
        '<!DOCTYPE S SYSTEM "http://contoso.test/x.dtd"><S>a</S>',
    ],
)
def test_document_types_are_refused(xml: str) -> None:
    assert "document type" in refused(xml)


def test_ten_thousand_nested_objects_are_refused() -> None:
    xml = "<Obj RefId='0'><MS>" * 10_000 + "<S N='X'>deep</S>" + "</MS></Obj>" * 10_000
    assert "nested deeper than 64 levels" in refused(xml)


def test_the_deepest_that_is_allowed() -> None:
    levels = clixml.MAX_DEPTH - 3  # the outer object, its bag, and the text inside
    xml = '<Obj N="X" RefId="1"><LST>' * (levels // 2) + "<S>deep</S>" + "</LST></Obj>" * (levels // 2)
    found = value(xml)
    while isinstance(found, list):
        (found,) = found
    assert found == "deep"


def test_more_elements_than_any_honest_reply_are_refused() -> None:
    xml = "<Obj RefId='0'><LST>" + "<Nil />" * clixml.MAX_ELEMENTS + "</LST></Obj>"
    assert "more than 400000 elements" in refused(xml)


def chain(length: int, references: int) -> str:
    """Lists that each hold the one before several times."""
    inner = ["<LST>" + f'<Ref RefId="{link}" />' * references + "</LST>" for link in range(length)]
    links = [f'<Obj RefId="{link}">{listed}</Obj>' for link, listed in enumerate(inner, start=1)]
    return f'<Obj RefId="a"><LST><Obj RefId="0"><LST><S>x</S></LST></Obj>{"".join(links)}</LST></Obj>'


def test_references_that_double_at_each_step_are_refused() -> None:
    assert "more than 400000 elements" in refused(chain(length=21, references=2))


def test_a_long_chain_of_references_is_refused() -> None:
    assert "nested deeper than 64 levels" in refused(chain(length=5_000, references=1))


def test_an_object_that_holds_itself_is_refused() -> None:
    xml = '<Obj RefId="0"><LST><Ref RefId="0" /></LST></Obj>'
    assert "nested deeper than 64 levels" in refused(xml)


def test_a_reference_to_nothing_is_refused() -> None:
    assert "does not hold" in refused('<Obj RefId="0"><MS><Ref N="X" RefId="9" /></MS></Obj>')


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        ('<I32 N="X">seven</I32>', "invalid I32"),
        ('<I32 N="X">' + "9" * 5000 + "</I32>", "invalid I32"),
        ('<C N="X">99999999999999999999</C>', "invalid C"),
        ('<C N="X">1114112</C>', "invalid C"),
        ('<Db N="X">wide</Db>', "invalid Db"),
        ('<BA N="X">A</BA>', "invalid BA"),
        ('<Script N="X">rm</Script>', "unknown element 'Script'"),
        ('<Obj N="X" RefId="1"><DCT><En><S N="Key">k</S></En></DCT></Obj>', "without key or value"),
    ],
)
def test_invalid_values_are_refused(xml: str, says: str) -> None:
    assert says in refused(f'<Obj RefId="0"><MS>{xml}</MS></Obj>')
