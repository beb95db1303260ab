# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout by the unmodified ansible-playbook: clients are served all the time, and a killed run is gone on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import lab_log
import pytest
import rollout
from client_load import Load
from collection_tree import CHECKOUT
from haproxy import Check, Haproxy
from places import client_places
from rollout import MAIL

from exchange_lab.background import Background
from exchange_lab.world.clock import WallClock
from exchange_lab.world.world import World

ISSUER = "CN=Exchange Lab Issuing CA {}, O=Exchange Lab, C=GB"
OLD_NAME, NEW_NAME = (f"<I>{ISSUER.format(number)}<S>CN={MAIL}" for number in (1, 2))
CONNECTOR = {"name": "Internet", "servers": ["ex1", "ex2"], "fqdn": MAIL, "tls_certificate_name": OLD_NAME}
HOOK = CHECKOUT / "tests" / "wire" / "drain_by_file.yml"
MOST_RUNS = 40

NewLab = Callable[..., Background]


@pytest.fixture
def new_lab() -> Iterator[NewLab]:
    """new_lab(servers, **keys of the estate): a lab for one test, whose clock is the computer's."""
    with ExitStack() as stack:

        def start(servers: int, **estate: object) -> Background:
            world = World.from_estate(rollout.estate(servers, **estate), clock=WallClock())
            return stack.enter_context(Background(world))

        yield start


def certificates_of(lab: Background) -> set[str]:
    return set(rollout.on_443(lab).values())


def written(lab: Background) -> list[dict[str, Any]]:
    return [record for server in rollout.fqdns(lab) for record in lab_log.writes(lab, server)]


# Nobody notices -------------------------------------------------------------------------------------------------------


def serve_all_the_time(lab: Background, longest: float) -> Counter[str]:
    """A rollout with HAProxy in front and clients at every door; returns the sessions by server and endpoint."""
    places = client_places({server: lab.inventory_vars(server) for server in rollout.fqdns(lab)})
    ca = lab.client_ca()
    with Haproxy(places, Check(MAIL, ca)) as haproxy:
        with Load([haproxy.place, *places], MAIL, ca, pause=0.1) as load:
            load.wait_for_answers()
            before = len(lab_log_sessions(lab))
            done = rollout.run(
                lab,
                hook="haproxy",
                haproxy_sockets=[{"socket": str(haproxy.socket)}],
                haproxy_backends=["exchange"],
                longest=longest,
            )
            assert done.code == 0, done.output
            load.wait_for_answers()
        new = rollout.thumbprint_of(lab.world, rollout.fqdns(lab)[0])
        assert certificates_of(lab) == {new}
        assert load.failed(haproxy.place.name) == []
        assert load.thumbprints(haproxy.place.name)[-1] == new
        for place in places:
            assert len(haproxy.drains(place.name)) == 1
            assert load.failed(place.name, outside=haproxy.drains(place.name)) == []
            assert load.thumbprints(place.name)[-1] == new
    return Counter(lab_log_sessions(lab)[before:])


def lab_log_sessions(lab: Background) -> list[str]:
    """Each session that was opened: its server and endpoint."""
    return [f"{one['host']} {one['path']}" for one in lab.log.records("request", action="Create")]


@pytest.mark.haproxy
def test_clients_of_four_servers_notice_nothing(new_lab: NewLab) -> None:
    lab = new_lab(4)
    sessions = serve_all_the_time(lab, 300.0)
    print(sessions)
    again = rollout.run(lab)
    assert again.code == 0, again.output
    assert again.changes == ()


# Killed, and gone on with --------------------------------------------------------------------------------------------


def broken_off_after_each_change(lab: Background, **given: Any) -> tuple[str, ...]:
    """Runs that die after their first change, each from a control node of its own, until one has nothing to change."""
    changes: tuple[str, ...] = ()
    for _run in range(MOST_RUNS):
        done = rollout.run(lab, die_after=1, **given)
        if done.code == 0:
            assert done.changes == ()
            return changes
        assert done.code == -9, done.output
        changes += done.changes
    raise AssertionError(changes)


def test_a_run_that_dies_after_every_change_comes_to_the_same_end(new_lab: NewLab, tmp_path: Path) -> None:
    ends = []
    for dies in (False, True):
        lab = new_lab(2, send_connectors=[CONNECTOR])
        old = rollout.thumbprint_of(lab.world, "ex1")
        given = {
            "hook": str(HOOK),
            "connectors": [OLD_NAME],
            "remove": [old],
            "extra": {"drained_folder": str(tmp_path), "lab_intermediate": 2},
        }
        if dies:
            changes = broken_off_after_each_change(lab, **given)
        else:
            whole = rollout.run(lab, **given)
            assert whole.code == 0, whole.output
        ends.append(rollout.end_state(lab.world))
        assert list(tmp_path.iterdir()) == []
        assert certificates_of(lab) == {rollout.thumbprint_of(lab.world, "ex1")} != {old}
    assert ends[0] == ends[1]
    assert changes == whole.changes
