# SPDX-License-Identifier: GPL-3.0-or-later
"""Places of Exchange's two sites that are no directories of its cmdlets (exchange-procedures 1, peers 4a)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..servers import BACK_END, DEFAULT_WEB_SITE, Server

FRONT = r"C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy"
BACK = r"C:\Program Files\Microsoft\Exchange Server\V15\ClientAccess"
RPC_PROXY = r"%windir%\System32\RpcProxy"
ANONYMOUS, BASIC, WINDOWS = "anonymousAuthentication", "basicAuthentication", "windowsAuthentication"
TLS = "Ssl,Ssl128"
REQUIRE, ALLOW, NONE = "Require", "Allow", "None"
SP1_2013, E2016, CU3_2016 = (15, 0, 847), (15, 1), (15, 1, 544)
ALWAYS: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fresh:
    """What Setup makes. ``since`` is the first build that has it, ``until`` the first that has it no more.

    ``pool`` is empty for a place that is no application, only a location of its own. ``protected`` is the value of
    Extended Protection where Setup turns it on (client-access-laws 6.4).
    """

    path: str
    pool: str
    folder: str
    methods: tuple[str, ...]
    ssl_flags: str = TLS
    protected: str = NONE
    since: tuple[int, ...] = ALWAYS
    until: tuple[int, ...] = (16,)

    def is_of(self, build: tuple[int, ...]) -> bool:
        return self.since <= build < self.until


OWA, CALENDAR = "MSExchangeOWAAppPool", "MSExchangeOWACalendarAppPool"
SYNC, RPC = "MSExchangeSyncAppPool", "MSExchangeRpcProxyAppPool"
FRONT_END = (
    Fresh("owa/auth", "", FRONT + r"\owa\auth", (ANONYMOUS,)),
    Fresh("owa/Calendar", CALENDAR, FRONT + r"\owa", (ANONYMOUS,), ""),
    Fresh("owa/Integrated", OWA, FRONT + r"\owa", (WINDOWS,)),
    Fresh("owa/oma", OWA, FRONT + r"\owa", (BASIC,)),
    Fresh("API", "MSExchangeRestFrontEndAppPool", FRONT + r"\Rest", (ANONYMOUS, WINDOWS), TLS, REQUIRE, CU3_2016),
    Fresh("Microsoft-Server-ActiveSync/Proxy", "", FRONT + r"\sync\Proxy", (WINDOWS,), TLS, ALLOW),
    Fresh("RpcWithCert", "MSExchangeRpcProxyFrontEndAppPool", RPC_PROXY, (), TLS, NONE, ALWAYS, E2016),
)
BACK_END_SITE = (
    Fresh("owa/auth", "", BACK + r"\owa\auth", (ANONYMOUS,)),
    Fresh("owa/Calendar", CALENDAR, BACK + r"\owa", (ANONYMOUS,), ""),
    Fresh("API", "MSExchangeRestAppPool", BACK + r"\rest", (ANONYMOUS, WINDOWS), TLS, REQUIRE, CU3_2016),
    Fresh("Microsoft-Server-ActiveSync/Proxy", "", BACK + r"\sync\Proxy", (WINDOWS,), TLS, REQUIRE),
    Fresh("EWS/bin", "MSExchangeServicesAppPool", BACK + r"\exchweb\EWS\bin", ()),
    Fresh("mapi/emsmdb", "MSExchangeMapiMailboxAppPool", BACK + r"\mapi\emsmdb", (WINDOWS,), "Ssl", REQUIRE, SP1_2013),
    Fresh("mapi/nspi", "MSExchangeMapiAddressBookAppPool", BACK + r"\mapi\nspi", (WINDOWS,), "Ssl", REQUIRE, SP1_2013),
    Fresh("Rpc", RPC, RPC_PROXY, (WINDOWS,), "", REQUIRE),
    Fresh("RpcWithCert", RPC, RPC_PROXY, (WINDOWS,), "", REQUIRE),
    Fresh(
        "PushNotifications",
        "MSExchangePushNotificationsAppPool",
        BACK + r"\PushNotifications",
        (ANONYMOUS, WINDOWS),
        TLS,
        REQUIRE,
        E2016,
    ),
)


@dataclass(eq=False, slots=True)
class FurtherApplication:
    """``app_pool`` is empty for a mere location. ``by_hand``, ``modules_lost`` and ``modules_added`` are what somebody
    did in IIS Manager; it is ``lost`` when its application was removed there."""

    web_site: str
    fresh: Fresh
    app_pool: str
    token_checking: str
    by_hand: dict[tuple[str, str], Any] = field(default_factory=dict)
    modules_lost: set[str] = field(default_factory=set)
    modules_added: set[str] = field(default_factory=set)
    lost: bool = False

    @property
    def path(self) -> str:
        return self.fresh.path


def installed(server: Server) -> list[FurtherApplication]:
    """Those of a fresh server."""
    version = server.version
    return [
        FurtherApplication(site, fresh, fresh.pool, fresh.protected if version.protects_by_default else NONE)
        for site, there, rows in (
            (DEFAULT_WEB_SITE, server.has_front_end, FRONT_END),
            (BACK_END, server.has_back_end, BACK_END_SITE),
        )
        if there
        for fresh in rows
        if fresh.is_of(version.parts)
    ]
