# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration that other servers share is not written; one that other programs write meanwhile is read again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from binding_estate import FRONT, SITE, codes, look
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action import iis_binding, iis_binding_info
from exchange_lab.cmdlets.windows import configuration_file
from exchange_lab.cmdlets.windows.call import CMDLETS
from exchange_lab.world import World
from exchange_lab.world.windows import Binding, Machine, win32

BACK = {"site": SITE, "port": 444}
MOVE = {**BACK, "replaces": "*:445:"}
HOST = "mail.contoso.test"
REDIRECTION = "Get-WebConfigurationProperty"
ATTEMPTS = len(iis_binding.PAUSES_S) + 1

Arrange = Callable[[World, Machine], None]
NewWorld = Callable[[Arrange], World]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of the task, which nobody waits for."""
    pauses: list[float] = []
    monkeypatch.setattr(iis_binding.ActionModule, "sleep", staticmethod(pauses.append))
    return pauses


@pytest.fixture
def arranged(lab: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Makes a world in which something was done beforehand."""

    def new(arrange: Arrange, **switches: str) -> World:
        world = lab(**switches)
        clock = staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC))
        for action in (iis_binding, iis_binding_info):
            monkeypatch.setattr(action.ActionModule, "now", clock)
        arrange(world, machine_of(world))
        return world

    yield new


def machine_of(world: World) -> Machine:
    return next(iter(world.machines.values()))


def moved(world: World, machine: Machine) -> None:
    world.break_binding(next(iter(world.servers.values())), "moved_to_445")


# Shared configuration

BINDING_TASKS = [
    pytest.param({**MOVE, "remove_with": "binding"}, id="move"),
    pytest.param({**BACK, "state": "absent"}, id="absent"),
    pytest.param({"site": FRONT, "port": 8080, "protocol": "http"}, id="add"),
    pytest.param({**MOVE, "new_certificate": True}, id="new certificate"),
]


@pytest.mark.parametrize("task", BINDING_TASKS)
def test_a_shared_configuration_is_not_written_until_sharing_is_off(arranged, task: dict[str, Any]) -> None:
    world = arranged(moved)
    machine = machine_of(world)
    converge = Converge(world)
    if task.get("state") == "absent":
        machine.sites[SITE].https[0].information = "*:444:"
    if task.get("new_certificate"):
        for entry in list(machine.certificates.my):
            world.certificates.lose_key(machine.server, entry.thumbprint)
    machine.shares_configuration = True
    before = world.snapshot()
    message = converge("iis_binding", **task).refused()
    assert "Shared Configuration" in message and machine.server.fqdn in message and "\n" not in message
    for check in ({}, {"server_check": True}):
        assert converge("iis_binding", check_mode=True, **check, **task).refused() == message
    assert world.snapshot() == before
    machine.shares_configuration = False
    result = converge("iis_binding", **task).ok()
    assert result.changed is True
    assert result.read.count(REDIRECTION) == 1
    assert converge("iis_binding", **task).ok().changed is False


def test_where_nothing_is_written_nobody_asks(arranged) -> None:
    world = arranged(lambda world, machine: setattr(machine, "shares_configuration", True))
    for check_mode in (False, True):
        result = Converge(world)("iis_binding", check_mode=check_mode, **BACK).ok()
        assert (result.changed, result.warnings) == (False, [])
        assert REDIRECTION not in result.read


def test_reads_go_on_and_say_so(arranged) -> None:
    world = arranged(moved)
    converge = Converge(world)
    alone = look(converge)
    machine_of(world).shares_configuration = True
    found = look(converge)
    assert codes(found) - codes(alone) == {"iis_configuration_shared"}
    assert (found.bindings, found.repairs, found.errors) == (alone.bindings, alone.repairs, [])
    machine_of(world).shares_configuration = False
    assert codes(look(converge)) == codes(alone)


