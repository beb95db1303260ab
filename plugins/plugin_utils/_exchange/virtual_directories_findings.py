# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the virtual directories of a server should not hold (client-access-laws 1.0, 2.3, 2.8, and 5, preflight)."""

from __future__ import annotations

from collections.abc import Iterator

from .._converge.kinds import host_of
from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .client_readiness import SIDES, mapi_problem
from .logon_pages import LOGON_METHODS
from .namespaces import listed
from .organization import Facts, Organization
from .virtual_directories import PROTOCOLS

MODERN = ("ews", "oab", "mapi", "autodiscover")
"""Protocols that hybrid and modern authentication need OAuth on, and that no client needs Basic alone on."""

HOSTS_DIFFER = declare(
    "owa_ecp_hosts_differ",
    Severity.HIGH,
    "The {side} URL of Outlook on the web names {owa}, that of the Exchange admin center {ecp}; the options page of "
    "Outlook on the web does not open across two hosts.",
    "Give both the same host (exchange_vdir, or exchange_client_access for all protocols at once).",
    LEARN + "exchange/plan-and-deploy/post-installation-tasks/configure-mail-flow-and-client-access",
)
AUTHENTICATION_DIFFERS = declare(
    "owa_ecp_authentication_differs",
    Severity.HIGH,
    "Outlook on the web logs on with {owa}, the Exchange admin center with {ecp}, which makes logons loop.",
    "Set the same methods on both, then restart IIS on that server.",
    LEARN + "powershell/module/exchange/set-ecpvirtualdirectory",
)
BYPASS_SET = declare(
    "ews_bypass_url_set",
    Severity.HIGH,
    "internal_nlb_bypass_url is {value}; on a front end any value breaks eDiscovery and searches between servers.",
    "Clear it: exchange_vdir with protocol ews and an empty internal_nlb_bypass_url.",
    LEARN + "powershell/module/exchange/set-webservicesvirtualdirectory",
)
MAPI_WITHOUT_URL = declare(
    "mapi_without_url",
    Severity.WARNING,
    "MAPI over HTTP has neither an internal nor an external URL, so Outlook is not told of it.",
    "Set internal_url and external_url of the protocol mapi.",
    LEARN + "exchange/clients/mapi-over-http/configure-mapi-over-http",
)
AUTODISCOVER_URL = declare(
    "autodiscover_directory_has_url",
    Severity.INFO,
    "{option} is {value}. Since Exchange 2013 no client reads it, and no cmdlet is known to clear it.",
    "Nothing is needed; clients are told by the service connection point (exchange_autodiscover) and by DNS.",
    LEARN + "exchange/architecture/client-access/autodiscover",
)
BASIC_ONLY = declare(
    "basic_authentication_only",
    Severity.WARNING,
    "Basic is the only method, so every client sends its password.",
    "Turn integrated Windows authentication or OAuth on as well.",
    LEARN + "exchange/clients/default-virtual-directory-settings",
)
OAUTH_MISSING = declare(
    "oauth_missing",
    Severity.INFO,
    "OAuth is not offered by {protocols}; a hybrid organization and modern authentication need it.",
    "Turn oauth_authentication on (for mapi add OAuth to iis_authentication_methods) where you need either.",
    LEARN + "microsoft-365/enterprise/configure-exchange-server-for-hybrid-modern-authentication",
)
OAB_WITHOUT_TLS = declare(
    "oab_without_tls",
    Severity.WARNING,
    "The offline address book is also served without TLS, unlike Setup leaves it since Exchange 2016.",
    "Set require_ssl of the protocol oab.",
    LEARN + "powershell/module/exchange/set-oabvirtualdirectory",
)


def owa_beside_ecp(organization: Organization) -> Iterator[Finding]:
    """2.3: hosts and logon methods of the two must be the same on one web site."""
    ecp_by_place = {(ecp["server"], ecp["web_site"]): ecp for ecp in organization.directories("ecp")}
    for owa in organization.directories("owa"):
        ecp = ecp_by_place.get((owa["server"], owa["web_site"]))
        if ecp is None:
            continue
        for side in SIDES:
            hosts = [host_of(facts.get(f"{side}_url")) for facts in (owa, ecp)]
            if hosts[0] != hosts[1]:
                yield HOSTS_DIFFER.about(
                    owa["identity"], side=side, owa=hosts[0] or "no host", ecp=hosts[1] or "no host"
                )
        methods = _methods(owa, ecp), _methods(ecp, owa)
        if methods[0] != methods[1]:
            yield AUTHENTICATION_DIFFERS.about(owa["identity"], owa=listed(methods[0]), ecp=listed(methods[1]))


def _methods(directory: Facts, other: Facts) -> list[str]:
    """The methods that are on: the switches that both show, or where a cheap read hides them, their echo in AD."""
    shown = [option for option in LOGON_METHODS if option in directory and option in other]
    if shown:
        return [option.removesuffix("_authentication") for option in shown if directory[option]]
    return sorted(directory.get("internal_authentication_methods", []))


def bypass_url(organization: Organization) -> Iterator[Finding]:
    """2.8."""
    for ews in organization.directories("ews"):
        if value := ews.get("internal_nlb_bypass_url"):
            yield BYPASS_SET.about(ews["identity"], value=value)


def mapi_urls(organization: Organization) -> Iterator[Finding]:
    """Section 5, preflight. Where MAPI over HTTP is on for the organization it is a graver finding of another file."""
    if organization.organization_config.get("mapi_http_enabled"):
        return
    for mapi in organization.directories("mapi"):
        if mapi_problem(mapi):
            yield MAPI_WITHOUT_URL.about(mapi["identity"])


def autodiscover_urls(organization: Organization) -> Iterator[Finding]:
    """1.5 and correction 10: real servers have been seen with values there; report, never fail."""
    for directory in organization.directories("autodiscover"):
        for side in SIDES:
            if value := directory.get(f"{side}_url"):
                yield AUTODISCOVER_URL.about(directory["identity"], option=f"{side}_url", value=value)


def methods(organization: Organization) -> Iterator[Finding]:
    """Basic alone, and OAuth missing; judged by the echo in AD (section 1.0)."""
    without_oauth: dict[str, list[str]] = {}
    for directory in organization.directories(*MODERN):
        offered = {method.lower() for method in directory.get("internal_authentication_methods", [])}
        if offered == {"basic"}:
            yield BASIC_ONLY.about(directory["identity"])
        if offered and "oauth" not in offered:
            without_oauth.setdefault(directory["server"], []).append(PROTOCOLS[directory["protocol"]].title)
    for server, titles in without_oauth.items():
        yield OAUTH_MISSING.about(server, protocols=listed(titles))


def address_book_tls(organization: Organization) -> Iterator[Finding]:
    """6.6: Setup requires TLS since 2016. Known from a full read only."""
    for oab in organization.directories("oab"):
        is_2013 = organization.by_name[oab["server"]]["product"] == "Exchange 2013"
        if oab.get("require_ssl") is False and not is_2013:
            yield OAB_WITHOUT_TLS.about(oab["identity"])


ANALYSERS = (owa_beside_ecp, bypass_url, mapi_urls, autodiscover_urls, methods, address_book_tls)
