# SPDX-License-Identifier: GPL-3.0-or-later
"""client-access-laws 6 and 7: what Setup leaves behind, by version."""

from __future__ import annotations

import pytest
from lab_shell import Shell, lab

from exchange_lab.world.versions import Version

PATHS = {
    "OwaVirtualDirectory": "https://ex1.contoso.test/owa",
    "EcpVirtualDirectory": "https://ex1.contoso.test/ecp",
    "WebServicesVirtualDirectory": "https://ex1.contoso.test/EWS/Exchange.asmx",
    "ActiveSyncVirtualDirectory": "https://ex1.contoso.test/Microsoft-Server-ActiveSync",
    "OabVirtualDirectory": "https://ex1.contoso.test/OAB",
    "MapiVirtualDirectory": "https://ex1.contoso.test/mapi",
    "PowerShellVirtualDirectory": "http://ex1.contoso.test/powershell",
    "AutodiscoverVirtualDirectory": None,
}
PROTECTED = {
    "EcpVirtualDirectory": ("Require", "Require"),
    "OwaVirtualDirectory": ("Require", "Require"),
    "WebServicesVirtualDirectory": ("Allow", "Require"),
    "ActiveSyncVirtualDirectory": ("Allow", "Require"),
    "OabVirtualDirectory": ("Allow", "Require"),
    "PowerShellVirtualDirectory": ("None", "Require"),
    "AutodiscoverVirtualDirectory": ("None", "None"),
}
OLD = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": "15.0.516.32"}]}


@pytest.mark.parametrize(("noun", "url"), PATHS.items())
def test_6_1_urls_of_a_fresh_server(noun, url):
    item = lab().get(noun)
    assert (item["InternalUrl"], item["ExternalUrl"]) == (url, None)


def test_6_1_outlook_anywhere_of_a_fresh_server():
    oa = lab().get("OutlookAnywhere")
    assert (oa["InternalHostname"], oa["ExternalHostname"]) == ("ex1.contoso.test", None)
    assert (oa["InternalClientAuthenticationMethod"], oa["ExternalClientAuthenticationMethod"]) == ("Ntlm", "Negotiate")
    assert oa["IISAuthenticationMethods"] == ["Basic", "Ntlm", "Negotiate"]


@pytest.mark.parametrize(("noun", "expected"), PROTECTED.items())
def test_6_4_extended_protection_from_2019_cu14(noun, expected):
    for shell in (lab("modern"), lab("modern", "ex2")):
        items = shell(f"Get-{noun}", Server=shell.server.name, ShowMailboxVirtualDirectories=True).objects
        assert tuple(item["ExtendedProtectionTokenChecking"] for item in items) == expected
    for shell in (lab(), lab("modern", switches={"ep_attributes": "always_None"})):
        items = shell(f"Get-{noun}", Server="EX1", ShowMailboxVirtualDirectories=True).objects
        assert {item["ExtendedProtectionTokenChecking"] for item in items} == {"None"}


@pytest.mark.parametrize(("noun", "expected"), [("MapiVirtualDirectory", "Require"), ("OutlookAnywhere", "Require")])
def test_6_4_extended_protection_of_the_front_end_only_nouns(noun, expected):
    assert lab("modern").get(noun)["ExtendedProtectionTokenChecking"] == expected


def test_6_3_back_end_owa():
    back = lab()("Get-OwaVirtualDirectory", Identity="EX1\\owa (Exchange Back End)").only
    assert (back["FormsAuthentication"], back["WindowsAuthentication"], back["InternalUrl"]) == (False, True, None)


@pytest.mark.parametrize(
    ("estate", "server", "offloading", "require_ssl", "oab_ssl"),
    [
        ("coexistence", "ex1", True, False, False),
        ("coexistence", "ex4", True, False, True),
        ("coexistence", "ex5", True, False, True),
        ("modern", "ex1", False, True, True),
        ("modern", "ex2", False, True, True),
    ],
)
def test_6_6_by_version(estate, server, offloading, require_ssl, oab_ssl):
    shell = lab(estate, server)
    oa = shell.get("OutlookAnywhere")
    assert (oa["SSLOffloading"], oa["InternalClientsRequireSsl"]) == (offloading, require_ssl)
    assert shell.get("OabVirtualDirectory")["RequireSSL"] is oab_ssl


def test_6_6_names_of_the_service_connection_point_cmdlets():
    world = lab("coexistence").world
    old, new = Shell(world, "ex1"), Shell(world, "ex4")
    assert old("Get-ClientAccessService").error_id == "CommandNotFoundException"
    assert old("Get-ClientAccessServer", Identity="EX1").warnings == []
    reply = new("Get-ClientAccessServer", Identity="EX4")
    assert reply.done
    assert "Use the Get-ClientAccessService cmdlet instead" in reply.warnings[0]
    assert new("Get-ClientAccessService", Identity="EX4").warnings == []


def test_7_mapi_came_with_2013_sp1():
    shell = lab(OLD)
    assert shell("Get-MapiVirtualDirectory", Server="EX1").objects == []
    assert shell("Get-OwaVirtualDirectory", Server="EX1").done


def test_7_parameters_and_attributes_by_version():
    world = lab("coexistence").world
    assert (
        Shell(world, "ex1").set("OwaVirtualDirectory", ExternalDownloadHostName="d.x.test").error_id
        == "NamedParameterNotFound"
    )
    assert Shell(world, "ex4").set("OwaVirtualDirectory", ExternalDownloadHostName="d.x.test").done
    assert Shell(world, "ex4").set("EcpVirtualDirectory", OAuthAuthentication=True).error_id == "NamedParameterNotFound"
    assert "OAuthAuthentication" in Shell(world, "ex5").get("EcpVirtualDirectory")
    reader = Shell(world, "ex5")
    assert "ExternalDownloadHostName" not in reader.get("OwaVirtualDirectory", "EX1")
    assert "ExternalDownloadHostName" in reader.get("OwaVirtualDirectory", "EX4")


@pytest.mark.parametrize(
    ("build", "product", "protects"),
    [
        ("15.0.1497.48", "2013", False),
        ("15.1.2507.39", "2016", False),
        ("15.2.1258.12", "2019", False),
        ("15.2.1544.4", "2019", True),
        ("15.2.2562.17", "SE", True),
    ],
)
def test_3_7_products_by_build(build, product, protects):
    version = Version(build)
    assert (version.product, version.protects_by_default) == (product, protects)


@pytest.mark.parametrize("build", ["15.2.1544", "14.3.123.4", "15.3.1.1"])
def test_unknown_builds_are_refused(build):
    with pytest.raises(ValueError, match=r"is not a build of Exchange 2013 to SE"):
        Version(build)
