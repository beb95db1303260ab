# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors of the mail transport, as far as certificates concern them (certificate-laws S1, S5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .directory import AdObject, Directory
from .servers import Server

HUB, FRONT_END = "HubTransport", "FrontendTransport"
ROUTING_GROUP = "Exchange Routing Group (DWBGZMFD01QNBJR)"
EVERY_MECHANISM = "Tls, Integrated, BasicAuth, BasicAuthRequireTLS, ExchangeServer"
FOR_CLIENTS = "Tls, Integrated, BasicAuth, BasicAuthRequireTLS"
DEFAULTS = (
    ("Default", HUB, EVERY_MECHANISM),
    ("Client Proxy", HUB, EVERY_MECHANISM),
    ("Default Frontend", FRONT_END, EVERY_MECHANISM),
    ("Outbound Proxy Frontend", FRONT_END, EVERY_MECHANISM),
    ("Client Frontend", FRONT_END, FOR_CLIENTS),
)


@dataclass(eq=False, slots=True)
class ReceiveConnector:
    """A server's own connector; its identity is ``SERVER\\name``."""

    server: Server
    object: AdObject

    @property
    def identity(self) -> str:
        return f"{self.server.name}\\{self.object.name}"


def receive_connectors(server: Server, created: float) -> list[ReceiveConnector]:
    """Setup's connectors: no TlsCertificateName, the server's FQDN as their name."""
    present = {HUB: server.has_back_end, FRONT_END: server.has_front_end}
    return [
        receive_connector(server, f"{title} {server.name}", role, mechanism, created)
        for title, role, mechanism in DEFAULTS
        if present[role]
    ]


def receive_connector(server: Server, name: str, role: str, mechanism: str, created: float) -> ReceiveConnector:
    """One connector of a server."""
    values = {
        "AuthMechanism": mechanism,
        "Fqdn": server.directory_fqdn,
        "TlsCertificateName": None,
        "Enabled": True,
        "TransportRole": role,
    }
    item = AdObject(
        f"CN={name},CN=SMTP Receive Connectors,CN=Protocols,{server.object.dn}",
        name,
        ("top", "msExchSmtpReceiveConnector"),
        "ms-Exch-Smtp-Receive-Connector",
        created,
        values,
    )
    return ReceiveConnector(server, item)


def hybrid_configuration(
    directory: Directory,
    tls_certificate_name: str | None,
    created: float,
    receiving: Sequence[str] = (),
    sending: Sequence[str] = (),
) -> AdObject:
    """The organization's one object, which the Hybrid Configuration Wizard makes (certificate-laws S18).

    ``receiving`` and ``sending`` are the NetBIOS names of its transport servers.
    """
    return AdObject(
        f"CN=Hybrid Configuration,CN=Hybrid Configuration,{directory.organization_dn}",
        "Hybrid Configuration",
        ("top", "msExchCoexistenceRelationship"),
        "ms-Exch-Coexistence-Relationship",
        created,
        {
            "TlsCertificateName": tls_certificate_name,
            "ReceivingTransportServers": tuple(name.upper() for name in receiving),
            "SendingTransportServers": tuple(name.upper() for name in sending),
        },
    )


def send_connector(directory: Directory, row: Mapping[str, Any], created: float) -> AdObject:
    """A Send connector of the organization, from an estate's ``send_connectors``.

    Keys: ``name``, ``servers`` (NetBIOS names of the source servers), ``fqdn``, ``tls_certificate_name``, ``enabled``,
    ``cloud``, ``tls_domain``. Raises ValueError for another one.
    """
    keys = {"name", "servers", "fqdn", "tls_certificate_name", "enabled", "cloud", "tls_domain"}
    if unknown := sorted(set(row) - keys):
        raise ValueError(f"A Send connector of an estate has no '{unknown[0]}'. Known keys: {', '.join(sorted(keys))}.")
    group = directory.servers_dn.partition(",")[2]
    return AdObject(
        f"CN={row['name']},CN=Connections,CN={ROUTING_GROUP},CN=Routing Groups,{group}",
        row["name"],
        ("top", "msExchConnector", "mailGateway", "msExchRoutingSMTPConnector"),
        "ms-Exch-Routing-SMTP-Connector",
        created,
        {
            "TlsDomain": row.get("tls_domain"),
            "CloudServicesMailEnabled": bool(row.get("cloud", False)),
            "Fqdn": row.get("fqdn"),
            "TlsCertificateName": row.get("tls_certificate_name"),
            "Enabled": bool(row.get("enabled", True)),
            "SourceTransportServers": tuple(name.upper() for name in row.get("servers", ())),
        },
    )
