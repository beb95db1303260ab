# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows and Setup leave on a server (exchange-procedures 1, peers 4a)."""

from __future__ import annotations

from ..clock import Clock
from ..servers import BACK_END, DEFAULT_WEB_SITE, Server
from . import further_applications, pools, services
from .machine import Machine
from .pools import AppPool
from .services import MANUAL, STOPPED, Service
from .sites import Binding, WebSite

INSTALL_PATH = r"C:\Program Files\Microsoft\Exchange Server\V15"
WINDOWS_BINDINGS = (("http", "*:80:"),)
FRONT_BINDINGS = (
    ("http", "*:80:"),
    ("net.tcp", "808:*"),
    ("net.pipe", "*"),
    ("net.msmq", "localhost"),
    ("msmq.formatname", "localhost"),
    ("https", ":443:"),
    ("https", "127.0.0.1:443:"),
    ("http", "127.0.0.1:80:"),
)
BACK_BINDINGS = (("http", "*:81:"), ("net.pipe", "*"), ("https", "*:444:"))
IDS = {DEFAULT_WEB_SITE: 1, BACK_END: 2}


def installed(server: Server, number: int, clock: Clock) -> Machine:
    """The machine of the estate's nth server, without certificates yet."""
    made = Machine(server, f"10.0.{number // 250}.{number % 250 + 1}", clock)
    for site in _sites(server):
        made.sites[site.name] = site
    for name in _pool_names(server):
        made.pools[name] = AppPool(name, clock.now() - pools.COLD_SECONDS)
    for service in _services(server, clock.now()):
        made.services[service.name] = service
    made.further_applications = further_applications.installed(server)
    return made


def _sites(server: Server) -> list[WebSite]:
    """The site of a role that is not installed has no https; every further site has an address of its own."""
    front = WINDOWS_BINDINGS if not server.has_front_end else FRONT_BINDINGS
    found = [
        WebSite(
            IDS[DEFAULT_WEB_SITE], DEFAULT_WEB_SITE, r"%SystemDrive%\inetpub\wwwroot", pools.SHARED[0], _bindings(front)
        )
    ]
    if server.has_back_end:
        path = rf"{INSTALL_PATH}\ClientAccess"
        found.append(WebSite(IDS[BACK_END], BACK_END, path, pools.SHARED[0], _bindings(BACK_BINDINGS)))
    for number, title in enumerate(server.extra_web_sites, 1 + len(IDS)):
        own = (("http", f"192.0.2.{number}:80:"), ("https", f"192.0.2.{number}:443:"))
        found.append(WebSite(number, title, rf"C:\inetpub\{title}", "DefaultAppPool", _bindings(own)))
    return found


def _bindings(rows: tuple[tuple[str, str], ...]) -> list[Binding]:
    return [Binding(protocol, information) for protocol, information in rows]


def _pool_names(server: Server) -> tuple[str, ...]:
    return (
        "DefaultAppPool",
        *pools.SHARED,
        *(pools.FRONT_END if server.has_front_end else ()),
        *(pools.FRONT_END_SINCE_2016 if server.has_front_end and server.version.generation else ()),
        *(pools.BACK_END if server.has_back_end else ()),
    )


def _services(server: Server, now: float) -> list[Service]:
    found = [Service(name, now) for name in services.ALWAYS]
    for side, installed, running in (
        ("front", server.has_front_end, services.FRONT_END),
        ("back", server.has_back_end, services.BACK_END),
    ):
        if installed:
            found += [Service(name, now) for name in running]
            found += [Service(name, now, STOPPED, MANUAL) for name in services.POP_AND_IMAP[side]]
    return found
