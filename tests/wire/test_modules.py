# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module in the order of an integration test: check mode, unchanged; real, changed; the same again, unchanged.

What is there is told by pypsrp alone, not by the collection. Beside them raw tasks, which use the same inventory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background

EX1 = "ex1.contoso.test"
NAME = "mail.contoso.test"


@dataclass(frozen=True)
class Case:
    """A task, the cmdlets it sends, and what an administrator then reads (cmdlet, identity) -> property, text.

    The organization has no identity.
    """

    module: str
    options: Mapping[str, Any]
    sets: tuple[str, ...]
    reads: Mapping[tuple[str, str], tuple[str, str]]


CASES = {
    "one directory": Case(
        "exchange_vdir",
        {"protocol": "ecp", "external_url": f"https://{NAME}/ecp"},
        ("Set-EcpVirtualDirectory",),
        {("Get-EcpVirtualDirectory", "EX1\\ecp (Default Web Site)"): ("ExternalUrl", f"https://{NAME}/ecp")},
    ),
    "Outlook Anywhere": Case(
        "exchange_outlook_anywhere",
        {"internal_hostname": NAME, "internal_clients_require_ssl": True},
        ("Set-OutlookAnywhere",),
        {("Get-OutlookAnywhere", "EX1\\Rpc (Default Web Site)"): ("InternalHostname", NAME)},
    ),
    "Autodiscover": Case(
        "exchange_autodiscover",
        {"auto_discover_service_internal_uri": f"https://autodiscover.{NAME}/Autodiscover/Autodiscover.xml"},
        ("Set-ClientAccessService",),
        {
            ("Get-ClientAccessService", "EX1"): (
                "AutoDiscoverServiceInternalUri",
                f"https://autodiscover.{NAME}/Autodiscover/Autodiscover.xml",
            )
        },
    ),
    "Outlook provider": Case(
        "exchange_outlook_provider",
        {"name": "EXPR", "cert_principal_name": f"msstd:{NAME}"},
        ("Set-OutlookProvider",),
        {("Get-OutlookProvider", "EXPR"): ("CertPrincipalName", f"msstd:{NAME}")},
    ),
    "organization": Case(
        "exchange_organization_config",
        {"ews_allow_mac_outlook": False, "activity_based_authentication_timeout_interval": "01:00:00"},
        ("Set-OrganizationConfig",),
        {("Get-OrganizationConfig", ""): ("ActivityBasedAuthenticationTimeoutInterval", "01:00:00")},
    ),
    "several at once": Case(
        "exchange_client_access",
        {"ews": {"external_url": f"https://{NAME}/EWS/Exchange.asmx"}, "oab": {"external_url": f"https://{NAME}/OAB"}},
        ("Set-WebServicesVirtualDirectory", "Set-OabVirtualDirectory"),
        {
            ("Get-WebServicesVirtualDirectory", "EX1\\EWS (Default Web Site)"): (
                "ExternalUrl",
                f"https://{NAME}/EWS/Exchange.asmx",
            ),
            ("Get-OabVirtualDirectory", "EX1\\OAB (Default Web Site)"): ("ExternalUrl", f"https://{NAME}/OAB"),
        },
    ),
}
PROPERTIES = [(name, *key, *value) for name, case in CASES.items() for key, value in case.reads.items()]


@dataclass(frozen=True)
class Stage:
    """One play: its results, the writes that the lab saw, the estate afterwards, and what pypsrp then read."""

    run: playbook.Run
    writes: list[str]
    snapshot: dict[str, Any]
    seen: dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def lab(new_lab) -> Background:
    return new_lab()


@pytest.fixture(scope="module")
def fresh(lab) -> dict[str, Any]:
    return lab.world.snapshot()


@pytest.fixture(scope="module")
def stages(lab, fresh, play, read) -> dict[str, Stage]:
    tasks = [task(name, case.module, case.options) for name, case in CASES.items()]
    tasks.append(task("look", "exchange_info", {"gather_subset": ["all"]}))
    hosts = {EX1: lab.inventory_vars(EX1)}
    found = {}
    for name, arguments in (("check", ("--check", "--diff")), ("real", ("--diff",)), ("again", ("--diff",))):
        lab.log.clear()
        run = play(hosts, *tasks, arguments=arguments)
        written = [record["cmdlet"] for record in lab_log.writes(lab, EX1)]
        seen = {
            (cmdlet, identity): read(lab, EX1, cmdlet, **({"Identity": identity} if identity else {}))
            for case in CASES.values()
            for cmdlet, identity in case.reads
        }
        found[name] = Stage(run, written, lab.world.snapshot(), seen)
    return found


def test_check_mode_sends_nothing_that_could_write(stages, fresh):
    assert stages["check"].writes == []
    assert stages["check"].snapshot == fresh


@pytest.mark.parametrize("name", CASES)
def test_check_mode_foretells_the_real_run(stages, name):
    foretold, real = stages["check"].run.of(name, EX1).ok(), stages["real"].run.of(name, EX1).ok()
    assert foretold["changed"] and real["changed"]
    assert foretold["commands"] == real["commands"]
    assert foretold["diff"] == real["diff"]
    assert [command.partition(" ")[0] for command in real["commands"]] == list(CASES[name].sets)


@pytest.mark.parametrize(("name", "cmdlet", "identity", "attribute", "text"), PROPERTIES)
def test_an_administrator_sees_the_wish_only_after_the_real_run(stages, name, cmdlet, identity, attribute, text):
    key = (cmdlet, identity)
    assert stages["check"].seen[key][attribute] != text
    assert stages["real"].seen[key][attribute] == text
    assert stages["again"].seen[key][attribute] == text


def test_the_real_run_sends_each_write_once(stages):
    assert stages["real"].writes == [cmdlet for case in CASES.values() for cmdlet in case.sets]


@pytest.mark.parametrize("name", CASES)
def test_the_second_run_changes_nothing(stages, name):
    result = stages["again"].run.of(name, EX1).ok()
    assert (result["changed"], result["commands"]) == (False, [])
    assert stages["again"].writes == []
    assert stages["again"].snapshot == stages["real"].snapshot


@pytest.mark.parametrize("stage", ["check", "real", "again"])
def test_exchange_info_never_changes_anything_and_sees_what_is_there(stages, stage):
    result = stages[stage].run.of("look", EX1).ok()
    assert result["changed"] is False
    seen = stages[stage].seen["Get-EcpVirtualDirectory", "EX1\\ecp (Default Web Site)"]["ExternalUrl"]
    (ecp,) = (item for item in result["virtual_directories"] if item["protocol"] == "ecp")
    assert (ecp["external_url"] or "") == seen.replace("None", "")


# Today's way, over the connection of the same inventory ---------------------------------------------------------------


@pytest.mark.parametrize("connection", ["winrm", "psrp"])
def test_raw_reaches_the_windows_endpoint_with_the_same_inventory(lab, play, connection):
    line = "exchange-shell Get-OwaVirtualDirectory -Identity 'EX1\\owa (Default Web Site)'"
    run = play(
        {EX1: lab.inventory_vars(EX1) | {"ansible_connection": connection}},
        task("today", "ansible.builtin.raw", line),
        task("ours", "exchange_vdir", {"protocol": "owa", "logon_format": "FullDomain"}),
    )
    today = run.of("today", EX1).ok()
    assert today["rc"] == 0
    assert "InternalUrl : https://ex1.contoso.test/owa" in today["stdout"]
    assert run.of("ours", EX1).ok()["changed"] is False
    assert lab.shells(EX1) == 0
