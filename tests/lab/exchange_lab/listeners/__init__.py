# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients and other servers meet on a server's ports: TLS with its certificates, web sites, mail protocols."""

from __future__ import annotations

from .client_listeners import BACK_END_PORT, CLIENT_PORT, ClientListeners
from .followed_interpreter import FollowedInterpreter
from .mail_listeners import MAIL_PORTS, MailListeners
from .power_shell import PowerShellAccess

__all__ = [
    "BACK_END_PORT",
    "CLIENT_PORT",
    "MAIL_PORTS",
    "ClientListeners",
    "FollowedInterpreter",
    "MailListeners",
    "PowerShellAccess",
]
