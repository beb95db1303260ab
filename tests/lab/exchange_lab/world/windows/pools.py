# SPDX-License-Identifier: GPL-3.0-or-later
"""Application pools."""

from __future__ import annotations

from dataclasses import dataclass

from .sites import STARTED

COLD_SECONDS = 1.0
"""So long a started or recycled pool answers 503: real ones take longer, Exchange's a minute."""

POWERSHELL_BACK_END = "MSExchangePowerShellAppPool"
SHARED = (
    "MSExchangeOWAAppPool",
    "MSExchangeECPAppPool",
    "MSExchangeServicesAppPool",
    "MSExchangeAutodiscoverAppPool",
    "MSExchangeSyncAppPool",
    "MSExchangeOABAppPool",
)
"""Both sites use them: one recycle hits both (peers 4a)."""
FRONT_END = (
    "MSExchangeOWACalendarAppPool",
    "MSExchangeMapiFrontEndAppPool",
    "MSExchangePowerShellFrontEndAppPool",
    "MSExchangeRpcProxyFrontEndAppPool",
)
FRONT_END_SINCE_2016 = ("MSExchangeRestFrontEndAppPool",)
BACK_END = (
    "MSExchangeMapiMailboxAppPool",
    "MSExchangeMapiAddressBookAppPool",
    POWERSHELL_BACK_END,
    "MSExchangeRpcProxyAppPool",
)


@dataclass(eq=False, slots=True)
class AppPool:
    """``recycled_at``: when it was started or recycled last, in seconds since 1970."""

    name: str
    recycled_at: float
    state: str = STARTED

    @property
    def ready_at(self) -> float:
        """From then on it answers; before it is 503."""
        return self.recycled_at + COLD_SECONDS

    def serves(self, now: float) -> bool:
        return self.state == STARTED and now >= self.ready_at
