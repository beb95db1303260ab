# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of certificates as .NET writes them, which is how Exchange compares them (laws O9 and S5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

KEYS = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "S",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.13": "Description",
    "2.5.4.17": "PostalCode",
    "2.5.4.18": "POBox",
    "2.5.4.20": "Phone",
    "2.5.4.42": "G",
    "2.5.4.43": "I",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
}
"""Short names of attributes, from Microsoft's open specification MS-OSCO; others are written as OIDs."""

_QUOTED = frozenset(',+="\n<>#;')
"""From the page of the Windows function CertNameToStr, which also has quotes doubled and empty values quoted."""


_PART = re.compile(
    r"(?P<key>[A-Za-z][\w.]*|\d+(?:\.\d+)+)\s*=\s*"
    r'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^",;+=\n]*))\s*(?P<separator>[,;+\n]|\Z)'
)
_SPELLINGS = {
    **{oid: key.upper() for oid, key in KEYS.items()},
    "ST": "S",
    "EMAIL": "E",
    "EMAILADDRESS": "E",
}


def distinguished_name(name: x509.Name) -> str:
    """Most specific part first, parted by a comma and a blank; attributes of one part by a plus sign."""
    return ", ".join(" + ".join(_attribute(attribute) for attribute in part) for part in reversed(name.rdns))


def _attribute(attribute: x509.NameAttribute) -> str:
    oid, value = attribute.oid.dotted_string, attribute.value
    text = value if isinstance(value, str) else f"#{value.hex().upper()}"
    return f"{KEYS.get(oid, f'OID.{oid}')}={_value(text)}"


def _value(text: str) -> str:
    if text and text.strip() == text and not _QUOTED & set(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _key(part: re.Match[str]) -> str:
    """In its one spelling."""
    key = part["key"].upper().removeprefix("OID.")
    return _SPELLINGS.get(key, key)


def with_values(text: str, key: str, spell: Callable[[str], str]) -> str:
    """A written name with the values of one attribute spelled anew, and everything else as it is.

    Args:
        key: short name, in upper case.
        spell: makes the new value of the old; without quotes, so it adds nothing that wants them.
    """

    def respelled(part: re.Match[str]) -> str:
        if _key(part) != key:
            return part[0]
        group = "plain" if part["quoted"] is None else "quoted"
        value = part[group].strip()
        begin, end = (place - part.start() for place in part.span(group))
        return part[0][:begin] + part[group].replace(value, spell(value)) + part[0][end:]

    return _PART.sub(respelled, text)


def name_parts(text: str) -> tuple[tuple[str, str], ...]:
    """The attributes of a written name, comparable: keys in one spelling, values without case, in a fixed order.

    The order in which a name is written and the one in which it is shown again are not the same.

    Raises:
        ValueError: it is no name as .NET reads them. The text says why.
    """
    found, rest = [], text.strip()
    while rest:
        match = _PART.match(rest)
        if not match:
            raise ValueError(f"'{rest[:40]}' is not of the form C=US, O=Contoso, CN=mail.contoso.com")
        value = match["quoted"].replace('""', '"') if match["quoted"] is not None else match["plain"].strip()
        if not value:
            raise ValueError(f"{match['key']} has no value")
        found.append((_key(match), value.lower()))
        rest = rest[match.end() :].lstrip()
        if match["separator"] and not rest:
            raise ValueError("a part is missing after the last separator")
    return tuple(sorted(found))
