# SPDX-License-Identifier: GPL-3.0-or-later
"""The role binding_repair over the wire: it finds, repairs and proves, with Exchange PowerShell dead where 444 is."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import lab_log
import playbook
import pytest
from unread_processes import processes_unread

from exchange_lab.background import Background
from exchange_lab.world import exchange_setup
from exchange_lab.world.certificates.keys import MACHINE_KEYS
from exchange_lab.world.clock import WallClock
from exchange_lab.world.windows.faults import BINDING_FAULTS
from exchange_lab.world.world import World

FAULTS = [(fault,) for fault in sorted(BINDING_FAULTS) if fault != "firewall"]
PAIRS = [("moved_to_445", "front_certificate_dropped"), ("443_on_back_end", "cng_key"), ("no_binding", "loopback_lost")]
CASES = {f"ex{number}.contoso.test": case for number, case in enumerate(["", *FAULTS, *PAIRS], start=1)}
DEAD = {
    "moved_to_445",
    "443_on_back_end",
    "no_binding",
    "certificate_dropped",
    "lost_key",
    "stale_hash",
    "site_stopped",
}
FIRST, SECOND = "ex1.contoso.test", "ex2.contoso.test"
ROLE = [{"role": "mailops.exchange.binding_repair"}]


def organization(names: Iterable[str], **switches: str) -> World:
    servers = [{"name": name.partition(".")[0], "site": "London", "build": "15.2.1258.12"} for name in names]
    users = {"administrator": ["Organization Management"]}
    estate = {"sites": {"London": ["dc1"]}, "servers": servers, "users": users}
    return World.from_estate(estate, switches, clock=WallClock())


@pytest.fixture(scope="module")
def lab() -> Iterator[Background]:
    """A server for each fault, for some pairs of faults, and one without any."""
    with Background(organization(CASES), auth="basic") as lab:
        yield lab


@pytest.fixture
def pair() -> Iterator[Background]:
    """Two servers."""
    with Background(organization([FIRST, SECOND]), auth="basic") as lab:
        yield lab


@pytest.fixture
def slow() -> Iterator[Background]:
    """A server whose front end needs a restart after 444 was bound (law B4)."""
    with Background(organization([FIRST], rebound_back_end="needs_restart"), auth="basic") as lab:
        yield lab


def repair(
    play, lab: Background, servers: list[str], *arguments: str, way: dict[str, Any] | None = None, **variables: Any
) -> playbook.Run:
    """Run the role on some servers; variables without their prefix, and those of the way to Exchange."""
    given = {f"binding_repair_{name}": value for name, value in variables.items()}
    reached = {
        "binding_repair_front_end_port": "{{ exchange_client_port }}",
        "binding_repair_back_end_port": "{{ exchange_back_end_port }}",
        "binding_repair_delay": 1,
    }
    hosts = {server: lab.inventory_vars(server) for server in servers}
    return play(
        hosts,
        roles=ROLE,
        vars=reached | given | (way or {}),
        ignore_errors=False,
        arguments=["--diff", *arguments],
        longest=400,
    )


def spoil(lab: Background, server: str, *faults: str, **given: Any) -> None:
    for fault in faults:
        lab.world.break_binding(server, fault, **given)
    lab.follow(server)


def page(lab: Background, server: str) -> bytes:
    """What a browser gets for Outlook on the web; nothing for a blank page or no answer at all."""
    known = lab.inventory_vars(server)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(
        known["ansible_host"], known["exchange_client_port"], context=context, timeout=10
    )
    try:
        connection.request("GET", "/owa/")
        return connection.getresponse().read()
    except OSError:
        return b""
    finally:
        connection.close()


def writes(lab: Background) -> list[dict[str, Any]]:
    return [record for server in lab.world.servers for record in lab_log.writes(lab, server)]


def restarts(lab: Background) -> int:
    return len([record for record in writes(lab) if record["cmdlet"] == "Restart-Service"])


def said(run: playbook.Run) -> str:
    return " ".join(run.output.split())


def bind(lab: Background, *endpoints: tuple[str, int], **certificate: Any) -> str:
    """Bind a certificate of somebody else's on FIRST; its thumbprint."""
    world = lab.world
    names = ("mail.contoso.test", "autodiscover.contoso.test")
    thumbprint = world.certificates.issue("ex1", names=names, subject=f"CN={names[0]}", **certificate)
    for endpoint in endpoints:
        world.machines[FIRST].http_sys.put(*endpoint, thumbprint)
    lab.follow(FIRST)
    return thumbprint


