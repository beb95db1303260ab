# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-PopSettings and Get-ImapSettings: which name their certificate must have (certificate-laws S10)."""

from __future__ import annotations

from functools import partial

from ..world.mail_protocols import PROTOCOLS
from ..world.refused import not_found
from .call import Call, cmdlet
from .enumerations import DIRECTORY
from .shapes import AD_OBJECT_TYPES
from .virtual_directories import damaged

TYPE_NAMES = {"IMAP": "Imap4AdConfiguration", "POP": "Pop3AdConfiguration"}
NOUNS = {"IMAP": "ImapSettings", "POP": "PopSettings"}


def get(service: str, call: Call) -> None:
    """The settings of the session's server, or of -Server."""
    controller, name = call.domain_controller, call.bound.get("Server")
    server = call.server if name is None else call.world.server(name)
    if server is None:
        raise not_found(name, controller)
    item = server.mail_protocols[service]
    shapes, values = call.shapes, call.world.directory.read(item, controller)
    identity = f"{server.name}\\{item.name}"
    built = shapes.bag(
        (
            *(DIRECTORY + name for name in (TYPE_NAMES[service], "PopImapAdConfiguration", "ADEmailTransport")),
            DIRECTORY + "ADConfigurationObject",
            *AD_OBJECT_TYPES,
        ),
        [
            ("ProtocolName", PROTOCOLS[service]),
            ("Name", item.name),
            ("X509CertificateName", values["X509CertificateName"]),
            ("Server", shapes.ad_object_id(server.object.dn, server.name)),
            *shapes.directory_tail(item, identity, controller, "0.10 (14.0.100.0)", "Unchanged"),
        ],
        identity,
    )
    call.write(damaged(call, server.name, NOUNS[service], built))


for _service, _noun in NOUNS.items():
    cmdlet(f"Get-{_noun}")(partial(get, _service))
