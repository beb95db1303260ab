# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the organization that a directory is not ready for (client-access-laws 2.10, and 5, preflight)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .client_readiness import download_problem, mapi_problem
from .organization import Organization

MAPI_UNREADY = declare(
    "mapi_http_without_url",
    Severity.HIGH,
    "MAPI over HTTP is on for the organization, but this directory {problem}, so Outlook cannot be told of it.",
    "Set internal_url and external_url of the protocol mapi (exchange_vdir, or exchange_client_access).",
    LEARN + "exchange/clients/mapi-over-http/configure-mapi-over-http",
)
DOWNLOADS_UNREADY = declare(
    "download_domains_unready",
    Severity.HIGH,
    "Download domains are on for the organization, but this directory {problem}, so they do not protect its users.",
    "Set the download hosts of the protocol owa, with a name that is no host of Outlook on the web.",
    LEARN + "powershell/module/exchange/set-organizationconfig",
)


def unready(organization: Organization) -> Iterator[Finding]:
    """Directories that a switch which is on does not find ready."""
    switches = organization.organization_config
    for option, protocol, code, problem_of in (
        ("mapi_http_enabled", "mapi", MAPI_UNREADY, mapi_problem),
        ("enable_download_domains", "owa", DOWNLOADS_UNREADY, download_problem),
    ):
        for directory in organization.directories(protocol) if switches.get(option) else ():
            if problem := problem_of(directory):
                yield code.about(directory["identity"], problem=problem)


def unready_after(organization: Mapping[str, Any], planned: Mapping[str, Any]) -> list[Finding]:
    """What a server would not be ready for, once a plan has come true there.

    Args:
        organization: result of exchange_info, with the directories and the organization's settings.
        planned: result of exchange_client_access for one server, in check mode.

    Raises:
        KeyError: one of the two is something else.
    """
    as_planned = {facts["identity"]: facts for facts in planned["client_access"].values()}
    names = {server["name"] for server in organization["servers"] if server["fqdn"] == planned["server"]}
    directories = [
        {**facts, **as_planned.get(facts["identity"], {})}
        for facts in organization["virtual_directories"]
        if facts["server"] in names
    ]
    settings = organization["organization_config"]
    return sorted(unready(Organization(virtual_directories=directories, organization_config=settings)))


ANALYSERS = (unready,)
