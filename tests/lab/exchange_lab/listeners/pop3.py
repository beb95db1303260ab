# SPDX-License-Identifier: GPL-3.0-or-later
"""POP3 up to STLS (certificate-laws S10). Nobody logs in."""

from __future__ import annotations

from .dialogue import Answer, Connection, Dialogue, Then, word


def _greeting(_connection: Connection) -> str:
    return "+OK The Microsoft Exchange POP3 service is ready."


def _command(line: str) -> str:
    return word(line, 0)


def _answer(line: str, connection: Connection) -> Answer:
    match _command(line):
        case "CAPA":
            return Answer(("+OK", "TOP", "UIDL", *(("STLS",) if connection.starts_tls else ()), "."))
        case "STLS" if connection.starts_tls:
            return Answer(("+OK Begin TLS negotiation.",), Then.SECURE)
        case "QUIT":
            return Answer(("+OK Microsoft Exchange Server POP3 server signing off.",), Then.END)
        case _:
            return Answer(("-ERR Command is not valid in this state.",))


POP3 = Dialogue(_greeting, _command, _answer)
