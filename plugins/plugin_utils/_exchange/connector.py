# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which issuer and subject a Send or Receive connector finds its certificate (certificate-laws S5, S6, L8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._converge.kinds import Caseless, Refused
from .._converge.noun import Noun
from .._converge.proposal import Proposal
from .._converge.resource import Resource
from .._converge.setting import Setting
from .._remoting.errors import BadInput, ObjectMissing
from .._remoting.record import Record
from .servers import has_wildcards

LABEL = "connector"
_NAME = re.compile(r"<I>(?P<issuer>.+?)<S>(?P<subject>.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class CertificateName(Caseless):
    """``<I>issuer<S>subject`` as .NET writes them; the tags are stored in upper case (law S5)."""

    def parse(self, wanted: Any) -> Any:
        value = super().parse(wanted)
        if value is None:
            return None
        parts = _NAME.fullmatch(value)
        if parts is None:
            raise Refused("must be <I>issuer<S>subject, both as exchange_certificate_info shows them")
        return f"<I>{parts['issuer']}<S>{parts['subject']}"


_SETTINGS = (
    Setting(
        "TlsCertificateName",
        CertificateName(clearable=True),
        "Issuer and subject of the certificate, as C(<I>issuer<S>subject). An empty text chooses by host name.",
        recycle=False,
    ),
)
SEND_CONNECTOR = Noun(name="SendConnector", label=LABEL, settings=_SETTINGS)
RECEIVE_CONNECTOR = Noun(name="ReceiveConnector", label=LABEL, settings=_SETTINGS)
NOUNS: Mapping[str, Noun] = {"send": SEND_CONNECTOR, "receive": RECEIVE_CONNECTOR}


def check_identity(identity: str) -> None:
    """Refuse what would mean every connector, or several. Raises BadInput."""
    if not identity.strip() or has_wildcards(identity):
        raise BadInput(f"identity '{identity}' could mean several connectors.", "Name one, without * ? [ and ].")


def connector(kind: str, identity: str, wish: Mapping[str, Any], replaces: str | None) -> Resource:
    """One connector of the organization.

    Args:
        kind: of NOUNS.
        identity: its name, of a Receive connector ``SERVER\\name``.
        replaces: the only other value that may be there; None for any. Nobody else's choice is overwritten (law L8).
    """

    def pick(records: Sequence[Record]) -> Record:
        for record in records:
            if identity.lower() in (str(record.get("Identity") or "").lower(), str(record.get("Name") or "").lower()):
                return record
        raise ObjectMissing(f"There is no {kind} connector {identity}.", "exchange_certificate_info lists them.")

    def only_instead(proposal: Proposal) -> None:
        option, kind_of = "tls_certificate_name", CertificateName(clearable=True)
        if replaces is not None and option in wish and proposal.changes_option(option):
            present = proposal.fact(option)
            if not kind_of.same(kind_of.read(replaces), present):
                proposal.refuse(option, f"is {present or 'empty'}, not {replaces or 'empty'}", "Look who changed it.")

    return Resource(
        noun=replace(NOUNS[kind], rules=(only_instead,)),
        subject=f"{kind.capitalize()} connector {identity}",
        select={"Identity": identity},
        pick=pick,
        wish=wish,
    )
