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
_BAGS = ("Props", "MS")
_LISTS = frozenset({"LST", "IE", "STK", "QUE"})


def read_object(text: str) -> Record:
    """Read the one object of a PSRP message.

    Raises:
        ReplyRefused: not CLIXML, nested too deep, or too many elements.
    """
    root = _parse(text)
    return _record(_Reader(root), root)


def read_file(text: str) -> list[Record]:
    """Read the objects of an Export-Clixml file, in order.

    Raises:
        ReplyRefused: as for read_object.
    """
    root = _parse(text)
    reader = _Reader(root)
    return [_record(reader, element) for element in root]


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
        _refuse_beyond_bounds(depth, elements)

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


def _refuse_beyond_bounds(depth: int, elements: int) -> None:
    if depth > MAX_DEPTH:
        raise _refused(f"is nested deeper than {MAX_DEPTH} levels")
    if elements > MAX_ELEMENTS:
        raise _refused(f"has more than {MAX_ELEMENTS} elements")


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
    text = _text(element.findtext("ToString") or "")
    if any(element.find(bag) is not None for bag in _BAGS):
        return Record({name: reader.value(member) for name, member in _members(element)}, text=text)
    value = reader.value(element)
    return Record(value if isinstance(value, dict) else {"Value": value}, text=text or str(value))


def _members(element: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for bag in _BAGS:
        for member in element.findall(f"{bag}/*"):
            yield _text(member.get("N", "")), member


class _Reader:
    """Reads the values of one document, whose objects may be referred to from anywhere in it.

    References can make a small document huge or endless, so what they lead to is held to the same bounds.
    """

    def __init__(self, root: ET.Element) -> None:
        self._objects = {element.get("RefId", ""): element for element in root.iter("Obj")}
        self._depth = self._elements = 0

    def value(self, element: ET.Element) -> Any:
        self._depth += 1
        self._elements += 1
        _refuse_beyond_bounds(self._depth, self._elements)
        try:
            return self._value(element)
        finally:
            self._depth -= 1

    def _value(self, element: ET.Element) -> Any:
        if element.tag == "Ref":
            return self._reference(element.get("RefId", ""))
        if element.tag == "Obj":
            return self._object(element)
        try:
            return _PRIMITIVES[element.tag](element.text or "")
        except KeyError:
            raise _refused(f"has an unknown element {element.tag[:40]!r}") from None
        except (ValueError, OverflowError, binascii.Error) as exc:
            raise _refused(f"has an invalid {element.tag} value") from exc

    def _reference(self, key: str) -> Any:
        if key not in self._objects:
            raise _refused("refers to an object that it does not hold")
        return self._object(self._objects[key])

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
    return _characters(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), escaped))


def _characters(units: str) -> str:
    """Join surrogate pairs; half of one becomes the replacement character."""
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
    "C": lambda text: _characters(chr(int(text))),
    "BA": _bytes,
    "Nil": lambda _text_of_it: None,
    "SS": _secret,
}
