# SPDX-License-Identifier: GPL-3.0-or-later
"""SMTP up to STARTTLS (certificate-laws S1, S2). Nobody logs in, no mail is taken."""

from __future__ import annotations

from .dialogue import Answer, Connection, Dialogue, Then, word


def _greeting(connection: Connection) -> str:
    return f"220 {connection.fqdn} Microsoft ESMTP MAIL Service ready"


def _command(line: str) -> str:
    return word(line, 0)


def _answer(line: str, connection: Connection) -> Answer:
    hello = f"{connection.fqdn} Hello [{connection.peer}]"
    match _command(line):
        case "EHLO":
            offers = ("SIZE 37748736", *(("STARTTLS",) if connection.starts_tls else ()), "8BITMIME")
            return Answer((f"250-{hello}", *(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"))
        case "HELO":
            return Answer((f"250 {hello}",))
        case "STARTTLS" if connection.starts_tls:
            return Answer(("220 2.0.0 SMTP server ready",), Then.SECURE)
        case "NOOP" | "RSET":
            return Answer(("250 2.0.0 OK",))
        case "QUIT":
            return Answer(("221 2.0.0 Service closing transmission channel",), Then.END)
        case _:
            return Answer(("500 5.3.3 Unrecognized command",))


SMTP = Dialogue(_greeting, _command, _answer)
