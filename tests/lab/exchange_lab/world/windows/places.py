# SPDX-License-Identifier: GPL-3.0-or-later
"""What IIS holds at the places of a site: pools, folders, settings, modules (exchange-procedures 1; W26 to W28)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .applications import APPLICATIONS, POWERSHELL, directories
from .further_applications import FurtherApplication

if TYPE_CHECKING:
    from ..servers import Server
    from ..virtual_directory import VirtualDirectory
    from ..world import World

AUTHENTICATION = "system.webServer/security/authentication/"
ACCESS = ("system.webServer/security/access", "sslFlags")
TOKEN_CHECKING = (AUTHENTICATION + "windowsAuthentication", "extendedProtection.tokenChecking")
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
SECTIONS = ("anonymousAuthentication", *BOOLEANS)
KERBAUTH = "kerbauth"
GLOBAL_MODULES = {
    "HttpLoggingModule": "%windir%\\System32\\inetsrv\\loghttp.dll",
    KERBAUTH: "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Bin\\kerbauth.dll",
    "exppw": "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Bin\\exppw.dll",
    "cafe_exppw": "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\bin\\exppw.dll",
}
"""Native modules of a server: one of IIS's own for all of them, and Exchange's."""
INHERITED_MODULES = {"HttpLoggingModule": "", "Session": "System.Web.SessionState.SessionStateModule"}
"""Modules of every place, each with its type, which a native one has not: one of each for all of them."""


@dataclass(frozen=True, slots=True)
class DirectoryPlace:
    """Where a virtual directory is."""

    item: VirtualDirectory

    @property
    def web_site(self) -> str:
        return self.item.web_site

    @property
    def path(self) -> str:
        return self.item.noun.directory

    @property
    def folder(self) -> str:
        return str(self.item.iis["Path"])

    @property
    def app_pool(self) -> str:
        known = APPLICATIONS[self.path.lower()]
        return self.item.app_pool or (known.front_end_pool if self.item.is_front_end else known.back_end_pool)

    def value(self, section: str, attribute: str) -> Any:
        """An attribute of IIS at this location; None for one that the lab does not know."""
        if (section, attribute) in self.item.by_hand:
            return self.item.by_hand[section, attribute]
        if (section, attribute) == ACCESS:
            return self._ssl_flags()
        if (section, attribute) == TOKEN_CHECKING:
            return self.item.iis["ExtendedProtectionTokenChecking"]
        kind = section.removeprefix(AUTHENTICATION)
        return self._enabled(kind) if kind in SECTIONS and attribute == "enabled" else None

    def modules(self, inherited: dict[str, str]) -> dict[str, str]:
        """Names and types of the modules at this place. kerbauth is on PowerShell alone."""
        own = {KERBAUTH} if self.path.lower() == POWERSHELL else set()
        return _modules(inherited, own | self.item.modules_added, self.item.modules_lost)

    def _enabled(self, kind: str) -> bool:
        if kind == "anonymousAuthentication":
            return self.path in ANONYMOUS_TOO
        methods = self.item.iis.get("IISAuthenticationMethods")
        if methods is not None:
            return bool(METHODS.get(kind, set()) & set(methods))
        return any(self.item.iis.get(name) for name in BOOLEANS[kind])

    def _ssl_flags(self) -> str:
        if self.path == "PowerShell":
            return "SslNegotiateCert" if self.item.is_front_end else "Ssl,SslNegotiateCert,Ssl128"
        if self.path == "Rpc" or self.item.iis.get("RequireSSL") is False:
            return ""
        return "Ssl,Ssl128"


@dataclass(frozen=True, slots=True)
class FurtherPlace:
    """An application or a mere location that no cmdlet of Exchange knows."""

    item: FurtherApplication

    @property
    def web_site(self) -> str:
        return self.item.web_site

    @property
    def path(self) -> str:
        return self.item.path

    @property
    def folder(self) -> str:
        return self.item.fresh.folder

    @property
    def app_pool(self) -> str:
        return self.item.app_pool

    def value(self, section: str, attribute: str) -> Any:
        """As DirectoryPlace."""
        if (section, attribute) in self.item.by_hand:
            return self.item.by_hand[section, attribute]
        if (section, attribute) == ACCESS:
            return self.item.fresh.ssl_flags
        if (section, attribute) == TOKEN_CHECKING:
            return self.item.token_checking
        kind = section.removeprefix(AUTHENTICATION)
        return kind in self.item.fresh.methods if kind in SECTIONS and attribute == "enabled" else None

    def modules(self, inherited: dict[str, str]) -> dict[str, str]:
        """As DirectoryPlace."""
        return _modules(inherited, self.item.modules_added, self.item.modules_lost)


Place = DirectoryPlace | FurtherPlace


def places(world: World, server: Server, web_site: str) -> list[Place]:
    """Every place of a site that the lab knows. What is below a directory goes and comes with it."""
    found: list[Place] = [DirectoryPlace(item) for item in directories(world, server, web_site)]
    present = {place.path.lower() for place in found}
    known = {item.noun.directory.lower() for item in world.all_directories(server, web_site)}
    for item in world.machines[server.fqdn].further_applications:
        top, _slash, below = item.path.lower().partition("/")
        gone = item.lost or (below and top in known - present)
        if item.web_site.lower() == web_site.lower() and not gone:
            found.append(FurtherPlace(item))
    return found


def place_at(world: World, server: Server, location: str) -> Place | None:
    """The place at a location such as ``Default Web Site/owa``."""
    site, _slash, path = location.partition("/")
    return next((place for place in places(world, server, site) if place.path.lower() == path.lower()), None)


def modules_at(world: World, server: Server, location: str) -> dict[str, str] | None:
    """Names and types of the modules of a site or a place in it; None where there is none."""
    name, _slash, path = location.partition("/")
    site = next((one for one in world.machines[server.fqdn].sites.values() if one.name.lower() == name.lower()), None)
    if site is None:
        return None
    inherited = _modules(INHERITED_MODULES, site.modules_added, set())
    if not path:
        return inherited
    place = place_at(world, server, location)
    return place.modules(inherited) if place else None


def _modules(inherited: dict[str, str], native: set[str], lost: set[str]) -> dict[str, str]:
    found = {**inherited, **dict.fromkeys(sorted(native), "")}
    return {name: kind for name, kind in found.items() if name not in lost}
