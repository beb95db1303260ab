# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, stopping and recycling web sites and application pools: each once, and only where it changes something."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._remoting.command import Command
from .._remoting.errors import ExchangeError, NotReached
from .._run.runner import Runner
from .._run.step import Step
from . import iis
from .iis import STARTED, STOPPED

RECYCLED = "recycled"
REACHED = {"started": STARTED, "stopped": STOPPED, RECYCLED: STARTED}
"""The state in which each wish ends."""
PATIENCE_S, PAUSE_S = 60.0, 1.0
"""IIS starts and stops them after the cmdlet has returned (iis-over-remoting 5)."""

States = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """What is started and stopped."""

    noun: str
    start: Callable[[str], Command]
    stop: Callable[[str], Command]
    recycle: Callable[[str], Sequence[Command]]


SITE = Kind("web site", iis.start_site, iis.stop_site, lambda name: (iis.stop_site(name), iis.start_site(name)))
POOL = Kind("application pool", iis.start_pool, iis.stop_pool, lambda name: (iis.recycle_pool(name),))


def true_names(wanted: Sequence[str], present: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that are there, each once and as the server spells them; and those that are not."""
    spelled = {name.lower(): name for name in present}
    there = dict.fromkeys(spelled[name.lower()] for name in wanted if name.lower() in spelled)
    return list(there), [name for name in dict.fromkeys(wanted) if name.lower() not in spelled]


def steps(kind: Kind, names: Sequence[str], states: States, wish: str) -> Iterator[Step]:
    """What has to be sent. What is stopped has nothing to recycle, and stays as somebody has left it."""
    for name in names:
        if wish == "started" and states[name] != STARTED:
            yield Step(kind.start(name), f"It is {states[name]}")
        elif wish == "stopped" and states[name] != STOPPED:
            yield Step(kind.stop(name), f"It is {states[name]}")
        elif wish == RECYCLED and states[name] == STARTED:
            yield from (Step(command, "It was asked for") for command in kind.recycle(name))


def idle(names: Sequence[str], states: States, wish: str) -> list[str]:
    """Those that were to be recycled but do not run."""
    return [name for name in names if wish == RECYCLED and states[name] != STARTED]


def bring_about(
    kind: Kind, runner: Runner, names: Sequence[str], before: States, wish: str, read: Callable[[], States]
) -> States:
    """Send what it takes and wait for it; the states afterwards, in check mode those before.

    Raises:
        ExchangeError: as Session.invoke.
        NotReached: as ``await_states``; or what is recycled by stopping and starting may have stayed stopped.
    """
    for name in names:
        try:
            runner.run(steps(kind, [name], before, wish))
        except ExchangeError as exc:
            if wish == RECYCLED and len(kind.recycle(name)) > 1:
                raise _left_between(name, exc) from exc
            raise
    unmoved = idle(names, before, wish)
    runner.warnings.extend(
        f"{name} does not run, so it was not recycled. To start it, use state started." for name in unmoved
    )
    if not runner.commands or runner.check_mode:
        return before
    return await_states(kind, [name for name in names if name not in unmoved], wish, read)


def _left_between(name: str, exc: ExchangeError) -> NotReached:
    """The failure between stopping and starting, with its cure: recycling again would leave it stopped."""
    cure = f"Look whether {name} runs. Where it does not, use state started, as recycled leaves it stopped."
    return NotReached(exc.sentence, f"{exc.cure} {cure}".strip())


def await_states(
    kind: Kind,
    names: Sequence[str],
    wish: str,
    read: Callable[[], States],
    sleep: Callable[[float], None] = time.sleep,
) -> States:
    """Read until all are where they shall be.

    Raises:
        NotReached: they are not, after a minute.
    """
    for last in _attempts():
        states = read()
        wrong = [name for name in names if states.get(name) != REACHED[wish]]
        if not wrong:
            return states
        if not last:
            sleep(PAUSE_S)
    told = ", ".join(f"{name} is {states.get(name, 'gone')}" for name in wrong)
    raise NotReached(
        f"The server took the command, but after {PATIENCE_S:g} s the {kind.noun} {told}, not {REACHED[wish]}.",
        "Look in the event log of the server: WAS writes there why something does not start.",
    )


def _attempts() -> Iterator[bool]:
    """Whether this one is the last."""
    count = int(PATIENCE_S / PAUSE_S)
    return (number == count for number in range(count + 1))
