# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_service: Windows services of Exchange, each once and only where it changes something."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

POP = ["MSExchangePOP3", "MSExchangePOP3BE"]


@pytest.fixture
def service(world: World) -> Any:
    converge = Converge(world)
    return lambda **options: converge("exchange_service", **{"name": POP, **options})


def running(world: World) -> list[bool]:
    (machine,) = world.machines.values()
    return [machine.services[name].running for name in POP]


def test_it_tells_without_a_state(world: World, service: Any) -> None:
    told = service().ok()
    assert not told.changed and told.services["MSExchangePOP3"] == {"status": "Stopped", "start_type": "Manual"}


def test_they_are_started_and_stopped_once(world: World, service: Any) -> None:
    assert service(state="started").ok().changed and running(world) == [True, True]
    assert not service(state="started").ok().changed
    done = service(state="stopped", name=["msexchangepop3"]).ok()
    assert done.commands == ["Stop-Service -Name 'MSExchangePOP3' -ErrorAction 'Stop'"]
    assert running(world) == [False, True]


def test_only_what_runs_is_restarted(world: World, service: Any) -> None:
    service(state="started", name=POP[:1]).ok()
    (machine,) = world.machines.values()
    world.clock.advance(60)
    done = service(state="restarted").ok()
    assert done.changed and len(done.commands) == 1
    assert running(world) == [True, False]
    assert machine.services["MSExchangePOP3"].started_at == world.clock.now()
    assert not service(state="restarted", name=POP[1:]).ok().changed


def test_check_mode_sends_nothing_and_says_the_same(world: World, service: Any) -> None:
    checked = service(state="started", check_mode=True).ok()
    assert checked.changed and checked.sent == [] and running(world) == [False, False]
    assert service(state="started").ok().commands == checked.commands


def test_a_service_that_the_server_lacks_is_told(service: Any) -> None:
    told = service(name=[*POP, "MSExchangeUM"], state="started").ok()
    assert told.missing == ["MSExchangeUM"] and any("MSExchangeUM" in text for text in told.warnings)
    assert not service(name=[], state="started").ok().changed


@pytest.mark.parametrize("name", ["W3SVC", "MSExchange*", "", "MSExchangePOP3; x"])
def test_other_names_are_refused(world: World, service: Any, name: str) -> None:
    assert "no service of Exchange" in service(name=[name], state="stopped").refused()


def test_one_that_does_not_start_is_a_failure(world: World, service: Any) -> None:
    (machine,) = world.machines.values()
    machine.services["MSExchangePOP3"].start_type = "Disabled"
    assert service(state="started").failed
    machine.services["MSExchangePOP3"].start_type = "Manual"
    service(state="started").ok()
