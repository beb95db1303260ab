# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What domain-joined clients are told by the service connection points (client-access-laws 1.7 and section 5)."""

from __future__ import annotations

from collections.abc import Iterator

from .._converge.kinds import host_of
from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .autodiscover import CLIENT_ACCESS_SERVICE
from .namespaces import listed, server_names
from .organization import Organization

URI, SCOPE = "auto_discover_service_internal_uri", "auto_discover_site_scope"

_PAGE = LEARN + "exchange/architecture/client-access/autodiscover"
_CURE = "Set auto_discover_service_internal_uri with exchange_autodiscover or the role namespaces."

NAMES_SERVER = declare(
    "autodiscover_names_server",
    Severity.WARNING,
    "The service connection point holds {uri}, a server's own name, as Setup leaves it. Clients go there at once "
    "and see its certificate.",
    _CURE,
    _PAGE,
)
EMPTY_EVERYWHERE = declare(
    "autodiscover_empty_everywhere",
    Severity.WARNING,
    "No server has a URL in its service connection point, so domain-joined clients have only DNS to find Autodiscover.",
    _CURE,
    _PAGE,
)
DIFFERS = declare(
    "autodiscover_differs",
    Severity.WARNING,
    "The service connection points of this site name different URLs: {values}. Clients take any of them.",
    "Give all servers of a site the same URL.",
    _PAGE,
)
UNKNOWN_SITE = declare(
    "site_scope_unknown",
    Severity.WARNING,
    "auto_discover_site_scope names {sites}, which Active Directory does not have.",
    "Correct the name, or take it out of auto_discover_site_scope.",
    _PAGE,
)
EMPTY_SITE = declare(
    "site_scope_without_servers",
    Severity.INFO,
    "auto_discover_site_scope names {sites}, where no Exchange server with client access is.",
    "Right for a site that has only clients; otherwise take it out.",
    _PAGE,
)


def addresses(organization: Organization) -> Iterator[Finding]:
    """A default left behind, or none at all."""
    names = server_names(organization)
    points = organization.service_connection_points
    for point in points:
        if host_of(point.get(URI)) in names:
            yield NAMES_SERVER.about(point["server"], uri=point[URI])
    complete = not any(server["client_access"] for server in organization.neighbours)
    if points and complete and not any(point.get(URI) for point in points):
        yield EMPTY_EVERYWHERE.about("Autodiscover")


def agreement(organization: Organization) -> Iterator[Finding]:
    """Servers of one site should say the same. A server's own name is another finding, an empty one is a choice."""
    kind = CLIENT_ACCESS_SERVICE.by_option[URI].kind
    own = server_names(organization)
    values: dict[str, dict[object, str]] = {}
    for point in organization.service_connection_points:
        uri = point.get(URI)
        if uri and host_of(uri) not in own:
            values.setdefault(organization.by_name[point["server"]]["site"], {})[kind.key(uri)] = uri
    for site, uris in values.items():
        if len(uris) > 1:
            yield DIFFERS.about(site, values=listed(sorted(uris.values())))


def scopes(organization: Organization) -> Iterator[Finding]:
    """Sites that do not exist, and sites without servers."""
    known = {site["name"].lower() for site in organization.sites}
    occupied = {server["site"].lower() for server in organization.everyone if server["client_access"]}
    for point in organization.service_connection_points:
        scope = point.get(SCOPE, [])
        unknown = [site for site in scope if known and site.lower() not in known]
        empty = [site for site in scope if site not in unknown and site.lower() not in occupied]
        if unknown:
            yield UNKNOWN_SITE.about(point["server"], sites=listed(unknown))
        if empty:
            yield EMPTY_SITE.about(point["server"], sites=listed(empty))


ANALYSERS = (addresses, agreement, scopes)