def test_every_fault_is_shown_then_repaired_and_proved_and_then_nothing_is_left(play, lab) -> None:
    servers = list(CASES)
    for server, faults in CASES.items():
        spoil(lab, server, *faults)
    broken = lab.world.snapshot()
    dead = [server for server, faults in CASES.items() if DEAD & set(faults)]
    assert [server for server in dead if page(lab, server)] == []
    shown = repair(play, lab, servers)
    assert shown.code == 0, shown.output
    assert "is on *:445:" in shown.output and "changed=1" not in shown.output
    checked = repair(play, lab, servers, "--check", repair=True)
    assert checked.code == 0, checked.output
    assert (writes(lab), lab.world.snapshot()) == ([], broken)
    repaired = repair(play, lab, servers, repair=True)
    assert repaired.code == 0, repaired.output
    assert [server for server in servers if not page(lab, server)] == []
    assert lab_log.writes(lab, servers[0]) == []
    before = len(writes(lab))
    again = repair(play, lab, servers, repair=True)
    assert again.code == 0, again.output
    assert len(writes(lab)) == before


def test_a_blocked_way_is_reported_as_blocked_and_cannot_be_repaired_from_here(play, pair) -> None:
    spoil(pair, FIRST, "firewall")
    shown = repair(play, pair, [FIRST], repair=True, peers=[SECOND])
    assert shown.code == 0, shown.output
    assert f"Port 444 of {SECOND} is blocked for this server" in shown.output
    assert writes(pair) == []


def test_what_is_out_of_reach_from_here_is_said_to_be_unproved(play, pair) -> None:
    spoil(pair, FIRST, "moved_to_445")
    repaired = repair(play, pair, [FIRST], repair=True, back_end_port=1)
    assert repaired.code == 0, repaired.output
    assert f"Port 444 of {FIRST} is out of reach for the control node" in repaired.output.replace("\n", " ")
    assert f"Port 443 of {FIRST} is out of reach" not in repaired.output
    assert page(pair, FIRST)


def test_another_certificate_on_the_port_than_the_bound_one_is_no_proof(play, pair) -> None:
    spoil(pair, FIRST, "moved_to_445")
    other = pair.inventory_vars(SECOND)["ansible_host"]
    repaired = repair(play, pair, [FIRST], repair=True, address=other)
    assert repaired.code != 0
    assert f"Port 443 of {FIRST} does not show its certificate" in repaired.output
    assert repair(play, pair, [FIRST], repair=True).code == 0


def test_other_causes_are_named_when_exchange_stays_dead(play, pair) -> None:
    spoil(pair, FIRST, "certificate_dropped")
    pair.faults.add("unavailable", operation="Command", cmdlet="Get-ExchangeServer", host=FIRST, times=4)
    repaired = repair(play, pair, [FIRST], repair=True, retries=1)
    assert repaired.code != 0
    assert "The bindings are right, but Exchange PowerShell does not answer" in repaired.output
    assert "ms-Exch-EPI-Token-Serialization" in repaired.output
    assert page(pair, FIRST)
    assert repair(play, pair, [FIRST], repair=True).code == 0


def test_what_is_wrong_or_refused_beside_the_bindings_is_told_and_stops_no_repair(play, pair) -> None:
    machine = pair.world.machines[FIRST]
    machine.denied |= {f"{MACHINE_KEYS}\\{entry.key.file_name}".lower() for entry in machine.certificates.my}
    machine.denied.add("hklm:\\software\\microsoft\\exchangeserver\\v15\\diagnostics")
    pair.world.certificates.issue("ex1", names=("mail.contoso.test",), key="ec256")
    machine.clock_skew = 600
    spoil(pair, FIRST, "moved_to_445")
    repaired = repair(play, pair, [FIRST], repair=True)
    assert repaired.code == 0, repaired.output
    said = " ".join(repaired.output.split())
    assert "ahead of that of the control node" in said
    assert f"{len(machine.denied)} reads failed" in said
    assert page(pair, FIRST)


def test_nothing_is_repaired_while_setup_runs(play, pair) -> None:
    spoil(pair, FIRST, "moved_to_445")
    exchange_setup.begin(pair.world, "ex1", upgrade=False)
    shown = repair(play, pair, [FIRST])
    assert shown.code == 0 and "Exchange Setup is at work on this server (ExSetup)" in shown.output, shown.output
    for arguments in (("--check",), ()):
        refused = repair(play, pair, [FIRST], *arguments, repair=True)
        assert refused.code != 0 and "Nothing was changed" in refused.output, refused.output
    assert writes(pair) == []
    exchange_setup.break_off(pair.world, "ex1")
    assert repair(play, pair, [FIRST], repair=True).code == 0
    assert page(pair, FIRST)