def test_a_server_that_does_not_tell_is_written_with_a_warning(arranged, monkeypatch: pytest.MonkeyPatch) -> None:
    world = arranged(moved)
    monkeypatch.delitem(CMDLETS, REDIRECTION.lower())
    converge = Converge(world)
    found = look(converge)
    assert "iis_configuration_shared" not in codes(found)
    (error,) = found.errors
    assert "shares its configuration" in error and "The lab does not simulate" in error
    result = converge("iis_binding", **MOVE).ok()
    assert (result.changed, ["shares its configuration" in warning for warning in result.warnings]) == (True, [True])


# Other writers


def with_flags(world: World, machine: Machine) -> None:
    moved(world, machine)
    machine.sites[SITE].https[0].ssl_flags = 36


def beside(world: World, machine: Machine) -> None:
    """444 is there, and 445 as well, which is to give way."""
    machine.sites[SITE].bindings.append(Binding("https", "*:445:"))
    machine.http_sys.put("0.0.0.0", 445, machine.http_sys.entries["0.0.0.0", 444].thumbprint)


def with_host(world: World, machine: Machine) -> None:
    machine.sites[FRONT].bindings.append(Binding("https", f"*:8444:{HOST}"))
    machine.http_sys.put("0.0.0.0", 8444, machine.certificates.my[0].thumbprint)


def without_keys(world: World, machine: Machine) -> None:
    with_flags(world, machine)
    for entry in list(machine.certificates.my):
        world.certificates.lose_key(machine.server, entry.thumbprint)


def fresh(world: World, machine: Machine) -> None:
    """As Setup leaves it."""


SNI = {"site": FRONT, "port": 8443, "host_name": HOST, "replaces": f"*:8444:{HOST}", "ssl_flags": 1}
CHANGES: dict[str, tuple[Arrange, dict[str, Any]]] = {
    "add": (fresh, {"site": FRONT, "port": 8080, "protocol": "http"}),
    "move": (moved, MOVE),
    "move and flags": (with_flags, {**MOVE, "ssl_flags": 4}),
    "move to SNI": (with_host, SNI),
    "give way and flags": (beside, {**MOVE, "ssl_flags": 4}),
    "absent": (fresh, {**BACK, "state": "absent"}),
    "absent by cmdlet": (fresh, {**BACK, "state": "absent", "remove_with": "binding"}),
    "new certificate, move and flags": (without_keys, {**MOVE, "ssl_flags": 4, "new_certificate": True}),
}
PATTERNS = [
    pattern
    for length in range(1, 5)
    for pattern in itertools.product((False, True), repeat=length)
    if pattern[-1] and sum(pattern) < ATTEMPTS
]
"""Which writes of the configuration meet another program's: True is a failure."""


def windows_side(machine: Machine) -> str:
    """Its whole state; certificates are told apart by their place in the store, as no two worlds have the same."""
    text = json.dumps({**machine.snapshot(), "store": len(machine.certificates.my)}, sort_keys=True)
    for number, entry in enumerate(machine.certificates.my):
        text = text.replace(entry.thumbprint, f"certificate {number}")
    return text


def elsewhere(world: World) -> dict[str, Any]:
    """Everything but that side of the server, and its certificates."""
    own = {*machine_of(world).snapshot(), *(part for part in world.snapshot() if "certificate" in part.lower())}
    return {part: shown for part, shown in world.snapshot().items() if part not in own}


def other_programs(machine: Machine, pattern: tuple[bool, ...]) -> list[Callable[[], None] | None]:
    """Each adds a binding of its own."""
    numbers = itertools.count(9001)

    def add() -> None:
        machine.sites[FRONT].bindings.append(Binding("http", f"*:{next(numbers)}:"))

    return [add if fails else None for fails in pattern]


