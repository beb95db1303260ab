# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing to bring about, told by what is observed."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, TypeVar

from .._remoting.errors import NotReached
from .._remoting.session import Reply
from .._run.step import Step

View = TypeVar("View")
"""What was observed of the thing that phases change; never changed itself."""

Steps = Generator[Step, Reply | None, None]
"""Yields each step, and gets its reply back; None in check mode. A step that the server refused raises
CommandFailed where it was yielded, so that a phase may explain it or go another way."""


class Phase(Generic[View]):
    """What a procedure brings about between two observations. A subclass says how."""

    title: str
    """The end, in words, for messages and the diff."""

    def reached(self, view: View) -> bool:
        """Whether nothing is left to do."""
        raise NotImplementedError

    def check(self, view: View) -> list[str]:
        """Refuse what must not be done, and return what should be known.

        Raises:
            BadInput: it must not be done.
        """
        return []

    def steps(self, view: View) -> Steps:
        """What is sent."""
        raise NotImplementedError

    def expected(self, view: View) -> View:
        """The view afterwards, as far as it is known beforehand: for check mode, and for the phases that follow."""
        raise NotImplementedError

    def missed(self, view: View) -> NotReached:
        """What to say when the steps ran and it is not reached all the same."""
        return NotReached(
            f"{self.title} was not reached: the commands ran, but a read-back does not show it.",
            "Look for another tool or administrator at work, and run again.",
        )
