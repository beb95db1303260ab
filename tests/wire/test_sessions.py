# SPDX-License-Identifier: GPL-3.0-or-later
"""One session a server and task: what it costs, who answers, and that nothing of it stays behind."""

from __future__ import annotations

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background
from exchange_lab.world import estates

EX1, EX2, EX3 = "ex1.contoso.test", "ex2.contoso.test", "ex3.contoso.test"
NAMESPACE = {"namespace": "mail.contoso.test", "autodiscover_namespace": "autodiscover.contoso.test"}
NOUNS = 8  # owa, ecp, ews, activesync, oab, mapi, outlook_anywhere, client_access_service
OWA = {"protocol": "owa", "internal_url": "https://mail.contoso.test/owa"}


# Cost -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["basic", pytest.param("kerberos", marks=pytest.mark.kerberos)])
def counted(request, new_lab, play, kerberos_environment) -> tuple[Background, list[list[dict]]]:
    """The lab, and the records of its log: of a first run on three servers, and of the same again."""
    lab = new_lab(estates.generate(3), auth=request.param)
    hosts = {server: lab.inventory_vars(server) for server in lab.world.servers}
    records = []
    for _unused in range(2):
        lab.log.clear()
        run = play(hosts, task("set", "exchange_client_access", NAMESPACE), environment=kerberos_environment(lab))
        assert run.code == 0, run.output
        records.append(lab.log.records())
    return lab, records


def of(records: list[dict], event: str, server: str) -> list[dict]:
    key = "host" if event == "request" else "server"
    return [record for record in records if record["event"] == event and record[key] == server]


@pytest.mark.parametrize("server", [EX1, EX2, EX3])
def test_the_first_run_reads_each_object_once_before_and_once_after_its_one_write(counted, server):
    cmdlets = of(counted[1][0], "cmdlet", server)
    written = [record["cmdlet"] for record in cmdlets if record["write"]]
    assert len(written) == len(set(written)) == NOUNS
    assert len(cmdlets) == (NOUNS + 1) + NOUNS + NOUNS  # Get-ExchangeServer is the one; writes; read-backs


@pytest.mark.parametrize("server", [EX1, EX2, EX3])
def test_the_second_run_reads_each_object_once_and_writes_nothing(counted, server):
    cmdlets = of(counted[1][1], "cmdlet", server)
    assert not [record for record in cmdlets if record["write"]]
    assert len(cmdlets) == NOUNS + 1


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("server", [EX1, EX2, EX3])
def test_a_run_needs_one_session_and_two_requests_a_cmdlet(counted, number, server):
    """The five are login (two over Kerberos), opening and closing. NTLM would need one more, for its challenge."""
    records = counted[1][number]
    requests = of(records, "request", server)
    assert [record["action"] for record in requests].count("Create") == 1
    assert [record["action"] for record in requests].count("Delete") == 1
    assert len(requests) <= 2 + 2 * len(of(records, "cmdlet", server)) + 3
    assert counted[0].shells(server) == 0


# Who answers ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def routed(new_lab, play) -> dict[str, tuple[Background, playbook.TaskResult]]:
    """One task on EX1 in labs that route sessions elsewhere, lose their cookie, or throttle."""
    anchored = {"rps_routing": "anchored", "rps_anchor": EX2}
    labs = {
        "local": new_lab(estates.generate(2)),
        "anchored": new_lab(estates.generate(2), switches=anchored),
        "anchor dismounted": new_lab(estates.generate(2), switches=anchored | {"rps_anchor_mounted": False}),
        "cookie": new_lab(switches={"rps_cookie": True}),
        "sealed cookie": new_lab(auth="ntlm", switches={"rps_cookie": True}),
    }
    for name in ("cookie", "sealed cookie"):
        labs[name].faults.add("drop", operation="Command", cmdlet="Get-OwaVirtualDirectory")
    hosts = {name: lab.inventory_vars(EX1) for name, lab in labs.items()}
    run = play(hosts, task("set", "exchange_vdir", OWA | {"server": EX1}))
    return {name: (lab, run.of("set", name)) for name, lab in labs.items()}


@pytest.mark.parametrize(("name", "back_end"), [("local", EX1), ("anchored", EX2)])
def test_the_result_names_the_server_that_answered(routed, name, back_end):
    lab, result = routed[name]
    assert (result.ok()["answered_by"], result.result["server"]) == (back_end, EX1)
    assert len(lab_log.carried_out(lab, back_end)) == 1
    assert lab.world.snapshot()["AD EX1\\owa (Default Web Site)"]["InternalUrl"] == OWA["internal_url"]


def test_a_back_end_that_cannot_serve_is_named(routed):
    lab, result = routed["anchor dismounted"]
    message = result.failed()
    assert f"(back end {EX2})" in message
    assert "its database is not mounted" in message
    assert not lab.log.records("cmdlet")


@pytest.mark.parametrize("name", ["cookie", "sealed cookie"])
def test_the_routing_cookie_is_kept_over_a_new_login(routed, name):
    """Without it the front end may send the shell's next request to another back end (exchange-remoting)."""
    lab, result = routed[name]
    assert result.ok()["changed"]
    assert len(lab_log.requests(lab, EX1, "Create")) == 1
    assert lab.shells(EX1) == 0


# Interruption ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def interrupted(new_lab, play) -> dict[str, tuple[playbook.TaskResult, int, playbook.TaskResult]]:
    """A task whose own time-out strikes in a cmdlet that hangs, the shells it left open, and the same task again."""
    labs = {auth: new_lab(auth=auth) for auth in ("basic", "ntlm")}
    for lab in labs.values():
        lab.faults.add("hang", stage="run", cmdlet="Get-OwaVirtualDirectory")
    hosts = {auth: lab.inventory_vars(EX1) for auth, lab in labs.items()}
    set_it = task("set", "exchange_vdir", OWA | {"server": EX1})
    first = play(hosts, set_it | {"timeout": 5})
    shells = {auth: lab.shells(EX1) for auth, lab in labs.items()}
    for lab in labs.values():
        lab.faults.clear()
    again = play(hosts, set_it)
    return {auth: (first.of("set", auth), shells[auth], again.of("set", auth)) for auth in labs}


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_tasks_time_out_leaves_no_shell_and_the_next_task_succeeds(interrupted, auth):
    first, shells, again = interrupted[auth]
    assert "Timed out after 5 second" in first.failed()
    assert shells == 0
    assert again.ok()["changed"]