@pytest.mark.nightly
def test_nothing_is_repaired_where_setup_may_run(play, pair) -> None:
    spoil(pair, FIRST, "moved_to_445")
    with processes_unread():
        assert repair(play, pair, [FIRST]).code == 0, "it was only to look"
        refused = repair(play, pair, [FIRST], repair=True)
    assert refused.code != 0 and "Whether Exchange Setup is at work" in said(refused), refused.output
    assert "Nothing was changed" in said(refused) and writes(pair) == []
    assert repair(play, pair, [FIRST], repair=True).code == 0
    assert page(pair, FIRST)


# What is left to a person


@pytest.mark.parametrize("exchange_check", [True, pytest.param(False, marks=pytest.mark.nightly)])
def test_what_a_person_has_to_decide_is_no_success_until_it_is_decided(play, pair, exchange_check: bool) -> None:
    bind(pair, ("0.0.0.0", 443), ("127.0.0.1", 443), days=9, starts_in_days=-10)
    good = bind(pair)
    undecided = repair(play, pair, [FIRST], repair=True, exchange_check=exchange_check)
    assert undecided.code != 0 and "with front_end_thumbprint" in said(undecided), undecided.output
    assert writes(pair) == []
    assert repair(play, pair, [FIRST]).code == 0, "it was only to look"
    decided = repair(play, pair, [FIRST], repair=True, exchange_check=exchange_check, front_end_thumbprint=good)
    assert decided.code == 0, decided.output


def test_a_site_that_is_gone_is_no_success(play, pair) -> None:
    machine = pair.world.machines[FIRST]
    site = machine.sites.pop("Exchange Back End")
    pair.follow(FIRST)
    gone = repair(play, pair, [FIRST], repair=True, exchange_check=False)
    assert gone.code != 0 and "Exchange Back End does not exist" in said(gone).rpartition("TASK")[2], gone.output
    machine.sites[site.name] = site
    pair.follow(FIRST)
    assert repair(play, pair, [FIRST], repair=True, exchange_check=False).code == 0


@pytest.mark.parametrize(
    ("wish", "port"),
    [pytest.param("front_end_thumbprint", 443, marks=pytest.mark.nightly), ("back_end_thumbprint", 444)],
)
def test_a_certificate_that_was_asked_for_is_bound_proved_and_then_left(play, pair, wish: str, port: int) -> None:
    wanted = bind(pair)
    repaired = repair(play, pair, [FIRST], repair=True, **{wish: wanted})
    assert repaired.code == 0, repaired.output
    assert pair.world.machines[FIRST].http_sys.entries["0.0.0.0", port].thumbprint == wanted
    before = len(writes(pair))
    assert repair(play, pair, [FIRST], repair=True, **{wish: wanted}).code == 0
    assert len(writes(pair)) == before


# Whose Exchange PowerShell answers


def test_another_server_that_answers_is_no_proof(play, pair) -> None:
    other = pair.inventory_vars(SECOND)["exchange_host"]
    pair.faults.add("unavailable", operation="Command", cmdlet="Get-ExchangeServer", host=FIRST, times=4)
    candidate = repair(play, pair, [FIRST], repair=True, way={"exchange_endpoint_candidates": [other]}, retries=1)
    assert candidate.code != 0 and "does not answer" in said(candidate), candidate.output
    assert repair(play, pair, [FIRST], repair=True, way={"exchange_endpoint_candidates": [other]}).code == 0

    elsewhere = repair(play, pair, [FIRST], repair=True, way={"exchange_host": other})
    assert elsewhere.code != 0 and f"answered from {SECOND}" in said(elsewhere), elsewhere.output
    assert writes(pair) == []


def test_a_front_end_alone_has_its_sessions_elsewhere(play) -> None:
    servers = [{"name": "ex1", "roles": ["ClientAccess"]}, {"name": "ex2", "roles": ["Mailbox"]}]
    servers = [server | {"site": "London", "build": "15.0.1497.48"} for server in servers]
    users = {"administrator": ["Organization Management"]}
    world = World.from_estate({"sites": {"London": ["dc1"]}, "servers": servers, "users": users}, clock=WallClock())
    with Background(world, auth="basic") as lab:
        world.machines[FIRST].http_sys.entries.pop(("127.0.0.1", 443))
        proved = repair(play, lab, [FIRST], repair=True)
        assert proved.code == 0, proved.output
        assert (
            proved.of("mailops.exchange.binding_repair : Open a session with Exchange PowerShell", FIRST).ok()[
                "answered_by"
            ]
            == SECOND
        )


