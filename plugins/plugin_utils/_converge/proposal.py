# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would change on one object, while the rules look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._remoting.command import Command
from .._remoting.errors import BadInput
from .._run.step import Step
from .resource import Facts, Resource, refuse_newer


@dataclass(frozen=True)
class Change:
    """One setting that differs from what is wanted."""

    option: str
    before: Any
    after: Any
    implied_by: str = ""
    """The option that brings it along, when the user did not name it."""


class Proposal:
    """The wish for one object beside its facts. Rules imply, send along, split, satisfy, warn or refuse.

    Args:
        resource: the object and its wish.
        facts: what was observed.
    """

    def __init__(self, resource: Resource, facts: Facts) -> None:
        self.resource = resource
        self.facts = facts
        self.warnings: list[str] = []
        self._implied: dict[str, tuple[Any, str]] = {}
        self._along: set[str] = set()
        self._first: dict[str, Any] = {}
        self._satisfied: set[str] = set()
        if resource.version:
            refuse_newer(resource.noun, resource.wish, resource.version, resource.version_name, resource.subject)
        for option, value in resource.wish.items():
            setting = resource.noun.by_option[option]
            self.warnings.extend(f"{option} of {resource.subject} {advice}." for advice in setting.kind.advice(value))
            for other in setting.stands_for:
                self._set_by(option, other, value)
        for rule in resource.noun.rules:
            rule(self)

    def _set_by(self, option: str, other: str, value: Any) -> None:
        """One of the options that an option stands for. Raises BadInput when the user gave both."""
        if self.given(other):
            self.refuse(option, f"sets {other} too, which is also given", "Leave one of the two out.")
        self.imply(other, self.resource.noun.by_option[other].kind.read(value), option)

    # What rules ask

    def given(self, option: str) -> bool:
        """The user named it."""
        return option in self.resource.wish

    def fact(self, option: str) -> Any:
        """What was observed. Raises KeyError for a setting that the read could not show: absent is not empty."""
        return self.facts.values[option]

    def known(self, option: str) -> bool:
        """The read showed it."""
        return option in self.facts.values

    def target(self, option: str) -> Any:
        """What it will be: wished, implied, or as observed."""
        if self.given(option):
            return self.resource.wish[option]
        if option in self._implied:
            return self._implied[option][0]
        return self.fact(option)

    def differs(self, option: str, value: Any) -> bool:
        """Whether a value is not what was observed."""
        return not self.resource.noun.by_option[option].kind.same(value, self.fact(option))

    def changes_option(self, option: str) -> bool:
        """Whether it will be changed."""
        return any(change.option == option for change in self.changes)

    # What rules do

    def imply(self, option: str, value: Any, because_of: str) -> None:
        """Change a setting that the user did not name, because one that was named demands it."""
        self._implied[option] = (value, because_of)

    def send_along(self, options: Iterable[str]) -> None:
        """Send these unchanged beside the changes, because the cmdlet wants them together."""
        self._along.update(options)

    def first(self, values: Mapping[str, Any]) -> None:
        """Send these values in a call of their own before the rest."""
        self._first.update(values)

    def satisfied(self, option: str) -> None:
        """Take a wish as met, although the server shows another value."""
        self._satisfied.add(option)

    def warn(self, sentence: str) -> None:
        """Tell the user something and go on."""
        self.warnings.append(f"{self.resource.subject}: {sentence}")

    def refuse(self, option: str, why: str, cure: str) -> None:
        """Give up before anything is sent. Raises BadInput always."""
        raise BadInput(f"{option} of {self.resource.subject} {why}.", f"{cure} Nothing was changed.")

    # What comes out

    @property
    def changes(self) -> list[Change]:
        """The settings that differ, in the order of the noun's table."""
        found = []
        for option in self.resource.noun.by_option:
            if self.resource.noun.by_option[option].stands_for:
                continue
            if self.given(option) and option not in self._satisfied:
                value, because_of = self.resource.wish[option], ""
            elif option in self._implied:
                value, because_of = self._implied[option]
            else:
                continue
            if self.differs(option, value):
                found.append(Change(option, self.fact(option), value, because_of))
        return found

    def steps(self, pinned: Mapping[str, Any]) -> list[Step]:
        """The Set commands: one, or more where the rules split them. Empty when nothing differs."""
        wanted = {change.option: change.after for change in self.changes}
        if not wanted:
            return []
        shared = self._shared(wanted)
        covered = {other for option in shared for other in self.resource.noun.by_option[option].stands_for}
        rest = {
            option: value
            for option, value in wanted.items()
            if option not in covered and self._first.get(option, ...) != value
        }
        along = {option: self.target(option) for option in self._along - rest.keys() if self.known(option)}
        calls = [shared, self._first, {**rest, **along} if rest else {}]
        return [self._step(values, pinned) for values in calls if values]

    def _shared(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Given options that stand for a change. They travel apart, as cmdlets refuse them beside those."""
        settings = self.resource.noun.by_option
        return {
            option: value
            for option, value in self.resource.wish.items()
            if any(other in wanted for other in settings[option].stands_for)
        }

    def _step(self, values: Mapping[str, Any], pinned: Mapping[str, Any]) -> Step:
        noun = self.resource.noun
        parameters = {
            setting.parameter: setting.kind.send(values[setting.option])
            for setting in noun.settings
            if setting.option in values
        }
        identity = {} if noun.alone else {"Identity": self.facts.identity}
        command = Command(noun.set, {**identity, **parameters, **noun.always, **pinned, "Confirm": False})
        return Step(command, why=f"{self.resource.subject}: {', '.join(values)}")

    def shown(self, changes: Iterable[Change], after: bool) -> dict[str, Any]:
        """The changed options and their values for a diff; what came along is marked as implied."""
        return {
            f"{change.option} (implied by {change.implied_by})" if change.implied_by else change.option: (
                change.after if after else change.before
            )
            for change in changes
        }
