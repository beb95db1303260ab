# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates, switches, faults, snapshots and invariants."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from lab_shell import Shell, lab

from exchange_lab.world import World, generate
from exchange_lab.world.estates import load
from exchange_lab.world.switches import VALUES

LAB = Path(str(files("exchange_lab")))
ESTATES = ["one_server", "two_datacenters", "coexistence", "modern"]
OWA = "OwaVirtualDirectory"


@pytest.mark.must_run
@pytest.mark.parametrize("estate", ESTATES)
def test_a_fresh_estate_breaks_no_law(estate):
    assert World.from_estate(estate).violations() == []


def test_a_generated_estate():
    world = World.from_estate(generate(5))
    assert list(world.servers) == [f"ex{number}.contoso.test" for number in range(1, 6)]
    assert [server.site for server in world.servers.values()] == ["London", "Paris", "London", "Paris", "London"]
    with pytest.raises(ValueError, match="at least one server"):
        generate(0)


def test_unknown_estates_switches_and_faults_are_refused():
    with pytest.raises(ValueError, match="There is no estate 'nowhere'"):
        World.from_estate("nowhere")
    with pytest.raises(ValueError, match="Unknown lab switch 'colour'"):
        World.from_estate("one_server", {"colour": "red"})
    with pytest.raises(ValueError, match="cannot be 'maybe'"):
        World.from_estate("one_server", {"relative_url": "maybe"})
    with pytest.raises(ValueError, match="Unknown fault 'rain'"):
        World.from_estate("one_server").faults.add("rain")


def test_an_estate_gives_directories_settings():
    row = {"server": "ex1", "noun": "OwaVirtualDirectory", "ExternalUrl": "https://a/owa", "DefaultDomain": "contoso"}
    estate = load("one_server")
    world = World.from_estate({**estate, "directory_settings": [row]})
    shown = Shell(world, "ex1").get("OwaVirtualDirectory")
    assert (shown["ExternalUrl"], shown["DefaultDomain"]) == ("https://a/owa", "contoso")
    for wrong in ({"server": "ex9"}, {"noun": "Owa"}, {"Colour": "red"}):
        with pytest.raises(ValueError, match="to be set by directory_settings"):
            World.from_estate({**estate, "directory_settings": [{**row, **wrong}]})


def test_an_estate_file(tmp_path):
    path = tmp_path / "estate.yml"
    path.write_text(
        "forest: example.test\n"
        "sites: {Oslo: [dc7]}\n"
        "servers: [{name: mx1, site: oslo, build: 15.2.1258.12}]\n"
        "switches: {relative_url: store}\n"
        "latency: {'Get-*': 1, 'Get-OwaVirtualDirectory': 3}\n"
        "faults: [{kind: absent_attribute, server: mx1, noun: OwaVirtualDirectory, attribute: GzipLevel}]\n",
        encoding="utf-8",
    )
    shell = Shell(World.from_estate(str(path)), "mx1.example.test")
    assert "GzipLevel" not in shell.get(OWA)
    assert shell.set(OWA, ExternalUrl="relative").done
    assert (shell.world.seconds("get-owavirtualdirectory"), shell.world.seconds("Get-ADSite")) == (3, 1)
    assert shell.world.seconds("Set-OwaVirtualDirectory") == 0
    assert shell.server.site == "Oslo"


def test_an_object_with_every_property_empty():
    shell = lab()
    shell.world.faults.add("empty_properties", server="EX1", noun=OWA)
    owa = shell("Get-OwaVirtualDirectory").only
    assert set(owa.values()) == {None}
    assert "InternalUrl" in owa
    assert shell.get("EcpVirtualDirectory")["InternalUrl"]


def test_a_snapshot_shows_every_change_and_nothing_else():
    shell = lab()
    before = shell.world.snapshot()
    shell.set(OWA, LogonFormat="PrincipalName", ExternalUrl="https://mail.contoso.com/owa")
    name = "EX1\\owa (Default Web Site)"
    assert shell.world.changes(before, shell.world.snapshot()) == [
        (f"AD {name}", "ExternalUrl", None, "https://mail.contoso.com/owa"),
        (f"IIS {name}", "LogonFormat", "FullDomain", "PrincipalName"),
    ]


