# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task's own connection tells about the host, without connecting."""

from __future__ import annotations

from typing import Any

from .._remoting.endpoint import CONNECTIONS
from .._remoting.errors import BadInput
from .plain import plain


def connection_options(connection: Any) -> dict[str, Any]:
    """Address, credentials and Kerberos name in one vocabulary, from a ``winrm`` or a ``psrp`` connection.

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
    options = {name: plain(connection.get_option(name)) for name in ("remote_addr", "remote_user", "remote_password")}
    if transport == "psrp":
        options["spn_host"] = plain(connection.get_option("negotiate_hostname_override"))
        options["ca_cert"] = plain(connection.get_option("ca_cert"))
    else:
        extras = plain(connection.get_option("_extras"))
        options["spn_host"] = extras.get("ansible_winrm_kerberos_hostname_override")
        options["ca_cert"] = extras.get("ansible_winrm_ca_trust_path")
    return options
