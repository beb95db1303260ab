# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of SMTP, POP3 and IMAP4 of every server, as far as TLS goes (certificate-laws S1 to S4, S10)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .dialogue import Connection, Dialogue, Then
from .imap4 import IMAP4
from .pop3 import POP3
from .smtp import SMTP
from .sockets import HANDSHAKE_SECONDS, RESET, Sockets, cut
from .tls import ServerContexts

if TYPE_CHECKING:
    from ..world.world import World

LONGEST_LINE = 4096
IDLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class MailPort:
    """lab_port: before the shift. name: what the inventory's variable calls it. at_once: TLS precedes the greeting."""

    dialogue: Dialogue
    lab_port: int
    name: str
    at_once: bool = False


MAIL_PORTS: Mapping[int, MailPort] = {
    25: MailPort(SMTP, 14025, "smtp"),
    587: MailPort(SMTP, 14587, "submission"),
    110: MailPort(POP3, 14110, "pop3"),
    995: MailPort(POP3, 14995, "pop3s", at_once=True),
    143: MailPort(IMAP4, 14143, "imap4"),
    993: MailPort(IMAP4, 14993, "imap4s", at_once=True),
}


class MailListeners:
    """A port listens while its service runs; each handshake shows what the service has at that moment.

    addresses: the loopback address of each server (FQDN). ports: the lab's port for each real one.
    The listeners follow the world when they are told to (``follow``).
    """

    def __init__(
        self, world: World, addresses: Mapping[str, str], log: Callable[[dict[str, Any]], None], port_shift: int
    ) -> None:
        self.ports = {number: port.lab_port + port_shift for number, port in MAIL_PORTS.items()}
        self._world, self._addresses, self._log = world, addresses, log
        self._sockets = Sockets(addresses, self.ports, self._serve)
        self._contexts = ServerContexts()

    def start(self) -> None:
        """Opens the ports whose service runs. Raises OSError, with nothing left open, when a port is taken."""
        try:
            for fqdn in self._addresses:
                self.follow(fqdn)
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Closes everything."""
        self._sockets.close()

    def follow(self, fqdn: str) -> None:
        """Opens and closes the ports of a server as its services run now. In the lab's loop only; raises OSError."""
        server = self._world.servers[fqdn]
        self._sockets.follow(fqdn, lambda port: self._world.mail_tls.listens(server, port))

    # One connection --------------------------------------------------------------------------------------------------

    async def _serve(self, fqdn: str, port: int, connection: socket.socket) -> None:
        at_once, peer = MAIL_PORTS[port].at_once, connection.getpeername()[0]
        context = self._context(fqdn, port) if at_once else None
        if at_once and context is None:
            self._say(fqdn, port, "no certificate")
            await cut(connection)
            return
        reader, writers = asyncio.StreamReader(LONGEST_LINE), list[asyncio.StreamWriter]()
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader, lambda _reader, writer: writers.append(writer)),
                connection,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if context else None,
            )
        except OSError as error:
            self._say(fqdn, port, f"failed: {error}")
            return
        (writer,) = writers
        try:
            await self._talk(fqdn, port, peer, reader, writer)
        except (OSError, ValueError, TimeoutError):  # it went away, sent too long a line, or fell silent
            writer.transport.abort()
        finally:
            writer.close()

    async def _talk(
        self, fqdn: str, port: int, peer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        kind, server = MAIL_PORTS[port], self._world.servers[fqdn]
        offered = self._world.mail_tls.offer_on(server, port).offered
        about = Connection(server.directory_fqdn, peer, secure=kind.at_once, offers_tls=offered)
        _write(writer, kind.dialogue.greeting(about))
        while line := (await asyncio.wait_for(reader.readline(), IDLE_SECONDS)).decode("latin-1"):
            answer = kind.dialogue.answer(line, about)
            command = kind.dialogue.command(line)
            self._log({"event": "mail", "host": fqdn, "port": port, "command": command, "secure": about.secure})
            _write(writer, *answer.lines)
            if answer.then is Then.END:
                return
            if answer.then is Then.SECURE:
                await self._secure(fqdn, port, reader, writer)
                about.secure = True

    async def _secure(self, fqdn: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The handshake after STARTTLS. Raises OSError when it fails, as it does without a certificate to show."""
        context = self._context(fqdn, port)
        if context is None:
            self._say(fqdn, port, "no certificate")
            await asyncio.wait_for(reader.read(1), HANDSHAKE_SECONDS)
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            raise ConnectionAbortedError
        try:
            await writer.start_tls(context, ssl_handshake_timeout=HANDSHAKE_SECONDS)
        except OSError as error:
            self._say(fqdn, port, f"failed: {error}")
            raise

    def _context(self, fqdn: str, port: int) -> ssl.SSLContext | None:
        """With the certificate of this moment; None: no handshake is possible."""
        server = self._world.servers[fqdn]
        offer = self._world.mail_tls.offer_on(server, port)
        if offer.certificate is None or offer.certificate.key is None or not offer.works:
            return None
        return self._contexts.of(offer.certificate, self._world.certificates.of(server).intermediates)

    def _say(self, fqdn: str, port: int, outcome: str) -> None:
        self._log({"event": "handshake", "host": fqdn, "port": port, "outcome": outcome})


def _write(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
