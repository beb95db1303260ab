# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a virtual directory was before it was removed: what can be put back, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._converge.kinds import Bool, Enum, EnumList, Kind
from .._converge.noun import Noun
from .._converge.resource import Facts
from .._converge.setting import Setting
from .._remoting.errors import BadInput
from .._run.undo_state import UndoState

SCHEMA = 1
DATA_OF_ITS_OWN = frozenset(
    {
        "DistinguishedName",
        "ExchangeVersion",
        "Guid",
        "Id",
        "Identity",
        "ObjectState",
        "OfflineAddressBooks",
        "OriginatingServer",
        "SerializationData",
        "WhenChanged",
        "WhenChangedUTC",
        "WhenCreated",
        "WhenCreatedUTC",
    }
)
"""Attributes that differ between two objects, or two reads, whatever the settings."""


@dataclass
class Saved:
    """The undo state of one directory.

    Attributes:
        guid: the GUID of the directory that was there at first; empty when there was none.
        settings: canonical values by option.
        attributes: every attribute as text, to tell what was not put back.
        path: its folder; empty when IIS could not be read.
        books: identities of the offline address books that named it.
        recreated_as: the GUID of the directory that replaced it, once everything is put back.
        domain_controller: where it is removed and created; others learn of it later (V9).
    """

    guid: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    path: str = ""
    books: list[str] = field(default_factory=list)
    recreated_as: str = ""
    domain_controller: str = ""

    @classmethod
    def of(cls, facts: Facts, books: list[str]) -> Saved:
        """What was observed of a directory."""
        return cls(
            guid=str(facts.record["Guid"]),
            settings=dict(facts.values),
            attributes=_attributes(facts),
            path=str(facts.record.get("Path") or ""),
            books=books,
        )

    @classmethod
    def load(cls, undo: UndoState) -> Saved | None:
        """What an earlier run saved. Raises BadInput for a file that is something else."""
        values = undo.load()
        if values is None:
            return None
        try:
            return cls(**values["directory"])
        except (KeyError, TypeError) as exc:
            raise BadInput(f"{undo.path} is no undo state of a directory.", "Name another file.") from exc

    def save(self, undo: UndoState) -> None:
        """Write it down. Raises BadInput when that fails."""
        undo.save({"directory": vars(self)})

    def fill(self, facts: Facts) -> None:
        """Add what IIS did not tell when this was saved, but tells now; what was saved stays (peers.md 41)."""
        if not self.path:
            self.settings = {**facts.values, **self.settings}
            self.attributes = _attributes(facts)
            self.path = str(facts.record.get("Path") or "")

    def unread(self, noun: Noun) -> list[Setting]:
        """What IIS held and did not tell when this was saved."""
        return [
            setting
            for setting in noun.settings
            if setting.full_read and setting.reads in self.attributes and setting.option not in self.settings
        ]

    def moved(self, facts: Facts, noun: Noun) -> list[str]:
        """The settings that are no longer as they were saved."""
        table = noun.by_option
        return [
            option
            for option, value in self.settings.items()
            if option in table and option in facts.values and not table[option].kind.same(value, facts.values[option])
        ]

    def differences(self, facts: Facts, noun: Noun, wish: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        """Attributes that are otherwise than before, beside the settings of a wish, which were read back already."""
        unread = {setting.reads for setting in self.unread(noun)}
        settings = unread | {noun.by_option[option].reads for option in wish}
        for name, now in _attributes(facts).items():
            before = self.attributes.get(name, now)
            if before != now and name not in settings and (before or not unread):
                yield {"attribute": name, "before": before, "after": now}


def restorable(settings: Mapping[str, Any], noun: Noun) -> dict[str, Any]:
    """The saved settings that a Set can send: a state that is only ever read cannot be put back."""
    table = noun.by_option
    return {
        option: value
        for option, value in settings.items()
        if option in table and _can_be_sent(table[option].kind, value)
    }


def _can_be_sent(kind: Kind, value: Any) -> bool:
    known = {choice.lower() for choice in kind.choices}
    if isinstance(kind, EnumList):
        return all(str(item).lower() in known for item in value)
    if isinstance(kind, Enum) and value is not None:
        return str(value).lower() in known
    return value is not None or (kind.clearable and not isinstance(kind, Bool))


def _attributes(facts: Facts) -> dict[str, str]:
    return {name: _text(value) for name, value in facts.record.items() if name not in DATA_OF_ITS_OWN}


def _text(value: Any) -> str:
    """An attribute for comparison: lists without order, an empty one and an absent value alike."""
    if isinstance(value, (list, tuple)):
        return ", ".join(sorted(_text(item) for item in value))
    return "" if value is None else str(value)
