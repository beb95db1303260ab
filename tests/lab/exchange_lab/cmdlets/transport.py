# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-TransportService, as far as certificates go (certificate-laws E6)."""

from __future__ import annotations

from psrpcore.types import PSObject

from ..world.refused import not_found
from ..world.servers import Server
from .call import Call, cmdlet
from .shapes import AD, AD_OBJECT_TYPES
from .virtual_directories import damaged


@cmdlet("Get-TransportService")
def get(call: Call) -> None:
    """Every server with the Transport service, or the one of -Identity."""
    controller, identity = call.domain_controller, call.bound.get("Identity")
    servers = [server for server in call.world.servers.values() if server.has_back_end]
    if identity is not None:
        found = call.world.server(identity)
        if found not in servers:
            raise not_found(identity, controller)
        servers = [found]
    for server in servers:
        call.write(damaged(call, server.name, "TransportService", _shaped(call, server, controller)))


def _shaped(call: Call, server: Server, controller: str) -> PSObject:
    """The directory holds the certificate itself, the cmdlet shows its thumbprint (E6)."""
    shapes = call.shapes
    return shapes.bag(
        (AD + "Management.TransportServer", AD + "Management.ADPresentationObject", *AD_OBJECT_TYPES),
        [
            ("Name", server.name),
            (
                "InternalTransportCertificateThumbprint",
                call.world.certificates.internal_transport(server, controller),
            ),
            *shapes.directory_tail(server.object, server.name, controller, "0.1 (8.0.535.0)", "Unchanged"),
        ],
        server.name,
    )
