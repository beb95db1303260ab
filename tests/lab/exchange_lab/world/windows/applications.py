# SPDX-License-Identifier: GPL-3.0-or-later
"""The applications that clients come to: their paths and pools (exchange-procedures 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..servers import Server
    from ..virtual_directory import VirtualDirectory
    from ..world import World


@dataclass(frozen=True)
class Application:
    """path: the first segment of its URLs, lower case; first_build: the first that has it (health-laws H4)."""

    path: str
    front_end_pool: str
    back_end_pool: str
    first_build: tuple[int, ...] = (15, 0)


POWERSHELL = "powershell"
_OWA, _ECP, _EWS = "MSExchangeOWAAppPool", "MSExchangeECPAppPool", "MSExchangeServicesAppPool"
_AUTODISCOVER, _SYNC, _OAB = "MSExchangeAutodiscoverAppPool", "MSExchangeSyncAppPool", "MSExchangeOABAppPool"

APPLICATIONS = {
    application.path: application
    for application in (
        Application("owa", _OWA, _OWA),
        Application("ecp", _ECP, _ECP),
        Application("ews", _EWS, _EWS),
        Application("autodiscover", _AUTODISCOVER, _AUTODISCOVER),
        Application("microsoft-server-activesync", _SYNC, _SYNC),
        Application("oab", _OAB, _OAB),
        Application("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool", (15, 0, 847)),
        Application("rpc", "MSExchangeRpcProxyFrontEndAppPool", "MSExchangeRpcProxyAppPool"),
        Application(POWERSHELL, "MSExchangePowerShellFrontEndAppPool", "MSExchangePowerShellAppPool"),
    )
}


def application_of(path: str, build: tuple[int, ...]) -> Application | None:
    """The application that a URL's path belongs to, if that build of Exchange has it. Paths are case-blind."""
    found = APPLICATIONS.get(path.lower().lstrip("/").partition("/")[0])
    return found if found and build >= found.first_build else None


def directories(world: World, server: Server, web_site: str) -> list[VirtualDirectory]:
    """The virtual directories that IIS has in a site, whatever AD says."""
    return sorted(
        (item for item in world.all_directories(server, web_site) if not world.lost_in_iis(item)),
        key=lambda item: item.noun.directory,
    )


def has(world: World, server: Server, web_site: str, application: Application) -> bool:
    """Whether IIS has a virtual directory for an application in a site (V7, V10)."""
    return any(item.noun.directory.lower() == application.path for item in directories(world, server, web_site))
