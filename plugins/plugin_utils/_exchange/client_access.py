# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of a server's client access settings as one tree of options (client-access-laws section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._converge.noun import Noun
from .._converge.proposal import Proposal
from .._converge.resource import Resource, own_wish
from .._remoting.errors import BadInput
from .autodiscover import CLIENT_ACCESS_SERVICE, service_connection_point
from .autodiscover import PATH as AUTODISCOVER_PATH
from .namespace_plan import MODULE_OPTIONS, Plan
from .namespace_plan import PROTOCOLS as PLANNED
from .outlook_anywhere import OUTLOOK_ANYWHERE, outlook_anywhere
from .servers import Server
from .virtual_directories import (
    ACTIVESYNC,
    AUTODISCOVER,
    DEFAULT_WEB_SITE,
    ECP,
    EWS,
    LOGON_METHODS,
    MAPI,
    OAB,
    OWA,
    VirtualDirectory,
)

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


def check_every_site(options: Mapping[str, Any]) -> None:
    """Refuse impossible values before a session is opened, and a task that asks for nothing. Raises BadInput."""
    sites = ("", *plan_of(options).sites)
    wanted = [wishes(options, site) for site in sites]
    if not any(wanted):
        raise BadInput("Nothing is asked for.", "Give a namespace or a setting.")


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


def logon_pages_stay_together(proposals: Mapping[str, Proposal]) -> None:
    """Section 5, preflight: hosts of both logon pages must not differ, nor forms be on for one only."""
    if not {"owa", "ecp"} <= proposals.keys():
        return
    owa, ecp = proposals["owa"], proposals["ecp"]
    for option in ("internal_url", "external_url"):
        ours, theirs = owa.target(option), ecp.target(option)
        changing = owa.changes_option(option) or ecp.changes_option(option)
        if changing and ours and theirs and _host_of(ours) != _host_of(theirs):
            owa.refuse(
                option,
                f"would have the host {_host_of(ours)} and that of the admin center {_host_of(theirs)}, so the options "
                "page would not open",
                "Give both the same namespace.",
            )
    forms = "forms_authentication"
    if not (owa.known(forms) and ecp.known(forms)):
        return
    if owa.target(forms) != ecp.target(forms) and (owa.changes_option(forms) or ecp.changes_option(forms)):
        owa.refuse(forms, "would be on for only one of Outlook on the web and the admin center", "Set both alike.")


def _host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
