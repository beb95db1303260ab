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

from exchange_lab.background import Background
from exchange_lab.world import exchange_setup
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


def organization(names: Iterable[str]) -> World:
    servers = [{"name": name.partition(".")[0], "site": "London", "build": "15.2.1258.12"} for name in names]
    users = {"administrator": ["Organization Management"]}
    return World.from_estate({"sites": {"London": ["dc1"]}, "servers": servers, "users": users}, clock=WallClock())


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


def repair(play, lab: Background, servers: list[str], *arguments: str, **variables: Any) -> playbook.Run:
    """Run the role on some servers; variables without their prefix."""
    given = {f"binding_repair_{name}": value for name, value in variables.items()}
    reached = {
        "binding_repair_front_end_port": "{{ exchange_client_port }}",
        "binding_repair_back_end_port": "{{ exchange_back_end_port }}",
        "binding_repair_delay": 1,
    }
    hosts = {server: lab.inventory_vars(server) for server in servers}
    return play(
        hosts, roles=ROLE, vars=reached | given, ignore_errors=False, arguments=["--diff", *arguments], longest=400
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
