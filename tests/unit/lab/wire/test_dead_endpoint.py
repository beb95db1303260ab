# SPDX-License-Identifier: GPL-3.0-or-later
"""/PowerShell lives on the web sites: what breaks them breaks it (peers 29, exchange-remoting)."""

from __future__ import annotations

import pytest
import requests
import winrm
from pypsrp.exceptions import WinRMTransportError, WSManFaultError

from exchange_lab.background import Background
from exchange_lab.world.clock import ManualClock
from exchange_lab.world.servers import DEFAULT_WEB_SITE
from exchange_lab.world.world import World

EX1, EX2 = "ex1.contoso.test", "ex2.contoso.test"


@pytest.mark.parametrize(
    "fault",
    ["moved_to_445", "no_binding", "certificate_dropped", "lost_key", "stale_hash", "site_stopped", "pool_stopped"],
)
def test_no_shell_opens_while_444_is_dead(lab, world, pool, invoke, fault):
    with pool(lab) as opened:
        assert invoke(opened, "Get-ExchangeServer").output
    world.break_binding(EX1, fault)
    with pytest.raises(WSManFaultError) as failure:
        pool(lab).open()
    said = failure.value.reason
    assert "ClientAccessServer=EX1,BackEndServer=ex1.contoso.test," in said
    assert "[FailureCategory=Cafe-SendFailure] " in said
    assert lab.shells(EX1) == 0
    (record,) = [record for record in lab.log.records("request", action="Create") if "why" in record]
    assert record["why"] == world.back_end_usable(world.servers[EX1], world.servers[EX1])
    assert record["why"] not in said


@pytest.mark.parametrize("fault", ["foreign", "expired", "cng_key", "http_sys_orphan", "loopback_lost"])
def test_other_faults_leave_it_alive(lab, world, pool, invoke, fault):
    world.break_binding(EX1, fault)
    with pool(lab) as opened:
        assert invoke(opened, "Get-ExchangeServer").output


def test_an_open_shell_dies_and_lives_again_with_444(lab, world, pool, invoke):
    with pool(lab) as opened:
        world.break_binding(EX1, "certificate_dropped")
        with pytest.raises(WSManFaultError, match="Cafe-SendFailure"):
            invoke(opened, "Get-ExchangeServer")
        (exchange, *_others) = world.certificates.of(EX1).my
        world.machines[EX1].http_sys.put("0.0.0.0", 444, exchange.thumbprint)
        assert invoke(opened, "Get-ExchangeServer").output
    assert not [record for record in world.records if record["outcome"] != "ok"]


def test_only_the_chosen_back_end_counts(pool, invoke):
    """The front end of one server, the back end of another: both names are in the text."""
    switches = {"rps_routing": "anchored", "rps_anchor": EX2}
    world = World.from_estate("two_datacenters")
    with Background(world, switches=switches) as lab:
        world.break_binding(EX1, "moved_to_445")
        with pool(lab) as opened:
            assert invoke(opened, "Get-ExchangeServer").output
        world.machines[EX1].blocked.add((EX2, 444))
        with pytest.raises(WSManFaultError, match=r"ClientAccessServer=EX1,BackEndServer=ex2\.contoso\.test"):
            pool(lab).open()
        with pool(lab, server=EX2) as opened:
            assert invoke(opened, "Get-ExchangeServer").output


def test_a_stopped_front_pool_is_503_before_any_login(lab, world, pool):
    front = world.machines[EX1].pools["MSExchangePowerShellFrontEndAppPool"]
    front.state = "Stopped"
    with pytest.raises(WinRMTransportError) as failure:
        pool(lab, password="wrong").open()
    assert failure.value.code == 503
    front.state = "Started"
    with pool(lab):
        pass


def test_a_recycled_pool_is_cold_for_a_second(pool):
    clock = ManualClock()
    world = World.from_estate("one_server", clock=clock)
    with Background(world) as lab:
        machine = world.machines[EX1]
        for name, told in (
            ("MSExchangePowerShellFrontEndAppPool", "503"),
            ("MSExchangePowerShellAppPool", "Cafe-Send"),
        ):
            machine.start_pool(name)
            with pytest.raises((WinRMTransportError, WSManFaultError), match=told):
                pool(lab).open()
            clock.advance(1)
            with pool(lab):
                pass


@pytest.mark.parametrize("stopped", ["site", "service"])
def test_without_the_front_end_nothing_answers(lab, world, pool, stopped):
    machine = world.machines[EX1]
    if stopped == "site":
        machine.sites[DEFAULT_WEB_SITE].state = "Stopped"
    else:
        machine.stop_service("W3SVC")
    with pytest.raises(requests.exceptions.ConnectionError):
        pool(lab).open()


def test_the_windows_endpoint_needs_no_web_site(lab, world):
    world.machines[EX1].stop_service("WAS")
    known = lab.inventory_vars(EX1)
    session = winrm.Session(
        f"https://{known['ansible_host']}:{known['ansible_port']}/wsman",
        auth=(known["ansible_user"], known["ansible_password"]),
        transport="basic",
        ca_trust_path=known["ansible_winrm_ca_trust_path"],
    )
    assert session.run_cmd("hostname").std_out == b"EX1\r\n"


@pytest.mark.parametrize(
    ("site", "error", "words"),
    [(DEFAULT_WEB_SITE, WinRMTransportError, "404"), ("Exchange Back End", WSManFaultError, "Cafe-SendFailure")],
)
def test_removing_a_powershell_directory_cuts_the_very_session(lab, pool, invoke, site, error, words):
    """V7: the cmdlet may well have been carried out, but its answer and everything after it is lost."""
    opened = pool(lab)
    opened.open()
    with pytest.raises(error, match=words):
        invoke(opened, "Remove-PowerShellVirtualDirectory", Identity=f"EX1\\PowerShell ({site})", Confirm=False)
    with pytest.raises(error, match=words):
        pool(lab).open()
