# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual directory: one object in AD, one application in the IIS of its server, and what the metabase says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .directory import AdObject
from .nouns.attributes import FRONT, Attribute, Noun
from .servers import Server
from .versions import PRODUCTS

WEB_SITE_IDS = {"Default Web Site": 1, "Exchange Back End": 2}


@dataclass(eq=False, slots=True)
class VirtualDirectory:
    """``iis`` is what the server's own IIS holds, at once and without replication.

    The three places can be orphaned apart (V3): ``in_iis`` says that the application is there, ``in_metabase`` that the
    metabase knows it, the directory knows about the object in AD. ``app_pool`` is empty for the noun's own.
    ``by_hand`` are attributes of a section that somebody set in IIS Manager, ``modules_lost`` modules that somebody
    removed there, ``modules_added`` native ones that somebody added.
    """

    noun: Noun
    server: Server
    side: str
    web_site: str
    object: AdObject
    iis: dict[str, Any]
    in_iis: bool = True
    in_metabase: bool = True
    app_pool: str = ""
    by_hand: dict[tuple[str, str], Any] = field(default_factory=dict)
    modules_lost: set[str] = field(default_factory=set)
    modules_added: set[str] = field(default_factory=set)

    @property
    def identity(self) -> str:
        """Such as ``EX1\\owa (Default Web Site)`` (client-access-laws 3.2)."""
        return f"{self.server.name}\\{self.object.name}"

    @property
    def is_front_end(self) -> bool:
        return self.side == FRONT

    @property
    def metabase_path(self) -> str:
        """With the FQDN in AD's case (client-access-laws 3.2)."""
        number = WEB_SITE_IDS.get(self.web_site) or 3 + self.server.extra_web_sites.index(self.web_site)
        return f"IIS://{self.server.directory_fqdn}/W3SVC/{number}/ROOT/{self.noun.directory}"

    @property
    def attributes(self) -> list[Attribute]:
        """The attributes that an object of this server's version carries."""
        generation = self.server.version.generation
        return [a for a in self.noun.attributes if PRODUCTS.index(a.since) <= generation <= PRODUCTS.index(a.until)]
