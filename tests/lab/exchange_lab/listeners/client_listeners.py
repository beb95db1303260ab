# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports 443 and 444 of every server, on its own loopback address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..world.servers import BACK_END, DEFAULT_WEB_SITE
from ..world.windows import Machine
from . import back_end
from .answers import METHODS, method_refused, not_found, unavailable
from .front_end import FrontEnd
from .sockets import HANDSHAKE_SECONDS, Sockets, cut
from .tls import ServerContexts

if TYPE_CHECKING:
    from ..world.world import World

CLIENT_PORT, BACK_END_PORT = 443, 444
LAB_PORTS: Mapping[int, int] = {CLIENT_PORT: 14443, BACK_END_PORT: 14444}


class ClientListeners:
    """What a server listens on follows its sites: a port without a started site refuses connections.

    addresses: the loopback address of each server (FQDN). ports: the lab's port for 443 and for 444.
    The listeners follow the world when they are told to (``follow``); who connects before that is cut.
    """

    def __init__(
        self, world: World, addresses: Mapping[str, str], log: Callable[[dict[str, Any]], None], port_shift: int
    ) -> None:
        self.ports = {port: lab_port + port_shift for port, lab_port in LAB_PORTS.items()}
        self._world, self._addresses, self._log = world, dict(addresses), log
        self._sockets = Sockets(self._addresses, self.ports, self._shake_hands)
        self._fqdn_of = {address: fqdn for fqdn, address in self._addresses.items()}
        self._port_of = {lab_port: port for port, lab_port in self.ports.items()}
        self._contexts = ServerContexts()
        self._server: web.Server | None = None
        self._front_end = FrontEnd(world, lambda fqdn: f"https://{self._addresses[fqdn]}:{self.ports[BACK_END_PORT]}")

    # Listeners -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens the ports that have a site. Raises OSError, with nothing left open, when a port is taken."""
        self._server = web.Server(self._answer, access_log=None)
        await self._front_end.start()
        try:
            for fqdn in self._addresses:
                self.follow(fqdn)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Closes everything."""
        self._sockets.close()
        if self._server is not None:
            await self._server.shutdown(0.1)
        await self._front_end.stop()

    def follow(self, fqdn: str) -> None:
        """Opens and closes the ports of a server as its sites are now. In the lab's loop only; raises OSError."""
        machine = self._world.machines[fqdn]
        self._sockets.follow(fqdn, lambda port: machine.site_on(machine.address, port) is not None)

    # One connection --------------------------------------------------------------------------------------------------

    async def _shake_hands(self, fqdn: str, port: int, connection: socket.socket) -> None:
        """With the certificate of this moment; without one the connection is reset before a ServerHello."""
        machine = self._world.machines[fqdn]
        site = machine.site_on(machine.address, port)
        entry = machine.certificate_on(machine.address, port) if site else None
        if site is None or entry is None or self._server is None:
            self._say(fqdn, port, "no certificate" if site else "no site")
            await cut(connection)
            return
        context = self._contexts.of(entry, machine.certificates.intermediates)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._server, connection, ssl=context, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except OSError as error:  # the client went away, or does not want this certificate
            self._say(fqdn, port, f"failed: {error}")

    def _say(self, fqdn: str, port: int, outcome: str) -> None:
        self._log({"event": "handshake", "host": fqdn, "port": port, "outcome": outcome})

    # One request -----------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.transport is None:
            return web.Response(status=400)
        address, lab_port = request.transport.get_extra_info("sockname")[:2]
        fqdn, port = self._fqdn_of[address], self._port_of[lab_port]
        machine = self._world.machines[fqdn]
        response = await self._of_site(machine, port, request)
        self._log(
            {
                "event": "web",
                "host": fqdn,
                "port": port,
                "method": request.method,
                "path": request.path_qs,
                "status": response.status,
                "back_end": response.headers.get("X-CalculatedBETarget", ""),
            }
        )
        return response

    async def _of_site(self, machine: Machine, port: int, request: web.BaseRequest) -> web.Response:
        site = machine.site_on(machine.address, port)
        if site is None:
            return unavailable()
        if request.method not in METHODS:
            return method_refused()
        if site.name == DEFAULT_WEB_SITE and machine.server.has_front_end:
            return await self._front_end.answer(machine, request)
        if site.name == BACK_END:
            return back_end.answer(machine, request, self._world.clock.now())
        return not_found()
