# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observe, decide, run, verify: the way from wishes to steps and back to facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._remoting.errors import DeadlineExceeded, Interrupted, NotReached
from .._run.runner import Runner
from .proposal import Change, Proposal
from .resource import Facts, Resource

Proposals = Mapping[str, Proposal]
"""Proposals by their noun's label."""
Coupling = Callable[[Proposals], None]
"""A rule between nouns."""
Order = Callable[[Proposals], Sequence[str]]
"""The order in which nouns are written, as labels."""


@dataclass
class Outcome:
    """What a convergence did, or in check mode would do."""

    changes: dict[str, list[Change]] = field(default_factory=dict)
    """By the noun's label; only nouns that changed."""
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every observed setting by label and option, as it is now (in check mode: as it would be)."""
    identities: dict[str, str] = field(default_factory=dict)
    diff_before: dict[str, dict[str, Any]] = field(default_factory=dict)
    diff_after: dict[str, dict[str, Any]] = field(default_factory=dict)
    recycle: list[str] = field(default_factory=list)
    """What must be recycled before the changes are live."""
    restart: bool = False
    """Whether everything must be restarted instead."""

    def described(self, label: str) -> dict[str, Any]:
        """One object's identity and facts, for the result."""
        return {"identity": self.identities[label], **self.facts[label]}


class Convergence:
    """Brings several objects, read and written in one session, to their wishes.

    Args:
        runner: reads and writes.
        resources: one for each noun. One with an empty wish is read for the couplings only.
        couplings: rules between nouns.
        order: in which order nouns are written; as given by default.
        pinned: parameters that every command carries, such as the domain controller.
        verify: ``fail`` or ``warn`` when the read-back shows another value.
    """

    def __init__(
        self,
        runner: Runner,
        resources: Iterable[Resource],
        couplings: Sequence[Coupling] = (),
        order: Order = list,
        pinned: Mapping[str, Any] | None = None,
        verify: str = "fail",
    ) -> None:
        self._runner = runner
        self._resources = list(resources)
        self._couplings = couplings
        self._order = order
        self._pinned = dict(pinned or {})
        self._verify = verify

    def run(self) -> Outcome:
        """Converge.

        Raises:
            BadInput: a rule refuses; nothing was sent.
            NotReached: the read-back shows another value and ``verify`` is ``fail``.
            ExchangeError: as Session.invoke.
        """
        proposals = self._decide()
        for proposal in proposals.values():
            self._runner.warnings.extend(proposal.warnings)
        outcome = _outcome(proposals)
        try:
            self._write(proposals)
        except Interrupted as exc:
            if self._runner.check_mode or isinstance(exc, DeadlineExceeded):
                raise
            self._go_on_after(exc)
        if self._runner.check_mode:
            return outcome
        for label in outcome.changes:
            outcome.facts[label].update(self._read_back(proposals[label]))
        return outcome

    def _decide(self) -> dict[str, Proposal]:
        proposals = {resource.noun.label: Proposal(resource, self._observe(resource)) for resource in self._resources}
        for coupling in self._couplings:
            coupling(proposals)
        return proposals

    def _observe(self, resource: Resource) -> Facts:
        full = not resource.wish or resource.noun.needs_full_read(resource.wish)
        return resource.observe(self._read, full)

    def _read(self, command: Any) -> Any:
        return self._runner.read(command.with_parameters(**self._pinned))

    def _write(self, proposals: Mapping[str, Proposal]) -> None:
        for label in self._order(proposals):
            self._runner.run(proposals[label].steps(self._pinned))

    def _go_on_after(self, interruption: Interrupted) -> None:
        """Never repeat a write blindly: log in afresh, read what is there, and send only what is still missing."""
        self._runner.session.recover()
        self._runner.warnings.append(
            f"{interruption.sentence} The state was read again and only what was missing was sent."
        )
        self._write(self._decide())

    def _read_back(self, proposal: Proposal) -> Mapping[str, Any]:
        changes = proposal.changes
        resource = proposal.resource
        full = resource.noun.needs_full_read({change.option: None for change in changes})
        values = resource.observe(self._read, full).values
        for change in changes:
            kind = resource.noun.by_option[change.option].kind
            if not kind.same(change.after, values[change.option]):
                self._not_reached(resource, change, values[change.option])
        return values

    def _not_reached(self, resource: Resource, change: Change, present: Any) -> None:
        sentence = (
            f"{change.option} of {resource.subject} was set to {change.after!r}, "
            f"but a read-back from the same domain controller shows {present!r}."
        )
        if self._verify == "fail":
            raise NotReached(
                sentence, "Look for another tool or administrator that sets it, or set exchange_verify to warn."
            )
        self._runner.warnings.append(sentence)


def _outcome(proposals: Mapping[str, Proposal]) -> Outcome:
    outcome = Outcome()
    for label, proposal in proposals.items():
        changes = proposal.changes
        noun = proposal.resource.noun
        outcome.facts[label] = {**proposal.facts.values, **{change.option: change.after for change in changes}}
        outcome.identities[label] = proposal.facts.identity
        if not changes:
            continue
        outcome.changes[label] = changes
        outcome.diff_before[label] = proposal.shown(changes, after=False)
        outcome.diff_after[label] = proposal.shown(changes, after=True)
        if any(noun.by_option[change.option].recycle for change in changes):
            outcome.recycle.extend(pool for pool in noun.recycle if pool not in outcome.recycle)
        outcome.restart |= any(change.option in noun.restart_for for change in changes)
    return outcome