def test_a_snapshot_does_not_follow_the_world():
    shell = lab()
    before = shell.world.snapshot()
    shell.set(OWA, GzipLevel="High")
    shell("Set-OutlookProvider", Identity="WEB", TTL=9)
    assert before != shell.world.snapshot()
    assert before["AD OutlookProvider WEB"]["TTL"] == 1


@pytest.mark.parametrize(
    ("noun", "values", "law"),
    [
        (OWA, {"BasicAuthentication": False}, "2.1"),
        (OWA, {"WindowsAuthentication": True}, "2.1"),
        ("EcpVirtualDirectory", {"AdfsAuthentication": True}, "2.2"),
        (OWA, {"LogonFormat": "UserName"}, "2.12"),
        (OWA, {"FailbackUrl": "https://f/", "ExternalUrl": "https://f"}, "2.9"),
        (OWA, {"InternalDownloadHostName": "EX1.contoso.test"}, "2.10"),
        (OWA, {"InternalUrl": "mail/owa"}, "4.2"),
        (OWA, {"InternalUrl": "https://*.contoso.com/owa"}, "4.3"),
        ("OabVirtualDirectory", {"BasicAuthentication": True}, "1.0"),
        ("OabVirtualDirectory", {"ExtendedProtectionFlags": ("Proxy",)}, "1.0"),
        ("OabVirtualDirectory", {"ExtendedProtectionFlags": ("None",)}, "1.0"),
        ("MapiVirtualDirectory", {"IISAuthenticationMethods": ("Basic",)}, "1.5"),
        ("OutlookAnywhere", {"SSLOffloading": False}, "2.6"),
        ("OutlookAnywhere", {"ExternalClientsRequireSsl": True}, "1.6"),
    ],
)
def test_broken_invariants_are_named(noun, values, law):
    world = World.from_estate("one_server")
    item = world.virtual_directories(noun)[0]
    for name, value in values.items():
        (item.object.initial if item.noun.by_name[name].held != "IIS" else item.iis)[name] = value
    assert any(f": {law} " in text for text in world.violations()), world.violations()


def test_download_domains_without_a_host_break_an_invariant():
    world = World.from_estate("one_server")
    world.organization_config.initial["EnableDownloadDomains"] = True
    owa = world.virtual_directories(OWA)[0]
    (text,) = world.violations()
    assert text.startswith(f"{owa.identity}: 2.10 ")
    owa.object.initial["InternalDownloadHostName"] = "download.contoso.test"
    assert world.violations() == []


def cited(text: str) -> set[str]:
    """The law ids of ``client-access-laws 2.1, 2.2`` and the like."""
    return {
        number
        for match in re.findall(r"client-access-laws\s+([\d., and]+)", text)
        for number in re.findall(r"\d+(?:\.\d+)?", match)
    }


@pytest.mark.must_run
def test_every_cited_law_and_every_switch_is_in_the_list_of_laws():
    listed = (LAB.parent / "LAWS.md").read_text(encoding="utf-8")
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (*LAB.glob("world/**/*.py"), *LAB.glob("cmdlets/**/*.py"))
    )
    rows = set(re.findall(r"^\| (\d+(?:\.\d+)?) \|", listed, re.MULTILINE))
    sections = {law.partition(".")[0] for law in rows}
    assert cited(sources) - rows - sections == set()
    assert [name for name in VALUES if f"`{name}`" not in listed] == []
    unused = [name for name in VALUES if f'"{name}"' not in sources.replace(f'    "{name}": (', "")]
    assert unused == []


def test_latency_may_depend_on_a_parameter_and_is_logged():
    world = World.from_estate("one_server")
    world.latency += [("Get-*", 2), ("Get-* -ADPropertiesOnly", 0.5)]
    assert world.seconds("Get-OwaVirtualDirectory", ["Server"]) == 2
    assert world.seconds("Get-OwaVirtualDirectory", ["Server", "adpropertiesonly"]) == 0.5
    Shell(world)("Get-OwaVirtualDirectory", Server="EX1", ADPropertiesOnly=True)
    assert world.records[-1]["latency"] == 0.5
