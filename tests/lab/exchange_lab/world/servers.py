# SPDX-License-Identifier: GPL-3.0-or-later
"""An Exchange server."""

from __future__ import annotations

from dataclasses import dataclass, field

from .component_states import ComponentStates
from .directory import AdObject
from .versions import Version

DEFAULT_WEB_SITE = "Default Web Site"
BACK_END = "Exchange Back End"
CLIENT_ACCESS, MAILBOX = "ClientAccess", "Mailbox"
WINDOWS = {"2012R2": "6.3.9600", "2016": "10.0.14393", "2019": "10.0.17763", "2022": "10.0.20348", "2025": "10.0.26100"}
"""Releases of Windows Server and their versions."""
USUAL_WINDOWS = {"2013": "2012R2", "2016": "2016", "2019": "2019", "SE": "2022"}


@dataclass(eq=False)
class Server:
    """One Exchange server.

    ``name`` is the NetBIOS name in upper case, ``fqdn`` in lower case. ``roles`` matter for 2013 only, where
    Client Access and Mailbox can be installed apart (client-access-laws 3.5). ``extra_web_sites`` hold a second
    OWA and ECP each (client-access-laws 3.6).
    ``access_point`` is the service connection point that leads Outlook to Autodiscover; a server without Client
    Access has none. ``mail_protocols`` are the settings of IMAP and POP. ``windows`` is the release of Windows
    Server, the usual one of the Exchange version unless given.
    """

    name: str
    fqdn: str
    site: str
    version: Version
    object: AdObject
    roles: tuple[str, ...] = (CLIENT_ACCESS, MAILBOX)
    extra_web_sites: tuple[str, ...] = ()
    access_point: AdObject | None = None
    mail_protocols: dict[str, AdObject] = field(default_factory=dict)
    windows: str = ""
    component_states: ComponentStates = field(init=False)

    def __post_init__(self) -> None:
        """Raises ValueError for an unknown release of Windows Server."""
        self.component_states = ComponentStates(self.version, self.object.created)
        self.windows = str(self.windows) or USUAL_WINDOWS[self.version.product]
        if self.windows not in WINDOWS:
            raise ValueError(f"Unknown Windows Server '{self.windows}'. Known releases: {', '.join(WINDOWS)}.")

    @property
    def has_front_end(self) -> bool:
        return CLIENT_ACCESS in self.roles

    @property
    def has_back_end(self) -> bool:
        return MAILBOX in self.roles

    @property
    def directory_fqdn(self) -> str:
        """The FQDN in the case that AD keeps (client-access-laws 3.2)."""
        return self.name + self.fqdn[len(self.name) :]
