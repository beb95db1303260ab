# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about a kind of object: its cmdlets, its table of settings, its rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._remoting.record import Record
from .setting import Setting

if TYPE_CHECKING:
    from .proposal import Proposal

Rule = Callable[["Proposal"], None]


@dataclass(frozen=True)
class Noun:
    """A kind of object with one Get and one Set cmdlet.

    Attributes:
        name: the cmdlets' noun.
        label: what options and results call it.
        settings: its table.
        rules: what one setting demands of another, applied in order to a proposal.
        always: parameters that every Set carries.
        cheap_read: the switch that makes a Get cheap but blind for some settings; empty when there is none.
        full_for: options whose rules need a full read although they themselves do not.
        recycle: what a change that is not live needs recycled.
        restart_for: options whose change needs more than that: a restart of all.
        alone: there is one object of the kind, and its Set takes no identity.
    """

    name: str
    label: str
    settings: tuple[Setting, ...]
    rules: tuple[Rule, ...] = ()
    always: Mapping[str, Any] = field(default_factory=dict)
    cheap_read: str = ""
    full_for: frozenset[str] = frozenset()
    recycle: tuple[str, ...] = ()
    restart_for: frozenset[str] = frozenset()
    alone: bool = False

    @property
    def get(self) -> str:
        return f"Get-{self.name}"

    @property
    def set(self) -> str:
        return f"Set-{self.name}"

    @cached_property
    def by_option(self) -> dict[str, Setting]:
        """The table by option name."""
        return {setting.option: setting for setting in self.settings}

    def values(self, record: Record, full: bool) -> dict[str, Any]:
        """The settings that a record shows, as canonical values. One that a cheap read is blind for is not in it."""
        blind = bool(self.cheap_read) and not full
        return {
            setting.option: setting.kind.read(record[setting.reads])
            for setting in self.settings
            if setting.reads in record and not (blind and setting.full_read)
        }

    def compared(self, options: Iterable[str]) -> list[Setting]:
        """The settings that tell whether these options are met: their own, or those that they stand for."""
        return [self.by_option[name] for option in options for name in self.by_option[option].stands_for or (option,)]

    def needs_full_read(self, options: Iterable[str]) -> bool:
        """Whether the cheap read would be blind for one of these options."""
        return any(setting.full_read or setting.option in self.full_for for setting in self.compared(options))
