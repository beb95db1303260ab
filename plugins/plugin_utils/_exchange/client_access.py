# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of a server's client access settings as one tree of options (client-access-laws section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._converge.noun import Noun
from .._converge.resource import Resource, own_wish
from .._remoting.errors import BadInput
from .autodiscover import CLIENT_ACCESS_SERVICE, service_connection_point
from .autodiscover import PATH as AUTODISCOVER_PATH
from .logon_pages import LOGON_METHODS
from .namespace_plan import MODULE_OPTIONS, Plan
from .namespace_plan import PROTOCOLS as PLANNED
from .outlook_anywhere import OUTLOOK_ANYWHERE, outlook_anywhere
from .servers import Server
from .virtual_directories import ACTIVESYNC, AUTODISCOVER, ECP, EWS, MAPI, OAB, OWA
from .virtual_directory import DEFAULT_WEB_SITE, VirtualDirectory

BRANCHES: Mapping[str, Noun] = {
    noun.label: noun
    for noun in (OWA, ECP, EWS, ACTIVESYNC, OAB, MAPI, AUTODISCOVER, OUTLOOK_ANYWHERE, CLIENT_ACCESS_SERVICE)
}
"""The parts of the tree. PowerShell is none of them: its URL stays the server's own name."""


def plan_of(options: Mapping[str, Any]) -> Plan:
    """The namespaces among the options. Raises BadInput."""
    return Plan.of(options, MODULE_OPTIONS)


def wishes(options: Mapping[str, Any], site: str) -> dict[str, dict[str, Any]]:
    """What is wanted of each object that the options reach, by its label, as canonical values.

    A setting that is given stands before a namespace.

    Raises:
        BadInput: an impossible value.
    """
    plan = plan_of(options)
    found = {}
    for label, noun in BRANCHES.items():
        given = {name: value for name, value in (options[label] or {}).items() if value is not None}
        wish = own_wish(noun, {**_planned(plan, noun, site), **given}, title_of(noun))
        if wish:
            found[label] = wish
    return found


def wishes_of_every_site(options: Mapping[str, Any]) -> Sequence[tuple[Noun, Mapping[str, Any]]]:
    """What is wanted on servers of any site. Raises BadInput, also for a task that asks for nothing."""
    sites = ("", *plan_of(options).sites)
    found = [(BRANCHES[label], wish) for site in sites for label, wish in wishes(options, site).items()]
    if not found:
        raise BadInput("Nothing is asked for.", "Give a namespace or a setting.")
    return found


def resources(options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
    """The objects of one server. Outlook on the web brings the admin center to look at, and the other way round.

    Raises:
        BadInput: nothing is asked for in this server's site.
    """
    wanted = wishes(options, server.site)
    if not wanted:
        raise BadInput(
            f"{server.name} stands in site {server.site}, for which nothing is asked.",
            "Name the site in site_namespaces, or give a namespace for all.",
        )
    logon = any(option in wanted.get(label, {}) for label in ("owa", "ecp") for option in LOGON_METHODS)
    if logon:
        wanted = {"owa": {}, "ecp": {}, **wanted}
    return [_resource(BRANCHES[label], server, wish) for label, wish in wanted.items()]


def _resource(noun: Noun, server: Server, wish: Mapping[str, Any]) -> Resource:
    if isinstance(noun, VirtualDirectory):
        return noun.on(server, DEFAULT_WEB_SITE, wish)
    return outlook_anywhere(server, wish) if noun is OUTLOOK_ANYWHERE else service_connection_point(server, wish)


def _planned(plan: Plan, noun: Noun, site: str) -> dict[str, Any]:
    """The settings that the namespaces yield."""
    if noun is CLIENT_ACCESS_SERVICE:
        url = f"https://{plan.autodiscover}{AUTODISCOVER_PATH}"
        return {"auto_discover_service_internal_uri": url} if plan.autodiscover else {}
    if noun.label not in PLANNED:
        return {}
    hosts = plan.hosts_for(noun.label, site)._asdict()
    planned: dict[str, Any] = {}
    for side, host in hosts.items():
        if host and isinstance(noun, VirtualDirectory):
            planned[f"{side}_url"] = f"https://{host}{noun.path}"
        elif host:
            planned.update({f"{side}_hostname": host, f"{side}_clients_require_ssl": True})
    return planned


def title_of(noun: Noun) -> str:
    """What people call a branch."""
    return noun.title if isinstance(noun, VirtualDirectory) else noun.label.replace("_", " ")
