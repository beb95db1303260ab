# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cmdlet and its typed parameters, or a pipeline of them, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .questions import Answer

READING_VERBS = frozenset({"Get"})
READING_CMDLETS = frozenset(
    {
        "Export-ExchangeCertificate",
        "Import-Module",
        "Measure-Object",
        "Out-Null",
        "Select-Object",
        "Sort-Object",
        "Test-NetConnection",
        "Test-Path",
        "Where-Object",
    }
)
"""They pass objects on, hand data out or only look. Other Test cmdlets may write: some of Exchange's make mailboxes."""
CALL = "ForEach-Object"
READING_MEMBERS = frozenset({"ToString", "ToUniversalTime", "ToXml"})
"""Methods that ``ForEach-Object -MemberName`` may call without changing anything (iis-over-remoting 0A)."""


@dataclass(frozen=True)
class Secret:
    """Text that travels encrypted, as a SecureString, and is never shown."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return "********"


@dataclass(frozen=True)
class Command:
    """One cmdlet with its parameters; with a ``source``, the last stage of a pipeline.

    Values are plain Python: str, bool, int, bytes, Secret, None, or a list or dictionary of these. None is sent as
    ``$null``, a dictionary as a hash table; a switch is sent as True. A command with an ``answer`` may ask a
    question.
    """

    cmdlet: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: Command | None = None
    answer: Answer | None = None

    def then(self, cmdlet: str, **parameters: Any) -> Command:
        """The pipeline that hands what this one returns to another cmdlet, inside the server."""
        return Command(cmdlet, parameters, source=self)

    @property
    def stages(self) -> Sequence[Command]:
        """Each cmdlet of the pipeline, in order."""
        return tuple(self._stages())

    def _stages(self) -> Iterator[Command]:
        if self.source:
            yield from self.source.stages
        yield self

    @property
    def writes(self) -> bool:
        """True unless every stage can only read."""
        return any(stage.writes_itself for stage in self.stages)

    @property
    def writes_itself(self) -> bool:
        """Whether this stage alone may write."""
        if self.cmdlet == CALL:
            return self.parameters.get("MemberName") not in READING_MEMBERS
        return self.cmdlet.partition("-")[0] not in READING_VERBS and self.cmdlet not in READING_CMDLETS

    @property
    def acting(self) -> Command:
        """The stage that a message is about: the first that may write, or else the one that the objects are from."""
        return next((stage for stage in self.stages if stage.writes_itself), self.stages[0])

    @property
    def name(self) -> str:
        """What the pipeline does, in a word: the acting cmdlet, or the method that it calls."""
        acting = self.acting
        return str(acting.parameters["MemberName"]) if acting.cmdlet == CALL else acting.cmdlet

    def with_parameters(self, **more: Any) -> Command:
        """The same command with more parameters, of its last stage."""
        return replace(self, parameters={**self.parameters, **more})

    def what_if(self) -> Command:
        """The same command with -WhatIf at every stage that may write."""
        source = self.source.what_if() if self.source else None
        command = replace(self, source=source)
        return command.with_parameters(WhatIf=True) if self.writes_itself else command

    def __str__(self) -> str:
        """As an administrator would type it; what is answered to a question stands behind it as a comment."""
        typed = " | ".join(
            " ".join([stage.cmdlet, *(_argument(name, value) for name, value in stage.parameters.items())])
            for stage in self.stages
        )
        return f"{typed}  # answer: {self.answer.said}" if self.answer else typed


_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""PowerShell takes the typographic ones for plain ones: each ends a literal unless it is doubled."""
_BARE_NAME = re.compile(r"[A-Za-z]\w*\Z", re.ASCII)
SWITCHES = frozenset(
    {
        "ADPropertiesOnly",
        "BinaryEncoded",
        "Confirm",
        "DoNotRequireSsl",
        "EQ",
        "Force",
        "GenerateRequest",
        "ShowMailboxVirtualDirectories",
        "WhatIf",
    }
)


def _argument(name: str, value: Any) -> str:
    if name in SWITCHES:
        return f"-{name}" if value else f"-{name}:$false"
    return f"-{name} {_literal(value)}"


def _literal(value: Any) -> str:
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Mapping):
        return "@{" + "; ".join(f"{_key(name)}={_literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(_literal(item) for item in value) if value else "@()"
    return "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", str(value)) + "'"


def _key(name: str) -> str:
    return name if _BARE_NAME.match(name) else _literal(name)
