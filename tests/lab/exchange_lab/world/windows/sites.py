# SPDX-License-Identifier: GPL-3.0-or-later
"""Web sites and their bindings as applicationHost.config keeps them: without certificates (iis-over-remoting 0.C)."""

from __future__ import annotations

from dataclasses import dataclass, field

STARTED, STOPPED = "Started", "Stopped"
ANY_ADDRESS, LOOPBACK = "0.0.0.0", "127.0.0.1"
SNI = 1


@dataclass(eq=False, slots=True)
class Binding:
    """``information`` is kept as written: ``:443:``, ``*:444:``, ``[::1]:443:`` or, for net.tcp, ``808:*``.

    ``address``, ``port`` and ``host`` make sense for http and https only.
    """

    protocol: str
    information: str
    ssl_flags: int = 0

    @property
    def over_http(self) -> bool:
        return self.protocol in ("http", "https")

    @property
    def address(self) -> str:
        """An empty address, ``*`` and ``0.0.0.0`` are one: ``0.0.0.0`` (iis-over-remoting 0.C)."""
        address = self.information.rsplit(":", 2)[0]
        return ANY_ADDRESS if address in ("", "*") else address

    @property
    def port(self) -> int:
        return int(self.information.rsplit(":", 2)[1])

    @property
    def host(self) -> str:
        return self.information.rsplit(":", 2)[2].lower()

    @property
    def http_sys_key(self) -> tuple[str, int]:
        """Where http.sys keeps the certificate: by address, with SNI by host name (iis-over-remoting 3)."""
        return (self.host if self.ssl_flags & SNI else self.address, self.port)

    def covers(self, address: str, port: int) -> bool:
        """Whether a connection to that address and port reaches this binding."""
        return self.over_http and self.port == port and self.address in (ANY_ADDRESS, address)

    def collides_with(self, other: Binding) -> bool:
        """Whether only one of two started sites can have it."""
        if not (self.over_http and other.over_http):
            return self.protocol == other.protocol == "net.tcp" and self.information == other.information
        return (self.address, self.port, self.host) == (other.address, other.port, other.host)


@dataclass(eq=False, slots=True)
class WebSite:
    """``state`` is Started or Stopped. ``auto_start``: it starts with W3SVC. ``require_ssl``: of the site itself.

    ``modules_added`` are native modules that somebody added to the site: all below inherit them.
    """

    id: int
    name: str
    physical_path: str
    app_pool: str
    bindings: list[Binding] = field(default_factory=list)
    state: str = STARTED
    auto_start: bool = True
    require_ssl: bool = True
    modules_added: set[str] = field(default_factory=set)

    @property
    def https(self) -> list[Binding]:
        return [binding for binding in self.bindings if binding.protocol == "https"]

    def find(self, protocol: str, information: str) -> Binding | None:
        """The binding of that protocol and information: the two are its unique key (iis-over-remoting 2)."""
        for binding in self.bindings:
            if (binding.protocol, binding.information) == (protocol, information):
                return binding
        return None
