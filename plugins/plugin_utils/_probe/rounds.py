# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many probes at once, again where they fail, and round after round until all is healthy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .._findings.finding import Finding
from .connection import Addresses
from .faults import Fault, things
from .resolution import Resolver, Unresolved
from .target import Outcome, Target, Way
from .visit import Visit

Progress = Callable[[str], None]
Outcomes = Sequence[Outcome]

QUIET = 30.0
"""Seconds for which a progress that says nothing new is not shown again."""


@dataclass(frozen=True)
class Plan:
    """What a task probes.

    Attributes:
        visit: takes a target, addresses and the way; makes one try.
        things: what is probed, in the plural.
        everything: what a finding is about that all protocols of a subject have.
    """

    targets: Sequence[Target]
    way: Way
    visit: Callable[[Any, Addresses, Any], Visit]
    things: str
    everything: str


async def look(plan: Plan) -> list[Outcome]:
    """Probe each target, and again where it failed; in the order of the targets."""
    resolver, gate = Resolver(plan.way.timeout), asyncio.Semaphore(plan.way.concurrency)
    return await asyncio.gather(*(_persistently(plan, target, resolver, gate) for target in plan.targets))


async def _persistently(plan: Plan, target: Target, resolver: Resolver, gate: asyncio.Semaphore) -> Outcome:
    attempt = 1
    while True:
        outcome = await _once(plan, target, resolver, gate)
        outcome.attempts = attempt
        if not outcome.fault or attempt > plan.way.retries:
            return outcome
        attempt += 1
        await asyncio.sleep(plan.way.delay)


async def _once(plan: Plan, target: Target, resolver: Resolver, gate: asyncio.Semaphore) -> Outcome:
    try:
        addresses = await resolver.addresses(target.host)
    except Unresolved as exc:
        return plan.visit(target, (), plan.way).unresolved(str(exc))
    async with gate:
        return await plan.visit(target, addresses, plan.way).observe()


async def wait(plan: Plan, deadline: float, progress: Progress) -> list[Outcome]:
    """Probe all targets until no fault is left in a whole round, or the next round would begin after the deadline.

    Args:
        deadline: seconds from now.
        progress: is told how far it is when that has changed, and otherwise now and then.
    """
    end = time.monotonic() + deadline
    said, said_at = "", 0.0
    while True:
        outcomes = await look(plan)
        now = time.monotonic()
        if healthy(outcomes) or now + plan.way.delay >= end:
            return outcomes
        news = summary(plan, outcomes)
        if news != said or now - said_at >= QUIET:
            said, said_at = news, now
            progress(f"{news} ({end - now:.0f} s left)")
        await asyncio.sleep(plan.way.delay)


def healthy(outcomes: Outcomes) -> bool:
    """Whether nothing is wrong with any of them."""
    return not any(outcome.fault for outcome in outcomes)


def summary(plan: Plan, outcomes: Outcomes) -> str:
    """How many are healthy, and the worst that is wrong."""
    good = sum(1 for outcome in outcomes if not outcome.fault)
    found = findings(plan, outcomes)
    worst = f"; {found[0].subject}: {found[0].sentence}" if found else ""
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return f"{good} of {len(outcomes)} {plan.things} are healthy{worst}{more}"


def findings(plan: Plan, outcomes: Outcomes) -> list[Finding]:
    """One for each thing that is wrong with a subject, or worth a remark, whatever the number of its protocols."""
    asked = {target.protocol for target in plan.targets}
    alike: dict[tuple[str, str, tuple[str, ...]], tuple[Fault, list[str]]] = {}
    for outcome in outcomes:
        for fault in (*([outcome.fault] if outcome.fault else ()), *outcome.remarks):
            subject = outcome.target.subject
            _fault, protocols = alike.setdefault((subject, fault.cause.code.name, _said(fault)), (fault, []))
            protocols.append(outcome.target.protocol)
    return sorted(
        fault.cause.code.about(subject, things=things(protocols, asked, plan.everything), **fault.facts)
        for (subject, _code, _facts), (fault, protocols) in alike.items()
    )


def _said(fault: Fault) -> tuple[str, ...]:
    """The facts that the sentence holds; faults that differ in others are alike."""
    return tuple(fact for name, fact in sorted(fault.facts.items()) if f"{{{name}}}" in fault.cause.code.sentence)
