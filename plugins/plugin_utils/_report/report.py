# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says, whatever it is written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = Sequence[str]
"""Lines of text."""


@dataclass(frozen=True)
class Table:
    """Rows below a heading."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Lifetime:
    """How long one certificate still lasts.

    Attributes:
        name: what people know it by.
        where: the servers that have it.
        ends_on: ISO date.
        days_left: from one date to the other, negative once the end is past.
        urgency: the name of a severity, ``critical`` once it has ended, or ``fine``.
        share: per cent of a year that is left, 0 to 100.
    """

    name: str
    thumbprint: str
    where: Sequence[str]
    ends_on: str
    days_left: int
    urgency: str
    share: int


@dataclass(frozen=True)
class Report:
    """Everything that a reader gets.

    Attributes:
        read_on: ISO date of the facts; empty where they do not tell.
        counts: findings by severity, the worst first.
        facts: what the tables were made from, for programs.
        errors: what could not be read.
        not_looked_at: what these facts cannot show.
    """

    title: str
    read_on: str
    counts: Mapping[str, int]
    findings: Sequence[Mapping[str, str]]
    facts: Mapping[str, Any]
    lifetimes: Sequence[Lifetime] = ()
    tables: Sequence[Table] = ()
    errors: Sequence[str] = field(default_factory=tuple)
    not_looked_at: Sequence[str] = field(default_factory=tuple)
