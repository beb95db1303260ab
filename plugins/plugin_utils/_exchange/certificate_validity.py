# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a certificate's time is left, and from when on that is urgent (law G3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .._findings.finding import Severity

SHORT_LIFETIME = timedelta(days=200)
"""What public CAs issue at most since 2026-03-15 (CA/Browser Forum ballot SC-081v3). For these a share counts."""


@dataclass(frozen=True)
class Validity:
    """The time of a certificate as the control node's clock sees it. All times have a zone."""

    not_before: datetime
    not_after: datetime
    now: datetime

    @classmethod
    def of(cls, not_before: str, not_after: str, now: datetime) -> Validity:
        """From ISO texts.

        Raises:
            ValueError: a text is no time, or one without a zone.
        """
        times = datetime.fromisoformat(not_before), datetime.fromisoformat(not_after)
        if any(time.tzinfo is None for time in times):
            raise ValueError("a time without a zone")
        return cls(*times, now)

    @property
    def days_left(self) -> int:
        """From today's date to that of its end, in UTC, so that all readings of one day agree."""
        return (self.not_after.astimezone(UTC).date() - self.now.astimezone(UTC).date()).days

    @property
    def ended(self) -> bool:
        return self.now > self.not_after

    @property
    def begun(self) -> bool:
        return self.now >= self.not_before

    @property
    def current(self) -> bool:
        return self.begun and not self.ended

    @property
    def urgency(self) -> Severity | None:
        """How urgent renewal is; None when there is plenty of time."""
        left, lifetime = self.not_after - self.now, self.not_after - self.not_before
        short = lifetime <= SHORT_LIFETIME
        if self.ended:
            return Severity.CRITICAL
        if left < (lifetime / 6 if short else timedelta(days=30)):
            return Severity.HIGH
        if left < (lifetime / 3 if short else timedelta(days=60)):
            return Severity.WARNING
        return None
