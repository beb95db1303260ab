# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of bindings, and every pair of them: found, repaired, nothing else touched, and quiet afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from binding_estate import ESTATE, FRONT, SITE, codes, look, peers_of, repair, server_of
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action import iis_binding, iis_binding_info
from exchange_lab.world import World
from exchange_lab.world.windows.faults import BINDING_FAULTS

FAULTS = sorted(BINDING_FAULTS)
FINDINGS = {
    "443_on_back_end": {"back_end_on_443", "exchange_site_stopped"},
    "certificate_dropped": {"binding_without_certificate"},
    "cng_key": {"binding_certificate_key_unfit"},
    "expired": {"binding_certificate_not_current"},
    "firewall": {"back_end_path_blocked"},
    "foreign": {"back_end_certificate_foreign"},
    "front_certificate_dropped": {"binding_without_certificate"},
    "http_sys_orphan": {"http_sys_orphan"},
    "loopback_lost": {"loopback_binding_missing"},
    "lost_key": {"binding_certificate_without_key"},
    "moved_to_445": {"back_end_port_moved"},
    "no_binding": {"https_binding_missing"},
    "one_address": {"back_end_on_one_address"},
    "pool_stopped": {"exchange_pool_stopped"},
    "site_stopped": {"exchange_site_stopped"},
    "stale_hash": {"binding_certificate_gone"},
}
BLOCKED = "back_end_path_blocked"
"""The only one that nothing on the server can repair."""

NewWorld = Callable[..., World]


@pytest.fixture
def broken(lab: Any, monkeypatch: pytest.MonkeyPatch) -> NewWorld:
    """Makes a world whose first server has the faults, and lets the control node have the world's time."""

    def new(*faults: str, **switches: str) -> World:
        world = lab(ESTATE, **switches)
        clock = staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC))
        for action in (iis_binding, iis_binding_info):
            monkeypatch.setattr(action.ActionModule, "now", clock)
        for fault in faults:
            world.break_binding(server_of(world), fault)
        return world

    return new


def differences(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The parts of two snapshots that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_every_fault_of_the_lab_is_named_here() -> None:
    assert FINDINGS.keys() == BINDING_FAULTS.keys()


def test_a_fresh_server_is_healthy(broken: NewWorld) -> None:
    world = broken()
    found = look(Converge(world), peers=peers_of(world))
    assert (found.healthy, found.findings, found.repairs, found.undecided, found.errors) == (True, [], [], [], [])
    assert set(found.peers.values()) == {"open"}


@pytest.mark.parametrize("estate", ["one_server", "two_datacenters", "coexistence", "modern"])
def test_every_server_is_healthy_whatever_its_roles(lab: Any, monkeypatch: pytest.MonkeyPatch, estate: str) -> None:
    world = lab(estate)
    moment = datetime.fromtimestamp(world.clock.now(), UTC)
    monkeypatch.setattr(iis_binding_info.ActionModule, "now", staticmethod(lambda: moment))
    for fqdn in world.machines:
        found = Converge(world)("iis_binding_info", on=fqdn).ok()
        assert (found.findings, found.repairs, found.errors) == ([], [], []), fqdn


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_for_what_it_is(broken: NewWorld, fault: str) -> None:
    world = broken(fault)
    found = look(Converge(world), peers=peers_of(world))
    assert codes(found) - {"http_event_15021"} == FINDINGS[fault]
    assert found.healthy is False
    assert {finding["subject"] for finding in found.findings} == {server_of(world).fqdn}
    assert bool(found.repairs) is (fault != "firewall")


PAIRS = [(fault,) for fault in FAULTS] + list(itertools.combinations(FAULTS, 2))
OTHER_ORDER = [pytest.param(pair[::-1], marks=pytest.mark.nightly) for pair in itertools.combinations(FAULTS, 2)]
FALLBACKS = [
    {"attach_with": "provider"},
    {"remove_with": "binding"},
    {"http_sys_source": "registry"},
    {"bindings_source": "by_protocol"},
]
"""Documented options for calls that nobody has seen on a real server (iis-over-remoting 13)."""
ACCEPTED = {
    "iis_binding_info": {"http_sys_source", "bindings_source"},
    "iis_binding": {"attach_with", "remove_with", "http_sys_source", "bindings_source"},
    "iis_site": {"bindings_source"},
}


@pytest.mark.parametrize("faults", [*PAIRS, *OTHER_ORDER], ids="+".join)
def test_every_fault_and_every_pair_is_repaired_and_nothing_else_moves(
    broken: NewWorld, faults: tuple[str, ...]
) -> None:
    healthy = broken().snapshot()
    world = broken(*faults)
    name, before = server_of(world).name, world.snapshot()
    converge = Converge(world)
    found = look(converge, peers=peers_of(world))

    checked = repair(converge, found, check_mode=True)
    assert world.snapshot() == before, "check mode changed something"
    assert not any(result.sent for result in checked)

    repair(converge, found)
    after = look(converge, peers=peers_of(world))
    assert codes(after) - {"http_event_15021"} == ({BLOCKED} if "firewall" in faults else set())
    assert (after.repairs, after.undecided) == ([], [])
    assert list(world.machines[server_of(world).fqdn].violations()) == []

    now = world.snapshot()
    assert differences(before, now) <= _may_change(name)
    sites = [part for part in now if part.startswith(f"IIS {name}")]
    assert {part: now[part] for part in sites} == {part: healthy[part] for part in sites}, "as Setup left it"
    assert now[f"http.sys {name}"].keys() == healthy[f"http.sys {name}"].keys()

    again = repair(converge, found)
    assert not any(result.changed or result.sent for result in again)
    assert world.snapshot() == now


def _may_change(name: str) -> set[str]:
    """Of the server alone: its two sites, its pools, http.sys."""
    return {f"IIS {name} site {FRONT}", f"IIS {name} site {SITE}", f"IIS {name} pools", f"http.sys {name}"}


@pytest.mark.parametrize("fallback", FALLBACKS, ids=lambda options: "=".join(*options.items()))
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "firewall"])
def test_every_fault_is_repaired_by_each_fallback_too(broken: NewWorld, fault: str, fallback: dict[str, str]) -> None:
    world = broken(fault, **({"web_binding_reads": "by_protocol"} if "bindings_source" in fallback else {}))
    converge = Converge(world)

    def options(module: str) -> dict[str, str]:
        return {name: value for name, value in fallback.items() if name in ACCEPTED.get(module, ())}

    found = look(converge, **options("iis_binding_info"))
    assert codes(found) - {"http_event_15021"} == FINDINGS[fault]
    for item in found.repairs:
        converge(item["module"], **options(item["module"]), **item["args"]).ok()
    after = look(converge, **options("iis_binding_info"))
    assert (after.healthy, after.repairs) == (True, [])
    assert list(world.machines[server_of(world).fqdn].violations()) == []
