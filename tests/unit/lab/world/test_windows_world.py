# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites, http.sys, pools and services of a server (laws W1 to W6), and what port 444 needs (certificate-laws S11)."""

from __future__ import annotations

import itertools

import pytest

from exchange_lab.world import ManualClock, World
from exchange_lab.world.windows import BINDING_FAULTS, Binding, Machine, Win32Error
from exchange_lab.world.windows.events import BROKEN_SSL

FRONT, BACK = "Default Web Site", "Exchange Back End"
TWO = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": f"ex{n}", "site": "London", "build": "15.2.1258.12"} for n in (1, 2)],
}
PROTECTED = {**TWO, "servers": [row | {"build": "15.2.1544.4"} for row in TWO["servers"]]}


@pytest.fixture
def world() -> World:
    return World(TWO, clock=ManualClock())


@pytest.fixture
def machine(world: World) -> Machine:
    return world.machines["ex1.contoso.test"]


def usable(world: World, front: str = "ex1", back: str = "ex1") -> str:
    return world.back_end_usable(world.servers[f"{front}.contoso.test"], world.servers[f"{back}.contoso.test"])


@pytest.mark.parametrize(
    ("information", "key", "host"),
    [
        (":443:", ("0.0.0.0", 443), ""),
        ("*:444:", ("0.0.0.0", 444), ""),
        ("0.0.0.0:443:", ("0.0.0.0", 443), ""),
        ("127.0.0.1:443:", ("127.0.0.1", 443), ""),
        ("[::1]:443:Mail.contoso.test", ("[::1]", 443), "mail.contoso.test"),
    ],
)
def test_w1_where_http_sys_keeps_a_certificate(information, key, host):
    binding = Binding("https", information)
    assert (binding.http_sys_key, binding.host) == (key, host)


def test_w1_with_sni_by_host_name():
    assert Binding("https", "*:443:Mail.contoso.test", 1).http_sys_key == ("mail.contoso.test", 443)
    assert Binding("https", "*:443:Mail.contoso.test", 4).http_sys_key == ("0.0.0.0", 443)


def test_w1_a_moved_binding_leaves_its_certificate(machine):
    (binding,) = machine.sites[BACK].https
    assert machine.thumbprint_of(binding) == machine.certificates.my[0].thumbprint
    binding.information = "*:445:"
    assert machine.thumbprint_of(binding) is None
    assert ("0.0.0.0", 444) in machine.http_sys.entries


def test_w2_an_address_of_its_own_hides_all_addresses(machine):
    other = machine.certificates.my[1]
    machine.http_sys.put("127.0.0.1", 443, other.thumbprint)
    assert machine.certificate_on("127.0.0.1", 443) is other
    assert machine.certificate_on(machine.address, 443) is machine.certificates.my[0]
    machine.http_sys.delete("127.0.0.1", 443)
    assert machine.certificate_on("127.0.0.1", 443) is machine.certificates.my[0]
    with pytest.raises(KeyError):
        machine.http_sys.delete("127.0.0.1", 443)


@pytest.mark.parametrize(("store", "serves"), [("MY", True), ("My", True), ("", True), ("WebHosting", False)])
def test_w34_an_entry_serves_from_its_own_store(world, machine, store, serves):
    entry = machine.http_sys.entries["0.0.0.0", 444]
    machine.http_sys.put("0.0.0.0", 444, entry.thumbprint, store=store)
    assert usable(world) == ("" if serves else "port 444 of EX1 has no usable certificate")
    assert any(text.startswith("EX1: O12 0.0.0.0:444") for text in machine.violations()) is not serves


def test_w3_a_fresh_server(machine):
    shown = {site.name: [f"{b.protocol} {b.information}" for b in site.bindings] for site in machine.sites.values()}
    assert {"https :443:", "https 127.0.0.1:443:", "http *:80:", "net.tcp 808:*"} <= set(shown[FRONT])
    assert shown[BACK] == ["http *:81:", "net.pipe *", "https *:444:"]
    assert {site.id: site.state for site in machine.sites.values()} == {1: "Started", 2: "Started"}
    assert {"MSExchangeOWAAppPool", "MSExchangePowerShellAppPool", "MSExchangeRestFrontEndAppPool"} <= set(
        machine.pools
    )
    assert machine.services["MSExchangePOP3"].status == "Stopped"
    assert list(machine.http_sys.entries) == [("0.0.0.0", 443), ("127.0.0.1", 443), ("0.0.0.0", 444), ("0.0.0.0", 8172)]


def test_w3_roles_apart():
    lab = World.from_estate("coexistence")
    https = {
        name: {site.name for site in machine.sites.values() if site.https} for name, machine in lab.machines.items()
    }
    assert (https["ex1.contoso.test"], https["ex2.contoso.test"], https["ex3.contoso.test"]) == (
        {FRONT, BACK},
        {FRONT},
        {BACK},
    )
    assert "MSExchangeRestFrontEndAppPool" not in lab.machines["ex1.contoso.test"].pools
    assert lab.violations() == []


def test_w4_a_colliding_site_does_not_start(machine):
    machine.sites[BACK].https[0].information = "*:443:"
    machine.sites[BACK].state = "Stopped"
    with pytest.raises(Win32Error, match="0x800700B7"):
        machine.start_site(BACK)
    assert machine.sites[BACK].state == "Stopped"
    machine.sites[BACK].https[0].information = "*:444:"
    machine.start_site(BACK)
    assert machine.sites[BACK].state == "Started"


