# SPDX-License-Identifier: GPL-3.0-or-later
"""What IIS and http.sys say when no application does."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

IIS, HTTP_SYS = "Microsoft-IIS/10.0", "Microsoft-HTTPAPI/2.0"
METHODS = ("GET", "HEAD")


def page(body: str, headers: Mapping[str, str] | None = None, *, status: int = 200) -> web.Response:
    """An HTML page of an application."""
    return web.Response(status=status, text=body, content_type="text/html", headers={**(headers or {}), "Server": IIS})


def not_found() -> web.Response:
    return page("404 - File or directory not found.", status=404)


def method_refused() -> web.Response:
    text = "405 - HTTP verb used to access this page is not allowed."
    return page(text, {"Allow": ", ".join(METHODS)}, status=405)


def unavailable() -> web.Response:
    """http.sys for a pool that does not run; it closes the connection (health-laws H9)."""
    response = web.Response(status=503, text="Service Unavailable", headers={"Server": HTTP_SYS})
    response.force_close()
    return response
