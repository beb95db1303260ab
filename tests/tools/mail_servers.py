# SPDX-License-Identifier: GPL-3.0-or-later
"""Small real servers of mail protocols up to TLS, which can fail in every way; nothing of lab or plugins is in them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from health_servers import HealthServer, Issued

Piece = bytes | Iterable[bytes]

SMTP: Mapping[str, Piece] = {
    "": b"220 ex1 Microsoft ESMTP MAIL Service ready\r\n",
    "EHLO": b"250-ex1 Hello\r\n250-SIZE 37748736\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
    "STARTTLS": b"220 2.0.0 SMTP server ready\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
    "?": b"500 5.3.3 Unrecognized command\r\n",
}
POP3: Mapping[str, Piece] = {
    "": b"+OK The Microsoft Exchange POP3 service is ready.\r\n",
    "CAPA": b"+OK\r\nTOP\r\nUIDL\r\nSTLS\r\n.\r\n",
    "STLS": b"+OK Begin TLS negotiation.\r\n",
    "QUIT": b"+OK bye\r\n",
    "?": b"-ERR Command is not valid in this state.\r\n",
}
IMAP4: Mapping[str, Piece] = {
    "": b"* OK The Microsoft Exchange IMAP4 service is ready.\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4 IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK CAPABILITY completed.\r\n",
    "STARTTLS": b"a2 OK Begin TLS negotiation now.\r\n",
    "LOGOUT": b"* BYE bye\r\na3 OK LOGOUT completed.\r\n",
    "?": b"* BAD Command received in Invalid state.\r\n",
}


@dataclass
class MailServer(HealthServer):
    """One server on a port of its own; everything may be changed while it runs.

    Attributes:
        certificate: what it shows; None: it cuts the handshake off.
        answers: by command; the greeting by no text, what is said to others by ?. No bytes close the connection.
        at_once: TLS comes before the greeting.
        stalls: it agrees to TLS, and then only listens.
        heard: the commands so far, and whether they came in TLS.
        stalled: the bytes that came meanwhile, complete when ``ended`` is set.
    """

    answers: dict[str, Piece] = field(default_factory=dict)
    at_once: bool = False
    stalls: bool = False
    stalled: bytes = b""
    ended: threading.Event = field(default_factory=threading.Event)
    heard: list[tuple[str, bool]] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        if self.mute:
            self.wait()
            return
        if self.at_once:
            connection = self._secured(connection)
        with connection:
            going_on = self._say(connection, "")
            while going_on and (line := _line(connection)):
                words = line.split()
                command = words[min(len(words), 2) - 1] if line.startswith("a") else words[0]
                self.heard.append((line, isinstance(connection, ssl.SSLSocket)))
                going_on = self._say(connection, command) and command not in ("QUIT", "LOGOUT")
                if going_on and command in ("STARTTLS", "STLS"):
                    connection = self._secured(connection)
            connection.close()

    def _say(self, connection: socket.socket, command: str) -> bool:
        answer = self.answers.get(command, self.answers["?"])
        pieces = (answer,) if isinstance(answer, bytes) else answer
        said = False
        for piece in pieces:
            connection.sendall(piece)
            said = said or bool(piece)
        return said

    def _secured(self, connection: socket.socket) -> socket.socket:
        while self.stalls and (more := connection.recv(65536)):
            self.stalled += more
        certificate: Issued | None = self.certificate
        if certificate is None or self.stalls:
            if not self.stalls:
                connection.recv(65536)  # otherwise the end would be a reset
            self.ended.set()
            connection.close()
            raise ConnectionAbortedError
        return self._context(certificate).wrap_socket(connection, server_side=True)


def _line(connection: socket.socket) -> str:
    """Byte by byte: what follows may be a handshake."""
    found = b""
    with contextlib.suppress(OSError):
        while not found.endswith(b"\n") and (byte := connection.recv(1)):
            found += byte
    return found.decode("latin-1").strip()
