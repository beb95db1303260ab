# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phases over a view that is observed afresh: a first run, a re-run and a second operator are the same case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .._remoting.errors import DeadlineExceeded, Interrupted, NotReached
from .._run.runner import Runner
from .._run.step import Step

View = TypeVar("View")


@dataclass(frozen=True)
class Phase(Generic[View]):
    """One stretch of a procedure.

    Attributes:
        goal: what holds afterwards, as a sentence.
        reached: whether it holds in a view.
        steps: what brings it about, from a view in which it does not hold.
    """

    goal: str
    reached: Callable[[View], bool]
    steps: Callable[[View], Iterable[Step]]


def carry_out(runner: Runner, phases: Iterable[Phase[View]], observe: Callable[[], View]) -> View:
    """Bring phases about in order; one that is reached is passed over. Returns the last view.

    In check mode the steps are only listed, each phase as if those before it had been reached.
    When the connection breaks, the view is observed again, and the phase's steps are sent once more only if it is
    not reached.

    Raises:
        NotReached: the steps were carried out, but the goal does not hold.
        ExchangeError: as Session.invoke.
    """
    view = observe()
    for phase in phases:
        if phase.reached(view):
            continue
        try:
            runner.run(phase.steps(view))
        except Interrupted as exc:
            if runner.check_mode or isinstance(exc, DeadlineExceeded):
                raise
            view = _after(exc, runner, phase, observe)
        if runner.check_mode:
            continue
        view = observe()
        if not phase.reached(view):
            raise NotReached(
                f"The commands were carried out, but this does not hold: {phase.goal}",
                "Look for another tool or administrator at work there.",
            )
    return view


def _after(interruption: Interrupted, runner: Runner, phase: Phase[View], observe: Callable[[], View]) -> View:
    runner.session.recover()
    runner.warnings.append(f"{interruption.sentence} The state was read again and only what was missing was sent.")
    view = observe()
    if not phase.reached(view):
        runner.run(phase.steps(view))
    return view
