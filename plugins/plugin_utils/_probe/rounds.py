# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many probes at once, again where they fail, and round after round until all is healthy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from .._findings.finding import Finding
from . import faults
from .faults import Fault
from .probe import Addresses, probe, resolve
from .target import Outcome, Target, Way

Progress = Callable[[str], None]
Outcomes = Sequence[Outcome]

QUIET = 30.0
"""Seconds for which a progress that says nothing new is not shown again."""


async def look(targets: Sequence[Target], way: Way) -> list[Outcome]:
    """Probe each target, and again where it failed; in the order of the targets."""
    hosts = list(dict.fromkeys(target.host for target in targets))
    resolved = await asyncio.gather(*(resolve(host, way.timeout) for host in hosts), return_exceptions=True)
    addresses = dict(zip(hosts, resolved, strict=True))
    gate = asyncio.Semaphore(way.concurrency)
    return await asyncio.gather(*(_persistently(target, addresses[target.host], way, gate) for target in targets))


async def _persistently(
    target: Target, addresses: Addresses | BaseException, way: Way, gate: asyncio.Semaphore
) -> Outcome:
    if isinstance(addresses, Fault):
        return Outcome(target, fault=addresses)
    if isinstance(addresses, BaseException):
        raise addresses
    for attempt in range(1, way.retries + 2):
        async with gate:
            outcome = await probe(target, addresses, way)
        outcome.attempts = attempt
        if not outcome.fault or attempt > way.retries:
            break
        await asyncio.sleep(way.delay)
    return outcome


async def wait(targets: Sequence[Target], way: Way, deadline: float, progress: Progress) -> list[Outcome]:
    """Probe all targets until no fault is left in a whole round, or the next round would begin after the deadline.

    Args:
        deadline: seconds from now.
        progress: is told how far it is when that has changed, and otherwise now and then.
    """
    end = time.monotonic() + deadline
    said, said_at = "", 0.0
    while True:
        outcomes = await look(targets, way)
        now = time.monotonic()
        if healthy(outcomes) or now + way.delay >= end:
            return outcomes
        news = summary(outcomes)
        if news != said or now - said_at >= QUIET:
            said, said_at = news, now
            progress(f"{news} ({end - now:.0f} s left)")
        await asyncio.sleep(way.delay)


def healthy(outcomes: Outcomes) -> bool:
    """Whether nothing is wrong with any of them."""
    return not any(outcome.fault for outcome in outcomes)


def summary(outcomes: Outcomes) -> str:
    """How many are healthy, and the worst that is wrong."""
    good = sum(1 for outcome in outcomes if not outcome.fault)
    found = findings(outcomes)
    worst = f"; {found[0].subject}: {found[0].sentence}" if found else ""
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return f"{good} of {len(outcomes)} health pages are healthy{worst}{more}"


def findings(outcomes: Outcomes) -> list[Finding]:
    """One for each thing that is wrong with a server or namespace, whatever the number of its pages."""
    asked = {outcome.target.protocol for outcome in outcomes}
    alike: dict[tuple[str, str, tuple[str, ...]], tuple[Fault, list[str]]] = {}
    for outcome in outcomes:
        if fault := outcome.fault:
            subject = outcome.target.subject
            _fault, protocols = alike.setdefault((subject, fault.cause.code.name, _said(fault)), (fault, []))
            protocols.append(outcome.target.protocol)
    return sorted(
        fault.cause.code.about(subject, pages=faults.pages(protocols, asked), **fault.facts)
        for (subject, _code, _facts), (fault, protocols) in alike.items()
    )


def _said(fault: Fault) -> tuple[str, ...]:
    """The facts that the sentence holds; faults that differ in others are alike."""
    return tuple(fact for name, fact in sorted(fault.facts.items()) if f"{{{name}}}" in fault.cause.code.sentence)
