# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows side of a server: IIS, http.sys, services, events, the way to other servers (iis-over-remoting)."""

from __future__ import annotations

from .back_end import back_end_usable, needs_restart
from .faults import BINDING_FAULTS, break_binding
from .fresh_install import installed
from .http_sys import IIS_APP_ID, HttpSys, SslEntry
from .machine import Machine
from .pools import AppPool
from .services import Service
from .sites import Binding, WebSite
from .win32 import Win32Error

__all__ = [
    "BINDING_FAULTS",
    "IIS_APP_ID",
    "AppPool",
    "Binding",
    "HttpSys",
    "Machine",
    "Service",
    "SslEntry",
    "WebSite",
    "Win32Error",
    "back_end_usable",
    "break_binding",
    "installed",
    "needs_restart",
]
