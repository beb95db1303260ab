# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mail protocols have in common: a client sends a line, the server answers, and perhaps TLS begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class Then(Enum):
    """What follows an answer."""

    GO_ON = auto()
    SECURE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines without their ends."""

    lines: tuple[str, ...]
    then: Then = Then.GO_ON


@dataclass(slots=True)
class Connection:
    """What a dialogue knows: the server, its client's address, whether TLS is on or could be had."""

    fqdn: str
    peer: str
    secure: bool
    offers_tls: bool

    @property
    def starts_tls(self) -> bool:
        """TLS is offered once, and not inside of itself."""
        return self.offers_tls and not self.secure


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A protocol. command: the word of a line that a log may show."""

    greeting: Callable[[Connection], str]
    command: Callable[[str], str]
    answer: Callable[[str, Connection], Answer]


def word(line: str, number: int) -> str:
    """A word of a line in upper case; empty where there is none."""
    words = line.split()
    return words[number].upper() if number < len(words) else ""
