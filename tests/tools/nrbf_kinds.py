# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of a .NET binary payload in their order, for comparing two payloads; shares no code with any writer."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

Class = tuple[list[tuple[int, Any]], str]
WIDTHS = {1: 1, 2: 1, 8: 4}  # Boolean, Byte, Int32


class Walk:
    """Goes through a payload once and keeps kind and name of each record. Raises KeyError for an unknown kind."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._classes: dict[int, Class] = {}
        self.records: list[tuple[str, str]] = []
        self._take(17)
        while self._record():
            pass
        if self._at != len(data):
            raise ValueError(f"{len(data) - self._at} bytes follow the end.")

    def _record(self) -> bool:
        kind = self._take(1)[0]
        if kind == 11:
            return False
        {
            1: self._again,
            4: self._class,
            5: self._class_of_library,
            6: self._string,
            7: self._array,
            9: self._reference,
            10: lambda: self._keep("null"),
            12: self._library,
            13: lambda: self._keep("nulls", str(self._take(1)[0])),
            15: self._bytes,
        }[kind]()
        return True

    def _again(self) -> None:
        self._number()
        members, name = self._classes[self._number()]
        self._keep("class again", name)
        self._values(members)

    def _class(self) -> None:
        self._values(self._described("system class")[1])

    def _class_of_library(self) -> None:
        _unused, members = self._described("class")
        self._number()
        self._values(members)

    def _described(self, title: str) -> tuple[str, list[tuple[int, Any]]]:
        identifier, name, count = self._number(), self._text(), self._number()
        names = [self._text() for _unused in range(count)]
        kinds = list(self._take(count))
        members = [(kind, self._about(kind)) for kind in kinds]
        self._classes[identifier] = (members, name)
        self._keep(
            title, f"{name}({', '.join(f'{n}:{k}:{about}' for n, (k, about) in zip(names, members, strict=True))})"
        )
        return name, members

    def _about(self, kind: int) -> Any:
        if kind in (0, 7):
            return self._take(1)[0]
        if kind == 3:
            return self._text()
        if kind == 4:
            name = self._text()
            self._number()
            return name
        return None

    def _values(self, members: list[tuple[int, Any]]) -> None:
        for kind, about in members:
            if kind == 0:
                self._take(WIDTHS[about])
            else:
                self._member()

    def _member(self) -> None:
        """A library may stand before the record of a value."""
        while self._data[self._at] == 12:
            self._record()
        self._record()

    def _string(self) -> None:
        self._number()
        self._text()
        self._keep("string")

    def _array(self) -> None:
        self._number()
        self._take(5)
        length, kind = self._number(), self._take(1)[0]
        self._keep("array", f"{length} {self._about(kind)}")

    def _reference(self) -> None:
        self._number()
        self._keep("reference")

    def _library(self) -> None:
        self._number()
        self._keep("library", self._text())

    def _bytes(self) -> None:
        self._number()
        length = self._number()
        self._take(1 + length)
        self._keep("bytes")

    def _keep(self, kind: str, name: str = "") -> None:
        self.records.append((kind, name))

    def _number(self) -> int:
        return int(struct.unpack("<i", self._take(4))[0])

    def _text(self) -> str:
        length = shift = 0
        while (byte := self._take(1)[0]) & 0x80:
            length |= (byte & 0x7F) << shift
            shift += 7
        return self._take(length | byte << shift).decode()

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("The payload ends early.")
        self._at += count
        return taken


def properties(cert_data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a serialized certificate: property id and value (certificate-laws O7)."""
    at = 0
    while at < len(cert_data):
        number, encoding, length = struct.unpack_from("<III", cert_data, at)
        assert encoding == 1
        at += 12 + length
        assert at <= len(cert_data)
        yield number, cert_data[at - length : at]
