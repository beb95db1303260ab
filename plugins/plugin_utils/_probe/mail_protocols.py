# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail protocols as far as TLS: what is said until the handshake, and how the answers look.

RFC 5321 and 3207 (SMTP), 1939, 2449 and 2595 (POP3), 9051 (IMAP4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import mail_faults
from .mail_faults import MailCauses


@dataclass(frozen=True)
class Question:
    """One line, and how its answer ends.

    Attributes:
        line: what is sent; empty for the greeting, that comes unasked.
        last: matches the last line of an answer.
        yes: matches that one where the answer is yes.
    """

    line: str
    last: re.Pattern[str]
    yes: re.Pattern[str]


@dataclass(frozen=True)
class Language:
    """A family of protocols.

    Attributes:
        name: as people know it.
        marks: matches any line that one who speaks it begins with.
        greeting: what the server begins with.
        abilities: asks what it can do; {client} is this end's address.
        offer: matches the line of these that offers TLS.
        start: asks for TLS.
        farewell: ends the connection.
    """

    name: str
    marks: re.Pattern[str]
    greeting: Question
    abilities: Question
    offer: re.Pattern[str]
    start: Question
    farewell: str
    causes: MailCauses


@dataclass(frozen=True)
class MailProtocol:
    """One protocol on its port. at_once: the handshake comes before the greeting."""

    language: Language
    port: int
    at_once: bool = False


def _question(line: str, last: str, yes: str) -> Question:
    return Question(line, re.compile(last, re.IGNORECASE), re.compile(yes, re.IGNORECASE))


_SMTP_LAST, _ANY = r"\d{3}(?: |$)", ""

SMTP = Language(
    name="SMTP",
    marks=re.compile(r"\d{3}[ -]|\d{3}$"),
    greeting=_question("", _SMTP_LAST, "220"),
    abilities=_question("EHLO {client}", _SMTP_LAST, "250"),
    offer=re.compile(r"250[ -]STARTTLS\s*$", re.IGNORECASE),
    start=_question("STARTTLS", _SMTP_LAST, "220"),
    farewell="QUIT",
    causes=mail_faults.SMTP,
)
POP3 = Language(
    name="POP3",
    marks=re.compile(r"\+OK|-ERR"),
    greeting=_question("", _ANY, r"\+OK"),
    abilities=_question("CAPA", r"\.$|-ERR", r"\."),
    offer=re.compile(r"STLS\s*$", re.IGNORECASE),
    start=_question("STLS", _ANY, r"\+OK"),
    farewell="QUIT",
    causes=mail_faults.POP_IMAP,
)
IMAP4 = Language(
    name="IMAP4",
    marks=re.compile(r"\* (?:OK|BYE|PREAUTH)", re.IGNORECASE),
    greeting=_question("", _ANY, r"\* OK"),
    abilities=_question("a1 CAPABILITY", "a1 ", "a1 OK"),
    offer=re.compile(r"\* CAPABILITY (?:.* )?STARTTLS(?: |$)", re.IGNORECASE),
    start=_question("a2 STARTTLS", "a2 ", "a2 OK"),
    farewell="a3 LOGOUT",
    causes=mail_faults.POP_IMAP,
)

PROTOCOLS: Mapping[str, MailProtocol] = {
    "smtp": MailProtocol(SMTP, 25),
    "submission": MailProtocol(SMTP, 587),
    "pop3": MailProtocol(POP3, 110),
    "pop3s": MailProtocol(POP3, 995, at_once=True),
    "imap4": MailProtocol(IMAP4, 143),
    "imap4s": MailProtocol(IMAP4, 993, at_once=True),
}
"""By the names that users know."""
