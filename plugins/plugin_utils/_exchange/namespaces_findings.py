# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server names left in URLs, gaps and differences behind a name, names that do not resolve (client-access-laws 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .namespaces import AccessPoint, access_points, listed, server_names
from .organization import Organization

Resolve = Callable[[str], Collection[str]]
"""The addresses of a host name, as the control node sees them; none when it does not resolve."""

OF_ONE_SERVER = frozenset(
    {
        "active_sync_server",
        "instant_messaging_certificate_thumbprint",
        "extended_protection_spn_list",
        "internal_nlb_bypass_url",
        "failback_url",
    }
)
"""Settings that rightly differ between servers behind one name. URLs are judged by their own rules."""

_ROLE = "Set it with exchange_client_access or the role namespaces."
_PAGE = LEARN + "exchange/architecture/client-access/load-balancing"

NAMES_SERVER = declare(
    "url_names_server",
    Severity.WARNING,
    "{host}, the name of a server, is left in {places}: clients bypass the load balancer, and the certificate must "
    "hold that name.",
    _ROLE,
    LEARN + "exchange/plan-and-deploy/post-installation-tasks/configure-mail-flow-and-client-access",
)
MISSING_ON_SOME = declare(
    "url_missing_on_some_servers",
    Severity.WARNING,
    "{title}: {option} is empty on {empty}, but set on {filled}. What clients of this site are told depends on the "
    "server that answers.",
    _ROLE,
    _PAGE,
)
SETTINGS_DIFFER = declare(
    "settings_differ_behind_name",
    Severity.WARNING,
    "{title} differs between the servers behind this name: {differences}.",
    "Set it alike on all of them.",
    _PAGE,
)
VERSIONS_DIFFER = declare(
    "versions_differ_behind_name",
    Severity.INFO,
    "Servers of different builds stand behind this name: {versions}.",
    "Bring them to the same update, unless an upgrade is on its way.",
    LEARN + "exchange/new-features/build-numbers-and-release-dates",
)
UNRESOLVED = declare(
    "name_unresolved",
    Severity.WARNING,
    "The name does not resolve from the control node.",
    "Create it in the DNS zone that clients ask, or look whether the control node asks another one.",
    _PAGE,
)
ONE_ADDRESS = declare(
    "name_has_one_address",
    Severity.INFO,
    "The name resolves to {address} alone, while {count} servers have client access.",
    "Right for the address of a load balancer; if it is a server's, the name fails with that server.",
    _PAGE,
)


def names_of_servers(organization: Organization) -> Iterator[Finding]:
    """Defaults left behind."""
    names = server_names(organization)
    labels: dict[tuple[str, str], dict[str, list[str]]] = {}
    for point in access_points(organization):
        for option, host in point.hosts.items():
            if host in names:
                labels.setdefault((point.server, host), {}).setdefault(option, []).append(point.label)
    for (server, host), by_option in labels.items():
        places = [f"{option} of {', '.join(found)}" for option, found in by_option.items()]
        yield NAMES_SERVER.about(server, places=listed(places), host=host)


def gaps(organization: Organization) -> Iterator[Finding]:
    """An option that is set on some servers of a site only."""
    groups: dict[tuple[str, str, str], list[AccessPoint]] = {}
    for point in access_points(organization):
        site = organization.by_name[point.server]["site"]
        groups.setdefault((site, point.label, point.facts["web_site"]), []).append(point)
    for (site, _label, _web_site), points in groups.items():
        for option in points[0].hosts:
            empty = [point.server for point in points if not point.hosts[option]]
            filled = [point.server for point in points if point.hosts[option]]
            if empty and filled:
                yield MISSING_ON_SOME.about(
                    site, title=points[0].title, option=option, empty=listed(empty), filled=listed(filled)
                )


def differences(organization: Organization) -> Iterator[Finding]:
    """Settings other than URLs that are unequal behind one name, as far as all of them show the setting."""
    for host, points in _by_host(organization).items():
        for label in dict.fromkeys(point.label for point in points):
            alike = [point for point in points if point.label == label]
            unequal = [text for option in alike[0].noun.by_option if (text := _difference(option, alike))]
            if unequal:
                yield SETTINGS_DIFFER.about(host, title=alike[0].title, differences="; ".join(unequal))


def _difference(option: str, points: Sequence[AccessPoint]) -> str:
    if option in OF_ONE_SERVER or option in points[0].hosts or any(option not in point.facts for point in points):
        return ""
    kind = points[0].noun.by_option[option].kind
    values = [point.facts[option] for point in points]
    if all(kind.same(value, values[0]) for value in values):
        return ""
    return f"{option} is " + listed(
        [f"{_shown(value)} on {point.server}" for value, point in zip(values, points, strict=True)]
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(value) or "empty"
    return "empty" if value is None else str(value)


def versions(organization: Organization) -> Iterator[Finding]:
    """Builds behind one name."""
    for host, points in _by_host(organization).items():
        builds = {point.server: organization.by_name[point.server]["version"] for point in points}
        if len(set(builds.values())) > 1:
            yield VERSIONS_DIFFER.about(host, versions=listed([f"{name} {build}" for name, build in builds.items()]))


def _by_host(organization: Organization) -> dict[str, list[AccessPoint]]:
    """What stands behind each name. Servers that share both the inside and the outside name are listed once."""
    found: dict[str, list[AccessPoint]] = {}
    for point in access_points(organization):
        for host in sorted({host for host in point.hosts.values() if host}):
            found.setdefault(host, []).append(point)
    return {host: points for host, points in found.items() if len({point.server for point in points}) > 1}


def resolution(names: Sequence[str], resolve: Resolve, organization: Organization) -> Iterator[Finding]:
    """Names that clients will use, looked up from here."""
    count = sum(server["client_access"] for server in organization.everyone)
    for name in names:
        addresses = resolve(name)
        if not addresses:
            yield UNRESOLVED.about(name)
        elif len(addresses) == 1 and count > 1:
            (address,) = addresses
            yield ONE_ADDRESS.about(name, address=address, count=count)


ANALYSERS = (names_of_servers, gaps, differences, versions)
