# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports of a server listen, and which site answers there."""

from __future__ import annotations

import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.background import Background
from exchange_lab.world.servers import BACK_END, DEFAULT_WEB_SITE
from exchange_lab.world.world import World

EX1 = "ex1.contoso.test"


@pytest.mark.parametrize(("site", "port", "other"), [(DEFAULT_WEB_SITE, 443, 444), (BACK_END, 444, 443)])
def test_a_stopped_site_does_not_listen(lab, world, get, site, port, other):
    machine = world.machines[EX1]
    machine.sites[site].state = "Stopped"
    lab.follow(EX1)
    with pytest.raises(ConnectionRefusedError):
        get(lab, "/owa/", port=port)
    assert get(lab, "/owa/", port=other).status == 200
    machine.start_site(site)
    lab.follow(EX1)
    assert get(lab, "/owa/healthcheck.htm" if port == 443 else "/owa/", port=port).status == 200


def test_a_site_that_stopped_unnoticed_cuts_the_connection(lab, world, get):
    world.machines[EX1].sites[BACK_END].state = "Stopped"
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        get(lab, "/owa/", port=444)
    assert lab.log.records("handshake", host=EX1, port=444, outcome="no site")


def test_without_iis_nothing_listens(lab, world, get):
    world.machines[EX1].stop_service("WAS")
    lab.follow(EX1)
    for port in (443, 444):
        with pytest.raises(ConnectionRefusedError):
            get(lab, "/owa/", port=port)
    assert get(lab, "/owa/healthcheck.htm", server="ex2.contoso.test").status == 200


def test_a_back_end_on_443_answers_there(lab, world, get):
    """Source 001: people put 443 on the wrong site; it has no probe page."""
    world.break_binding(EX1, "443_on_back_end")
    machine = world.machines[EX1]
    machine.sites[DEFAULT_WEB_SITE].state, machine.sites[BACK_END].state = "Stopped", "Started"
    lab.follow(EX1)
    assert get(lab, "/owa/").headers["X-BEServer"] == "EX1"
    assert get(lab, "/owa/healthcheck.htm").status == 404
    with pytest.raises(ConnectionRefusedError):
        get(lab, "/owa/", port=444)


@pytest.mark.parametrize(("roles", "listens", "silent"), [(["ClientAccess"], 443, 444), (["Mailbox"], 444, 443)])
def test_a_2013_server_with_one_role_has_one_port(get, roles, listens, silent):
    row = {"name": "ex1", "site": "London", "build": "15.0.1497.48"}
    other = {**row, "name": "ex2"}
    with Background(
        World.from_estate({"sites": {"London": ["dc1"]}, "servers": [{**row, "roles": roles}, other]})
    ) as lab:
        assert get(lab, "/ecp/", port=listens).status == 200
        with pytest.raises(ConnectionRefusedError):
            get(lab, "/ecp/", port=silent)


def test_an_estate_may_start_broken(get):
    row = {"name": "ex1", "site": "London", "build": "15.2.1258.12"}
    faults = [{"server": "ex1", "kind": "moved_to_445"}]
    world = World.from_estate({"sites": {"London": ["dc1"]}, "servers": [row], "binding_faults": faults})
    with Background(world) as lab, pytest.raises(ConnectionRefusedError):
        get(lab, "/owa/", port=444)


def test_ports_follow_cmdlets_before_they_end(lab, get):
    known = lab.inventory_vars(EX1)
    wsman = WSMan(
        known["ansible_host"], port=known["ansible_port"], auth="basic", username="administrator",
        password=known["ansible_password"], cert_validation=known["ansible_psrp_ca_cert"],
    )  # fmt: skip
    with RunspacePool(wsman) as pool:

        def run(cmdlet: str) -> None:
            assert not PowerShell(pool).add_cmdlet(cmdlet).add_parameter("Name", BACK_END).invoke()

        run("Stop-Website")
        with pytest.raises(ConnectionRefusedError):
            get(lab, "/owa/", port=444)
        run("Start-Website")
        assert get(lab, "/owa/", port=444).status == 200


def test_two_labs_stand_side_by_side(lab, get):
    with Background(World.from_estate("one_server")) as other:
        for one in (lab, other):
            assert get(one, "/owa/healthcheck.htm").status == 200
    with pytest.raises(ConnectionRefusedError):
        get(other, "/owa/healthcheck.htm")
