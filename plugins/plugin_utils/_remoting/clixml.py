# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads CLIXML (MS-PSRP 2.2.5) into plain values: linear, bounded, executing nothing.

pypsrp's own reader hands out lists of unknown types as raw XML text and is quadratic in depth, so replies come
through here.
"""

from __future__ import annotations

import base64
import binascii
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from .errors import ReplyRefused
from .record import Record

MAX_DEPTH = 64
"""Levels of XML. The deepest object of a real server that was recorded has 11."""
MAX_ELEMENTS = 400_000
"""Elements in one message: some 2,000 of the largest virtual directory objects."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LISTS = frozenset({"LST", "IE", "STK", "QUE"})


def read_object(text: str) -> Record:
    """Read the one object of a PSRP message.

    Raises:
        ReplyRefused: not CLIXML, nested too deep, or too many elements.
    """
    return _record(_Reader(), _parse(text))


def read_file(text: str) -> list[Record]:
    """Read the objects of an Export-Clixml file, in order.

    Raises:
        ReplyRefused: as for read_object.
    """
    reader = _Reader()
    return [_record(reader, element) for element in _parse(text)]


def check(text: str) -> None:
    """Refuse XML that is not well-formed, declares a document type, or is larger than any honest reply.

    Raises:
        ReplyRefused: as said.
    """
    depth = elements = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH:
            raise _refused(f"is nested deeper than {MAX_DEPTH} levels")
        if elements > MAX_ELEMENTS:
            raise _refused(f"has more than {MAX_ELEMENTS} elements")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def document_type(*_declaration: Any) -> None:
        raise _refused("declares a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.Parse(text, True)
    except expat.ExpatError as exc:
        raise _refused("is not valid CLIXML") from exc


def _refused(what: str) -> ReplyRefused:
    return ReplyRefused(
        f"The server's reply {what}.",
        "Nothing of it was used; check that exchange_host and exchange_port lead to the Exchange server itself.",
    )


def _parse(text: str) -> ET.Element:
    check(text)
    root = ET.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _record(reader: _Reader, element: ET.Element) -> Record:
    if element.tag != "Obj":
        value = reader.value(element)
        return Record({"Value": value}, text=str(value))
    reader.remember(element)
    values = {name: reader.value(member) for name, member in _members(element)}
    return Record(values, text=_text(element.findtext("ToString") or ""))


def _members(element: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for bag in ("Props", "MS"):
        for member in element.findall(f"{bag}/*"):
            yield _text(member.get("N", "")), member


class _Reader:
    """Reads values; remembers objects by reference, as one document may point back at them."""

    def __init__(self) -> None:
        self._seen: dict[str, ET.Element] = {}
        self._open: set[str] = set()

    def remember(self, element: ET.Element) -> None:
        self._seen[element.get("RefId", "")] = element

    def value(self, element: ET.Element) -> Any:
        if element.tag == "Ref":
            return self._reference(element.get("RefId", ""))
        if element.tag == "Obj":
            self.remember(element)
            return self._object(element)
        try:
            return _PRIMITIVES[element.tag](element.text or "")
        except KeyError:
            raise _refused(f"has an unknown element {element.tag[:40]!r}") from None
        except (ValueError, binascii.Error) as exc:
            raise _refused(f"has an invalid {element.tag} value") from exc

    def _reference(self, key: str) -> Any:
        if key not in self._seen or key in self._open:
            raise _refused("refers to an object that it does not hold")
        self._open.add(key)
        try:
            return self._object(self._seen[key])
        finally:
            self._open.discard(key)

    def _object(self, element: ET.Element) -> Any:
        text = element.findtext("ToString")
        for child in element:
            if child.tag in _LISTS:
                return [self.value(item) for item in child]
            if child.tag == "DCT":
                return dict(self._entry(entry) for entry in child)
        if text is not None:
            return _text(text)
        for child in element:
            if child.tag in _PRIMITIVES:
                return self.value(child)
        return {name: self.value(member) for name, member in _members(element)}

    def _entry(self, entry: ET.Element) -> tuple[str, Any]:
        parts = {part.get("N"): part for part in entry}
        if not {"Key", "Value"} <= parts.keys():
            raise _refused("has a dictionary entry without key or value")
        return str(self.value(parts["Key"])), self.value(parts["Value"])


def _text(escaped: str) -> str:
    if "_x" not in escaped:
        return escaped
    units = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), escaped)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _secret(_text_of_it: str) -> str:
    return "********"


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=False)


_PRIMITIVES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("S", "URI", "XD", "SBK", "DT", "TS", "G", "Version", "D"), _text),
    **dict.fromkeys(("By", "SB", "U16", "I16", "U32", "I32", "U64", "I64"), int),
    **dict.fromkeys(("Sg", "Db"), float),
    "B": lambda text: text.strip().lower() == "true",
    "C": lambda text: chr(int(text)),
    "BA": _bytes,
    "Nil": lambda _text_of_it: None,
    "SS": _secret,
}
