# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on loopback addresses, each with its ports: HTTP in, the service's answer out. One process, one event loop."""

from __future__ import annotations

import asyncio
import gzip
import weakref
from collections.abc import Sequence
from http.cookies import SimpleCookie
from typing import Any

from aiohttp import web

from ..faults import CONNECT
from . import soap
from .authentication import BadSeal, Connection, Unauthorized
from .host import PORTS, TLS_LISTENERS, WINRM, WINRMS, Endpoint, Host
from .ports import Record
from .routing import Query
from .service import COOKIE, Call, Drop, HttpAnswer, Service
from .soap import Request, WSManFault
from .wsman_faults import unencrypted_refused

KEEP_ALIVE_SECONDS = 900  # the socket is the login, so it must outlive long cmdlets


class _CutAtOnce(asyncio.Protocol):
    """A connection that the fault schedule resets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class Wire:
    """The listeners of all hosts. port_shift is added to every port, so that several labs can run side by side."""

    def __init__(self, hosts: Sequence[Host], service: Service, log: Record, port_shift: int = 0) -> None:
        self.hosts = {host.fqdn: host for host in hosts}
        self.ports = {listener: port + port_shift for listener, port in PORTS.items()}
        self.service = service
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
                    refused = self.service.faults.refuses(host.fqdn) and listener not in (WINRM, WINRMS)
                    if not refused and (listener not in TLS_LISTENERS or host.tls is not None):
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

    def _accept(self, host: Host, listener: str) -> asyncio.BaseProtocol:
        fault = self.service.faults.take(CONNECT, host.fqdn)
        if self._server is not None and fault is None and not self.service.faults.refuses(host.fqdn):
            return self._server()
        self._log({"event": "connect", "host": host.fqdn, "listener": listener, "fault": "reset"})
        return _CutAtOnce()

    # One request -----------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        if transport is None:
            raise Drop
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
            if endpoint is None:
                response = web.Response(status=404, text="404 - File or directory not found.")
            else:
                response = await self._converse(request, body, host, endpoint, connection, record)
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
            connection = Connection(self._count, host.fqdn, self.service.accounts, binding)
            self._connections[transport] = connection
        return connection

    async def _converse(
        self,
        http: web.BaseRequest,
        body: bytes,
        host: Host,
        endpoint: Endpoint,
        connection: Connection,
        record: dict[str, Any],
    ) -> web.Response:
        """Login, sealing, SOAP, sealing back. Raises Drop."""
        headers: dict[str, str] = {}
        try:
            header = http.headers.get("Authorization")
            if header is not None:
                if value := connection.log_in(header, endpoint.offers):
                    headers["WWW-Authenticate"] = value
            elif not connection.logged_in:
                raise connection.challenge(endpoint.offers, "no login yet")
            if not body:  # the empty POST with which clients agree on a key
                record["action"] = "login"
                return web.Response(headers=headers)
            sealed = http.content_type.startswith("multipart/")
            if sealed:
                body = connection.unseal(body)
            elif record["listener"] not in TLS_LISTENERS:
                return _soap_response(500, soap.fault("", unencrypted_refused()), headers)
            status, answer = await self._serve(http, body, host, endpoint, connection, record, headers)
        except Unauthorized as refusal:
            record |= {"action": "refused", "why": refusal.reason}
            response = web.Response(status=401)
            response.headers.extend([("WWW-Authenticate", challenge) for challenge in refusal.challenges])
            return response
        except BadSeal as error:
            record |= {"action": "refused", "why": f"bad seal: {error}"}
            return web.Response(status=400)
        except HttpAnswer as other:
            return web.Response(status=other.status, body=other.body, headers={"Content-Type": other.content_type})
        content_type = soap.CONTENT_TYPE
        if sealed:
            content_type, answer = connection.seal(answer, space=endpoint.exchange)
        if endpoint.exchange and "identity" not in http.headers.get("Accept-Encoding", ""):
            answer = gzip.compress(answer, 1)
            headers["Content-Encoding"] = "gzip"
        return _soap_response(status, answer, headers, content_type)

    async def _serve(
        self,
        http: web.BaseRequest,
        body: bytes,
        host: Host,
        endpoint: Endpoint,
        connection: Connection,
        record: dict[str, Any],
        headers: dict[str, str],
    ) -> tuple[int, bytes]:
        """Status and envelope. Raises what the service raises, but no WSManFault."""
        message_id = ""
        try:
            request = Request.parse(body)
            message_id = request.message_id
            record["action"] = request.operation
            if http.transport is not None:
                request.client_gone = http.transport.is_closing
            cookies = SimpleCookie(http.headers.get("Cookie", ""))
            cookie = cookies[COOKIE].value if COOKIE in cookies else ""
            call = Call(host, endpoint, connection, request, Query.parse(http.query_string), cookie, record)
            answer = await self.service.handle(call)
            if request.operation == "Create" and endpoint.exchange:
                headers["Set-Cookie"] = f"{COOKIE}={_created(answer)}; path=/; HttpOnly"
            return 200, soap.response(request, answer)
        except WSManFault as error:
            record["wsman_fault"] = error.code
            return 500, soap.fault(message_id, error)


def _created(body: str) -> str:
    return body.partition("<rsp:ShellId>")[2].partition("</rsp:ShellId>")[0]


def _soap_response(
    status: int, body: bytes, headers: dict[str, str], content_type: str = soap.CONTENT_TYPE
) -> web.Response:
    return web.Response(status=status, body=body, headers=headers | {"Content-Type": content_type})
