# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads .NET's binary format (MS-NRBF) into plain values: linear, bounded, executing nothing.

Only the nine record kinds that recorded payloads hold. Every other kind, and every count that the data cannot back,
is refused; types are names here, never anything that is looked up.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .errors import ExchangeError

MAX_BYTES = 64 * 1024
"""The largest payload that is read. Recorded certificates have 3 kB, the largest recorded object 26 kB."""
MAX_DEPTH = 32
"""How deep objects may hold objects. Recorded payloads have 4 levels."""


class PayloadRefused(ExchangeError):
    """Binary data of a server that is damaged, hostile, or of a kind that is not known. Nothing of it was used."""


@dataclass(frozen=True)
class NrbfObject:
    """An object: the name of its .NET class, and its members by name.

    Member values are None, bool, int, text, bytes, lists of these, or objects.
    """

    class_name: str
    members: Mapping[str, Any]


def read_nrbf(data: bytes) -> NrbfObject:
    """Read the root object of a stream.

    Raises:
        PayloadRefused: larger than MAX_BYTES, truncated, followed by more, nested too deep, cyclic, or not understood.
    """
    if len(data) > MAX_BYTES:
        raise refused(f"has {len(data)} bytes, more than the {MAX_BYTES} that are read")
    return _Stream(data).root()


def refused(what: str) -> PayloadRefused:
    """The error for a payload that ``what`` is the matter with."""
    return PayloadRefused(f"Binary data of the server {what}.", "Nothing of it was used.")


class _Kind(IntEnum):
    """Record kinds (MS-NRBF 2.1.2.1). The header, libraries and the end hold no values, the other nine do."""

    HEADER = 0
    CLASS_AGAIN = 1
    SYSTEM_CLASS = 4
    CLASS = 5
    STRING = 6
    ARRAY = 7
    REFERENCE = 9
    NULL = 10
    END = 11
    LIBRARY = 12
    NULLS = 13
    PRIMITIVE_ARRAY = 15


_OF_PRIMITIVE, _OF_SYSTEM_CLASS, _OF_CLASS, _OF_PRIMITIVE_ARRAY = 0, 3, 4, 7
_WITHOUT_DETAILS = frozenset({1, 2, 5, 6})
"""Kinds of members (MS-NRBF 2.1.2.2): strings, objects, arrays of these."""

_PRIMITIVES = {
    1: struct.Struct("<?"),
    2: struct.Struct("<B"),
    7: struct.Struct("<h"),
    8: struct.Struct("<i"),
    9: struct.Struct("<q"),
    10: struct.Struct("<b"),
    14: struct.Struct("<H"),
    15: struct.Struct("<I"),
    16: struct.Struct("<Q"),
}
"""Booleans and integers (MS-NRBF 2.1.2.3)."""
_BYTE = 2


@dataclass(frozen=True)
class _Class:
    """What a class record says of its objects: member names, and for each the format of a primitive or None."""

    name: str
    members: Sequence[tuple[str, struct.Struct | None]]


@dataclass(frozen=True)
class _Reference:
    """Stands where an object belongs that comes later in the stream."""

    target: int


class _Nulls(int):
    """Stands for this many empty elements of an array."""


