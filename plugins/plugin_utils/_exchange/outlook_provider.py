# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Outlook is told about certificates, for the whole organization (Set-OutlookProvider; client-access-laws 1.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._converge.kinds import Caseless, EnumList, Int, Many, Refused, Text
from .._converge.noun import Noun
from .._converge.proposal import Proposal
from .._converge.resource import Resource
from .._converge.setting import Setting
from .._remoting.errors import ObjectMissing
from .._remoting.record import Record

_MSSTD = re.compile(r"msstd:(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class PrincipalName(Caseless):
    """``msstd:`` and a name on the certificate, wildcard allowed; or ``none`` for no mutual authentication."""

    def parse(self, wanted: Any) -> Any:
        value = super().parse(wanted)
        if value is None or value.lower() == "none" or _MSSTD.match(value):
            return value
        raise Refused("must be msstd:mail.contoso.com, msstd:*.contoso.com or none")


def server_causes_prompts(proposal: Proposal) -> None:
    """1.8: anything but an empty value makes Outlook prompt."""
    if proposal.given("provider_server") and proposal.target("provider_server"):
        proposal.warn("a server makes Outlook prompt for credentials; an empty text is the recommended value.")


OUTLOOK_PROVIDER = Noun(
    name="OutlookProvider",
    label="outlook_provider",
    settings=(
        Setting(
            "CertPrincipalName",
            PrincipalName(clearable=True),
            "Name that Outlook expects on the certificate: V(msstd:mail.contoso.com), V(msstd:*.contoso.com), or "
            "V(none) for no check. An empty text means the external host name.",
        ),
        Setting("TTL", Int(), "Hours until Outlook asks Autodiscover again; 0 means never."),
        Setting(
            "Server",
            Text(clearable=True),
            "Server that EXPR names. Anything but an empty text makes Outlook prompt.",
            known_as="ProviderServer",
        ),
        Setting(
            "OutlookProviderFlags",
            EnumList(
                values=("None", "ServerExclusiveConnect", "ExternalClientsRequireSSL", "InternalClientsRequireSSL"),
                empty_word="None",
                clearable=True,
            ),
            "Flags. The list is replaced.",
        ),
        Setting(
            "RequiredClientVersions",
            Many(clearable=True),
            "Oldest Outlook that may connect, as C(version, UTC time). The list is replaced.",
        ),
    ),
    rules=(server_causes_prompts,),
)


def outlook_provider(name: str, wish: Mapping[str, Any]) -> Resource:
    """One of the organization's providers."""

    def pick(records: Sequence[Record]) -> Record:
        for record in records:
            if str(record.get("Name") or "").lower() == name.lower():
                return record
        raise ObjectMissing(f"There is no Outlook provider {name}.", "New-OutlookProvider creates it.")

    return Resource(
        noun=OUTLOOK_PROVIDER,
        subject=f"Outlook provider {name}",
        select={"Identity": name},
        pick=pick,
        wish=wish,
    )
