# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a virtual directory stands, and the commands that remove and create one there (exchange-procedures 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._converge.resource import Resource
from .._remoting.command import Command
from .._remoting.errors import BadInput
from .servers import Server, has_wildcards, pinned_to
from .virtual_directories import ECP, EWS, FRONT_END_RULES, MAPI, OAB, OWA, POWERSHELL
from .virtual_directory import BACK_END, BACK_END_WEB_SITE, DEFAULT_WEB_SITE, FRONT_END, VirtualDirectory

ASKS_ON_REMOVAL = (OAB.name, EWS.name)
"""Their Remove- asks a question that only -Force answers."""
ASKS_ON_CREATION = (EWS.name,)
WITHOUT_BACK_END = (MAPI.name,)
WITHOUT_PLACE = (MAPI.name,)
"""Their New- has no path, and a role or a web site on some versions only: it stands in the default place."""
WITH_FURTHER_WEB_SITES = (OWA.name, ECP.name)
"""client-access-laws 3.6."""


@dataclass(frozen=True)
class Place:
    """Where a directory stands, or shall stand.

    Attributes:
        noun: the protocol's directory with everything that is put back.
        role: FRONT_END or BACK_END.
        domain_controller: the one that every command names; empty for the server's choice.
    """

    noun: VirtualDirectory
    server: Server
    role: str
    web_site: str
    domain_controller: str = ""

    @classmethod
    def of(cls, noun: VirtualDirectory, server: Server, role: str, web_site: str) -> Place:
        """The place of a protocol's directory. Rules of the front end do not hold on the back end."""
        rules = tuple(rule for rule in noun.rules if role == FRONT_END or rule not in FRONT_END_RULES)
        return cls(replace(noun.whole, rules=rules), server, role, web_site)

    def at(self, domain_controller: str) -> Place:
        """The same, as one domain controller knows it."""
        return replace(self, domain_controller=domain_controller)

    def spelled(self, name: str) -> Place:
        """The same with the web site as the server writes it in a directory's name, such as ``owa (Partners)``."""
        return replace(self, web_site=name[len(self.noun.directory) + 2 : -1])

    @property
    def pinned(self) -> dict[str, str]:
        """The parameters that every command carries."""
        return pinned_to(self.domain_controller)

    @property
    def name(self) -> str:
        return f"{self.noun.directory} ({self.web_site})"

    @property
    def identity(self) -> str:
        return f"{self.server.name}\\{self.name}"

    @property
    def is_default(self) -> bool:
        """Whether New- makes it there by itself, in the right folder."""
        return (self.role, self.web_site) == (FRONT_END, DEFAULT_WEB_SITE)

    def resource(self, wish: Mapping[str, Any]) -> Resource:
        """The directory and what is wanted of it."""
        return self.noun.on(self.server, self.web_site, wish, self.role)

    def alone(self, wish: Mapping[str, Any]) -> Resource:
        """The same, read by its identity, as others of the server may be damaged (2.18)."""
        resource = self.resource(wish)
        others = {name: value for name, value in resource.select.items() if name != "Server"}
        return replace(resource, select={"Identity": self.identity, **others})

    def removal(self) -> Command:
        force = {"Force": True} if self.noun.name in ASKS_ON_REMOVAL else {}
        return Command(
            f"Remove-{self.noun.name}", {"Identity": self.identity, **force, **self.pinned, "Confirm": False}
        )

    def setting_back(self) -> Command:
        """The cmdlet that puts settings back, without any."""
        return Command(
            f"Set-{self.noun.name}",
            {"Identity": self.identity, **self.noun.always, **self.pinned, "Confirm": False},
        )

    def creation(self, path: str) -> Command:
        """Create it, always on the named server: without -Server it would be the session's own.

        Args:
            path: its folder; empty for the server's choice.
        """
        where: dict[str, Any] = {"Server": self.server.fqdn}
        if self.noun.name not in WITHOUT_PLACE:
            where |= {"Role": self.role, "WebSiteName": self.web_site, **({"Path": path} if path else {})}
        force = {"Force": True} if self.noun.name in ASKS_ON_CREATION else {}
        return Command(f"New-{self.noun.name}", {**where, **force, **self.pinned, "Confirm": False})


def web_site_named(role: str, given: str | None) -> str:
    """The web site that is meant; IIS does not tell case apart, so Setup's two get Setup's spelling."""
    if not given or not given.strip():
        return BACK_END_WEB_SITE if role == BACK_END else DEFAULT_WEB_SITE
    setups = {site.lower(): site for site in (DEFAULT_WEB_SITE, BACK_END_WEB_SITE)}
    return setups.get(given.strip().lower(), given.strip())


def refuse_place(noun: VirtualDirectory, role: str, web_site: str) -> None:
    """Refuse a directory that cannot be removed or created from here.

    Raises:
        BadInput: as said.
    """
    if noun.name == POWERSHELL.name:
        raise BadInput(
            "The PowerShell directory cannot be recreated from here: it carries this very session, which its removal "
            "cuts off.",
            "Do it on the server itself, in Windows PowerShell with Add-PSSnapin "
            "Microsoft.Exchange.Management.PowerShell.SnapIn, and on request of Microsoft's support only. Nothing was "
            "changed.",
        )
    if has_wildcards(web_site):
        raise BadInput(f"web_site '{web_site}' holds wildcards.", "Name one web site. Nothing was changed.")
    if role == BACK_END and noun.name in WITHOUT_BACK_END:
        raise BadInput(f"{noun.title} has no back end directory of its own.", "Leave out role. Nothing was changed.")
    if role == BACK_END and web_site != BACK_END_WEB_SITE:
        raise BadInput(f"The back end is the web site {BACK_END_WEB_SITE}.", "Leave out web_site. Nothing was changed.")
    if role == FRONT_END and web_site == BACK_END_WEB_SITE:
        raise BadInput(
            f"{BACK_END_WEB_SITE} holds directories of the role {BACK_END}.",
            f"Set role to {BACK_END}. Nothing was changed.",
        )
    if web_site not in (DEFAULT_WEB_SITE, BACK_END_WEB_SITE) and noun.name not in WITH_FURTHER_WEB_SITES:
        raise BadInput(f"{noun.title} stands in {DEFAULT_WEB_SITE} only.", "Leave out web_site. Nothing was changed.")


def refuse_elsewhere(server: Server, answered_by: str) -> list[str]:
    """Directories are created and removed on the server itself.

    Returns:
        what should be known: the session does not tell where it runs.

    Raises:
        BadInput: the session is known to run on another server.
    """
    if not answered_by:
        return [
            f"This session does not tell on which server it runs. A directory is recreated on its server itself, so "
            f"make sure that nothing between here and {server.fqdn} leads to another one."
        ]
    if answered_by.lower() not in (server.fqdn.lower(), server.name.lower()):
        raise BadInput(
            f"This session runs on {answered_by}, but a directory of {server.name} is recreated on {server.name} "
            "itself.",
            f"Connect to {server.fqdn}; where an account's mailbox draws the session to another server, use an account "
            "whose mailbox, or the arbitration mailbox, stands on this server. Nothing was changed.",
        )
    return []
