# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan would leave a server without, seen before it is written (client-access-laws 2.10, and 5, preflight)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.mailops.exchange.plugins.filter.directories_unready import FilterModule

directories_unready = FilterModule().filters()["directories_unready"]
MAPI, OWA = "mapi (Default Web Site)", "owa (Default Web Site)"
NO_HOSTS = {"internal_download_host_name": None, "external_download_host_name": None}
HOST = {"internal_download_host_name": "download.contoso.com"}


def directory(server: str, protocol: str, **facts: Any) -> dict[str, Any]:
    known = {"internal_url": None, "external_url": None, **(NO_HOSTS if protocol == "owa" else {}), **facts}
    return {
        "protocol": protocol,
        "server": server,
        "identity": f"{server}\\{OWA if protocol == 'owa' else MAPI}",
        **known,
    }


def organization(**switches: bool) -> dict[str, Any]:
    """Two servers; EX2 has no MAPI URL, and neither has download hosts."""
    return {
        "servers": [{"name": name, "fqdn": f"{name.lower()}.contoso.com"} for name in ("EX1", "EX2")],
        "virtual_directories": [
            directory("EX1", "mapi", internal_url="https://ex1.contoso.com/mapi"),
            directory("EX2", "mapi"),
            directory("EX1", "owa", internal_url="https://ex1.contoso.com/owa"),
            directory("EX2", "owa", internal_url="https://ex2.contoso.com/owa"),
        ],
        "organization_config": switches,
    }


def planned(server: str, **objects: dict[str, Any]) -> dict[str, Any]:
    """What exchange_client_access shows in check mode; it reads only what the plan reaches."""
    identities = {"mapi": f"{server}\\{MAPI}", "owa": f"{server}\\{OWA}"}
    return {
        "server": f"{server.lower()}.contoso.com",
        "client_access": {label: {"identity": identities[label], **facts} for label, facts in objects.items()},
    }


@pytest.mark.parametrize(
    ("switch", "plan", "expected"),
    [
        ("mapi_http_enabled", planned("EX1"), []),
        ("mapi_http_enabled", planned("EX2"), [f"EX2\\{MAPI}"]),
        ("mapi_http_enabled", planned("EX2", mapi={"external_url": "https://mail.contoso.com/mapi"}), []),
        ("mapi_http_enabled", planned("EX1", mapi={"internal_url": None}), [f"EX1\\{MAPI}"]),
        ("enable_download_domains", planned("EX1"), [f"EX1\\{OWA}"]),
        ("enable_download_domains", planned("EX1", owa=HOST), []),
        (
            "enable_download_domains",
            planned("EX1", owa={**HOST, "internal_url": "https://download.contoso.com/owa"}),
            [f"EX1\\{OWA}"],
        ),
    ],
)
def test_only_the_planned_server_is_judged_as_it_would_be(
    switch: str, plan: dict[str, Any], expected: list[str]
) -> None:
    found = directories_unready(organization(**{switch: True}), plan)
    assert [finding["subject"] for finding in found] == expected
    assert directories_unready(organization(**{switch: False}), plan) == []
    assert directories_unready(organization(), plan) == [], "what could not be read hinders nobody"


@pytest.mark.parametrize(("result", "plan"), [({}, planned("EX1")), (organization(), {}), (None, None)])
def test_anything_else_is_refused(result: Any, plan: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="directories_unready wants a result of exchange_info that holds"):
        directories_unready(result, plan)
