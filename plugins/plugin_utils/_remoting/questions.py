# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that a cmdlet asks while it runs. Each is answered as its sender has said beforehand, or refused aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from .errors import Unanswered

CHOICE = "PromptForChoice"
SHOWS = ("Write", "Notify", "SetShouldExit")
"""Calls that begin so show something and want no answer."""


@dataclass(frozen=True)
class Question:
    """A choice between answers.

    Attributes:
        choices: as shown, without the mark of the shortcut key.
    """

    caption: str
    message: str
    choices: Sequence[str]


Choose = Callable[[Question], int | None]
"""The number of the choice, from 0; None for a question that was not expected."""


@dataclass(frozen=True)
class Answer:
    """What is answered to the one question that a command may ask.

    Attributes:
        said: the answer in words, for people.
        to: picks the choice.
    """

    said: str
    to: Choose


class AnsweringHost:
    """The host of one command, as pypsrp wants one: it answers what was expected (certificate-laws E7)."""

    def __init__(self, answer: Choose) -> None:
        self._answer = answer
        self.ui = SimpleNamespace(raw_ui=None)

    def run_method(self, method: Any, arguments: Sequence[Any], runspace: Any, pipeline: Any = None) -> int | None:
        """What the server shall be told. Raises Unanswered."""
        called = str(method)
        if called.startswith(SHOWS):
            return None
        if called != CHOICE:
            raise Unanswered(called)
        caption, message, choices = arguments[:3]
        question = Question(str(caption or ""), str(message or ""), tuple(_label(choice) for choice in choices))
        answer = self._answer(question)
        if answer is None:
            raise Unanswered(f"{question.caption}: {question.message}")
        return answer


def _label(choice: Any) -> str:
    properties = {**getattr(choice, "adapted_properties", {}), **getattr(choice, "extended_properties", {})}
    lower = {name.lower(): value for name, value in properties.items()}
    return str(lower.get("label") or "").replace("&", "")
