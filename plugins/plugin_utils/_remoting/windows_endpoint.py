# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows endpoint of a server from a task's options and from its connection, which itself is not opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .endpoint import Endpoint, checked, first_fqdn, server_name
from .endpoint_kind import WINDOWS
from .errors import BadInput

HTTP_PORT, HTTPS_PORT = 5985, 5986
AUTHENTICATIONS = {
    "basic": "basic",
    "kerberos": "kerberos",
    "negotiate": "negotiate",
    "ntlm": "ntlm",
    "plaintext": "basic",
    "ssl": "basic",
}
"""What connections call a way of logging in (pywinrm says plaintext and ssl for Basic), and what it is here."""


def windows_endpoint(
    options: Mapping[str, Any], connection: Mapping[str, Any], inventory_name: str, modules: Sequence[str] = ()
) -> Endpoint:
    """The endpoint that the connection itself would use, with verified TLS unless the task says otherwise.

    Args:
        options: ``server`` and the ``windows_*`` options.
        connection: as ``connection_options`` returns it.
        inventory_name: the host's name in the inventory.
        modules: imported in every new session.

    Raises:
        BadInput: an option contradicts another or has an impossible value.
    """
    host = connection["remote_addr"] or inventory_name
    names = (inventory_name, connection["remote_addr"])
    port = connection["port"]
    scheme = connection["scheme"] or ("http" if port == HTTP_PORT else "https")
    return checked(
        Endpoint(
            server=server_name(options["server"] or first_fqdn(names) or inventory_name),
            host=host,
            username=connection["remote_user"] or "",
            password=connection["remote_password"] or "",
            scheme=scheme,
            port=port or (HTTP_PORT if scheme == "http" else HTTPS_PORT),
            auth=options["windows_auth"] or _authentication(connection["auth"]),
            spn_host=connection["spn_host"] or first_fqdn((host, inventory_name)) or "",
            ca_cert=options["windows_ca_cert"] or connection["ca_cert"],
            timeout=float(options["windows_timeout"]),
            kind=WINDOWS,
            path=connection["path"].lstrip("/"),
            verify=options["windows_cert_validation"] != "ignore",
            connect_timeout=connection["connection_timeout"],
            spn_service=connection["spn_service"],
            configuration=connection["configuration_name"],
            modules=tuple(modules),
        )
    )


def for_server(endpoint: Endpoint, fqdn: str, address: str) -> Endpoint:
    """The same way in to another server: user, port, protocol and CA are those of the endpoint.

    Args:
        address: name or address to connect to.
    """
    return replace(endpoint, server=fqdn, host=address, spn_host=fqdn)


def _authentication(offered: Sequence[str]) -> str:
    """The first of the connection's ways that is possible here. Raises BadInput."""
    for name in offered:
        if name in AUTHENTICATIONS:
            return AUTHENTICATIONS[name]
    raise BadInput(
        f"The connection logs in with {' or '.join(offered)}, which this collection does not do.",
        "Set windows_auth to kerberos, negotiate, ntlm or basic.",
    )
