# SPDX-License-Identifier: GPL-3.0-or-later
"""client-access-laws 3: identities, scope and versions between servers."""

from __future__ import annotations

import pytest
from lab_shell import Shell, lab

GET, SET = "Get-OwaVirtualDirectory", "Set-OwaVirtualDirectory"
EXTRA_SITE = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12", "extra_web_sites": ["Partners"]}],
}


def test_3_1_accepted_identities():
    shell = lab("two_datacenters")
    owa = shell.get("OwaVirtualDirectory", "EX3")
    forms = (
        "EX3\\owa (Default Web Site)",
        "ex3\\OWA (default web site)",
        "EX3\\owa*",
        owa["DistinguishedName"],
        str(owa["Guid"]),
    )
    for identity in forms:
        found = shell(GET, Identity=identity).objects
        assert owa["Identity"] in [item["Identity"] for item in found], identity
    assert shell(GET, "owa (Default Web Site)").only["Identity"] == "EX1\\owa (Default Web Site)"


@pytest.mark.parametrize("identity", ["EX1\\owa*", "EX1\\*"])
def test_3_1_set_refuses_what_names_several(identity):
    reply = lab()(SET, Identity=identity, LogonFormat="PrincipalName")
    assert reply.errors[0].CategoryInfo.Reason == "ManagementObjectAmbiguousException"


@pytest.mark.parametrize(("switch", "done"), [("not_found", False), ("accept", True)])
def test_3_1_fqdn_as_the_server_part(switch, done):
    shell = lab(switches={"identity_fqdn": switch})
    assert shell(GET, Identity="ex1.contoso.test\\owa (Default Web Site)").done is done


def test_3_2_returned_names():
    owa = lab().get("OwaVirtualDirectory")
    assert owa["Identity"] == owa["Id"] == "EX1\\owa (Default Web Site)"
    assert (owa["Name"], owa["Server"]) == ("owa (Default Web Site)", "EX1")
    assert owa["MetabasePath"] == "IIS://EX1.contoso.test/W3SVC/1/ROOT/owa"
    assert owa["InternalUrl"] == "https://ex1.contoso.test/owa"
    assert owa["DistinguishedName"].startswith(
        "CN=owa (Default Web Site),CN=HTTP,CN=Protocols,CN=EX1,CN=Servers,CN=Exchange"
    )


def test_3_3_identity_and_server_exclude_each_other():
    assert lab()(GET, Identity="EX1\\owa (Default Web Site)", Server="EX1").error_id == "AmbiguousParameterSet"


def test_3_3_server_forms():
    shell = lab("two_datacenters")
    server = shell("Get-ExchangeServer", Identity="EX2").only
    for form in (
        "ex2",
        "EX2.contoso.test",
        server["DistinguishedName"],
        server["ExchangeLegacyDN"],
        str(server["Guid"]),
    ):
        assert shell(GET, Server=form).only["Server"] == "EX2", form
    assert "'EX9' couldn't be found" in shell(GET, Server="EX9").problem


def test_3_3_a_null_identity_means_everything():
    shell = lab("two_datacenters")
    assert len(shell(GET, Identity=None).objects) == len(shell(GET).objects) == 4
    assert (
        shell(SET, Identity=None, LogonFormat="UserName").error_id == "ParameterArgumentValidationErrorNullNotAllowed"
    )


def test_3_4_back_end_objects_are_listed_on_request():
    shell = lab()
    names = [item["Name"] for item in shell(GET, Server="EX1", ShowMailboxVirtualDirectories=True).objects]
    assert names == ["owa (Default Web Site)", "owa (Exchange Back End)"]
    mapi = shell("Get-MapiVirtualDirectory", Server="EX1", ShowMailboxVirtualDirectories=True)
    assert mapi.error_id == "NamedParameterNotFound"
    old = lab("coexistence")
    assert old("Get-MapiVirtualDirectory", Server="EX1", ShowMailboxVirtualDirectories=True).done


@pytest.mark.parametrize(("switch", "found"), [("finds", True), ("needs_show_mailbox", False)])
def test_3_4_a_back_end_object_by_identity_may_need_the_switch(switch, found):
    shell = lab(switches={"identity_of_back_end": switch})
    back = {"Identity": "EX1\\owa (Exchange Back End)"}
    assert shell(GET, **back).done is found
    assert shell(GET, **back, ShowMailboxVirtualDirectories=True).done
    assert shell(SET, **back, DefaultDomain="contoso").done


def test_3_5_roles_apart():
    shell = lab("coexistence")
    assert [i["Name"] for i in shell(GET, Server="EX2", ShowMailboxVirtualDirectories=True).objects] == [
        "owa (Default Web Site)"
    ]
    assert [i["Name"] for i in shell(GET, Server="EX3", ShowMailboxVirtualDirectories=True).objects] == [
        "owa (Exchange Back End)"
    ]
    assert shell("Get-OutlookAnywhere", Server="EX3").objects == []
    assert "couldn't be found" in shell("Get-ClientAccessServer", Identity="EX3").problem


def test_3_6_a_second_web_site_has_owa_and_ecp():
    shell = lab(EXTRA_SITE)
    owa = shell(GET, Identity="EX1\\owa (Partners)").only
    assert (owa["WebSite"], owa["MetabasePath"]) == ("Partners", "IIS://EX1.contoso.test/W3SVC/3/ROOT/owa")
    assert len(shell("Get-EcpVirtualDirectory", Server="EX1").objects) == 2
    assert len(shell("Get-MapiVirtualDirectory", Server="EX1").objects) == 1


def test_3_7_every_shell_reads_every_server():
    shell = lab("coexistence")
    versions = {item["Server"]: item["AdminDisplayVersion"] for item in shell(GET).objects}
    assert versions == {
        "EX1": "Version 15.0 (Build 1497.48)",
        "EX2": "Version 15.0 (Build 1497.48)",
        "EX4": "Version 15.1 (Build 2507.39)",
        "EX5": "Version 15.2 (Build 1258.12)",
    }


@pytest.mark.parametrize(("switch", "done"), [("refuse_newer", False), ("accept", True)])
def test_3_7_an_older_server_does_not_write_newer_objects(switch, done):
    shell = lab("coexistence", switches={"cross_version_set": switch})
    assert shell.set("OwaVirtualDirectory", "EX4", LogonFormat="PrincipalName").done is done
    newest = Shell(shell.world, "ex5")
    assert newest.set("OwaVirtualDirectory", "EX1", LogonFormat="PrincipalName").done


@pytest.mark.parametrize(("switch", "done"), [("works", True), ("refused", False)])
def test_3_8_the_first_ecp(switch, done):
    shell = lab("two_datacenters", "ex2", {"ecp_remote_first": switch})
    assert shell.set("EcpVirtualDirectory", "EX1", AdminEnabled=False).done is done
    assert shell.set("EcpVirtualDirectory", "EX3", AdminEnabled=False).done
    assert Shell(shell.world, "ex1").set("EcpVirtualDirectory", "EX1", OwaOptionsEnabled=False).done
