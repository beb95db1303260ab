# SPDX-License-Identifier: GPL-3.0-or-later
"""The POP and IMAP settings of a server in AD (certificate-laws S10, S20)."""

from __future__ import annotations

from .directory import AdObject
from .servers import Server

PROTOCOLS = {"IMAP": "IMAP4", "POP": "POP3"}
PORTS = {"IMAP": ("993:SSL", "143:TLS"), "POP": ("995:SSL", "110:TLS")}


def settings(server: Server, created: float) -> dict[str, AdObject]:
    """IMAP and POP; the name of their certificate and the host of internal clients is the server's FQDN at first."""
    return {
        service: AdObject(
            f"CN=1,CN={protocol},CN=Protocols,{server.object.dn}",
            "1",
            ("top", f"protocolCfg{service}", f"protocolCfg{service}Server"),
            f"Protocol-Cfg-{service}-Server",
            created,
            {
                "X509CertificateName": server.directory_fqdn,
                "InternalConnectionSettings": tuple(f"{server.directory_fqdn}:{port}" for port in PORTS[service]),
                "ExternalConnectionSettings": (),
            },
        )
        for service, protocol in PROTOCOLS.items()
    }
