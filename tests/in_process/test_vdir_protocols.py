# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_vdir for each protocol: check mode, nothing happened, real, it happened, again unchanged."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from in_process import Converge

from exchange_lab.world import World

PINNED = "-DomainController 'dc1.contoso.test' -Confirm:$false"


class Case(NamedTuple):
    """A wish for one protocol of a fresh 2019 server, the command it takes, and what changes in the world."""

    protocol: str
    wish: dict[str, Any]
    command: str
    changes: dict[str, Any]
    pools: list[str]


CASES = [
    Case(
        "owa",
        {"internal_url": "https://mail.contoso.com/owa", "external_url": "https://mail.contoso.com/owa"},
        "Set-OwaVirtualDirectory -Identity 'EX1\\owa (Default Web Site)' -InternalUrl 'https://mail.contoso.com/owa' "
        f"-ExternalUrl 'https://mail.contoso.com/owa' {PINNED}",
        {
            "AD EX1\\owa (Default Web Site)": {
                "InternalUrl": "https://mail.contoso.com/owa",
                "ExternalUrl": "https://mail.contoso.com/owa",
            }
        },
        [],
    ),
    Case(
        "ecp",
        {"admin_enabled": False, "gzip_level": "High"},
        "Set-EcpVirtualDirectory -Identity 'EX1\\ecp (Default Web Site)' "
        f"-AdminEnabled $false -GzipLevel 'High' {PINNED}",
        {
            "AD EX1\\ecp (Default Web Site)": {"AdminEnabled": False},
            "IIS EX1\\ecp (Default Web Site)": {"GzipLevel": "High"},
        },
        ["MSExchangeECPAppPool"],
    ),
    Case(
        "ews",
        {"external_url": "https://mail.contoso.com/EWS/Exchange.asmx", "mrs_proxy_enabled": True},
        "Set-WebServicesVirtualDirectory -Identity 'EX1\\EWS (Default Web Site)' "
        f"-ExternalUrl 'https://mail.contoso.com/EWS/Exchange.asmx' -MRSProxyEnabled $true -Force {PINNED}",
        {
            "AD EX1\\EWS (Default Web Site)": {
                "ExternalUrl": "https://mail.contoso.com/EWS/Exchange.asmx",
                "MRSProxyEnabled": True,
            }
        },
        ["MSExchangeServicesAppPool"],
    ),
    Case(
        "activesync",
        {"windows_authentication": True, "remote_documents_allowed_servers": ["files.contoso.com"]},
        "Set-ActiveSyncVirtualDirectory -Identity 'EX1\\Microsoft-Server-ActiveSync (Default Web Site)' "
        f"-WindowsAuthEnabled $true -RemoteDocumentsAllowedServers 'files.contoso.com' {PINNED}",
        {
            "AD EX1\\Microsoft-Server-ActiveSync (Default Web Site)": {
                "RemoteDocumentsAllowedServers": ("files.contoso.com",)
            },
            "IIS EX1\\Microsoft-Server-ActiveSync (Default Web Site)": {"WindowsAuthEnabled": True},
        },
        ["MSExchangeSyncAppPool"],
    ),
    Case(
        "oab",
        {"internal_url": "https://mail.contoso.com/OAB", "require_ssl": False},
        "Set-OabVirtualDirectory -Identity 'EX1\\OAB (Default Web Site)' -InternalUrl 'https://mail.contoso.com/OAB' "
        f"-RequireSSL $false {PINNED}",
        {
            "AD EX1\\OAB (Default Web Site)": {"InternalUrl": "https://mail.contoso.com/OAB"},
            "IIS EX1\\OAB (Default Web Site)": {"RequireSSL": False},
        },
        ["MSExchangeOABAppPool"],
    ),
    Case(
        "mapi",
        {"internal_url": "https://mail.contoso.com/mapi"},
        "Set-MapiVirtualDirectory -Identity 'EX1\\mapi (Default Web Site)' "
        f"-InternalUrl 'https://mail.contoso.com/mapi' -IISAuthenticationMethods 'Ntlm','OAuth','Negotiate' {PINNED}",
        {"AD EX1\\mapi (Default Web Site)": {"InternalUrl": "https://mail.contoso.com/mapi"}},
        [],
    ),
    Case(
        "powershell",
        {"basic_authentication": True, "allow_powershell_changes": True},
        "Set-PowerShellVirtualDirectory -Identity 'EX1\\PowerShell (Default Web Site)' "
        f"-BasicAuthentication $true {PINNED}",
        {"IIS EX1\\PowerShell (Default Web Site)": {"BasicAuthentication": True}},
        ["MSExchangePowerShellFrontEndAppPool", "MSExchangePowerShellAppPool"],
    ),
    Case(
        "autodiscover",
        {"digest_authentication": True},
        "Set-AutodiscoverVirtualDirectory -Identity 'EX1\\Autodiscover (Default Web Site)' "
        f"-DigestAuthentication $true {PINNED}",
        {
            "AD EX1\\Autodiscover (Default Web Site)": {
                "InternalAuthenticationMethods": (
                    "Basic",
                    "Digest",
                    "Ntlm",
                    "WindowsIntegrated",
                    "WSSecurity",
                    "OAuth",
                ),
                "ExternalAuthenticationMethods": (
                    "Basic",
                    "Digest",
                    "Ntlm",
                    "WindowsIntegrated",
                    "WSSecurity",
                    "OAuth",
                ),
            },
            "IIS EX1\\Autodiscover (Default Web Site)": {"DigestAuthentication": True},
        },
        ["MSExchangeAutodiscoverAppPool"],
    ),
]


