# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bindings of web sites, as applicationHost.config writes them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._remoting.errors import BadInput

HTTP, HTTPS = "http", "https"
ANY_ADDRESS, LOOPBACK = "0.0.0.0", "127.0.0.1"
SNI, CENTRAL_STORE = 1, 2
"""Bits of sslFlags that change where http.sys looks for the certificate. Others are 4 no HTTP/2, 8 no OCSP stapling,
16 no QUIC, 32 no TLS 1.3, 64 no old TLS; all are kept."""


@dataclass(frozen=True)
class SslKey:
    """Where http.sys keeps a certificate: by address and port, or with SNI by host name and port.

    ``address`` is ``0.0.0.0`` for all; IPv6 stands in brackets. One of the two is empty.
    """

    address: str
    port: int
    host: str = ""

    @property
    def child_name(self) -> str:
        """Its name below ``IIS:\\SslBindings`` (iis-over-remoting 3)."""
        return f"!{self.port}!{self.host}" if self.host else f"{self.address}!{self.port}"

    def __str__(self) -> str:
        return f"{self.host or self.address}:{self.port}"


@dataclass(frozen=True)
class Binding:
    """One binding over HTTP of a site.

    Attributes:
        site: the site's name.
        protocol: http or https.
        information: as it is written, such as ``:443:``.
        address: ``0.0.0.0`` for an empty one and ``*``; IPv6 in brackets.
        host: in lower case; empty without one.
        ssl_flags: 0 for http.
        thumbprint: what IIS says is its certificate, upper case; empty without one.
        store: the store of that certificate.
    """

    site: str
    protocol: str
    information: str
    address: str
    port: int
    host: str = ""
    ssl_flags: int = 0
    thumbprint: str = ""
    store: str = ""

    @classmethod
    def of(cls, site: str, protocol: str, information: str, **more: Any) -> Binding:
        """Split ``address:port:host`` at the last two colons, as IPv6 addresses have more of them.

        Raises:
            ValueError: it is not of that form.
        """
        address, port, host = _split(information)
        return cls(site, protocol, information, normal_address(address), port, host.lower(), **more)

    @property
    def place(self) -> tuple[str, str, int, str]:
        """What makes two bindings of a site the same, however they are written."""
        return (self.protocol, self.address, self.port, self.host)

    @property
    def ssl_key(self) -> SslKey:
        """Where http.sys looks for its certificate."""
        if self.ssl_flags & SNI and self.host:
            return SslKey("", self.port, self.host)
        return SslKey(self.address, self.port)

    @property
    def label(self) -> str:
        """As people name it."""
        return f"{self.protocol} {self.information} of {self.site}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return {
            "site": self.site,
            "protocol": self.protocol,
            "information": self.information,
            "address": "*" if self.address == ANY_ADDRESS else self.address,
            "port": self.port,
            "host_name": self.host,
            "ssl_flags": self.ssl_flags,
            "thumbprint": self.thumbprint or None,
            "store": self.store or None,
        }


def _split(information: str) -> tuple[str, int, str]:
    parts = information.rsplit(":", 2)
    if len(parts) != 3 or not parts[1].isdecimal() or not parts[1].isascii() or not 0 < int(parts[1]) < 65536:
        raise ValueError(f"{information} is no binding over HTTP")
    return parts[0], int(parts[1]), parts[2]


def normal_address(text: str) -> str:
    """An address as it is compared: ``0.0.0.0`` for all of them; IPv6 short, in brackets.

    Raises:
        ValueError: it is no address.
    """
    if text in ("", "*", ANY_ADDRESS):
        return ANY_ADDRESS
    address = ipaddress.ip_address(text.strip("[]"))
    return f"[{address}]" if address.version == 6 else str(address)


def wished_address(text: str) -> str:
    """An option's address as a binding writes it: as given, IPv6 short and in brackets. Raises BadInput."""
    try:
        address = normal_address(text.strip())
    except ValueError as exc:
        raise BadInput(
            f"address '{text}' is not an IP address.", "Write it as 10.0.0.1 or ::1, or * for all addresses."
        ) from exc
    return text.strip() if address == ANY_ADDRESS else address


def users_of(bindings: Iterable[Binding], key: SslKey) -> list[Binding]:
    """The https bindings, of all sites, that take their certificate from there."""
    return [binding for binding in bindings if binding.protocol == HTTPS and binding.ssl_key == key]
