# SPDX-License-Identifier: GPL-3.0-or-later
"""Written names of certificates, compared part by part (law O9)."""

from __future__ import annotations

import pytest
from cryptography import x509

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.distinguished_names import (
    distinguished_name,
    name_parts,
    with_values,
)

SAME = [
    "C=US, S=Washington, O=Contoso, CN=mail.contoso.com",
    "CN=mail.contoso.com, O=Contoso, S=Washington, C=US",
    "cn=mail.contoso.com;o=Contoso;st=Washington;c=US",
    ' CN = MAIL.contoso.com , O = "contoso" , S=Washington,C=us ',
    "OID.2.5.4.3=mail.contoso.com, 2.5.4.10=Contoso, 2.5.4.8=Washington, C=US",
    "CN=mail.contoso.com + O=Contoso, S=Washington\nC=US",
]


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("C=US, CN=a.b, O=a.b", "C=US, CN=A.B, O=a.b"),
        (' cn = "a.b" ;O="x, CN=a.b"', ' cn = "A.B" ;O="x, CN=a.b"'),
        ("OID.2.5.4.3=a.b + O=c", "OID.2.5.4.3=A.B + O=c"),
        ("O=Contoso", "O=Contoso"),
    ],
)
def test_one_attribute_is_spelled_anew_and_the_rest_is_kept(text: str, spelled: str) -> None:
    assert with_values(text, "CN", str.upper) == spelled


@pytest.mark.parametrize("text", SAME)
def test_the_same_name_in_every_spelling(text: str) -> None:
    assert name_parts(text) == name_parts(SAME[0])


@pytest.mark.parametrize(
    "text",
    [
        "C=US, S=Washington, O=Contoso",
        "C=US, S=Washington, O=Contoso, CN=mail.contoso.com, CN=mail.contoso.com",
        "C=US, L=Washington, O=Contoso, CN=mail.contoso.com",
        "C=US, S=Washington, O=Contoso Ltd, CN=mail.contoso.com",
    ],
)
def test_other_names(text: str) -> None:
    assert name_parts(text) != name_parts(SAME[0])


@pytest.mark.parametrize(
    "value", ["Contoso, Inc.", 'the "best"', "a+b", "x=y", " blank ", "#1", "a;b", "<x>", "Zürich", "E=mc2, C=US"]
)
def test_what_dotnet_writes_is_understood_again(value: str) -> None:
    """Quotes around values with separators, doubled inside."""
    parts = [
        x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "US"),
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, value),
        x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, "a@b.c"),
    ]
    assert name_parts(distinguished_name(x509.Name(parts))) == tuple(
        sorted([("C", "us"), ("O", value.lower()), ("E", "a@b.c")])
    )


def test_no_name_has_no_parts() -> None:
    assert name_parts("") == name_parts("  ") == ()


@pytest.mark.parametrize(
    "text",
    [
        "mail.contoso.com",
        "CN",
        "CN=",
        "CN=a,",
        ",CN=a",
        "CN=a,,O=b",
        'CN="a',
        'CN="a"b',
        "=a",
        "C N=a",
        'CN=a"b',
        "1=a",
    ],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError):
        name_parts(text)