def changed_in(world: World, before: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What differs in the world from a snapshot: new values by object and attribute."""
    found: dict[str, dict[str, Any]] = {}
    for name, attribute, _old, new in world.changes(before, world.snapshot()):
        found.setdefault(name, {})[attribute] = new
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.protocol)
def test_a_protocol_from_check_mode_to_unchanged(world: World, converge: Converge, case: Case) -> None:
    fresh = world.snapshot()
    options = {"protocol": case.protocol, **case.wish}

    planned = converge("exchange_vdir", check_mode=True, **options).ok()
    assert planned.changed is True
    assert planned.commands == [case.command]
    assert planned.written == []
    assert world.changes(fresh, world.snapshot()) == []

    done = converge("exchange_vdir", **options).ok()
    assert done.changed is True
    assert done.commands == [case.command]
    assert len(done.written) == 1
    assert changed_in(world, fresh) == case.changes
    assert (done.diff, done.restart_needed) == (planned.diff, planned.restart_needed)
    assert done.restart_needed == case.pools
    assert world.violations() == []

    repeated = converge.again().ok()
    assert repeated.changed is False
    assert repeated.commands == []
    assert repeated.written == []
    assert repeated.diff == {"before": {}, "after": {}}
    assert repeated.restart_needed == []
    assert all(session.closed for session in converge.sessions)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.protocol)
def test_facts_are_those_of_the_object(converge: Converge, case: Case) -> None:
    """A wish for nothing only reads, and reads everything."""
    looked_at = converge("exchange_vdir", protocol=case.protocol).ok()
    assert looked_at.changed is False
    assert looked_at.written == []

    done = converge("exchange_vdir", protocol=case.protocol, **case.wish).ok()
    facts = done.virtual_directory
    assert facts["identity"].startswith("EX1\\")
    wanted = {name: value for name, value in case.wish.items() if name in looked_at.virtual_directory}
    assert wanted
    assert {name: str(facts[name]).lower() for name in wanted} == {
        name: str(value).lower() for name, value in wanted.items()
    }
    untouched = {"identity", *looked_at.virtual_directory} - wanted.keys()
    assert {name: facts[name] for name in untouched & facts.keys()} == {
        name: looked_at.virtual_directory[name] for name in untouched & facts.keys()
    }


def test_without_diff_mode_there_is_no_diff(converge: Converge) -> None:
    wish = {"protocol": "owa", "default_theme": "blue"}
    assert converge("exchange_vdir", diff=False, check_mode=True, **wish).ok().diff is None
    assert converge("exchange_vdir", diff=True, check_mode=True, **wish).ok().diff == {
        "before": {"owa": {"default_theme": None}},
        "after": {"owa": {"default_theme": "blue"}},
    }


def test_the_fewest_gets_are_sent(converge: Converge) -> None:
    """One for the server, one for the directory; a read-back where something was written."""
    url = {"protocol": "ews", "internal_url": "https://mail.contoso.com/EWS/Exchange.asmx"}
    assert converge("exchange_vdir", **url).ok().read == [
        "Get-ExchangeServer",
        "Get-WebServicesVirtualDirectory",
        "Get-WebServicesVirtualDirectory",
    ]
    assert converge.again().ok().read == ["Get-ExchangeServer", "Get-WebServicesVirtualDirectory"]


def test_a_url_is_read_cheaply_and_authentication_fully(world: World, converge: Converge) -> None:
    converge("exchange_vdir", protocol="ews", internal_url="https://mail.contoso.com/EWS/Exchange.asmx")
    assert {"ADPropertiesOnly" in record["parameters"] for record in gets(world)} == {True}
    world.records.clear()
    converge("exchange_vdir", protocol="ews", basic_authentication=True)
    assert {"ADPropertiesOnly" in record["parameters"] for record in gets(world)} == {False}


def gets(world: World) -> list[dict[str, Any]]:
    return [record for record in world.records if record["cmdlet"] == "Get-WebServicesVirtualDirectory"]


def test_no_identity_is_unpinned_or_unnamed(lab: Any) -> None:
    """A Get without a server, or a null identity, means every server of the organization (client-access-laws 3.3)."""
    world = lab("two_datacenters")
    converge = Converge(world)
    for case in CASES:
        converge("exchange_vdir", server="EX2", protocol=case.protocol, **case.wish).ok()
    for record in world.records:
        given = record["parameters"]
        named = given.get("Identity") or given.get("Server")
        assert named, record
        assert not set("*?[]") & set(named), record
        assert "EX2" in named.upper(), record
        if record["cmdlet"] != "Get-ExchangeServer":
            assert given["DomainController"] == "dc1.contoso.test", record
        if record["write"]:
            assert given["Confirm"] is False, record
