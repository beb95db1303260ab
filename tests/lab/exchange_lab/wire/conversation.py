# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request: login, unsealing, the service's answer, sealing and compression."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from aiohttp import web

from . import soap
from .authentication import BadSeal, Connection, Unauthorized
from .host import TLS_LISTENERS, Endpoint, Host
from .routing import Query
from .service import COOKIE, Call, HttpAnswer, Service
from .soap import Request, WSManFault
from .wsman_faults import unencrypted_refused


@dataclass
class Conversation:
    """A request where it arrived; record is its line in the log, headers are the answer's."""

    http: web.BaseRequest
    host: Host
    endpoint: Endpoint
    connection: Connection
    service: Service
    record: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    async def answer(self, body: bytes) -> web.Response:
        """Raises Drop."""
        try:
            self._log_in()
            if not body:  # the empty POST with which clients agree on a key
                self.record["action"] = "login"
                return web.Response(headers=self.headers)
            sealed = self.http.content_type.startswith("multipart/")
            if sealed:
                body = self.connection.unseal(body)
            elif self.record["listener"] not in TLS_LISTENERS:
                return self._response(500, soap.fault("", unencrypted_refused()), soap.CONTENT_TYPE)
            status, envelope = await self._serve(body)
        except Unauthorized as refusal:
            self.record |= {"action": "refused", "why": refusal.reason}
            response = web.Response(status=401)
            response.headers.extend([("WWW-Authenticate", challenge) for challenge in refusal.challenges])
            return response
        except BadSeal as error:
            self.record |= {"action": "refused", "why": f"bad seal: {error}"}
            return web.Response(status=400)
        except HttpAnswer as other:
            return self._response(other.status, other.body, other.content_type)
        content_type = soap.CONTENT_TYPE
        if sealed:
            content_type, envelope = self.connection.seal(envelope, space=self.endpoint.exchange)
        if self.endpoint.exchange and "identity" not in self.http.headers.get("Accept-Encoding", ""):
            envelope = gzip.compress(envelope, 1)
            self.record["compressed"] = True
            self.headers["Content-Encoding"] = "gzip"
        return self._response(status, envelope, content_type)

    def _log_in(self) -> None:
        """Raises Unauthorized."""
        header = self.http.headers.get("Authorization")
        if header is not None:
            if value := self.connection.log_in(header, self.endpoint.offers):
                self.headers["WWW-Authenticate"] = value
        elif not self.connection.logged_in:
            raise self.connection.challenge(self.endpoint.offers, "no login yet")

    async def _serve(self, body: bytes) -> tuple[int, bytes]:
        """Status and envelope. Raises what the service raises, but no WSManFault."""
        message_id = ""
        try:
            request = Request.parse(body)
            message_id = request.message_id
            self.record["action"] = request.operation
            if self.http.transport is not None:
                request.client_gone = self.http.transport.is_closing
            cookies = SimpleCookie(self.http.headers.get("Cookie", ""))
            cookie = cookies[COOKIE].value if COOKIE in cookies else ""
            query = Query.parse(self.http.query_string)
            call = Call(self.host, self.endpoint, self.connection, request, query, cookie, self.record)
            content = await self.service.handle(call)
            if request.operation == "Create" and call.shell is not None:
                self.headers["Set-Cookie"] = f"{COOKIE}={call.shell.id}; path=/; HttpOnly"
            if "back_end" in self.record:  # the front end tells where it proxied to (public page msxfaq.de)
                self.headers["X-CalculatedBETarget"] = self.record["back_end"]
            return 200, soap.response(request, content)
        except WSManFault as error:
            self.record["wsman_fault"] = error.code
            return 500, soap.fault(message_id, error)

    def _response(self, status: int, body: bytes, content_type: str) -> web.Response:
        return web.Response(status=status, body=body, headers=self.headers | {"Content-Type": content_type})
