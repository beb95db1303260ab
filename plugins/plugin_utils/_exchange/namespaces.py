# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names the servers of an organization are reached by: the view that several analysers share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._converge.kinds import host_of
from .._converge.noun import Noun
from .organization import Facts, Organization
from .outlook_anywhere import OUTLOOK_ANYWHERE
from .virtual_directories import PROTOCOLS

NAMESPACE_PROTOCOLS = ("owa", "ecp", "ews", "activesync", "oab", "mapi")
"""Directories whose URLs carry the namespace. PowerShell keeps the server's name, Autodiscover has no URL."""


@dataclass(frozen=True)
class AccessPoint:
    """A directory, or Outlook Anywhere, with the hosts that clients are sent to.

    Attributes:
        title: what people call it.
        hosts: host by option, in lower case; None where the option is empty.
    """

    noun: Noun
    title: str
    facts: Facts
    hosts: Mapping[str, str | None]

    @property
    def label(self) -> str:
        return self.noun.label

    @property
    def server(self) -> str:
        return str(self.facts["server"])


def access_points(organization: Organization) -> Iterator[AccessPoint]:
    """Everything that clients are sent to by a name of the plan."""
    for facts in organization.directories(*NAMESPACE_PROTOCOLS):
        noun = PROTOCOLS[facts["protocol"]]
        hosts = {option: host_of(facts.get(option)) for option in ("internal_url", "external_url")}
        yield AccessPoint(noun, noun.title, facts, hosts)
    for facts in organization.outlook_anywhere:
        hosts = {option: _lower(facts.get(option)) for option in ("internal_hostname", "external_hostname")}
        yield AccessPoint(OUTLOOK_ANYWHERE, "Outlook Anywhere", facts, hosts)


def server_names(organization: Organization) -> dict[str, str]:
    """Every name of a server itself, FQDN and NetBIOS in lower case, and whose it is."""
    return {
        name.lower(): server["name"] for server in organization.everyone for name in (server["fqdn"], server["name"])
    }


def listed(items: Sequence[str]) -> str:
    """``a, b and c`` for a sentence; ``nothing`` when there is none."""
    if len(items) < 2:
        return items[0] if items else "nothing"
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _lower(name: object) -> str | None:
    return str(name).lower() if name else None
