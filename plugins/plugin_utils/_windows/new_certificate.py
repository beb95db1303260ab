# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fresh self-signed certificate for 444, made by Windows where Exchange cannot (peers.md 29, iis-over-remoting 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._remoting.command import Command
from .._remoting.errors import NotReached
from .._run.step import Step
from .binding_change import BindingChange
from .certificate_store import CSP, EXCHANGE_NAME, MY, StoreCertificate, fit_for_iis, store_path

PROVIDER = "Microsoft RSA SChannel Cryptographic Provider"
LIFETIME = timedelta(days=5 * 365)
"""As those that Setup makes (law O19)."""
PLANNED = "0" * 40
"""Stands in check mode for the thumbprint that nobody knows yet."""


@dataclass(frozen=True)
class NewCertificate:
    """For one server; ``now`` is the control node's clock."""

    server: str
    now: datetime

    @property
    def names(self) -> Sequence[str]:
        """As Setup names it: the short name and the FQDN."""
        return tuple(dict.fromkeys((self.server.partition(".")[0], self.server)))

    def bound_and_good(self, change: BindingChange, certificates: Sequence[StoreCertificate]) -> str:
        """The thumbprint of what is bound, or comes along with a moved binding, if it will do; otherwise empty."""
        goal = change.goal
        bound = change.wish.thumbprint or (change.state.thumbprint(goal.ssl_key) if goal else "")
        for one in certificates:
            if one.thumbprint == bound and fit_for_iis(one, self.now) and one.is_for(self.names):
                return bound
        return ""

    def step(self) -> Step:
        """Makes it, with a key that a CSP keeps; without a provider Windows would take CNG."""
        ends = (self.now + LIFETIME).replace(microsecond=0, tzinfo=None)
        wanted = {
            "DnsName": list(self.names),
            "Subject": f"CN={self.names[0]}",
            "FriendlyName": EXCHANGE_NAME,
            "CertStoreLocation": store_path(MY),
            "KeyAlgorithm": "RSA",
            "KeyLength": 2048,
            "KeySpec": "KeyExchange",
            "Provider": PROVIDER,
            "HashAlgorithm": "SHA256",
            "KeyExportPolicy": "NonExportable",
            "NotAfter": f"{ends.isoformat()}Z",
            "Type": "SSLServerAuthentication",
            "ErrorAction": "Stop",
        }
        command = Command("New-SelfSignedCertificate", wanted).then("Out-Null")
        return Step(command, "No certificate that is bound will do")

    def planned(self) -> StoreCertificate:
        """What check mode reckons with."""
        begin, end = (moment.isoformat() for moment in (self.now, self.now + LIFETIME))
        name = f"CN={self.names[0]}"
        return StoreCertificate(
            PLANNED,
            name,
            name,
            tuple(self.names),
            begin,
            end,
            True,
            EXCHANGE_NAME,
            has_private_key=True,
            key_storage=CSP,
        )

    def found_in(self, after: Sequence[StoreCertificate], before: Sequence[StoreCertificate]) -> str:
        """Its thumbprint.

        Raises:
            NotReached: it is not there.
        """
        known = {one.thumbprint for one in before}
        for one in after:
            if one.thumbprint not in known and one.friendly_name == EXCHANGE_NAME and one.is_for(self.names):
                return one.thumbprint
        raise NotReached(
            "The server was asked for a new certificate, but the store has none.", "Make one in certlm.msc."
        )
