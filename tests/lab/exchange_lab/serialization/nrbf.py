# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of the .NET Remoting Binary Format (MS-NRBF 2.3 to 2.6), each function gives the bytes of one record."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

# BinaryTypeEnumeration and PrimitiveTypeEnumeration (MS-NRBF 2.1.2.2, 2.1.2.3).
PRIMITIVE, STRING, SYSTEM_CLASS, CLASS, PRIMITIVE_ARRAY = 0, 1, 3, 4, 7
BOOLEAN, BYTE, INT32 = 1, 2, 8

NULL = b"\x0a"
END = b"\x0b"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a class: its name, its binary type and what that type needs to be said besides."""

    name: str
    kind: int
    about: bytes = b""


def header(root: int = 1) -> bytes:
    """SerializedStreamHeader: the root object's id, no method call, version 1.0."""
    return b"\x00" + struct.pack("<iiii", root, -1, 1, 0)


def library(identifier: int, name: str) -> bytes:
    """BinaryLibrary: an assembly's name."""
    return b"\x0c" + int32(identifier) + text(name)


def object_of(identifier: int, type_name: str, members: Sequence[Member], assembly: int) -> bytes:
    """ClassWithMembersAndTypes; the values of its members follow."""
    return b"\x05" + _members(identifier, type_name, members) + int32(assembly)


def system_object_of(identifier: int, type_name: str, members: Sequence[Member]) -> bytes:
    """SystemClassWithMembersAndTypes: a class of mscorlib; the values of its members follow."""
    return b"\x04" + _members(identifier, type_name, members)


def object_like(identifier: int, first: int) -> bytes:
    """ClassWithId: the same class as an object before; the values of its members follow."""
    return b"\x01" + int32(identifier) + int32(first)


def enumeration(identifier: int, type_name: str, number: int, assembly: int) -> bytes:
    """An enumeration's value: a class whose one member is the number."""
    return object_of(identifier, type_name, [Member("value__", PRIMITIVE, bytes([INT32]))], assembly) + int32(number)


def string(identifier: int, value: str) -> bytes:
    """BinaryObjectString."""
    return b"\x06" + int32(identifier) + text(value)


def reference(identifier: int) -> bytes:
    """MemberReference: the object stands elsewhere in the stream."""
    return b"\x09" + int32(identifier)


def nulls(count: int) -> bytes:
    """ObjectNullMultiple256, or the shorter ObjectNull; nothing for none. Raises ValueError above 255."""
    return (b"", NULL)[count] if count < 2 else b"\x0d" + bytes([count])


def byte_array(identifier: int, value: bytes) -> bytes:
    """ArraySinglePrimitive of bytes."""
    return b"\x0f" + int32(identifier) + int32(len(value)) + bytes([BYTE]) + value


def array_of(identifier: int, length: int, type_name: str, assembly: int) -> bytes:
    """BinaryArray with one dimension of a class; its elements follow."""
    return b"\x07" + int32(identifier) + b"\x00" + int32(1) + int32(length) + class_type(type_name, assembly, CLASS)


def class_type(type_name: str, assembly: int, kind: int | None = None) -> bytes:
    """ClassTypeInfo, after its binary type where that stands beside it."""
    return (b"" if kind is None else bytes([kind])) + text(type_name) + int32(assembly)


def int32(value: int) -> bytes:
    return struct.pack("<i", value)


def boolean(value: bool) -> bytes:
    return bytes([value])


def text(value: str) -> bytes:
    """LengthPrefixedString: UTF-8 after its length, seven bits a byte (MS-NRBF 2.1.1.6)."""
    encoded = value.encode()
    left, prefix = len(encoded), bytearray()
    while left > 0x7F:
        prefix.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*prefix, left]) + encoded


def _members(identifier: int, type_name: str, members: Sequence[Member]) -> bytes:
    return b"".join(
        (
            int32(identifier),
            text(type_name),
            int32(len(members)),
            *(text(member.name) for member in members),
            bytes(member.kind for member in members),
            *(member.about for member in members),
        )
    )
