# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that a person should know about an estate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How soon somebody should act; the worst comes first."""

    CRITICAL = 0
    HIGH = 1
    WARNING = 2
    INFO = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, order=True)
class Finding:
    """What was found, where, why it matters, and what to do. Sorted by severity, then code, then subject.

    Attributes:
        code: stable name, for playbooks that wait for it or ignore it.
        subject: the server, object or name that it is about.
        sentence: the facts and their consequence.
        cure: what to do.
        link: Microsoft's page about it, or empty.
    """

    severity: Severity
    code: str
    subject: str
    sentence: str
    cure: str
    link: str = ""

    def as_dict(self) -> dict[str, str]:
        """Plain values for a task's result."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "subject": self.subject,
            "sentence": self.sentence,
            "cure": self.cure,
            "link": self.link,
        }
