# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange Back End: a page for each application whose pool runs. It has no healthcheck.htm (health-laws H17)."""

from __future__ import annotations

from html import escape

from aiohttp import web

from ..world.windows import Machine
from ..world.windows.applications import application_of
from .answers import not_found, page, unavailable
from .front_end import is_health_check


def answer(machine: Machine, request: web.BaseRequest, now: float) -> web.Response:
    """What the back end says to a request of its front end or of anybody else. now: of the world's clock."""
    server = machine.server
    application = application_of(request.path, server.version.parts)
    if application is None or is_health_check(request.path):
        return not_found()
    if not machine.pools[application.back_end_pool].serves(now):
        return unavailable()
    text = f"<html><body>Exchange Back End of {server.directory_fqdn}: {escape(request.path)}</body></html>"
    return page(text, {"X-BEServer": server.name})