@dataclass
class _Stream:
    """Reads forward once; ``root`` then puts objects where references to them stand."""

    data: bytes
    _at: int = 0
    _depth: int = 0
    _empty: int = 0
    _objects: dict[int, Any] = field(default_factory=dict)
    _classes: dict[int, _Class] = field(default_factory=dict)
    _done: set[int] = field(default_factory=set)

    def root(self) -> NrbfObject:
        if self._byte() != _Kind.HEADER:
            raise refused("does not begin as .NET's binary format does")
        root, _header_id, major, _minor = (self._int() for _field in range(4))
        if major != 1:
            raise refused(f"is of version {major} of its format")
        while (kind := self._byte()) != _Kind.END:
            self._record(kind)
        if self._left():
            raise refused(f"goes on for {self._left()} bytes after its end")
        found = self._joined(_Reference(root))
        if not isinstance(found, NrbfObject):
            raise refused("has no object as its root")
        return found

    def _left(self) -> int:
        return len(self.data) - self._at

    def _take(self, count: int) -> bytes:
        if not 0 <= count <= self._left():
            raise refused("is truncated")
        self._at += count
        return self.data[self._at - count : self._at]

    def _byte(self) -> int:
        return self._take(1)[0]

    def _int(self) -> int:
        return int.from_bytes(self._take(4), "little", signed=True)

    def _count(self) -> int:
        """A number of things to come. Honest data is longer than the number of things in it."""
        count = self._int()
        if not 0 <= count <= self._left():
            raise refused(f"claims {count} elements in {self._left()} bytes")
        return count

    def _text(self) -> str:
        length = 0
        for shift in range(0, 35, 7):
            byte = self._byte()
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        else:
            raise refused("has a text of impossible length")
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError as exc:
            raise refused("has a text that is not UTF-8") from exc

    def _record(self, kind: int) -> Any:
        """Read one record and return what stands for its value. Libraries come before the record that they serve."""
        while kind == _Kind.LIBRARY:
            self._int()
            self._text()
            kind = self._byte()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(f"is nested deeper than {MAX_DEPTH} levels")
        value = self._value(kind)
        self._depth -= 1
        return value

    def _value(self, kind: int) -> Any:
        match kind:
            case _Kind.NULL:
                return None
            case _Kind.NULLS:
                return _Nulls(self._byte())
            case _Kind.REFERENCE:
                return _Reference(self._int())
            case _Kind.STRING:
                return self._keep(self._int(), self._text())
            case _Kind.CLASS | _Kind.SYSTEM_CLASS:
                return self._class(in_library=kind == _Kind.CLASS)
            case _Kind.CLASS_AGAIN:
                return self._class_again()
            case _Kind.ARRAY:
                return self._array()
            case _Kind.PRIMITIVE_ARRAY:
                return self._bytes()
        raise refused(f"has a record of kind {kind}, which is not known")

    def _keep(self, key: int, value: Any) -> _Reference:
        if key in self._objects:
            raise refused(f"has two objects of number {key}")
        self._objects[key] = value
        return _Reference(key)

    def _class(self, in_library: bool) -> _Reference:
        key, name = self._int(), self._text()
        names = [self._text() for _member in range(self._count())]
        if len(set(names)) < len(names):
            raise refused("has a class with two members of one name")
        formats = [self._member_format(kind) for kind in self._take(len(names))]
        if in_library:
            self._int()
        self._classes[key] = _Class(name, list(zip(names, formats, strict=True)))
        return self._members(key, self._classes[key])

    def _member_format(self, kind: int) -> struct.Struct | None:
        if kind == _OF_PRIMITIVE:
            return self._primitive()
        if kind == _OF_PRIMITIVE_ARRAY:
            self._byte()
        elif kind == _OF_SYSTEM_CLASS:
            self._text()
        elif kind == _OF_CLASS:
            self._text()
            self._int()
        elif kind not in _WITHOUT_DETAILS:
            raise refused(f"has a member of kind {kind}, which is not known")
        return None

    def _primitive(self) -> struct.Struct:
        if (kind := self._byte()) not in _PRIMITIVES:
            raise refused(f"has a value of type {kind}, which is not known")
        return _PRIMITIVES[kind]

    def _class_again(self) -> _Reference:
        key, like = self._int(), self._int()
        if like not in self._classes:
            raise refused("has an object of a class that it does not describe")
        return self._members(key, self._classes[like])

    def _members(self, key: int, class_: _Class) -> _Reference:
        """The values that follow a class record, in the order of its members."""
        members: dict[str, Any] = {}
        kept = self._keep(key, NrbfObject(class_.name, members))
        for name, form in class_.members:
            if form:
                (members[name],) = form.unpack(self._take(form.size))
            else:
                members[name] = self._record(self._byte())
            if isinstance(members[name], _Nulls):
                raise refused("has a run of empty elements outside an array")
        return kept

    def _array(self) -> _Reference:
        key, shape, rank = self._int(), self._byte(), self._int()
        if (shape, rank) != (0, 1):
            raise refused("has an array of more than one dimension")
        length = self._count()
        kind = self._byte()
        if self._member_format(kind):
            raise refused("has an array of values where one of objects belongs")
        items: list[Any] = []
        kept = self._keep(key, items)
        while len(items) < length:
            item = self._record(self._byte())
            run = item if isinstance(item, _Nulls) else 1
            if not 0 < run <= length - len(items):
                raise refused("has a run of empty elements that does not fit its array")
            self._empty += run - 1  # two bytes stand for up to 255 elements: not in array after array
            if self._empty > len(self.data):
                raise refused("has more empty elements than bytes")
            items.extend([None] * run if isinstance(item, _Nulls) else [item])
        return kept

    def _bytes(self) -> _Reference:
        key, length = self._int(), self._count()
        if self._byte() != _BYTE:
            raise refused("has an array of values that are no bytes")
        return self._keep(key, self._take(length))

    def _joined(self, value: Any) -> Any:
        """The value itself, everything that it refers to put in place. Each object is visited once."""
        if not isinstance(value, _Reference):
            return value
        if value.target not in self._objects:
            raise refused("refers to an object that it does not hold")
        found = self._objects[value.target]
        if value.target in self._done or isinstance(found, (str, bytes)):
            return found
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(f"is nested deeper than {MAX_DEPTH} levels, or without end")
        if isinstance(found, NrbfObject):
            inside: Any = found.members
            places: Any = list(inside)
        else:
            inside, places = found, range(len(found))
        for place in places:
            inside[place] = self._joined(inside[place])
        self._depth -= 1
        self._done.add(value.target)
        return found
