# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients and other servers meet on a server's ports 443 and 444: TLS with the bound certificate, web sites."""

from __future__ import annotations

from .client_listeners import BACK_END_PORT, CLIENT_PORT, ClientListeners
from .followed_interpreter import FollowedInterpreter
from .power_shell import PowerShellAccess

__all__ = ["BACK_END_PORT", "CLIENT_PORT", "ClientListeners", "FollowedInterpreter", "PowerShellAccess"]
