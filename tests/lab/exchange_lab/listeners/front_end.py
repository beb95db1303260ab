# SPDX-License-Identifier: GPL-3.0-or-later
"""Default Web Site: each application's probe page, and the proxy to a back end's 444 (health-laws 1, source 001)."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from ..world.servers import DEFAULT_WEB_SITE, Server
from ..world.windows import Machine, needs_restart
from ..world.windows.applications import POWERSHELL, application_of, has
from .answers import not_found, page, unavailable

if TYPE_CHECKING:
    from ..world.world import World

ANCHOR = "X-AnchorMailbox"
FROM_FRONT_END = "X-IsFromCafe"
PROXY_SECONDS = 10.0
BACK_END_PORT = 444


def is_health_check(path: str) -> bool:
    """/<application>/healthcheck.htm in any case (health-laws H1)."""
    parts = path.lower().split("/")
    return len(parts) == 3 and parts[2] == "healthcheck.htm"


class FrontEnd:
    """The front ends of all servers. url_of: where the lab's port 444 of a server (FQDN) is."""

    def __init__(self, world: World, url_of: Callable[[str], str]) -> None:
        self._world, self._url_of = world, url_of
        self._client: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Needs a running loop. Certificates of back ends are not judged, and no connection is used twice (S11)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        connector = aiohttp.TCPConnector(ssl=context, limit=0, force_close=True)
        self._client = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=aiohttp.ClientTimeout(total=PROXY_SECONDS)
        )

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def answer(self, machine: Machine, request: web.BaseRequest) -> web.Response:
        """What Default Web Site of one server says."""
        server = machine.server
        if request.path == "/":  # health-laws H15
            return page("", {"Location": "/owa/"}, status=302)
        application = application_of(request.path, server.version.parts)
        if application is None or not has(self._world, server, DEFAULT_WEB_SITE, application):  # V10
            return not_found()
        if not machine.pools[application.front_end_pool].serves(self._world.clock.now()):
            return unavailable()
        if is_health_check(request.path):  # made in memory, without the back end (H1, H2, H17)
            return page(f"200 OK<br/>{server.directory_fqdn}", {"X-FEServer": server.name})
        if application.path == POWERSHELL or FROM_FRONT_END in request.headers:
            return not_found()
        return await self._proxy(machine, self._back_end(server, request.headers.get(ANCHOR, "")), request)

    def _back_end(self, front: Server, anchor: str) -> Server:
        """The server that the anchor's domain part names, else the own one, else the first that has a back end."""
        named = self._world.server(anchor.rpartition("@")[2])
        candidates = [named, front, *self._world.servers.values()]
        return next(server for server in candidates if server is not None and server.has_back_end)

    async def _proxy(self, machine: Machine, back: Server, request: web.BaseRequest) -> web.Response:
        headers = {"X-FEServer": machine.server.name, "X-CalculatedBETarget": back.fqdn}
        if self._client is None or (back.fqdn, BACK_END_PORT) in machine.blocked or needs_restart(self._world, back):
            return page("", headers)
        try:
            async with self._client.request(
                request.method,
                self._url_of(back.fqdn) + request.path_qs,
                headers={"Host": f"{back.fqdn}:{BACK_END_PORT}", FROM_FRONT_END: "1"},
                allow_redirects=False,
            ) as response:
                return page(await response.text(), headers, status=response.status)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return page("", headers)  # the blank page of source 001; its status is not documented
