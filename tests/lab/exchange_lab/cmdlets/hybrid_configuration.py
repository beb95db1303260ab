# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-HybridConfiguration, as far as certificates go (certificate-laws S18)."""

from __future__ import annotations

from psrpcore.types import PSList

from .call import Call, cmdlet
from .enumerations import DIRECTORY
from .shapes import AD_OBJECT_TYPES
from .virtual_directories import damaged


@cmdlet("Get-HybridConfiguration")
def get(call: Call) -> None:
    """The organization's one object; none without a hybrid deployment."""
    controller, item = call.domain_controller, call.world.hybrid_configuration
    if item is None:
        return
    shapes, values = call.shapes, call.world.directory.read(item, controller)
    built = shapes.bag(
        (DIRECTORY + "HybridConfiguration", DIRECTORY + "ADConfigurationObject", *AD_OBJECT_TYPES),
        [
            *(
                (name, _servers(call, values[name]))
                for name in ("ReceivingTransportServers", "SendingTransportServers")
            ),
            ("TlsCertificateName", shapes.smtp_certificate_name(values["TlsCertificateName"])),
            ("Name", item.name),
            *shapes.directory_tail(item, item.name, controller, "0.20 (15.0.0.0)", "Unchanged"),
        ],
        item.name,
    )
    call.write(damaged(call, "*", "HybridConfiguration", built))


def _servers(call: Call, names: tuple[str, ...]) -> PSList:
    folder = call.world.directory.servers_dn
    return call.shapes.objects(call.shapes.ad_object_id(f"CN={name},{folder}", name) for name in names)
