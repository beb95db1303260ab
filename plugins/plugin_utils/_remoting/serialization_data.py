# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The property SerializationData of an object that was sent with its types (``serializationLevel=Full``).

It holds the object in .NET's binary format, plain or in the envelope of serialized data signing (law O5).
"""

from __future__ import annotations

from typing import Any

from .nrbf import MAX_BYTES, NrbfObject, read_nrbf, refused

_MARK = b"#sig#"
_LENGTH_BYTES = 4
_SIGNATURE_BYTES = 32
ENVELOPE_BYTES = len(_MARK) + _LENGTH_BYTES + _SIGNATURE_BYTES


def read_serialization_data(value: Any) -> NrbfObject:
    """Read the object. A signature cannot be checked from outside the server, so it is only cut off.

    Raises:
        PayloadRefused: no bytes, an envelope whose lengths do not add up, or as read_nrbf.
    """
    if not isinstance(value, bytes):
        raise refused("is no binary data at all")
    return read_nrbf(_unwrapped(value) if value.startswith(_MARK) else value)


def _unwrapped(data: bytes) -> bytes:
    start = len(_MARK) + _LENGTH_BYTES
    length = int.from_bytes(data[len(_MARK) : start], "little")
    if len(data) != length + ENVELOPE_BYTES:
        raise refused(f"claims {length} bytes in a signed envelope of {len(data)} bytes")
    if length > MAX_BYTES:
        raise refused(f"has {length} bytes, more than the {MAX_BYTES} that are read")
    return data[start : start + length]
