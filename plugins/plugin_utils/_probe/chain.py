# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of a handshake, as the server sent them and as they were verified (certificate-laws G2)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

from .._exchange.x509_facts import X509Facts, read_x509
from .._remoting.nrbf import PayloadRefused

_DER = 2  # _ssl.ENCODING_DER


def sent(handshake: ssl.SSLObject | None) -> tuple[X509Facts, ...]:
    """What the server sent, its own certificate first, as far as it can be read; nothing where that one cannot."""
    return _chain(handshake, "get_unverified_chain")


def verified(handshake: ssl.SSLObject | None) -> tuple[X509Facts, ...]:
    """The way from the server's certificate to what is trusted, where certificates were verified."""
    return _chain(handshake, "get_verified_chain")


def _chain(handshake: ssl.SSLObject | None, name: str) -> tuple[X509Facts, ...]:
    read = [_read(der) for der in _ders(handshake, name)] if handshake else []
    return tuple(one for one in read if one) if read and read[0] else ()


def _read(der: bytes) -> X509Facts | None:
    with suppress(PayloadRefused):
        return read_x509(der)
    return None


def _ders(handshake: ssl.SSLObject, name: str) -> Sequence[bytes]:
    """Public from Python 3.13 on; before, it is the method behind that one, which has been there since 3.10."""
    public = getattr(handshake, name, None)
    if public:
        return cast(Callable[[], Sequence[bytes]], public)()
    internal: Any = handshake
    return [one.public_bytes(_DER) for one in getattr(internal._sslobj, name)() or ()]


def lacking(shown: Sequence[X509Facts], way: Sequence[X509Facts]) -> str:
    """Subject of the first intermediate that was needed to verify and was not sent; empty where none was needed."""
    known = {one.thumbprint for one in shown}
    return next((one.subject for one in way[1:] if not one.self_issued and one.thumbprint not in known), "")


def lonely(shown: Sequence[X509Facts]) -> bool:
    """Whether the server's own certificate is issued by somebody else, and came without that one's."""
    return bool(shown) and not shown[0].self_issued and all(one.subject != shown[0].issuer for one in shown[1:])


def roots(shown: Sequence[X509Facts]) -> list[X509Facts]:
    """Roots that were sent along, which is not needed."""
    return [one for one in shown[1:] if one.self_issued]
