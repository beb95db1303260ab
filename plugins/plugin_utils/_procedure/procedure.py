# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phases in their order: each is refused, skipped or carried out by what was observed right before it.

So a run that starts over, one that was interrupted and one beside a second administrator are the same case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic

from .._remoting.errors import CommandFailed, DeadlineExceeded, Interrupted
from .._run.runner import Runner
from .phase import Phase, View


@dataclass
class Outcome(Generic[View]):
    """What a procedure did, or in check mode would do.

    Attributes:
        after: as it is now, or in check mode as it would be.
        done: the phases that were carried out.
    """

    before: View
    after: View
    done: list[Phase[View]] = field(default_factory=list)


class Procedure(Generic[View]):
    """Brings phases about, one after another.

    Args:
        runner: sends their steps.
        observe: reads a view; afresh after every phase that wrote.

    Attributes:
        begun: the phases whose steps were sent, for a caller whose run breaks off.
    """

    def __init__(self, runner: Runner, observe: Callable[[], View]) -> None:
        self.begun: list[Phase[View]] = []
        self._runner = runner
        self._observe = observe

    def run(self, phases: Iterable[Phase[View]], before: View | None = None) -> Outcome[View]:
        """Bring about what is not there yet.

        Args:
            before: the first view, where it was read already.

        Raises:
            BadInput: a phase refuses. Nothing was sent if it could be told from the first view.
            NotReached: a read-back does not show what a phase was to bring about.
            ExchangeError: as Session.invoke.
        """
        before = self._observe() if before is None else before
        planned, expected = self._plan(list(phases), before)
        if self._runner.check_mode:
            return Outcome(before, expected, planned)
        outcome = Outcome(before, before)
        for phase in planned:
            if not phase.reached(outcome.after):
                outcome.after = self._bring_about(phase, outcome.after)
                outcome.done.append(phase)
        return outcome

    def _plan(self, phases: Sequence[Phase[View]], view: View) -> tuple[list[Phase[View]], View]:
        """The phases that are left and what they lead to. In check mode their steps are listed."""
        planned = []
        for phase in phases:
            if phase.reached(view):
                continue
            self._runner.warnings.extend(phase.check(view))
            if self._runner.check_mode:
                self._send(phase, view)
            planned.append(phase)
            view = phase.expected(view)
        return planned, view

    def _bring_about(self, phase: Phase[View], before: View) -> View:
        self._runner.warnings.extend(phase.check(before))
        self.begun.append(phase)
        try:
            self._send(phase, before)
        except DeadlineExceeded:
            raise
        except Interrupted as exc:
            after = self._go_on_after(phase, exc)
        else:
            after = self._observe()
        if not phase.reached(after):
            raise phase.missed(after)
        return after

    def _send(self, phase: Phase[View], view: View) -> None:
        steps = phase.steps(view)
        with suppress(StopIteration):
            step = next(steps)
            while True:
                try:
                    reply = self._runner.send(step)
                except CommandFailed as exc:
                    step = steps.throw(exc)
                else:
                    step = steps.send(reply)

    def _go_on_after(self, phase: Phase[View], interruption: Interrupted) -> View:
        """Never repeat a write blindly: log in afresh, look, and begin the phase anew only if it is not reached."""
        self._runner.session.recover()
        self._runner.warnings.append(f"{interruption.sentence} The state was read again before anything else was sent.")
        view = self._observe()
        if phase.reached(view):
            return view
        phase.check(view)
        self._send(phase, view)
        return self._observe()
