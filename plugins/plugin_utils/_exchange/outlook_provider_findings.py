# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Outlook is told about certificates (client-access-laws 1.8; G7 of the certificate checks)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .namespaces import listed
from .organization import Organization

MSSTD = "msstd:"
SIDE_OF = {"EXCH": "internal", "EXPR": "external"}
"""Whose host name of Outlook Anywhere a provider's principal name is compared with."""

_PAGE = LEARN + "powershell/module/exchange/set-outlookprovider"

SERVER_SET = declare(
    "provider_server_set",
    Severity.WARNING,
    "The provider names the server {server}, which makes Outlook prompt for credentials.",
    "Clear provider_server with exchange_outlook_provider.",
    _PAGE,
)
UNCHECKED = declare(
    "provider_without_check",
    Severity.WARNING,
    "cert_principal_name is none, so Outlook does not check whose certificate it sees.",
    "Set msstd: and a name of the certificate, or clear it: Outlook then expects the external host name.",
    _PAGE,
)
OTHER_NAME = declare(
    "provider_names_another_certificate",
    Severity.INFO,
    "cert_principal_name is {principal}, but the {side} names of Outlook Anywhere are {hosts}.",
    "Right only if the certificate of every server holds that name; a wildcard certificate needs msstd:*.domain.",
    _PAGE,
)
NEVER_AGAIN = declare(
    "provider_never_refreshed",
    Severity.INFO,
    "ttl is 0, so Outlook never asks Autodiscover again and does not see changed names.",
    "Set ttl to 1, the default.",
    _PAGE,
)


def providers(organization: Organization) -> Iterator[Finding]:
    """Each provider beside the host names of Outlook Anywhere."""
    for provider in organization.outlook_providers:
        name, principal = provider["name"], str(provider.get("cert_principal_name") or "").lower()
        if server := provider.get("provider_server"):
            yield SERVER_SET.about(name, server=server)
        if provider.get("ttl") == 0:
            yield NEVER_AGAIN.about(name)
        if principal == "none":
            yield UNCHECKED.about(name)
        elif principal and (side := SIDE_OF.get(name.upper())):
            hosts = {str(facts.get(f"{side}_hostname") or "").lower() for facts in organization.outlook_anywhere} - {""}
            if hosts and not any(_stands_for(principal, host) for host in hosts):
                yield OTHER_NAME.about(name, principal=principal, side=side, hosts=listed(sorted(hosts)))


def _stands_for(principal: str, host: str) -> bool:
    name = principal.removeprefix(MSSTD)
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


ANALYSERS = (providers,)