@pytest.mark.parametrize("form", ["changed_on_disk", "sharing_violation"])
@pytest.mark.parametrize("name", CHANGES)
def test_however_often_another_program_writes_the_end_is_the_same(arranged, slept, name: str, form: str) -> None:
    arrange, task = CHANGES[name]
    quiet = arranged(arrange)
    checked = Converge(quiet)("iis_binding", check_mode=True, **task).ok()
    alone = Converge(quiet)("iis_binding", **task).ok()
    assert checked.diff.keys() == alone.diff.keys()
    for pattern in PATTERNS[:: 1 if form == "changed_on_disk" else 5]:
        slept.clear()
        world = arranged(arrange, configuration_conflict=form)
        machine = machine_of(world)
        machine.other_writers = other_programs(machine, pattern)
        before = elsewhere(world)
        converge = Converge(world)
        result = converge("iis_binding", **task).ok()
        met = len([one for one in machine.sites[FRONT].bindings if one.information.startswith("*:9")])
        assert slept == list(iis_binding.PAUSES_S[:met])
        assert any("Another program" in warning for warning in result.warnings) is bool(met)
        assert [text.split()[0] for text in result.commands] == [text.split()[0] for text in alone.commands], pattern
        assert len(result.written) == len(alone.written), "a step that was carried out is not repeated"
        assert (result.changed, result.iis_restart_needed) == (True, alone.iis_restart_needed)
        assert {part: sorted(shown) for part, shown in result.diff.items()} == {
            part: sorted(shown) for part, shown in alone.diff.items()
        }
        machine.sites[FRONT].bindings = [
            one for one in machine.sites[FRONT].bindings if not one.information.startswith("*:9")
        ]
        assert windows_side(machine) == windows_side(machine_of(quiet)), pattern
        assert elsewhere(world) == before
        assert converge("iis_binding", **task).ok().changed is False


def test_what_the_other_program_did_is_not_done_again(arranged) -> None:
    world = arranged(fresh)
    machine = machine_of(world)
    added = Binding("http", "*:8080:")
    machine.other_writers = [lambda: machine.sites[FRONT].bindings.append(added)]
    result = Converge(world)("iis_binding", site=FRONT, port=8080, protocol="http").ok()
    assert (result.changed, result.commands, result.written) == (False, [], [])
    assert result.diff == {"before": {}, "after": {}}
    assert result.binding["information"] == "*:8080:"


def test_what_the_other_program_did_may_stand_against_it(arranged) -> None:
    world = arranged(fresh)
    machine = machine_of(world)
    taken = Binding("http", "*:8080:")
    machine.other_writers = [lambda: machine.sites[SITE].bindings.append(taken)]
    message = Converge(world)("iis_binding", site=FRONT, port=8080, protocol="http").rejected()
    assert f"{SITE} has *:8080: already" in message


@pytest.mark.parametrize("first", [(), (None,)], ids=["at once", "after one step"])
def test_it_is_given_up_after_a_few_attempts(arranged, slept, first: tuple[None, ...]) -> None:
    world = arranged(with_flags)
    machine = machine_of(world)
    before = world.snapshot()
    machine.other_writers = [*first, *[lambda: None] * ATTEMPTS, lambda: pytest.fail("one attempt too many")]
    converge = Converge(world)
    result = converge("iis_binding", **MOVE, ssl_flags=4)
    assert result.failed and result.changed is bool(first)
    assert f"{ATTEMPTS} attempts" in result.msg and "run again" in result.msg and "\n" not in result.msg
    assert len(result.written) == len(first)
    assert (world.snapshot() == before) is not bool(first)
    assert slept == list(iis_binding.PAUSES_S)
    machine.other_writers.clear()
    assert converge("iis_binding", **MOVE, ssl_flags=4).ok().changed is True


def test_an_error_of_another_kind_is_not_tried_again(arranged, slept, monkeypatch: pytest.MonkeyPatch) -> None:
    world = arranged(moved, configuration_conflict="sharing_violation")
    monkeypatch.setattr(configuration_file, "SHARING_VIOLATION", win32.ALREADY_EXISTS)
    machine_of(world).other_writers = [lambda: None]
    message = Converge(world)("iis_binding", **MOVE).rejected()
    assert "0x800700B7" in message and slept == []
    assert Converge(world)("iis_binding", **MOVE).ok().changed is True
