# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One probe: a connection of its own, a full TLS handshake, one GET, and a verdict (health-laws H2, H6, H8, H16).

asyncio, because a deadline can be put around a whole probe: a server that sends a byte now and then cannot stretch it.
A new connection never resumes a TLS session, so every handshake shows the certificate (certificate-laws L6).
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from .._exchange.x509_facts import X509Facts
from . import faults, tls
from .faults import Fault
from .page import named_server, names_server, path_of
from .reply import Reply, read_reply
from .target import Outcome, Target, Way

Addresses = Sequence[str]
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mailops.exchange\r\nConnection: close\r\n\r\n"


async def resolve(host: str, timeout: float) -> Addresses:
    """The addresses of a host, in the order in which a client tries them.

    Raises:
        Fault: it does not resolve, in so many seconds.
    """
    try:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except TimeoutError as exc:
        raise Fault(faults.UNRESOLVED, host=host, why=f"no answer within {timeout:g} s") from exc
    except (OSError, UnicodeError) as exc:
        raise Fault(faults.UNRESOLVED, host=host, why=getattr(exc, "strerror", None) or "not a name") from exc
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def probe(target: Target, addresses: Addresses, way: Way) -> Outcome:
    """Ask for the page once and judge what comes."""
    outcome = Outcome(target)
    begin = time.monotonic()
    visit = _Visit(outcome, addresses, way)
    try:
        async with asyncio.timeout(way.timeout):
            await visit.run()
    except TimeoutError:
        outcome.fault = Fault(visit.when_silent, place=visit.place, seconds=f"{way.timeout:g}")
    except Fault as fault:
        outcome.fault = fault
    outcome.seconds = time.monotonic() - begin
    return outcome


class _Visit:
    """The phases of a probe; ``when_silent`` tells what a time-out means just now."""

    def __init__(self, outcome: Outcome, addresses: Addresses, way: Way) -> None:
        self.outcome, self.target, self.addresses, self.way = outcome, outcome.target, addresses, way
        self.when_silent = faults.SILENT

    @property
    def place(self) -> str:
        """Where the probe is, for sentences."""
        address = self.outcome.address
        return f"{f'[{address}]' if ':' in address else address}:{self.way.port}"

    async def run(self) -> None:
        async with self._connected() as (reader, writer):
            if self.way.context:
                await self._secure(writer, self.way.context)
            self.when_silent = faults.SLOW
            self._judge(await self._ask(reader, writer))
        certificate = self.outcome.certificate
        if self.way.thumbprint and (certificate is None or certificate.thumbprint != self.way.thumbprint):
            raise Fault(
                faults.OTHER_CERTIFICATE,
                place=self.place,
                certificate=tls.described(certificate),
                expected=self.way.thumbprint,
            )

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Stream]:
        """A connection to the first address that takes one, as clients do."""
        reader, writer = await self._connect()
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def _connect(self) -> Stream:
        failure: OSError | None = None
        for address in self.addresses:
            self.outcome.address = address
            try:
                return await asyncio.open_connection(address, self.way.port)
            except OSError as exc:
                failure = exc
        if isinstance(failure, ConnectionRefusedError):
            raise Fault(faults.REFUSED, place=self.place) from failure
        why = os.strerror(failure.errno) if failure and failure.errno else "no address"
        raise Fault(faults.UNREACHABLE, place=self.place, why=why) from failure

    async def _secure(self, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self.when_silent = faults.HANDSHAKE_SILENT
        try:
            await writer.start_tls(context, server_hostname=self.target.name)
        except ssl.SSLCertVerificationError as exc:
            self.outcome.certificate = await self._look()
            raise tls.verification_fault(exc, self.outcome.certificate, self.target.name, self.place) from exc
        except OSError as exc:
            raise tls.handshake_fault(exc, self.place) from exc
        self.outcome.certificate = tls.shown(writer.get_extra_info("ssl_object"))

    async def _look(self) -> X509Facts | None:
        """A second handshake, that verifies and sends nothing: a refused certificate cannot be seen in the first."""
        try:
            _reader, writer = await asyncio.open_connection(self.outcome.address, self.way.port)
        except OSError:
            return None
        try:
            await writer.start_tls(tls.blind(), server_hostname=self.target.name)
            return tls.shown(writer.get_extra_info("ssl_object"))
        except OSError:
            return None
        finally:
            writer.transport.abort()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Reply:
        request = _REQUEST.format(path=path_of(self.target.protocol), host=self.way.host_header(self.target))
        try:
            writer.write(request.encode("ascii"))
            await writer.drain()
            return await read_reply(reader, self.place)
        except OSError as exc:
            raise Fault(faults.NO_ANSWER, place=self.place) from exc

    def _judge(self, reply: Reply) -> None:
        outcome, expected = self.outcome, self.target.servers
        outcome.status = reply.status
        if reply.status != 200:
            cause = faults.of_status(reply.status)
            raise Fault(cause, place=self.place, status=reply.status, location=reply.location)
        named = next((server for server in expected if names_server(reply.body, server)), "")
        outcome.answered_by = named or named_server(reply.body)
        if not outcome.answered_by:
            raise Fault(faults.OTHER_PAGE, place=self.place)
        if expected and not named:
            raise Fault(
                faults.OTHER_SERVER, place=self.place, other=outcome.answered_by, expected=" or ".join(expected)
            )
        outcome.up = True
