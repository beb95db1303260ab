# SPDX-License-Identifier: GPL-3.0-or-later
"""As much DER as requests and PKCS#12 files need (X.690)."""

from __future__ import annotations

from typing import NamedTuple

INTEGER, OCTETS, OID, UTF8, IA5, BMP, SEQUENCE, SET, CONTEXT_0 = 2, 4, 6, 12, 22, 30, 0x30, 0x31, 0xA0
BITS = 3


class Item(NamedTuple):
    """One element: its tag and its content."""

    tag: int
    content: bytes

    @property
    def children(self) -> list[Item]:
        """The elements inside. Raises ValueError."""
        return items(self.content)

    @property
    def der(self) -> bytes:
        return encoded(self.tag, self.content)


def encoded(tag: int, *parts: bytes) -> bytes:
    """An element of these contents."""
    content = b"".join(parts)
    if (length := len(content)) < 128:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def items(data: bytes) -> list[Item]:
    """The elements of a text of DER, side by side. Raises ValueError when it is none."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("The DER is cut off.")
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size <= 4:
                raise ValueError("The DER has a length that it may not have.")
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("The DER is cut off.")
        found.append(Item(tag, data[at : at + length]))
        at += length
    return found


def oid(dotted: str) -> bytes:
    """An object identifier, from a text such as ``1.2.840.113549.1.7.1``."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray((40 * first + second,))
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return encoded(OID, bytes(content))
