# SPDX-License-Identifier: GPL-3.0-or-later
"""The POP and IMAP settings of a server in AD (certificate-laws S10)."""

from __future__ import annotations

from .directory import AdObject
from .servers import Server

PROTOCOLS = {"IMAP": "IMAP4", "POP": "POP3"}


def settings(server: Server, created: float) -> dict[str, AdObject]:
    """IMAP and POP; the name of their certificate is the server's FQDN at first."""
    return {
        service: AdObject(
            f"CN=1,CN={protocol},CN=Protocols,{server.object.dn}",
            "1",
            ("top", f"protocolCfg{service}", f"protocolCfg{service}Server"),
            f"Protocol-Cfg-{service}-Server",
            created,
            {"X509CertificateName": server.directory_fqdn},
        )
        for service, protocol in PROTOCOLS.items()
    }
