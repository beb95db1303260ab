# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting the settings of a server's front end back to what a snapshot of it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._converge.kinds import Refused
from .._converge.resource import Resource
from .._converge.setting import Setting
from .._remoting.errors import BadInput
from .autodiscover import CLIENT_ACCESS_SERVICE, service_connection_point
from .directory_undo import restorable
from .extended_protection import EXTENDED_PROTECTION
from .outlook_anywhere import OUTLOOK_ANYWHERE, outlook_anywhere
from .servers import Server
from .snapshot import TABLES, Snapshot
from .virtual_directories import POWERSHELL, PROTOCOLS, twin
from .virtual_directory import DEFAULT_WEB_SITE, VirtualDirectory

TLS_SETTINGS = frozenset(
    {
        *(setting.option for setting in EXTENDED_PROTECTION),
        "external_clients_require_ssl",
        "internal_clients_require_ssl",
        "require_ssl",
        "ssl_offloading",
    }
)
"""Setup and Microsoft's script set them on all directories at once (client-access-laws 1.0, 2.13, 6.4)."""
EMPTY_ON_FRONT_END = "internal_nlb_bypass_url"
"""client-access-laws 2.8."""


@dataclass
class Restoration:
    """What a snapshot wants of the front end of its server.

    Attributes:
        wishes: the settings that are otherwise now and can be put back, by the label of their table.
        not_restored: settings that are otherwise now and stay so.
        missing: names of objects that are not there, or could not be read.
    """

    server: Server
    wishes: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_restored: list[dict[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, reference: Snapshot, present: Snapshot, server: Server) -> Restoration:
        """The difference between the two. The back end and PowerShell are left to Setup."""
        found = cls(server)
        for name, settings in reference.objects.items():
            label = reference.protocols.get(name, "")
            if _is_put_back(name, label):
                if name in present.objects:
                    found._compare(name, label, settings, present.objects[name])
                else:
                    found.missing.append(name)
        return found

    def leave(self, name: str, option: str, why: str) -> None:
        """Do not put a setting back."""
        self.not_restored.append({"object": name, "setting": option, "why": why})

    def resources(self) -> list[Resource]:
        """The objects to write, and beside a logon page its twin, which has to agree with it."""
        wishes: dict[str, Mapping[str, Any]] = {label: wish for label, wish in self.wishes.items() if wish}
        for label, wish in self.wishes.items():
            other = twin(label, wish)
            if other and _front_end_name(other) not in self.missing:
                wishes.setdefault(other.label, {})
        return [self._resource(label, wish) for label, wish in wishes.items()]

    def _compare(self, name: str, label: str, settings: Mapping[str, Any], present: Mapping[str, Any]) -> None:
        table = TABLES[label].by_option
        wish = self.wishes.setdefault(label, {})
        for option, value in settings.items():
            if option not in table:
                self.leave(name, option, "This version of the collection does not know it.")
            elif option not in present:
                self.leave(name, option, "It could not be read, so it was not compared.")
            elif not table[option].kind.same(value, present[option]):
                if why := self._why_not(label, table[option], value):
                    self.leave(name, option, why)
                else:
                    wish[option] = _parsed(table[option], value)

    def _why_not(self, label: str, setting: Setting, value: Any) -> str:
        """Why a value of the file is not sent; empty for one that is."""
        if setting.option in TLS_SETTINGS:
            return "Extended Protection and what it needs of TLS are not put back one by one."
        if setting.option == EMPTY_ON_FRONT_END and value:
            return "It must be empty on a front end."
        if not restorable({setting.option: value}, TABLES[label]):
            return "The value in the file can only be read."
        try:
            _parsed(setting, value)
        except Refused as exc:
            return f"The value in the file {exc}."
        return ""

    def _resource(self, label: str, wish: Mapping[str, Any]) -> Resource:
        if label == OUTLOOK_ANYWHERE.label:
            return outlook_anywhere(self.server, wish)
        if label == CLIENT_ACCESS_SERVICE.label:
            return service_connection_point(self.server, wish)
        return PROTOCOLS[label].whole.on(self.server, DEFAULT_WEB_SITE, wish)

    def refusal(self, present: Snapshot) -> BadInput:
        """That objects are missing."""
        unread = "".join(f" {text}" for text in present.unread_objects[:1])
        return BadInput(
            f"{self.server.fqdn} has no {', '.join(self.missing)}, or it cannot be read.{unread}",
            "Create it again with exchange_vdir and state recreated, or cure what keeps it from being read. "
            "Nothing was changed.",
        )


def _is_put_back(name: str, label: str) -> bool:
    if label not in PROTOCOLS:
        return label in TABLES
    return label != POWERSHELL.label and name == _front_end_name(PROTOCOLS[label])


def _front_end_name(noun: VirtualDirectory) -> str:
    return f"{noun.directory} ({DEFAULT_WEB_SITE})"


def _parsed(setting: Setting, value: Any) -> Any:
    """The value judged like a user's, who clears a setting with an empty text. Raises Refused."""
    return setting.kind.parse("" if value is None else value)