# The restart of IIS


def test_the_restart_that_an_earlier_run_owes_is_made_up_for(play, slow) -> None:
    own = slow.world.machines[FIRST].http_sys.entries["0.0.0.0", 444].thumbprint
    spoil(slow, FIRST, "certificate_dropped")
    slow.world.machines[FIRST].http_sys.put("0.0.0.0", 444, own)
    slow.follow(FIRST)
    assert page(slow, FIRST) == b""
    made_up = repair(play, slow, [FIRST], repair=True, retries=1)
    assert made_up.code == 0, made_up.output
    assert page(slow, FIRST)
    assert [record["cmdlet"] for record in writes(slow)] == ["Restart-Service"]
    assert repair(play, slow, [FIRST], repair=True).code == 0
    assert restarts(slow) == 1


def test_the_restart_comes_also_where_a_later_repair_is_refused(play, slow) -> None:
    spoil(slow, FIRST, "moved_to_445")
    refused = repair(play, slow, [FIRST], repair=True, front_end_thumbprint="0" * 40)
    assert refused.code != 0 and "There is no certificate" in said(refused), refused.output
    assert restarts(slow) == 1
    assert page(slow, FIRST)
    assert repair(play, slow, [FIRST], repair=True).code == 0
    assert restarts(slow) == 1


@pytest.mark.nightly
def test_the_restart_comes_also_where_nobody_knows_whether_the_certificate_was_bound(play, slow) -> None:
    spoil(slow, FIRST, "certificate_dropped")
    slow.faults.add("drop", stage="after", operation="Command", cmdlet="New-Item", times=1)
    broken = repair(play, slow, [FIRST], repair=True, attach_with="provider")
    assert broken.code != 0 and "may or may not have been carried out" in said(broken), broken.output
    assert restarts(slow) == 1
    assert page(slow, FIRST)
    assert repair(play, slow, [FIRST], repair=True).code == 0
    assert restarts(slow) == 1


def test_nothing_is_restarted_for_what_needs_none(play, slow) -> None:
    spoil(slow, FIRST, "http_sys_orphan", "pool_stopped")
    repaired = repair(play, slow, [FIRST], repair=True)
    assert repaired.code == 0, repaired.output
    assert {record["cmdlet"] for record in writes(slow)} == {"Remove-Item", "Start-WebAppPool"}


@pytest.mark.nightly
def test_nothing_is_restarted_for_another_reason_of_silence(play, slow) -> None:
    refused = repair(play, slow, [FIRST], repair=True, way={"exchange_host": "127.9.9.9"}, retries=1)
    assert refused.code != 0 and "does not answer" in said(refused), refused.output
    assert writes(slow) == []


@pytest.mark.nightly
def test_nothing_is_restarted_here_for_the_dead_back_end_of_another_server(play) -> None:
    routing = {"rps_routing": "anchored", "rps_anchor": SECOND}
    with Background(organization([FIRST, SECOND]), auth="basic", switches=routing) as lab:
        spoil(lab, SECOND, "certificate_dropped")
        refused = repair(play, lab, [FIRST], repair=True, retries=1)
        assert refused.code != 0 and "does not answer" in said(refused), refused.output
        assert writes(lab) == []
        assert repair(play, lab, [SECOND], repair=True).code == 0
        elsewhere = repair(play, lab, [FIRST], repair=True)
        assert elsewhere.code != 0 and f"answered from {SECOND}" in said(elsewhere), elsewhere.output
        assert repair(play, lab, [FIRST], repair=True, exchange_check=False).code == 0


def test_what_only_shows_while_iis_runs_is_repaired_in_the_same_run(play, slow) -> None:
    machine = slow.world.machines[FIRST]
    machine.stop_service("WAS")
    machine.sites["Exchange Back End"].auto_start = False
    slow.follow(FIRST)
    repaired = repair(play, slow, [FIRST], repair=True)
    assert repaired.code == 0, repaired.output
    assert [record["cmdlet"] for record in writes(slow)] == ["Start-Service", "Start-Service", "Start-Website"]
    assert page(slow, FIRST)
