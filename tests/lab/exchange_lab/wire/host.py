# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the lab as clients see it: an address, paths with their dialects, shells, a certificate."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..certificates import channel_binding, load_chain, server_context
from .authentication import BASIC, KERBEROS, NEGOTIATE
from .ports import BackEnd
from .psrp_shell import PsrpShell
from .soap import NS
from .winrs_shell import WinRSShell

WINRM, WINRMS, HTTP, HTTPS = "winrm", "winrms", "http", "https"
PORTS: Mapping[str, int] = {WINRM: 15985, WINRMS: 15986, HTTP: 10080, HTTPS: 10443}
TLS_LISTENERS = (WINRMS, HTTPS)
EXCHANGE_LISTENERS = (HTTP, HTTPS)
WINDOWS_LISTENERS = (WINRM, WINRMS)

Shell = PsrpShell | WinRSShell


@dataclass(frozen=True)
class Endpoint:
    """One path and the dialect that is spoken there.

    offers: schemes in WWW-Authenticate; exchange: the Exchange dialect (a blank in the boundary, compression unless it
    is refused, cmdlets only); max_shells: a user's quota on one host (exchange-remoting: 18).
    """

    configuration: str
    offers: tuple[str, ...]
    exchange: bool
    listeners: tuple[str, ...]
    max_shells: int = 18

    @property
    def resource(self) -> str:
        return f"{NS['ps']}/{self.configuration}"


def exchange_endpoint(offers: tuple[str, ...] = (KERBEROS,), max_shells: int = 18) -> Endpoint:
    return Endpoint("Microsoft.Exchange", offers, exchange=True, listeners=EXCHANGE_LISTENERS, max_shells=max_shells)


def windows_endpoint() -> Endpoint:
    offers = (NEGOTIATE, KERBEROS, BASIC)
    return Endpoint("Microsoft.PowerShell", offers, exchange=False, listeners=WINDOWS_LISTENERS, max_shells=30)


@dataclass
class Host:
    """One server's addresses and what is open on it. endpoints: by path, lower case, no trailing slash."""

    server: BackEnd
    address: str
    endpoints: dict[str, Endpoint]
    shells: dict[str, Shell] = field(default_factory=dict)
    channel_binding: bytes | None = None
    tls: ssl.SSLContext | None = None

    @property
    def fqdn(self) -> str:
        return self.server.fqdn

    def endpoint(self, path: str, listener: str) -> Endpoint | None:
        """Paths are case-blind and may end in a slash, as IIS has it."""
        found = self.endpoints.get(path.lower().rstrip("/"))
        return found if found and listener in found.listeners else None

    def bind_certificate(self, pem: bytes) -> None:
        """Key and certificate for both TLS ports; on a live listener the next handshake shows it (lab-wire 7)."""
        if self.tls is None:
            self.tls = server_context()
        load_chain(self.tls, pem)
        self.channel_binding = channel_binding(pem)
