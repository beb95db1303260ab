# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cmdlet and its typed parameters, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

READING_VERBS = frozenset({"Get"})


@dataclass(frozen=True)
class Command:
    """One cmdlet with its parameters. Values are plain Python: str, bool, int, None, or a list of these.

    A value of None is sent as ``$null``; a switch is sent as True.
    """

    cmdlet: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """True unless the verb can only read."""
        return self.cmdlet.partition("-")[0] not in READING_VERBS

    def with_parameters(self, **more: Any) -> Command:
        """The same command with more parameters."""
        return Command(self.cmdlet, {**self.parameters, **more})

    def __str__(self) -> str:
        """As an administrator would type it."""
        return " ".join([self.cmdlet, *(_argument(name, value) for name, value in self.parameters.items())])


_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""PowerShell takes the typographic ones for plain ones: each ends a literal unless it is doubled."""
SWITCHES = frozenset({"ADPropertiesOnly", "Confirm", "Force", "ShowMailboxVirtualDirectories", "WhatIf"})


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
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(_literal(item) for item in value) if value else "@()"
    return "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", str(value)) + "'"
