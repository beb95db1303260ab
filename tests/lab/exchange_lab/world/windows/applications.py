# SPDX-License-Identifier: GPL-3.0-or-later
"""The applications of Exchange's two sites: pools, authentication by location, modules (exchange-procedures 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


# What IIS holds of them

AUTHENTICATION = "system.webServer/security/authentication/"
ANONYMOUS_TOO = ("ecp", "EWS", "Autodiscover")
"""Front end directories that let anonymous requests in beside others."""
BOOLEANS = {
    "basicAuthentication": ("BasicAuthentication", "BasicAuthEnabled"),
    "digestAuthentication": ("DigestAuthentication",),
    "windowsAuthentication": ("WindowsAuthentication", "WindowsAuthEnabled"),
}
"""Sections of IIS, and the attributes of the nouns that hold them."""
METHODS = {"basicAuthentication": {"Basic"}, "windowsAuthentication": {"Ntlm", "Negotiate"}}
"""The same for the nouns that hold a list of methods."""
KERBAUTH = "kerbauth"
GLOBAL_MODULES = {
    "HttpLoggingModule": "%windir%\\System32\\inetsrv\\loghttp.dll",
    KERBAUTH: "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Bin\\kerbauth.dll",
    "exppw": "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Bin\\exppw.dll",
    "cafe_exppw": "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\bin\\exppw.dll",
}
"""Native modules of a server: one of IIS's own for all of them, and Exchange's."""
MANAGED_MODULES = {"Session": "System.Web.SessionState.SessionStateModule"}


def directories(world: World, server: Server, web_site: str) -> list[VirtualDirectory]:
    """The virtual directories that IIS has in a site, whatever AD says."""
    return sorted(
        (item for item in world.all_directories(server, web_site) if not world.lost_in_iis(item)),
        key=lambda item: item.noun.directory,
    )


def has(world: World, server: Server, web_site: str, application: Application) -> bool:
    """Whether IIS has a virtual directory for an application in a site (V7, V10)."""
    return any(item.noun.directory.lower() == application.path for item in directories(world, server, web_site))


def pool(item: VirtualDirectory) -> str:
    """The pool that a directory's application runs in."""
    known = APPLICATIONS[item.noun.directory.lower()]
    return item.app_pool or (known.front_end_pool if item.is_front_end else known.back_end_pool)


def location_value(item: VirtualDirectory, section: str, attribute: str) -> Any:
    """An attribute of IIS at a directory's location; None for one that the lab does not know."""
    if (section, attribute) in item.by_hand:
        return item.by_hand[section, attribute]
    if section == "system.webServer/security/access" and attribute == "sslFlags":
        return _ssl_flags(item)
    kind = section.removeprefix(AUTHENTICATION)
    if (kind, attribute) == ("windowsAuthentication", "extendedProtection.tokenChecking"):
        return item.iis["ExtendedProtectionTokenChecking"]
    if (kind, attribute) == ("anonymousAuthentication", "enabled"):
        return item.noun.directory in ANONYMOUS_TOO
    if kind in BOOLEANS and attribute == "enabled":
        return _enabled(item, kind)
    return None


def modules(item: VirtualDirectory) -> dict[str, str]:
    """The modules that a directory's own configuration adds: name and type, which a native module has not."""
    native = {KERBAUTH: ""} if item.noun.directory == "PowerShell" else {}
    found = {**MANAGED_MODULES, **native}
    return {name: kind for name, kind in found.items() if name not in item.modules_lost}


def _enabled(item: VirtualDirectory, kind: str) -> bool:
    methods = item.iis.get("IISAuthenticationMethods")
    if methods is not None:
        return bool(METHODS.get(kind, set()) & set(methods))
    return any(item.iis.get(name) for name in BOOLEANS[kind])


def _ssl_flags(item: VirtualDirectory) -> str:
    if item.noun.directory == "PowerShell":
        return "SslNegotiateCert" if item.is_front_end else "Ssl,SslNegotiateCert,Ssl128"
    if item.noun.directory == "Rpc" or item.iis.get("RequireSSL") is False:
        return ""
    return "Ssl,Ssl128"
