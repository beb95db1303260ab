# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object that a task wants in a certain state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._remoting.command import Command
from .._remoting.errors import AttributeAbsent, BadInput, ObjectEmpty
from .._remoting.record import Record
from .._remoting.session import Reply
from .kinds import Refused
from .noun import Noun

Pick = Callable[[Sequence[Record]], Record]
Read = Callable[[Command], Reply]


@dataclass(frozen=True)
class Facts:
    """What an object looked like: canonical values of those settings that the read could show."""

    identity: str
    values: Mapping[str, Any]
    record: Record = field(repr=False)


@dataclass(frozen=True)
class Resource:
    """An object and what is wanted of it.

    Attributes:
        noun: its kind.
        subject: what people call it, for messages.
        select: the Get's parameters that find it.
        pick: chooses it among the objects that came back. Raises ObjectMissing.
        wish: canonical values by option; only these are compared. Empty for an object that is only looked at.
        version: the version of the server that owns it, as an ordinal that a setting's ``since`` is compared with.
        version_name: the same for people.
    """

    noun: Noun
    subject: str
    select: Mapping[str, Any]
    pick: Pick
    wish: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    version_name: str = ""

    def observe(self, read: Read, full: bool) -> Facts:
        """Read the object.

        Args:
            full: read everything, although the cheap read would do for the wish.

        Raises:
            AttributeAbsent: a wished setting is not an attribute of the object.
            ObjectEmpty: the object is there but empty.
            ExchangeError: as Session.invoke.
        """
        full = full or not self.noun.cheap_read
        cheap = {} if full else {self.noun.cheap_read: True}
        record = self.pick(read(Command(self.noun.get, {**self.select, **cheap})).records)
        self._refuse_empty(record)
        for setting in self.noun.compared(self.wish):
            if setting.reads not in record:
                raise AttributeAbsent(
                    f"{self.subject} has no attribute {setting.reads} on {self.version_name or 'this version'}.",
                    f"Leave out {setting.option} for this server.",
                )
        return Facts(identity=str(record["Identity"]), values=self.noun.values(record, full), record=record)

    def _refuse_empty(self, record: Record) -> None:
        if "Identity" in record and record["Identity"] not in (None, ""):
            return
        raise ObjectEmpty(
            f"{self.subject} came back with empty properties, so nothing can be compared.",
            "Serialized data signing of an unpatched or half-patched server does this: bring all servers to the same "
            "update and check the Exchange auth certificate.",
        )


def parse_wish(noun: Noun, options: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Canonical values of the options that were given (not None).

    Raises:
        BadInput: an option that the noun does not have, or a value that is impossible.
    """
    wish = {}
    for option, wanted in options.items():
        if wanted is None:
            continue
        if option not in noun.by_option:
            raise BadInput(
                f"{option} is not a setting of {subject}.", f"Its settings are {', '.join(sorted(noun.by_option))}."
            )
        try:
            wish[option] = noun.by_option[option].kind.parse(wanted)
        except Refused as exc:
            raise BadInput(f"{option} of {subject} {exc}.", "Nothing was changed.") from exc
    return wish


def refuse_newer(noun: Noun, wish: Mapping[str, Any], version: int, version_name: str, subject: str) -> None:
    """Refuse settings that a version does not have yet.

    Raises:
        BadInput: as said.
    """
    for option in wish:
        if version < noun.by_option[option].since:
            raise BadInput(
                f"{option} of {subject} does not exist on {version_name}.",
                "Leave it out for this server. Nothing was changed.",
            )


def own_wish(noun: Noun, options: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Canonical values of those options that are settings of the noun; others are somebody else's.

    Raises:
        BadInput: a value that is impossible.
    """
    return parse_wish(noun, {name: options.get(name) for name in noun.by_option}, subject)
