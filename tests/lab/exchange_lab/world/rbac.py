# SPDX-License-Identifier: GPL-3.0-or-later
"""Role based access control: who sees which cmdlets and parameters (client-access-laws 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

EXCHANGE_VIRTUAL_DIRECTORIES = tuple(
    f"{verb}-{noun}VirtualDirectory"
    for noun in ("Owa", "Ecp", "WebServices", "ActiveSync", "Oab", "Mapi", "PowerShell", "Autodiscover")
    for verb in ("Set", "New", "Remove")
)
READS = ("Get-*",)

ROLES: dict[str, tuple[str, ...]] = {
    "Exchange Virtual Directories": (*EXCHANGE_VIRTUAL_DIRECTORIES, *READS),
    "Exchange Servers": ("Set-OutlookAnywhere", "Set-ClientAccessServer", "Set-ClientAccessService", *READS),
    "Organization Client Access": ("Set-OutlookProvider", "New-OutlookProvider", "Remove-OutlookProvider", *READS),
    "Exchange Server Certificates": (
        *(f"{verb}-ExchangeCertificate" for verb in ("New", "Import", "Export", "Enable", "Remove")),
        *READS,
    ),
    "POP3 and IMAP4 Protocols": ("Set-PopSettings", "Set-ImapSettings", *READS),
    "Receive Connectors": ("Set-ReceiveConnector", *READS),
    "Send Connectors": ("Set-SendConnector", *READS),
    "Organization Configuration": ("Set-OrganizationConfig", *READS),
    "Address Lists": ("Set-OfflineAddressBook", *READS),
    "View-Only Configuration": READS,
}
ROLE_GROUPS: dict[str, tuple[str, ...]] = {
    "Organization Management": tuple(ROLES),
    "Server Management": (
        "Exchange Servers",
        "Exchange Virtual Directories",
        "Exchange Server Certificates",
        "POP3 and IMAP4 Protocols",
        "Receive Connectors",
        "View-Only Configuration",
    ),
    "View-Only Organization Management": ("View-Only Configuration",),
}


class Rbac:
    """Role groups and roles of users. A user whom nobody assigned is a member of Organization Management."""

    def __init__(self, users: Mapping[str, Sequence[str]], organization_switch_role: str) -> None:
        """``users`` maps a name to role groups or roles; raises ValueError for an unknown one."""
        self._roles: dict[str, set[str]] = {}
        self._hidden: list[tuple[str, str | None]] = []
        self._organization_switch_role = organization_switch_role
        for user, groups in users.items():
            self.assign(user, groups)

    def assign(self, user: str, groups: Sequence[str]) -> None:
        """Give a user exactly these role groups or roles."""
        roles: set[str] = set()
        for group in groups:
            if group not in ROLE_GROUPS and group not in ROLES:
                raise ValueError(f"Unknown role group or role '{group}'. Known: {', '.join((*ROLE_GROUPS, *ROLES))}.")
            roles.update(ROLE_GROUPS.get(group, (group,)))
        self._roles[_account(user)] = roles

    def hide(self, cmdlet: str, parameter: str | None = None) -> None:
        """Take a cmdlet, or one parameter of it, from everybody, as a custom management role does."""
        self._hidden.append((cmdlet.lower(), parameter and parameter.lower()))

    def sees(self, user: str, cmdlet: str, parameter: str | None = None) -> bool:
        """Whether a cmdlet, or a parameter of a cmdlet that is seen, exists for a user."""
        if (cmdlet.lower(), parameter and parameter.lower()) in self._hidden:
            return False
        if parameter is not None:
            return True
        roles = self._roles.get(_account(user), ROLES.keys())
        return any(fnmatchcase(cmdlet, pattern) for role in roles for pattern in self._grants(role))

    def _grants(self, role: str) -> tuple[str, ...]:
        """The cmdlets of a role; where Set-OrganizationConfig belongs is a switch."""
        if role == "Organization Client Access" and self._organization_switch_role == "organization_client_access":
            return (*ROLES[role], "Set-OrganizationConfig")
        return ROLES[role]


def _account(user: str) -> str:
    """``CONTOSO\\admin`` and ``admin@contoso.test`` are ``admin``."""
    return user.rpartition("\\")[2].partition("@")[0].lower()
