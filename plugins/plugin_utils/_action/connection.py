# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task's own connection tells about the host, without connecting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._remoting.endpoint import CONNECTIONS
from .._remoting.errors import BadInput
from .plain import plain

WINDOWS_POWERSHELL = "Microsoft.PowerShell"
CONNECT_S = 30
"""The default of psrp's connection_timeout; winrm has none."""


def connection_options(connection: Any) -> dict[str, Any]:
    """Credentials and the way to the Windows endpoint in one vocabulary, from a ``winrm`` or a ``psrp`` connection.

    Weaker settings, such as skipped certificate validation, are not taken over.

    Raises:
        BadInput: another kind of connection.
    """
    transport = str(connection.transport).rpartition(".")[2]
    if transport not in CONNECTIONS:
        raise BadInput(
            f"This action reaches Exchange with the options of a psrp or winrm connection, not of '{transport}'.",
            "Set ansible_connection to ansible.builtin.psrp for the host, or delegate the task to an Exchange server.",
        )

    def option(name: str) -> Any:
        return plain(connection.get_option(name))

    shared = {name: option(name) for name in ("remote_addr", "remote_user", "remote_password", "port")}
    return {**shared, **(_of_psrp(option) if transport == "psrp" else _of_winrm(option, shared["remote_user"] or ""))}


def _of_psrp(option: Callable[[str], Any]) -> dict[str, Any]:
    return {
        "scheme": option("protocol"),
        "path": option("path") or "wsman",
        "auth": [option("auth") or "negotiate"],
        "spn_host": option("negotiate_hostname_override"),
        "spn_service": option("negotiate_service") or "WSMAN",
        "ca_cert": option("ca_cert"),
        "configuration_name": option("configuration_name") or WINDOWS_POWERSHELL,
        "connection_timeout": option("connection_timeout") or CONNECT_S,
    }


def _of_winrm(option: Callable[[str], Any], user: str) -> dict[str, Any]:
    """Its time-out is the one of an operation. Without a transport it takes Kerberos for ``user@domain``."""
    extras = option("_extras") or {}
    return {
        "scheme": option("scheme"),
        "path": option("path") or "wsman",
        "auth": option("transport") or ["kerberos" if "@" in user else "basic"],
        "spn_host": extras.get("ansible_winrm_kerberos_hostname_override"),
        "spn_service": extras.get("ansible_winrm_service") or "HTTP",
        "ca_cert": extras.get("ansible_winrm_ca_trust_path"),
        "configuration_name": WINDOWS_POWERSHELL,
        "connection_timeout": CONNECT_S,
    }
