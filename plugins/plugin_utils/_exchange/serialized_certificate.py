# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows's serialized certificate: a certificate with the properties that its store keeps beside it (law O7)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from .._remoting.nrbf import refused

MAX_PROPERTIES = 256
"""Recorded certificates have 5 to 11."""

_PROPERTY = struct.Struct("<III")
_ENCODING = 1
_KEY_PROVIDER, _SHA1, _FRIENDLY_NAME, _DER = 2, 3, 11, 32

_KEY = struct.Struct("<7I")
_CNG = 0


@dataclass(frozen=True)
class KeyProvider:
    """Where the private key is kept (law O8).

    Attributes:
        name: the provider's; empty for keys that Exchange made.
        type: its number, such as 12 (RSA SChannel).
    """

    name: str
    type: int

    @property
    def storage(self) -> str:
        """csp or cng, by the type: the name of a CSP is often missing."""
        return "cng" if self.type == _CNG else "csp"


@dataclass(frozen=True)
class SerializedCertificate:
    """What a serialized certificate holds, as far as it is used.

    Attributes:
        key_provider: None without a private key.
        sha1: the thumbprint as the store knows it, or None.
    """

    der: bytes
    friendly_name: str
    key_provider: KeyProvider | None
    sha1: bytes | None


def read_serialized_certificate(data: bytes) -> SerializedCertificate:
    """Read the properties; unknown ones are skipped.

    Raises:
        PayloadRefused: lengths that do not add up, a property that comes twice, or no certificate.
    """
    properties = _properties(data)
    if _DER not in properties:
        raise refused("is a serialized certificate without the certificate")
    provider = properties.get(_KEY_PROVIDER)
    return SerializedCertificate(
        der=properties[_DER],
        friendly_name=_utf16(properties.get(_FRIENDLY_NAME, b"")),
        key_provider=None if provider is None else _key_provider(provider),
        sha1=properties.get(_SHA1),
    )


def _properties(data: bytes) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if len(data) - at < _PROPERTY.size:
            raise refused("is a truncated serialized certificate")
        key, encoding, length = _PROPERTY.unpack_from(data, at)
        at += _PROPERTY.size
        if encoding != _ENCODING or length > len(data) - at:
            raise refused(f"claims {length} bytes of encoding {encoding} in a serialized certificate")
        if key in found or len(found) == MAX_PROPERTIES:
            raise refused(f"repeats property {key} of a serialized certificate, or has too many")
        found[key] = data[at : at + length]
        at += length
    return found


def _key_provider(data: bytes) -> KeyProvider:
    """CRYPT_KEY_PROV_INFO with offsets for pointers; an offset of 0 stands for no name."""
    if len(data) < _KEY.size:
        raise refused("has truncated information about a private key")
    _container, name_at, kind, *_rest = _KEY.unpack_from(data)
    if name_at and not _KEY.size <= name_at < len(data):
        raise refused("has information about a private key that leads outside of it")
    return KeyProvider(_utf16(data[name_at:]) if name_at else "", kind)


def _utf16(data: bytes) -> str:
    """The text up to the first zero character."""
    return data[: len(data) // 2 * 2].decode("utf-16-le", "replace").partition("\0")[0]
