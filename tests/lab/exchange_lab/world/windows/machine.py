# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows side of one server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..certificates.store import ServerCertificates, StoreEntry
from ..clock import Clock
from ..servers import BACK_END, DEFAULT_WEB_SITE, Server
from . import services
from .events import Event, bound_ssl, broken_ssl
from .further_applications import FurtherApplication
from .http_sys import HttpSys, Key, SslEntry, is_address
from .pools import AppPool
from .services import Service
from .sites import ANY_ADDRESS, LOOPBACK, STARTED, STOPPED, Binding, WebSite
from .win32 import ALREADY_EXISTS, Win32Error

WEB_MANAGEMENT_PORT = 8172
NO_APP_ID = "{00000000-0000-0000-0000-000000000000}"

WINDOWS = {
    "2013": "Windows Server 2012 R2",
    "2016": "Windows Server 2016",
    "2019": "Windows Server 2019",
    "SE": "Windows Server 2022",
}
"""What the lab's servers run, by their Exchange: one of those that it supports."""


class Machine:
    """IIS, http.sys, stores, services and events of a server.

    ``address`` is its own address, ``blocked`` the (FQDN, port) that it cannot reach, ``certificates`` its stores,
    ``on_start`` is told of each service that starts, ``clock_skew`` are the seconds that its clock is ahead,
    ``time_zone`` those that its local time is ahead of UTC, ``denied`` the folders, keys and files in lower case that
    even an administrator may not read,
    ``processes`` are the names of running processes that somebody asks for,
    ``modules_lost`` are native modules of IIS that somebody removed,
    ``shares_configuration``: redirection.config sends IIS elsewhere for its configuration (W24). ``other_writers``: one
    entry for each write of the configuration to come, what another program writes just before it (W25) or None.
    """

    def __init__(self, server: Server, address: str, clock: Clock) -> None:
        self.server = server
        self.address = address
        self.certificates = ServerCertificates()
        self.sites: dict[str, WebSite] = {}
        self.pools: dict[str, AppPool] = {}
        self.further_applications: list[FurtherApplication] = []
        self.http_sys = HttpSys(self._bound)
        self.services: dict[str, Service] = {}
        self.events: list[Event] = []
        self.blocked: set[tuple[str, int]] = set()
        self.processes: list[str] = []
        self.modules_lost: set[str] = set()
        self.on_start: Callable[[str], None] = lambda service: None
        self.clock_skew = 0.0
        self.time_zone = 0.0
        self.denied: set[str] = set()
        self._in_use: dict[Key, tuple[SslEntry, StoreEntry]] = {}
        self._at_start: dict[Key, SslEntry] = {}
        self.shares_configuration = False
        self.other_writers: list[Callable[[], None] | None] = []
        self._clock = clock

    @property
    def windows(self) -> str:
        """The version of Windows, as the cmdlets' pages name it."""
        return WINDOWS[self.server.version.product]

    # certificates

    def install_certificates(self, held: ServerCertificates) -> None:
        """The stores as Setup left them: Exchange's own certificate, and that of the web management service."""
        self.certificates = held
        exchange, management = held.my
        for site in self.sites:
            self.bind_certificate(site, exchange.thumbprint)
        self.http_sys.put(ANY_ADDRESS, WEB_MANAGEMENT_PORT, management.thumbprint, app_id=NO_APP_ID)
        self._at_start = dict(self.http_sys.entries)

    def certificate_on(self, address: str, port: int) -> StoreEntry | None:
        """What a TLS listener presents; None when a handshake is impossible (S11).

        A certificate that went from the store serves on until its endpoint is bound again or W3SVC starts (R5). An
        entry that names no usable certificate of its own store is written to the event log as 15021 (W34).
        """
        found = self.http_sys.entry_for(address, port)
        if found is None:
            return None
        key, entry = found
        if held := self._named_by(entry):
            self._in_use[key] = (entry, held)
            return held
        bound, serving = self._in_use.get(key, (None, None))
        if bound is entry:
            return serving
        self.events.append(broken_ssl(f"{key[0]}:{key[1]}", self._clock.now()))
        return None

    def bound_since_start(self, address: str, port: int) -> bool:
        """Whether what a connection to an address meets in http.sys was not there when W3SVC started."""
        found = self.http_sys.entry_for(address, port)
        return found is not None and self._at_start.get(found[0]) is not found[1]

    def _named_by(self, entry: SslEntry | None) -> StoreEntry | None:
        """The certificate with key that an entry names in its own store, of which the lab has My (W34)."""
        return self.certificates.with_key(entry.thumbprint) if entry and entry.in_my else None

    def _bound(self, key: Key) -> None:
        """http.sys writes down each entry that gets a certificate (W41)."""
        self.events.append(bound_ssl(f"{key[0]}:{key[1]}", self._clock.now()))

    def thumbprint_of(self, binding: Binding) -> str | None:
        """What IIS shows as the certificate of a binding: http.sys knows it (iis-over-remoting 0.C)."""
        entry = self.http_sys.entries.get(binding.http_sys_key) if binding.protocol == "https" else None
        return entry.thumbprint if entry else None

    def sites_with(self, thumbprint: str) -> tuple[int, ...]:
        """The numbers of the sites that a certificate is bound to (O12)."""
        return tuple(
            sorted(
                site.id
                for site in self.sites.values()
                if any(self.thumbprint_of(binding) == thumbprint for binding in site.https)
            )
        )

    def bind_certificate(self, site: str, thumbprint: str | None) -> None:
        """Give a certificate to every https binding of a site; None takes it away. Raises KeyError."""
        for binding in self.sites[site].https:
            if thumbprint:
                self.http_sys.put(*binding.http_sys_key, thumbprint)
                self.certificate_on(*binding.http_sys_key)
            else:
                self.http_sys.entries.pop(binding.http_sys_key, None)

    @property
    def now(self) -> float:
        """The server's own idea of the time, which judges certificates."""
        return self._clock.now() + self.clock_skew

    # what runs

    @property
    def serving(self) -> bool:
        """Whether IIS runs at all."""
        return self.services["WAS"].running and self.services["W3SVC"].running

    def site_on(self, address: str, port: int) -> WebSite | None:
        """The site that a connection to an address and port reaches; None: it is refused."""
        for site in self.sites.values():
            if self.serving and site.state == STARTED and any(b.covers(address, port) for b in site.bindings):
                return site
        return None

    def start_site(self, name: str) -> None:
        """Raises KeyError, or Win32Error when a started site has one of its bindings (iis-over-remoting 2)."""
        site = self.sites[name]
        others = [other for other in self.sites.values() if other is not site and other.state == STARTED]
        if any(one.collides_with(two) for one in site.bindings for other in others for two in other.bindings):
            site.state = STOPPED
            raise Win32Error(ALREADY_EXISTS)
        site.state = STARTED

    def start_pool(self, name: str) -> None:
        """Start or recycle: it is cold for a while. Raises KeyError."""
        self.pools[name].state, self.pools[name].recycled_at = STARTED, self._clock.now()

    def start_service(self, name: str) -> None:
        """With what it needs; starting W3SVC starts its sites and pools. Raises KeyError."""
        if name in services.NEEDS:
            self.start_service(services.NEEDS[name])
        service = self.services[name]
        if service.running:
            return
        service.status, service.started_at = services.RUNNING, self._clock.now()
        self.on_start(name)
        if name == "W3SVC":
            self._start_iis()

    def stop_service(self, name: str) -> list[str]:
        """With what needs it; the names of those that stopped, dependents first. Raises KeyError."""
        dependents = [other for other, needed in services.NEEDS.items() if needed == name]
        stopped = [more for other in dependents for more in self.stop_service(other)]
        if self.services[name].running:
            self.services[name].status = services.STOPPED
            stopped.append(name)
        return stopped

    def _start_iis(self) -> None:
        self._in_use.clear()
        self._at_start = dict(self.http_sys.entries)
        for pool in self.pools:
            self.start_pool(pool)
        for site in sorted(self.sites.values(), key=lambda item: item.id):
            site.state = STOPPED
        for site in sorted(self.sites.values(), key=lambda item: item.id):
            if site.auto_start:
                try:
                    self.start_site(site.name)
                except Win32Error:
                    continue  # it stays stopped, as on a real server

    # everything at once

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """The whole state, plain; times and events are left out."""
        name = self.server.name
        shot: dict[str, dict[str, Any]] = {
            f"IIS {name} site {site.name}": {
                "id": site.id,
                "state": site.state,
                "physical path": site.physical_path,
                "pool": site.app_pool,
                "auto start": site.auto_start,
                "require ssl": site.require_ssl,
                **{f"{binding.protocol} {binding.information}": binding.ssl_flags for binding in site.bindings},
            }
            for site in self.sites.values()
        }
        shot[f"IIS {name} pools"] = {pool.name: pool.state for pool in self.pools.values()}
        shot[f"http.sys {name}"] = {
            f"{endpoint}:{port}": (entry.thumbprint, entry.store, entry.app_id, entry.flags)
            for (endpoint, port), entry in self.http_sys.entries.items()
        }
        shot[f"services {name}"] = {
            service.name: (service.status, service.start_type) for service in self.services.values()
        }
        shot[f"processes {name}"] = dict.fromkeys(self.processes, "running")
        shot[f"firewall {name}"] = {f"{peer}:{port}": "blocked" for peer, port in self.blocked}
        return shot

    def violations(self) -> Iterator[str]:
        """What a healthy server shows (exchange-procedures 1) and this one does not."""
        name, wanted = self.server.name, {}
        if self.server.has_front_end:
            wanted[DEFAULT_WEB_SITE] = {(ANY_ADDRESS, 443), (LOOPBACK, 443)}
        if self.server.has_back_end:
            wanted[BACK_END] = {(ANY_ADDRESS, 444)}
        for title, endpoints in wanted.items():
            site = self.sites[title]
            present = {(binding.address, binding.port) for binding in site.https}
            for address, port in sorted(endpoints - present):
                yield f"{name}: S11 {title} has no https binding on {address}:{port}"
            for address, port in sorted(present - endpoints):
                yield f"{name}: S11 {title} has an https binding on {address}:{port}"
            if site.state != STARTED:
                yield f"{name}: S11 {title} is stopped"
        for pool in self.pools.values():
            if pool.state != STARTED:
                yield f"{name}: S11 the pool {pool.name} is stopped"
        used = {binding.http_sys_key: site.name for site in self.sites.values() for binding in site.https}
        for (endpoint, port), title in sorted(used.items()):
            if self._named_by(self.http_sys.entries.get((endpoint, port))) is None:
                yield f"{name}: O12 {endpoint}:{port} of {title} has no certificate, or one without key"
        for endpoint, port in sorted(self.http_sys.entries.keys() - used.keys()):
            if is_address(endpoint) and port != WEB_MANAGEMENT_PORT:
                yield f"{name}: R5 http.sys has an entry for {endpoint}:{port}, which no site uses"
