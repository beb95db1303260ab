# SPDX-License-Identifier: GPL-3.0-or-later
"""The role namespaces: each kind of plan, blanks, clearing, and refusals before anything is written."""

from __future__ import annotations

from typing import Any

import lab_log
import playbook
import pytest

from exchange_lab.background import Background
from exchange_lab.world import exchange_setup

NAME, OUTSIDE, LONDON, PARIS = (f"{label}.contoso.test" for label in ("mail", "out", "london", "paris"))
SERVERS = tuple(f"ex{number}.contoso.test" for number in range(1, 5))


@pytest.fixture
def organization(new_lab) -> Background:
    """Four servers in London and Paris, freshly installed."""
    return new_lab("two_datacenters", auth="basic")


def give(play, lab: Background, servers: tuple[str, ...] = SERVERS, **variables: Any) -> playbook.Run:
    """Run the role on some servers; variables without their prefix."""
    hosts = {server: lab.inventory_vars(server) for server in servers}
    role = {"role": "mailops.exchange.namespaces"}
    named = {"namespaces_certificate_check": "ignore"} | {
        f"namespaces_{name}": value for name, value in variables.items()
    }
    return play(hosts, roles=[role], vars=named, ignore_errors=False, arguments=["--diff"])


def urls(lab: Background, directory: str, side: str = "InternalUrl") -> list[str | None]:
    """A URL of the same directory on every server, as the lab holds it where it was written."""
    state = lab.world.snapshot()
    return [state[f"AD EX{number}\\{directory} (Default Web Site)"][side] for number in range(1, 5)]


def written(lab: Background) -> list[dict[str, Any]]:
    """The writes on all servers."""
    return [record for server in SERVERS for record in lab_log.writes(lab, server)]


def test_one_name_for_all_and_blanks_for_the_rest(play, organization) -> None:
    blanks = {
        "internal_name": "",
        "external_name": "",
        "site_names": {},
        "protocol_names": {},
        "wildcard": "",
        "clear": [],
    }
    first = give(play, organization, name=NAME, autodiscover_name="autodiscover.contoso.test", **blanks)
    assert first.code == 0, first.output
    assert urls(organization, "owa") == [f"https://{NAME}/owa"] * 4
    assert urls(organization, "EWS", "ExternalUrl") == [f"https://{NAME}/EWS/Exchange.asmx"] * 4
    assert urls(organization, "PowerShell") == [f"http://{server}/powershell" for server in SERVERS]
    assert "autodiscover.contoso.test, mail.contoso.test" in first.output
    before = len(written(organization))
    assert give(play, organization, name=NAME, autodiscover_name="autodiscover.contoso.test", **blanks).code == 0
    assert len(written(organization)) == before


def test_a_name_for_each_site_and_inside_apart_from_outside(play, organization) -> None:
    sites = {"London": {"internal": LONDON, "external": OUTSIDE}, "Paris": {"internal": PARIS, "external": OUTSIDE}}
    assert give(play, organization, site_names=sites).code == 0
    assert urls(organization, "mapi") == [f"https://{LONDON}/mapi"] * 2 + [f"https://{PARIS}/mapi"] * 2
    assert urls(organization, "mapi", "ExternalUrl") == [f"https://{OUTSIDE}/mapi"] * 4


def test_a_name_for_each_protocol(play, organization) -> None:
    names = {"oab": "oab.contoso.test", "outlook_anywhere": "oa.contoso.test"}
    assert give(play, organization, internal_name=NAME, external_name=OUTSIDE, protocol_names=names).code == 0
    assert urls(organization, "OAB") == ["https://oab.contoso.test/OAB"] * 4
    assert urls(organization, "ecp", "ExternalUrl") == [f"https://{OUTSIDE}/ecp"] * 4
    assert urls(organization, "Rpc", "InternalHostname") == ["oa.contoso.test"] * 4


def test_a_wildcard_tells_the_outlook_providers_and_clear_takes_it_back(play, organization) -> None:
    assert give(play, organization, name=NAME, wildcard="contoso.test").code == 0
    state = organization.world.snapshot()
    assert [state[f"AD OutlookProvider {name}"]["CertPrincipalName"] for name in ("EXPR", "EXCH")] == [
        "msstd:*.contoso.test"
    ] * 2
    assert give(play, organization, name=NAME, clear=["external", "outlook_provider"]).code == 0
    state = organization.world.snapshot()
    assert [state[f"AD OutlookProvider {name}"]["CertPrincipalName"] for name in ("EXPR", "EXCH")] == [None] * 2
    assert urls(organization, "owa", "ExternalUrl") == [None] * 4
    assert urls(organization, "Rpc", "ExternalHostname") == [None] * 4
    assert urls(organization, "owa") == [f"https://{NAME}/owa"] * 4


def test_one_server_that_refuses_stops_all_before_anything_is_written(play, organization) -> None:
    refused = give(play, organization, site_names={"London": LONDON})
    assert refused.code != 0 and "Paris" in refused.output
    assert written(organization) == []
    assert give(play, organization, SERVERS[:2], site_names={"London": LONDON}).code == 0
    assert urls(organization, "owa")[:2] == [f"https://{LONDON}/owa"] * 2


