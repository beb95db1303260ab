# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tables of the virtual directory nouns are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..change import Change
    from ..servers import Server
    from ..switches import Switches

AD = "AD"  # right with -ADPropertiesOnly
IIS = "IIS"  # needs a full read
AD_UNPROVEN = "AD?"  # in AD, but whether -ADPropertiesOnly shows it is a switch (adonly_ews_booleans)

FRONT, BACK = "front", "back"

# The first value of each enumeration that IIS holds: what an unread attribute shows.
ZERO = {
    "GzipLevel": "Off",
    "LogonFormats": "FullDomain",
    "ClientCertAuthTypes": "Ignore",
    "ExtendedProtectionTokenCheckingMode": "None",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a virtual directory is created, and whether Setup does it: fresh values may depend on it."""

    server: Server
    side: str
    web_site: str
    switches: Switches
    by_setup: bool = True

    @property
    def is_front_end(self) -> bool:
        return self.side == FRONT

    @property
    def has_logon_page(self) -> bool:
        """Forms over Basic, else Windows. Setup changes the back end's after creating it (V5, switch)."""
        as_front_end = self.switches["new_back_end_authentication"] == "as_front_end"
        return self.is_front_end or (not self.by_setup and as_front_end)

    @property
    def has_own_url(self) -> bool:
        """Whether InternalUrl names the server (client-access-laws 6.1; V5, switch). The back end has none."""
        return self.is_front_end and (self.by_setup or self.switches["new_directory_internal_url"] == "fqdn")

    @property
    def is_protected(self) -> bool:
        """Whether Extended Protection is on (client-access-laws 6.4; V5, switch)."""
        protects = self.by_setup or self.switches["new_directory_protection"] == "as_setup"
        return protects and self.server.version.protects_by_default


Fresh = Callable[[Place], Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property of a noun.

    ``kind`` is bool, nullable (a bool that may be null), int, text, url, host, hostname, enum, enums (list of
    enum) or texts (list of text); text, url and hosts may be None. ``fresh`` is the value after Setup or a function
    of the Place. ``since`` and ``until`` are the first and the last product whose objects carry it.
    """

    name: str
    kind: str
    held: str
    fresh: Any | Fresh
    enum: str = ""
    since: str = "2013"
    until: str = "SE"

    def fresh_value(self, place: Place) -> Any:
        return self.fresh(place) if callable(self.fresh) else self.fresh

    @property
    def lost_value(self) -> Any:
        """What -ADPropertiesOnly shows for a value held in IIS (client-access-laws 1.0)."""
        if self.kind in ("enums", "texts"):
            return ()
        if self.kind == "enum":
            return ZERO[self.enum]
        return {"bool": False, "int": 0, "text": ""}.get(self.kind)


Rule = Callable[["Change"], None]


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of virtual directory: its table and the rules between its settings.

    ``directory`` is the name in IIS, ``folder`` the last part of its path on disk, ``path`` of its URLs,
    ``type_name`` the last part of the .NET type of its objects and ``parents`` of that type's own bases.
    ``echo`` maps an authentication boolean to the methods that InternalAuthenticationMethods then lists, and
    ``external_follows`` says that ExternalAuthenticationMethods lists them too. ``write_only`` are parameters that no
    attribute shows, ``copied_to_iis`` attributes of AD that a service copies to IIS later. ``first_build`` is the
    build that brought the noun.
    """

    name: str
    directory: str
    object_class: str
    category: str
    type_name: str
    attributes: tuple[Attribute, ...]
    rules: tuple[Rule, ...] = ()
    parents: tuple[str, ...] = ("ExchangeVirtualDirectory",)
    echo: dict[str, tuple[str, ...]] = field(default_factory=dict)
    external_follows: bool = False
    exchange_version: str = "0.10 (14.0.100.0)"
    back_end: bool = True
    web_sites: bool = False
    write_only: tuple[str, ...] = ()
    copied_to_iis: tuple[str, ...] = ()
    first_build: tuple[int, ...] = ()
    by_name: dict[str, Attribute] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {attribute.name: attribute for attribute in self.attributes})


def many(kind: str, held: str, fresh: Any, *names: str, **more: Any) -> tuple[Attribute, ...]:
    """Several attributes alike in everything but the name."""
    return tuple(Attribute(name, kind, held, fresh, **more) for name in names)


def enum(name: str, enum_type: str, held: str, fresh: Any, **more: Any) -> Attribute:
    return Attribute(name, "enum", held, fresh, enum=enum_type, **more)


def enums(name: str, enum_type: str, held: str, fresh: Any, **more: Any) -> Attribute:
    return Attribute(name, "enums", held, fresh, enum=enum_type, **more)


def methods(name: str, fresh: Any) -> Attribute:
    """A list of authentication methods kept in AD."""
    return enums(name, "AuthenticationMethod", AD, fresh)


def urls(path: str, scheme: str = "https") -> tuple[Attribute, ...]:
    """InternalUrl and ExternalUrl (client-access-laws 1.0, 6.1). The back end has none of its own."""

    def internal(place: Place) -> str | None:
        return f"{scheme}://{place.server.fqdn}{path}" if place.has_own_url else None

    return Attribute("InternalUrl", "url", AD, internal), Attribute("ExternalUrl", "url", AD, None)


def extended_protection(front: str, back: str) -> tuple[Attribute, ...]:
    """The three attributes of Extended Protection; on by default from 2019 CU14 (client-access-laws 6.4)."""

    def fresh(place: Place) -> str:
        if not place.is_protected:
            return "None"
        return front if place.is_front_end else back

    return (
        enum("ExtendedProtectionTokenChecking", "ExtendedProtectionTokenCheckingMode", IIS, fresh),
        enums("ExtendedProtectionFlags", "ExtendedProtectionFlag", IIS, ()),
        Attribute("ExtendedProtectionSPNList", "texts", IIS, ()),
    )


def places(folder: str, *, web_app: bool = False) -> tuple[Attribute, ...]:
    """Where IIS keeps it (client-access-laws 1.0: read empty with -ADPropertiesOnly)."""
    root = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\"

    def path(place: Place) -> str:
        return root + ("FrontEnd\\HttpProxy\\" if place.is_front_end else "ClientAccess\\") + folder

    only_web_apps = (
        Attribute("WebSite", "text", IIS, lambda place: place.web_site),
        Attribute("DisplayName", "text", IIS, folder),
    )
    return (*(only_web_apps if web_app else ()), Attribute("Path", "text", IIS, path))
