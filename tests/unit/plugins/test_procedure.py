# SPDX-License-Identifier: GPL-3.0-or-later
"""Phases: each judged by what is there, planned before the first is sent, looked for again afterwards."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._procedure.phase import Phase, Steps
from ansible_collections.mailops.exchange.plugins.plugin_utils._procedure.procedure import Procedure
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import (
    BadInput,
    CommandFailed,
    DeadlineExceeded,
    ExchangeError,
    Interrupted,
    NotReached,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Reply
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.runner import Runner
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.step import Step

View = frozenset[str]


class World:
    """A set of names. Set-X adds one, and what comes along with it; errors are raised before or after that."""

    def __init__(self, *present: str) -> None:
        self.present = set(present)
        self.before: dict[str, list[ExchangeError]] = {}
        self.after: dict[str, list[ExchangeError]] = {}
        self.deaf: set[str] = set()
        self.along: dict[str, str] = {}
        self.sent: list[str] = []
        self.looked = self.recovered = 0
        self.endpoint = SimpleNamespace(kind=None)

    def invoke(self, command: Command, keep_errors: bool = False) -> Reply:
        name = str(command.parameters["Name"])
        self.sent.append(name)
        if self.before.get(name):
            raise self.before[name].pop()
        if name not in self.deaf:
            self.present |= {name, self.along.get(name, name)}
        if self.after.get(name):
            raise self.after[name].pop()
        return Reply(warnings=(f"about {name}",))

    def recover(self) -> None:
        self.recovered += 1

    def look(self) -> View:
        self.looked += 1
        return frozenset(self.present)


class Have(Phase[View]):
    """One name is there. It needs another, and may go another way when refused."""

    def __init__(self, name: str, needs: str = "", instead: str = "") -> None:
        self.title = f"have {name}"
        self.name, self.needs, self.instead = name, needs, instead
        self.replies: list[Any] = []

    def reached(self, view: View) -> bool:
        return self.name in view

    def check(self, view: View) -> list[str]:
        if self.needs and self.needs not in view:
            raise BadInput(f"{self.name} needs {self.needs}.", "Add it.")
        return [f"mind {self.name}"]

    def steps(self, view: View) -> Steps:
        try:
            self.replies.append((yield Step(Command("Set-X", {"Name": self.name}), why="")))
        except CommandFailed:
            if not self.instead:
                raise
            self.replies.append((yield Step(Command("Set-X", {"Name": self.instead}), why="")))

    def expected(self, view: View) -> View:
        return view | {self.name}


def procedure(world: World, check_mode: bool = False) -> tuple[Procedure[View], Runner]:
    runner = Runner(world, check_mode)  # type: ignore[arg-type]
    return Procedure(runner, world.look), runner


def test_only_what_is_missing_is_brought_about_in_order() -> None:
    world, phases = World("b"), [Have("a"), Have("b"), Have("c", needs="a")]
    run, runner = procedure(world)
    outcome = run.run(phases)
    assert world.sent == ["a", "c"] and [phase.title for phase in outcome.done] == ["have a", "have c"]
    assert (outcome.before, outcome.after) == ({"b"}, {"a", "b", "c"})
    assert world.looked == 3, "once before, and after each phase that wrote"
    assert runner.warnings == ["mind a", "mind c", "mind a", "about a", "mind c", "about c"]
    assert phases[0].replies == [Reply(warnings=("about a",))]
    again = run.run(phases)
    assert again.done == [] and world.looked == 4 and world.sent == ["a", "c"]


def test_a_view_that_was_read_already_is_not_read_again() -> None:
    world = World("a")
    run, _runner = procedure(world)
    assert run.run([Have("a")], frozenset({"a"})).done == [] and world.looked == 0


def test_check_mode_lists_everything_and_sends_nothing() -> None:
    world = World("b")
    run, runner = procedure(world, check_mode=True)
    phases = [Have("a"), Have("b"), Have("c", needs="a")]
    outcome = run.run(phases)
    assert world.sent == [] and runner.commands == ["Set-X -Name 'a'", "Set-X -Name 'c'"]
    assert outcome.after == {"a", "b", "c"} and phases[0].replies == [None]


def test_a_refusal_of_a_later_phase_comes_before_anything_is_sent() -> None:
    world = World()
    run, _runner = procedure(world)
    with pytest.raises(BadInput, match="c needs x"):
        run.run([Have("a"), Have("c", needs="x")])
    assert world.sent == []


def test_what_another_phase_has_brought_along_is_not_sent() -> None:
    world = World()
    world.along["a"] = "b"
    run, _runner = procedure(world)
    outcome = run.run([Have("a"), Have("b"), Have("c")])
    assert world.sent == ["a", "c"] and [phase.title for phase in outcome.done] == ["have a", "have c"]


def test_a_phase_may_go_another_way_when_a_step_is_refused() -> None:
    world = World()
    world.before["a"] = [CommandFailed("no")]

    class Either(Have):
        def reached(self, view: View) -> bool:
            return bool({self.name, self.instead} & view)

    run, _runner = procedure(world)
    run.run([Either("a", instead="b")])
    assert world.sent == ["a", "b"]


def test_a_step_that_the_phase_does_not_explain_fails_as_it_is() -> None:
    world = World()
    world.before["a"] = [CommandFailed("no such thing")]
    run, runner = procedure(world)
    with pytest.raises(CommandFailed, match="no such thing"):
        run.run([Have("a")])
    assert runner.may_have_written is False


def test_a_server_that_does_not_listen_is_found_out() -> None:
    world = World()
    world.deaf.add("a")
    run, _runner = procedure(world)
    with pytest.raises(NotReached, match="have a was not reached"):
        run.run([Have("a"), Have("b")])
    assert world.sent == ["a"]


@pytest.mark.parametrize(("when", "sent"), [("before", ["a", "a"]), ("after", ["a"])])
def test_after_an_interruption_it_is_looked_at_first(when: str, sent: list[str]) -> None:
    world = World()
    getattr(world, when)["a"] = [Interrupted("the line broke.", "x")]
    run, runner = procedure(world)
    outcome = run.run([Have("a"), Have("b")])
    assert world.sent == [*sent, "b"] and world.recovered == 1
    assert len(outcome.done) == 2 and any("the line broke" in text for text in runner.warnings)


def test_a_second_interruption_is_told() -> None:
    world = World()
    world.before["a"] = [Interrupted("again.", "x"), Interrupted("once.", "x")]
    run, _runner = procedure(world)
    with pytest.raises(Interrupted, match="again"):
        run.run([Have("a")])


def test_what_may_still_be_running_is_not_looked_at() -> None:
    world = World()
    world.before["a"] = [DeadlineExceeded("too long.", "x")]
    run, _runner = procedure(world)
    with pytest.raises(DeadlineExceeded):
        run.run([Have("a")])
    assert world.recovered == 0 and world.looked == 1
