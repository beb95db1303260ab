# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes too long for every day: large estates, and every way to log in with every kind of connection."""

from __future__ import annotations

import itertools
from typing import Any

import lab_log
import pytest
from playbook import task

from exchange_lab.world import estates

pytestmark = pytest.mark.nightly

NAMESPACES = {"namespace": "mail.contoso.test", "autodiscover_namespace": "autodiscover.contoso.test"}
CONNECTIONS = ("psrp", "winrm")
LOGINS = ("kerberos", "negotiate")


@pytest.mark.parametrize("count", [50, 200])
def test_many_servers_cost_one_session_each(new_lab, play, count: int) -> None:
    lab = new_lab(estates.generate(count), auth="basic")
    servers = [f"ex{number}.contoso.test" for number in range(1, count + 1)]
    hosts = {server: lab.inventory_vars(server) for server in servers}
    asked = [task("first", "exchange_client_access", NAMESPACES), task("second", "exchange_client_access", NAMESPACES)]
    run = play(hosts, *asked, longest=1800.0)
    assert run.code == 0, run.output[-2000:]
    for server in servers:
        assert run.of("first", server).ok()["changed"]
        assert not run.of("second", server).ok()["changed"]
        cmdlets = len(lab_log.reads(lab, server)) + len(lab_log.writes(lab, server))
        assert len(lab_log.requests(lab, server, "Create")) == 2
        assert len(lab_log.writes(lab, server)) == 8
        assert len(lab_log.requests(lab, server)) <= 2 * (2 + 3) + 2 * cmdlets
        assert lab.shells(server) == 0


def test_a_report_over_200_servers_costs_one_session(new_lab, play) -> None:
    lab = new_lab(estates.generate(200), auth="basic")
    first = "ex1.contoso.test"
    run = play({first: lab.inventory_vars(first)}, task("read", "exchange_certificate_info", {}), longest=1800.0)
    read = run.of("read", first).ok()
    assert len(read["servers"]) == 200
    assert all(server["complete"] for server in read["servers"])
    assert len(lab_log.requests(lab, first, "Create")) == 1
    assert lab_log.writes(lab, first) == []
    assert lab.shells(first) == 0


@pytest.mark.parametrize("offer", [pytest.param("kerberos", marks=pytest.mark.kerberos), "ntlm", "basic"])
def test_every_login_with_every_connection_and_module(new_lab, play, kerberos_environment, offer: str) -> None:
    logins = {"kerberos": LOGINS}.get(offer, (offer,))
    cases = list(itertools.product(CONNECTIONS, logins))
    lab = new_lab(estates.generate(len(cases)), auth=offer)
    hosts: dict[str, dict[str, Any]] = {}
    for number, (connection, login) in enumerate(cases, start=1):
        server = f"ex{number}.contoso.test"
        hosts[server] = lab.inventory_vars(server) | {"ansible_connection": connection, "exchange_auth": login}
    tasks = [
        task("bulk", "exchange_client_access", NAMESPACES),
        task("directory", "exchange_vdir", {"protocol": "owa", "logon_format": "PrincipalName"}),
        task(
            "provider", "exchange_outlook_provider", {"name": "EXPR", "cert_principal_name": "msstd:mail.contoso.test"}
        ),
        task("info", "exchange_info", {}),
    ]
    run = play(hosts, *tasks, environment=kerberos_environment(lab))
    for server, each in itertools.product(hosts, tasks):
        run.of(each["name"], server).ok()
        assert lab.shells(server) == 0