def test_w5_a_recycled_pool_is_cold_for_a_second(world, machine):
    pool = machine.pools["MSExchangePowerShellAppPool"]
    assert pool.serves(world.clock.now())
    machine.start_pool(pool.name)
    world.clock.advance(0.9)
    assert not pool.serves(world.clock.now())
    assert "does not run" in usable(world)
    world.clock.advance(0.2)
    assert pool.serves(world.clock.now())
    assert usable(world) == ""


def test_w6_services_pull_each_other(world, machine):
    machine.sites[BACK].state = "Stopped"
    machine.sites[FRONT].auto_start = False
    assert machine.stop_service("WAS") == ["W3SVC", "WAS"]
    assert machine.site_on(machine.address, 443) is None
    world.clock.advance(5)
    machine.start_service("W3SVC")
    assert machine.services["WAS"].running
    assert machine.services["W3SVC"].started_at == world.clock.now()
    assert {site.name: site.state for site in machine.sites.values()} == {FRONT: "Stopped", BACK: "Started"}
    assert not machine.pools["MSExchangeOWAAppPool"].serves(world.clock.now())


REASONS = {
    "moved_to_445": "nothing listens",
    "443_on_back_end": "nothing listens",
    "no_binding": "nothing listens",
    "certificate_dropped": "no usable certificate",
    "one_address": "",
    "foreign": "",
    "expired": "",
    "cng_key": "",
    "lost_key": "no usable certificate",
    "stale_hash": "no usable certificate",
    "http_sys_orphan": "",
    "loopback_lost": "",
    "front_certificate_dropped": "",
    "site_stopped": "nothing listens",
    "pool_stopped": "does not run",
    "firewall": "",
}


@pytest.mark.parametrize("kind", BINDING_FAULTS)
def test_s11_what_a_fault_does_to_444(world, kind):
    before = world.snapshot()
    assert usable(world) == usable(world, "ex2") == ""
    world.break_binding("ex1", kind)
    assert REASONS[kind] in usable(world)
    assert usable(world, "ex2") == usable(world)
    assert bool(usable(world)) == bool(REASONS[kind])
    assert bool(usable(world, "ex1", "ex2")) == (kind == "firewall")
    changed = {name for name, *_unused in World.changes(before, world.snapshot())}
    assert changed
    assert not [name for name in changed if "EX1" not in name]


def test_s11_one_address_breaks_under_extended_protection():
    lab = World(PROTECTED)
    lab.break_binding("ex1", "one_address")
    assert "BAD_BINDINGS" in usable(lab)


def test_s11_a_mailbox_server_alone_has_a_back_end():
    lab = World.from_estate("coexistence")
    assert usable(lab, "ex2", "ex3") == ""
    assert "no back end" in usable(lab, "ex2", "ex2")


def test_a_dead_hash_is_an_event(machine, world):
    def broken() -> list[str]:
        return [event.data["Endpoint"] for event in machine.events if event.id == BROKEN_SSL]

    assert machine.certificate_on(machine.address, 444)
    assert broken() == []
    world.break_binding("ex1", "stale_hash")
    assert machine.certificate_on(machine.address, 444) is None
    assert broken() == ["0.0.0.0:444"]
    machine.http_sys.delete("0.0.0.0", 444)
    assert machine.certificate_on(machine.address, 444) is None
    assert len(broken()) == 1  # nothing to say where there is no entry


@pytest.mark.parametrize("pair", list(itertools.combinations(BINDING_FAULTS, 2)))
def test_faults_go_together_in_either_order(pair):
    shots = []
    for order in (pair, pair[::-1]):
        lab = World({**TWO, "binding_faults": [{"server": "ex1", "kind": kind} for kind in order]})
        shots.append(lab.snapshot())
        assert World.changes(World(TWO).snapshot(), shots[-1])
    assert shots[0].keys() == shots[1].keys()


def test_bad_faults_say_so(world):
    with pytest.raises(ValueError, match=r"Unknown binding fault 'x'\. Known faults: moved_to_445"):
        world.break_binding("ex1", "x")
    with pytest.raises(KeyError):
        world.break_binding("nobody", "expired")
    with pytest.raises(ValueError, match="does not have both sites"):
        World.from_estate("coexistence").break_binding("ex2", "expired")


@pytest.mark.parametrize(("answer", "dead"), [("serves", False), ("needs_restart", True)])
def test_a_certificate_bound_to_444_may_need_a_restart(world, machine, answer: str, dead: bool) -> None:
    world.switches["rebound_back_end"] = answer
    assert usable(world) == "", "Setup has started it"
    own = machine.http_sys.entries["0.0.0.0", 444].thumbprint
    world.break_binding(machine.server, "certificate_dropped")
    machine.http_sys.put("0.0.0.0", 443, own)
    machine.http_sys.put("0.0.0.0", 444, own)
    assert bool(usable(world)) is dead
    machine.stop_service("WAS")
    machine.start_service("W3SVC")
    world.clock.advance(60)
    assert usable(world) == ""
    machine.http_sys.put("0.0.0.0", 443, own)
    assert usable(world) == "", "443 has no part in it"
