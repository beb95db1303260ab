# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_health_probe by the unmodified ansible-playbook, against the lab's real ports and a real HAProxy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from client_load import Load
from haproxy import Check, Haproxy
from lab_process import wait_until
from places import client_places
from playbook import Run, task

from exchange_lab.background import Background
from exchange_lab.world.clock import WallClock
from exchange_lab.world.servers import DEFAULT_WEB_SITE
from exchange_lab.world.world import World

MAIL = "mail.contoso.test"
EX1, EX2, EX3, EX4 = SERVERS = [f"ex{number}.contoso.test" for number in range(1, 5)]
OWA_POOL = "MSExchangeOWAAppPool"
CLIENT_PROTOCOLS = {"owa", "ecp", "ews", "activesync", "oab", "mapi", "rpc", "autodiscover"}
ON_THE_CONTROL_NODE = {"localhost": {}}

Probe = Callable[..., dict[str, Any]]


@pytest.fixture
def lab() -> Iterator[Background]:
    """Four servers, each with a certificate for the name that clients use."""
    with Background(World.from_estate("two_datacenters", clock=WallClock())) as running:
        for server in SERVERS:
            running.world.certificates.issue(server, names=[MAIL], services=["IIS"])
        yield running


def about(lab: Background, *servers: str) -> dict[str, Any]:
    """Options that reach servers of the lab."""
    known = {server: lab.inventory_vars(server) for server in servers}
    return {
        "servers": list(servers),
        "names": [MAIL],
        "addresses": {server: found["exchange_host"] for server, found in known.items()},
        "port": known[servers[0]]["exchange_client_port"],
        "ca_cert": str(lab.client_ca()),
    }


def balanced(lab: Background) -> Haproxy:
    members = client_places({server: lab.inventory_vars(server) for server in SERVERS})
    return Haproxy(members, Check(MAIL, lab.client_ca()))


def cases(result: dict[str, Any]) -> dict[str, tuple[str, set[str]]]:
    """Fault and pages of each server that has one."""
    found: dict[str, tuple[str, set[str]]] = {}
    for probe in result["probes"]:
        if probe["fault"]:
            found.setdefault(probe["subject"], (probe["fault"], set()))[1].add(probe["protocol"])
    return found


def test_it_tells_healthy_servers_from_broken_ones_and_sends_nothing_to_exchange(lab: Background, play: Any) -> None:
    world = lab.world
    shown = world.machines[EX1].certificate_on(world.machines[EX1].address, 443).thumbprint
    world.machines[EX2].pools[OWA_POOL].state = "Stopped"
    world.break_binding(EX3, "front_certificate_dropped")
    world.machines[EX4].sites[DEFAULT_WEB_SITE].state = "Stopped"
    for server in SERVERS:
        lab.follow(server)
    before = world.snapshot()
    run: Run = play(
        ON_THE_CONTROL_NODE,
        task("all", "exchange_health_probe", about(lab, *SERVERS) | {"retries": 0}),
        task("check", "exchange_health_probe", about(lab, EX1) | {"thumbprint": shown}, check_mode=True),
        task("powershell", "exchange_health_probe", about(lab, EX1) | {"protocols": ["powershell"]}),
        task("untrusted", "exchange_health_probe", about(lab, EX1) | {"ca_cert": str(lab.lab.ca_file)}),
        task("unnamed", "exchange_health_probe", about(lab, EX1) | {"names": ["owa.fabrikam.test"]}),
        task("own name", "exchange_health_probe", about(lab, EX1) | {"names": []}),
    )
    result = run.of("all", "localhost").ok()
    assert cases(result) == {
        EX2: ("status", {"owa"}),
        EX3: ("tls", CLIENT_PROTOCOLS),
        EX4: ("port", CLIENT_PROTOCOLS),
    }
    assert [(finding["code"], finding["subject"]) for finding in result["findings"]] == [
        ("health_port_refused", EX4),
        ("health_tls_cut", EX3),
        ("health_page_unavailable", EX2),
    ]
    assert {probe["answered_by"] for probe in result["probes"] if probe["up"]} == {EX1, EX2}
    for name in ("check", "powershell"):
        found = run.of(name, "localhost").ok()
        assert found["healthy"] and not found["changed"], found["findings"]
        assert {probe["certificate"]["thumbprint"] for probe in found["probes"]} == {shown}
    codes = {"untrusted": "untrusted", "unnamed": "name_mismatch", "own name": "name_mismatch"}
    for name, code in codes.items():
        (finding,) = run.of(name, "localhost").ok()["findings"]
        assert finding["code"] == f"health_certificate_{code}"
    assert world.snapshot() == before
    assert lab.log.records("request") == []


