# SPDX-License-Identifier: GPL-3.0-or-later
"""IMAP4 up to STARTTLS (certificate-laws S10). Nobody logs in."""

from __future__ import annotations

from .dialogue import Answer, Connection, Dialogue, Then, word


def _greeting(_connection: Connection) -> str:
    return "* OK The Microsoft Exchange IMAP4 service is ready."


def _command(line: str) -> str:
    return word(line, 1)


def _answer(line: str, connection: Connection) -> Answer:
    tag = line.split(maxsplit=1)[0] if line.split() else "*"
    match _command(line):
        case "CAPABILITY":
            able = "IMAP4 IMAP4rev1 UIDPLUS" + (" STARTTLS" if connection.starts_tls else "")
            return Answer((f"* CAPABILITY {able}", f"{tag} OK CAPABILITY completed."))
        case "STARTTLS" if connection.starts_tls:
            return Answer((f"{tag} OK Begin TLS negotiation now.",), Then.SECURE)
        case "NOOP":
            return Answer((f"{tag} OK NOOP completed.",))
        case "LOGOUT":
            bye = "* BYE Microsoft Exchange Server IMAP4 server signing off."
            return Answer((bye, f"{tag} OK LOGOUT completed."), Then.END)
        case _:
            return Answer((f"{tag} BAD Command received in Invalid state.",))


IMAP4 = Dialogue(_greeting, _command, _answer)
