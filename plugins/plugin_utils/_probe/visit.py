# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One probe: a connection of its own, a full TLS handshake, a few words, and a verdict (health-laws H2, H8, H16).

asyncio, because a deadline can be put around a whole probe: a server that sends a byte now and then cannot stretch it.
A new connection never resumes a TLS session, so every handshake shows the certificate (certificate-laws L6).
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from contextlib import suppress
from typing import ClassVar

from .._exchange.x509_facts import X509Facts
from . import chain, tls
from .connection import Addresses, Stream, connect
from .faults import Causes, Fault
from .target import Outcome, Target, Way

LEAVING = 1.0
"""Seconds for a farewell."""


class Visit:
    """What all probes do. A subclass says what it asks before TLS (``approach``), in it (``converse``), at its end.

    ``when_silent`` tells what a time-out means just now.
    """

    longest_line: ClassVar[int] = 64 * 1024
    """Bytes."""

    def __init__(self, target: Target, outcome: Outcome, addresses: Addresses, way: Way, causes: Causes) -> None:
        self.target, self.outcome, self.addresses, self.way, self.causes = target, outcome, addresses, way, causes
        self.when_silent = causes.silent
        self._stream: Stream | None = None
        self._incomplete: Fault | None = None

    async def approach(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What is said before the handshake."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What is asked after it. Raises Fault."""
        raise NotImplementedError

    async def leave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A farewell, whatever happened."""

    @property
    def place(self) -> str:
        """Where the probe is, for sentences."""
        address = self.outcome.address
        return f"{f'[{address}]' if ':' in address else address}:{self.outcome.port}"

    def unresolved(self, why: str) -> Outcome:
        """The outcome where the host has no address."""
        self.outcome.fault = Fault(self.causes.unresolved, host=self.target.host, why=why)
        return self.outcome

    async def observe(self) -> Outcome:
        """Ask once and judge what comes."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(self.way.timeout):
                await self._run()
        except TimeoutError:
            self.outcome.fault = Fault(self.when_silent, place=self.place, seconds=f"{self.way.timeout:g}")
        except Fault as fault:
            self.outcome.fault = fault
        finally:
            self.outcome.seconds = time.monotonic() - begin
            await self._hang_up()
        return self.outcome

    async def _run(self) -> None:
        self._stream = reader, writer = await self._connect()
        await self.approach(reader, writer)
        if self.way.context:
            await self._secure(writer, self.way.context)
        await self.converse(reader, writer)
        certificate = self.outcome.certificate
        if self.way.thumbprint and (certificate is None or certificate.thumbprint != self.way.thumbprint):
            raise Fault(
                self.causes.other_certificate,
                place=self.place,
                certificate=tls.described(certificate),
                expected=self.way.thumbprint,
            )
        if self._incomplete:
            raise self._incomplete

    async def _connect(self) -> Stream:
        """To the first address that takes a connection, as clients do."""
        try:
            return await connect(
                self.addresses,
                self.outcome.port,
                limit=self.longest_line,
                timeout=self.way.timeout,
                tell=self.outcome.connects_to,
            )
        except ConnectionRefusedError as exc:
            raise Fault(self.causes.refused, place=self.place) from exc
        except OSError as exc:
            why = os.strerror(exc.errno) if exc.errno else str(exc)
            raise Fault(self.causes.unreachable, place=self.place, why=why) from exc

    async def _secure(self, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self.when_silent = self.causes.handshake_silent
        try:
            await writer.start_tls(context, server_hostname=self.target.name)
        except ssl.SSLCertVerificationError as exc:
            self.outcome.chain = await self._look()
            raise tls.verification_fault(exc, self.outcome.chain, self.target.name, self.place, self.causes) from exc
        except OSError as exc:
            raise tls.handshake_fault(exc, self.place, self.causes) from exc
        handshake = writer.get_extra_info("ssl_object")
        self.outcome.chain = shown = chain.sent(handshake)
        if self.way.verifies:
            self._incomplete = tls.incompleteness(shown, chain.verified(handshake), self.place, self.causes)
            self.outcome.remarks += tls.remarks(shown, self.target.name, self.place, self.causes)

    async def _look(self) -> tuple[X509Facts, ...]:
        """A second handshake, that verifies and sends nothing: a refused certificate cannot be seen in the first."""
        try:
            reader, writer = await asyncio.open_connection(
                self.outcome.address, self.outcome.port, limit=self.longest_line
            )
        except OSError:
            return ()
        try:
            await self.approach(reader, writer)
            await writer.start_tls(tls.blind(), server_hostname=self.target.name)
            return chain.sent(writer.get_extra_info("ssl_object"))
        except (OSError, Fault):
            return ()
        finally:
            writer.transport.abort()

    async def _hang_up(self) -> None:
        if self._stream is None:
            return
        reader, writer = self._stream
        if not writer.is_closing():  # as it is after a handshake that failed
            with suppress(OSError, ValueError, TimeoutError):
                async with asyncio.timeout(LEAVING):
                    await self.leave(reader, writer)
        writer.transport.abort()