def test_it_waits_for_a_server_and_shows_how_far_it_is(lab: Background, play: Any) -> None:
    for server in (EX1, EX2):
        lab.world.machines[server].pools[OWA_POOL].state = "Stopped"

    def start_after_two_rounds() -> None:
        wait_until(lambda: len(lab.log.records("web", host=EX1)) >= 2 * len(CLIENT_PROTOCOLS), 120)
        lab.world.machines[EX1].start_pool(OWA_POOL)

    starting = threading.Thread(target=start_after_two_rounds)
    starting.start()
    options = {"wait_for": "healthy", "delay": 0.2, "retries": 0}
    run: Run = play(
        ON_THE_CONTROL_NODE,
        task("in vain", "exchange_health_probe", about(lab, EX2) | options | {"deadline": 1}),
        task("until it is there", "exchange_health_probe", about(lab, EX1) | options | {"deadline": 120}),
    )
    starting.join()
    assert "7 of 8 health pages are healthy" in run.of("in vain", "localhost").failed()
    assert run.of("until it is there", "localhost").ok()["healthy"]
    assert f"mailops.exchange.exchange_health_probe: 7 of 8 health pages are healthy; {EX1}: owa: " in run.output


@pytest.mark.haproxy
def test_a_dead_member_hides_behind_the_load_balancer(lab: Background, play: Any) -> None:
    lab.world.machines[EX2].pools[OWA_POOL].state = "Stopped"
    with balanced(lab) as haproxy:
        haproxy.wait_for("DOWN", "ex2")
        place = {"addresses": {MAIL: haproxy.place.address}, "port": haproxy.place.port, "names": []}
        through = about(lab, EX1) | place | {"servers": [], "namespaces": [MAIL]}
        run: Run = play(
            ON_THE_CONTROL_NODE,
            task("namespace", "exchange_health_probe", through),
            task("members", "exchange_health_probe", about(lab, *SERVERS)),
        )
    result = run.of("namespace", "localhost").ok()
    assert result["healthy"], result["findings"]
    answered = {probe["answered_by"] for probe in result["probes"]}
    assert len(answered) > 1 and answered <= {EX1, EX3, EX4}
    assert cases(run.of("members", "localhost").ok()) == {EX2: ("status", {"owa"})}


@pytest.mark.haproxy
def test_a_certificate_that_is_changed_in_a_drain_costs_no_client_anything(lab: Background) -> None:
    """The harness with the lab, for the rollout to come: without certificate in between, behind the drain."""
    new = {server: lab.world.certificates.issue(server, names=[MAIL]) for server in SERVERS}
    places = client_places({server: lab.inventory_vars(server) for server in SERVERS})
    with balanced(lab) as haproxy, Load([haproxy.place, *places], MAIL, lab.client_ca()) as load:
        load.wait_for_answers()
        for server, thumbprint in new.items():
            name = server.partition(".")[0]
            haproxy.drain(name)
            haproxy.wait_for("DRAIN", name)
            haproxy.wait_for_silence(name)
            lab.world.machines[server].http_sys.delete("0.0.0.0", 443)
            load.wait_for_failure(name)
            lab.world.machines[server].http_sys.put("0.0.0.0", 443, thumbprint)
            haproxy.undrain(name)
            haproxy.wait_for("UP")
        load.wait_for_answers()
        drains = {place.name: haproxy.drains(place.name) for place in places}
    assert load.failed("haproxy") == []
    for place in places:
        assert load.failed(place.name) != []
        assert load.failed(place.name, outside=drains[place.name]) == []
