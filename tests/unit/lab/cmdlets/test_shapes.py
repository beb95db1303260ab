# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects have the names and kinds that were recorded on a real server."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from clixml_kinds import kinds, recorded, type_names
from lab_shell import Shell, lab
from psrpcore.types import serialize

from exchange_lab.world import World
from exchange_lab.world.estates import load
from exchange_lab.world.nouns import NOUNS

HERE = Path(__file__).parent
CAPTURES = Path(__file__).parents[5] / "shared" / "captures" / "exchange-2019"
RECORDED_IN_PART = json.loads((HERE / "recorded_in_part.json").read_text(encoding="utf-8"))
RECORDED = json.loads((HERE / "recorded_shapes.json").read_text(encoding="utf-8"))
EVERY_GET = (
    *(f"Get-{noun.name}" for noun in NOUNS),
    "Get-ClientAccessService",
    "Get-OutlookProvider",
    "Get-OrganizationConfig",
    "Get-ExchangeServer",
    "Get-ADSite",
    "Get-AuthConfig",
    "Get-TransportService",
    "Get-PopSettings",
    "Get-ImapSettings",
    "Get-ReceiveConnector",
    "Get-ServerComponentState",
)
NEEDED = {"Get-ServerComponentState": {"Identity": "EX1"}}
"""Parameters without which a cmdlet shows nothing."""


def first(cmdlet: str, **more) -> ElementTree.Element:
    return serialize(Shell(World.from_estate("one_server"), **more)(cmdlet, **NEEDED.get(cmdlet, {})).raw[0], None)


@pytest.mark.must_run
@pytest.mark.parametrize("noun", RECORDED)
def test_recorded_names_kinds_and_types(noun):
    item = first(f"Get-{noun}")
    assert {"types": type_names(item), "kinds": kinds(item)} == RECORDED[noun]
    if CAPTURES.is_dir():  # the recordings themselves are no part of the project, the list of their names and kinds is
        item = recorded(CAPTURES / f"Get{noun}.xml")
        assert {"types": type_names(item), "kinds": kinds(item)} == RECORDED[noun]


@pytest.mark.must_run
def test_the_part_of_the_organization_that_is_simulated_is_as_recorded():
    estate = {**load("one_server"), "organization_config": {"DefaultAuthenticationPolicy": "Modern"}}
    item = serialize(Shell(World.from_estate(estate))("Get-OrganizationConfig").raw[0], None)
    assert {"types": type_names(item), "kinds": kinds(item)} == RECORDED_IN_PART
    if CAPTURES.is_dir():
        item = recorded(CAPTURES / "GetOrganizationConfig.xml")
        shown = {name: kind for name, kind in kinds(item).items() if name in RECORDED_IN_PART["kinds"]}
        assert {"types": type_names(item), "kinds": shown} == RECORDED_IN_PART


@pytest.mark.parametrize("cmdlet", EVERY_GET)
def test_every_object_ends_in_system_object(cmdlet):
    for names in first(cmdlet).iter("TN"):
        assert [element.text for element in names][-1] == "System.Object"


@pytest.mark.parametrize("cmdlet", EVERY_GET)
def test_serialization_data_comes_with_full_serialization_only(cmdlet):
    assert not list(first(cmdlet).iter("BA"))
    full = first(cmdlet, full=True)
    assert full.find("MS/BA[@N='SerializationData']") is not None
    assert full.find("Props/Obj[@N='Identity']/MS/BA[@N='SerializationData']") is not None


def test_texts_of_the_nested_objects():
    item = first("Get-OwaVirtualDirectory")
    texts = {
        name: item.findtext(f"Props/Obj[@N='{name}']/ToString")
        for name in ("Identity", "Server", "AdminDisplayVersion", "GzipLevel")
    }
    assert texts == {
        "Identity": "EX1\\owa (Default Web Site)",
        "Server": "EX1",
        "AdminDisplayVersion": "Version 15.2 (Build 1118.7)",
        "GzipLevel": "Low",
    }
    assert item.findtext("Props/Obj[@N='GzipLevel']/I32") == "1"
    assert item.find("Props/Ref[@N='Id']") is not None


def test_exchange_servers_and_sites():
    shell = lab("coexistence")
    servers = {item["Name"]: item for item in shell("Get-ExchangeServer").objects}
    assert [servers[name]["ServerRole"] for name in servers] == [
        "Mailbox, ClientAccess",
        "ClientAccess",
        "Mailbox",
        "Mailbox",
        "Mailbox",
    ]
    assert (servers["EX2"]["IsMailboxServer"], servers["EX2"]["IsClientAccessServer"]) == (False, True)
    assert servers["EX5"]["Site"] == "contoso.test/Configuration/Sites/London"
    assert shell("Get-ExchangeServer", Identity="EX1").only["CurrentDomainControllers"] == []
    assert shell("Get-ExchangeServer", Identity="EX1", Status=True).only["CurrentDomainControllers"] == [
        "dc1.contoso.test"
    ]
    assert shell("Get-ExchangeServer", Domain="other.test").objects == []
    assert "'EX9' couldn't be found" in shell("Get-ExchangeServer", Identity="EX9").problem
    assert [site["Name"] for site in lab("two_datacenters")("Get-ADSite").objects] == ["London", "Paris"]
    assert "couldn't be found" in shell("Get-ADSite", Identity="Rome").problem
