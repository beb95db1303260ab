# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Outlook Anywhere should not tell clients (client-access-laws 2.7 and section 5)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .organization import Organization
from .outlook_anywhere import SIDES
from .versions import Product

_PAGE = LEARN + "powershell/module/exchange/set-outlookanywhere"

BASIC = declare(
    "outlook_anywhere_basic",
    Severity.WARNING,
    "Outlook Anywhere tells {side} clients to use Basic, so they prompt and send passwords.",
    "Set the client authentication method of that side to Negotiate or Ntlm (exchange_outlook_anywhere).",
    _PAGE,
)
NEGOTIATE_BESIDE_2010 = declare(
    "negotiate_beside_2010",
    Severity.WARNING,
    "Outlook Anywhere tells {side} clients to use Negotiate, which Exchange 2010 on {old} does not understand.",
    "Use Ntlm until the last Exchange 2010 server is gone.",
    _PAGE,
)


def methods(organization: Organization) -> Iterator[Finding]:
    """What is told for a side that has a host name; a side without one is not offered to clients."""
    old = [server["name"] for server in organization.everyone if server["product"] == str(Product.E2010)]
    for facts in organization.outlook_anywhere:
        for side in SIDES:
            method = facts.get(f"{side}_client_authentication_method")
            if not facts.get(f"{side}_hostname"):
                continue
            if method == "Basic":
                yield BASIC.about(facts["identity"], side=side)
            if method == "Negotiate" and old:
                yield NEGOTIATE_BESIDE_2010.about(facts["identity"], side=side, old=", ".join(old))


ANALYSERS = (methods,)
