# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on loopback addresses, each with its ports. One process, one event loop."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from ..faults import CONNECT
from .authentication import Accounts, Connection
from .conversation import Conversation
from .host import EXCHANGE_LISTENERS, PORTS, TLS_LISTENERS, Host
from .ports import Record
from .service import Drop, Service

KEEP_ALIVE_SECONDS = 900  # the socket is the login, so it must outlive long cmdlets


class _CutAtOnce(asyncio.Protocol):
    """A connection that the fault schedule resets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class Wire:
    """The listeners of all hosts. port_shift is added to every port, so that several labs can run side by side."""

    def __init__(
        self, hosts: Sequence[Host], service: Service, accounts: Accounts, log: Record, port_shift: int
    ) -> None:
        self.hosts = {host.fqdn: host for host in hosts}
        self.ports = {listener: port + port_shift for listener, port in PORTS.items()}
        self.service = service
        self._accounts = accounts
        self._log = log
        self._listener_of = {port: listener for listener, port in self.ports.items()}
        self._host_of = {host.address: host for host in hosts}
        self._server: web.Server | None = None
        self._listening: dict[tuple[str, str], asyncio.Server] = {}
        self._connections: weakref.WeakKeyDictionary[asyncio.Transport, Connection] = weakref.WeakKeyDictionary()
        self._count = 0
        self._reaper: asyncio.Task[None] | None = None

    # Listeners -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens every listener that is not refused. Raises OSError, with nothing left open, when a port is taken."""
        self._server = web.Server(self._answer, keepalive_timeout=KEEP_ALIVE_SECONDS, access_log=None)
        try:
            for host in self.hosts.values():
                for listener in self.ports:
                    if not self._refuses(host, listener):
                        await self.open_listener(host.fqdn, listener)
        except OSError:
            await self.stop()
            raise
        self._reaper = asyncio.create_task(self.service.reap(list(self.hosts.values())))

    async def stop(self) -> None:
        """Closes everything and ends all shells."""
        if self._reaper is not None:
            self._reaper.cancel()
        for fqdn, listener in list(self._listening):
            await self.close_listener(fqdn, listener)
        if self._server is not None:
            await self._server.shutdown(0.1)
        for host in self.hosts.values():
            for shell in host.shells.values():
                await shell.close()
            host.shells.clear()

    async def open_listener(self, fqdn: str, listener: str) -> None:
        host = self.hosts[fqdn]
        tls = host.tls if listener in TLS_LISTENERS else None
        self._listening[fqdn, listener] = await asyncio.get_running_loop().create_server(
            lambda: self._accept(host, listener), host.address, self.ports[listener], ssl=tls, backlog=256
        )

    async def close_listener(self, fqdn: str, listener: str, *, cut: bool = False) -> None:
        """Stops listening. cut: also the connections that exist."""
        self._listening.pop((fqdn, listener)).close()
        here = (self.hosts[fqdn].address, self.ports[listener])
        if cut:
            for transport in list(self._connections):
                if transport.get_extra_info("sockname") == here:
                    transport.abort()

    def _refuses(self, host: Host, listener: str) -> bool:
        return listener in EXCHANGE_LISTENERS and self.service.faults.refuses(host.fqdn)

    def _accept(self, host: Host, listener: str) -> asyncio.BaseProtocol:
        fault = self.service.faults.take(CONNECT, host.fqdn)
        if self._server is not None and fault is None and not self._refuses(host, listener):
            return self._server()
        self._log({"event": "connect", "host": host.fqdn, "listener": listener, "fault": "reset"})
        return _CutAtOnce()

    # One request -----------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        if transport is None:
            return web.Response(status=400)
        address, port = transport.get_extra_info("sockname")[:2]
        host, listener = self._host_of[address], self._listener_of[port]
        connection = self._connection(transport, host, secure=listener in TLS_LISTENERS)
        body = await request.read()
        record: dict[str, Any] = {
            "event": "request",
            "host": host.fqdn,
            "conn": connection.number,
            "listener": listener,
            "path": request.path_qs,
            "auth": (request.headers.get("Authorization") or "-").partition(" ")[0],
            "action": "-",
        }
        try:
            endpoint = host.endpoint(request.path, listener)
            status = self.service.access.front_end_status(host.fqdn) if endpoint and endpoint.exchange else 200
            if status == 0:
                raise Drop
            if endpoint is None:
                response = web.Response(status=404, text="404 - File or directory not found.")
            elif status != 200:
                response = web.Response(status=status, text="Service Unavailable")
            else:
                response = await Conversation(request, host, endpoint, connection, self.service, record).answer(body)
        except Drop:
            transport.abort()
            response = web.Response(status=500)
            record["status"] = 0
        out = response.body
        record.setdefault("status", response.status)
        record |= {"user": connection.user, "in": len(body), "out": len(out) if isinstance(out, bytes) else 0}
        self._log(record)
        return response

    def _connection(self, transport: asyncio.Transport, host: Host, *, secure: bool) -> Connection:
        connection = self._connections.get(transport)
        if connection is None:
            self._count += 1
            binding = host.channel_binding if secure else None
            connection = Connection(self._count, host.fqdn, self._accounts, binding)
            self._connections[transport] = connection
        return connection