def test_a_plan_that_contradicts_itself_is_refused(play, organization) -> None:
    refused = give(play, organization, name=NAME, protocol_names={"owa": "owa.contoso.test"})
    assert refused.code != 0 and "namespaces_protocol_names" in refused.output
    assert written(organization) == []


def test_clients_are_not_sent_to_names_that_a_certificate_lacks(play, organization) -> None:
    organization.world.certificates.issue(*SERVERS[:2], names=[LONDON, "*.out.contoso.test"], services=["IIS"])
    organization.world.certificates.issue(*SERVERS[2:], names=[PARIS], services=["IIS"])
    sites = {"London": LONDON, "Paris": {"internal": PARIS, "external": "mail.out.contoso.test"}}
    refused = give(play, organization, site_names=sites, certificate_check="refuse")
    assert refused.code != 0 and "does not hold mail.out.contoso.test, which" in refused.output
    assert LONDON not in refused.output.partition("does not hold")[2].partition(", which")[0]
    assert written(organization) == []
    warned = give(play, organization, site_names=sites, certificate_check="warn")
    assert warned.code == 0 and "does not hold mail.out.contoso.test, which" in warned.output
    assert urls(organization, "owa") == [f"https://{LONDON}/owa"] * 2 + [f"https://{PARIS}/owa"] * 2


@pytest.mark.nightly
def test_names_on_the_certificate_are_no_hindrance(play, organization) -> None:
    organization.world.certificates.issue(*SERVERS, names=["*.contoso.test"], services=["IIS"])
    given = give(
        play, organization, name=NAME, autodiscover_name="autodiscover.contoso.test", certificate_check="refuse"
    )
    assert given.code == 0, given.output
    assert urls(organization, "owa") == [f"https://{NAME}/owa"] * 4


def test_a_server_that_setup_works_on_stops_all_and_those_outside_the_play_do_not(play, organization) -> None:
    exchange_setup.begin(organization.world, "ex2")
    refused = give(play, organization, name=NAME)
    said = " ".join(refused.output.split())
    assert refused.code != 0 and "EX2: The requester Functional has made Monitoring" in said, refused.output
    assert "namespaces_setup_check=warn" in said
    assert written(organization) == []
    others = give(play, organization, (SERVERS[0], *SERVERS[2:]), name=NAME)
    assert others.code == 0, others.output
    left_alone = f"https://{SERVERS[1]}/owa"
    assert urls(organization, "owa") == [f"https://{NAME}/owa", left_alone, *[f"https://{NAME}/owa"] * 2]
    exchange_setup.end(organization.world, "ex2")
    assert give(play, organization, name=NAME).code == 0
    assert urls(organization, "owa") == [f"https://{NAME}/owa"] * 4


@pytest.mark.nightly
def test_a_setup_that_was_broken_off_can_be_passed_over(play, organization) -> None:
    exchange_setup.begin(organization.world, "ex1")
    exchange_setup.break_off(organization.world, "ex1")
    assert give(play, organization, name=NAME).code != 0
    assert written(organization) == []
    warned = give(play, organization, name=NAME, setup_check="warn")
    assert warned.code == 0 and "EX1: The requester Functional" in warned.output, warned.output
    assert urls(organization, "owa") == [f"https://{NAME}/owa"] * 4


def test_component_states_that_cannot_be_read_are_a_warning(play, organization) -> None:
    organization.world.rbac.hide("Get-ServerComponentState")
    given = give(play, organization, SERVERS[:1], name=NAME)
    assert given.code == 0 and "1 reads failed" in given.output, given.output
    assert urls(organization, "owa")[0] == f"https://{NAME}/owa"


def test_a_plan_that_leaves_mapi_without_a_url_is_refused(play, organization) -> None:
    refused = give(play, organization, autodiscover_name="autodiscover.contoso.test", clear=["internal", "external"])
    assert refused.code != 0
    assert "mapi (Default Web Site) MAPI over HTTP is on for the organization" in refused.output
    assert written(organization) == []
    organization.world.organization_config.initial["MapiHttpEnabled"] = False
    assert give(play, organization, name=NAME, clear=["external"]).code == 0
    assert urls(organization, "mapi") == [f"https://{NAME}/mapi"] * 4


@pytest.mark.nightly
def test_a_plan_without_download_hosts_is_refused_where_download_domains_are_on(play, organization) -> None:
    organization.world.organization_config.initial["EnableDownloadDomains"] = True
    refused = give(play, organization, name=NAME)
    assert refused.code != 0
    assert "this directory has no internal_download_host_name" in refused.output
    assert written(organization) == []
    assert give(play, organization, SERVERS[:1], name=NAME, download_name="download.contoso.test").code == 0
    assert urls(organization, "owa")[:2] == [f"https://{NAME}/owa", "https://ex2.contoso.test/owa"]
    assert give(play, organization, name=NAME, download_name="download.contoso.test").code == 0
    assert organization.world.violations() == []
