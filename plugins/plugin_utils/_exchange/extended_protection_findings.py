# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extended Protection: what forbids it, what it demands, where it is off by surprise (client-access-laws 2.13, 6.4)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .namespaces import access_points, listed
from .organization import Facts, Organization
from .versions import Version

BY_DEFAULT_FROM = Version(15, 2, 1544, 0)
"""Exchange 2019 CU14: from here on Setup turns Extended Protection on and SSL offloading off."""
REQUIRED_BY_SETUP = ("owa", "ecp", "mapi", "outlook_anywhere")
TOKEN_CHECKING = "extended_protection_token_checking"

_PAGE = LEARN + "exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-extended-protection"

OFFLOADING = declare(
    "ssl_offloading_under_extended_protection",
    Severity.CRITICAL,
    "Outlook Anywhere expects the load balancer to end TLS, but Extended Protection is required there: "
    "channel binding fails and nobody can log on.",
    "Set ssl_offloading to false (exchange_outlook_anywhere) and let the load balancer pass TLS through or bridge it.",
    _PAGE,
)
OFFLOADING_BY_VERSION = declare(
    "ssl_offloading_where_protection_is_default",
    Severity.WARNING,
    "Outlook Anywhere expects the load balancer to end TLS, although Setup of {version} turns Extended Protection on, "
    "which forbids that.",
    "Read again with full: true to see whether Extended Protection is on; if so set ssl_offloading to false.",
    _PAGE,
)
OFF = declare(
    "extended_protection_off",
    Severity.INFO,
    "Extended Protection reads None on {protocols}, although Setup of {version} turns it on.",
    "Look with Microsoft's script ExchangeExtendedProtectionManagement, which reads IIS itself; it also turns it on.",
    _PAGE,
)
BEHIND_NAME = declare(
    "extended_protection_behind_name",
    Severity.INFO,
    "{servers} stand behind this name and require Extended Protection.",
    "A load balancer before them must pass TLS through, or bridge it with the very certificate of the servers.",
    _PAGE,
)


def offloading(organization: Organization) -> Iterator[Finding]:
    """2.13. A cheap read does not show Extended Protection, so there the version is judged."""
    for facts in organization.outlook_anywhere:
        version = _version(organization, facts)
        if not facts.get("ssl_offloading"):
            continue
        if facts.get(TOKEN_CHECKING) == "Require":
            yield OFFLOADING.about(facts["identity"])
        elif TOKEN_CHECKING not in facts and version >= BY_DEFAULT_FROM:
            yield OFFLOADING_BY_VERSION.about(facts["identity"], version=version)


def off(organization: Organization) -> Iterator[Finding]:
    """6.4. Whether the cmdlets show what IIS has is not known for sure, so this is a hint only."""
    unprotected: dict[str, list[str]] = {}
    for point in access_points(organization):
        expected = point.label in REQUIRED_BY_SETUP and _version(organization, point.facts) >= BY_DEFAULT_FROM
        if expected and point.facts.get(TOKEN_CHECKING) == "None":
            unprotected.setdefault(point.server, []).append(point.title)
    for server, titles in unprotected.items():
        yield OFF.about(server, protocols=listed(titles), version=organization.by_name[server]["version"])


def behind_names(organization: Organization) -> Iterator[Finding]:
    """2.13: bridging needs the same certificate on the load balancer and on the servers."""
    servers: dict[str, set[str]] = {}
    for point in access_points(organization):
        if point.facts.get(TOKEN_CHECKING) == "Require":
            for host in set(filter(None, point.hosts.values())):
                servers.setdefault(host, set()).add(point.server)
    for host, names in servers.items():
        if len(names) > 1:
            yield BEHIND_NAME.about(host, servers=listed(sorted(names)))


def _version(organization: Organization, facts: Facts) -> Version:
    return Version.displayed(organization.by_name[facts["server"]]["version"])


ANALYSERS = (offloading, off, behind_names)
