# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log: what http.sys writes about certificates (iis-over-remoting 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HTTP_EVENT = "Microsoft-Windows-HttpEvent"
BROKEN_SSL, BOUND_SSL = 15021, 15301


@dataclass(frozen=True, slots=True)
class Event:
    """``time`` is in seconds since 1970, ``data`` the EventData by name."""

    log: str
    provider: str
    id: int
    time: float
    data: Mapping[str, str]


def broken_ssl(endpoint: str, time: float) -> Event:
    """Event 15021: http.sys could not use the certificate of an endpoint such as ``0.0.0.0:444``."""
    return Event("System", HTTP_EVENT, BROKEN_SSL, time, {"Endpoint": endpoint})


def bound_ssl(endpoint: str, time: float) -> Event:
    """Event 15301: an endpoint got a certificate."""
    return Event("System", HTTP_EVENT, BOUND_SSL, time, {"Endpoint": endpoint})
