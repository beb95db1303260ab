# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set-PopSettings and -ImapSettings: the name of their certificate, hosts of clients (laws S10, S20)."""

from __future__ import annotations

from functools import partial

from psrpcore.types import PSList

from ..world.mail_protocols import PROTOCOLS
from ..world.refused import not_found
from ..world.servers import Server
from ..world.setting import set_ad_object
from .call import Call, cmdlet, named_settings
from .enumerations import DATA, DIRECTORY
from .shapes import AD_OBJECT_TYPES, Shapes
from .virtual_directories import damaged

TYPE_NAMES = {"IMAP": "Imap4AdConfiguration", "POP": "Pop3AdConfiguration"}
CERTIFICATE_NAME = "X509CertificateName"
CONNECTION_SETTINGS = ("ExternalConnectionSettings", "InternalConnectionSettings")
NOUNS = {"IMAP": "ImapSettings", "POP": "PopSettings"}


def get(service: str, call: Call) -> None:
    """The settings of the session's server, or of -Server."""
    controller, server = call.domain_controller, _server(call)
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
            *((name, _connection_settings(shapes, values[name])) for name in CONNECTION_SETTINGS),
            ("X509CertificateName", values["X509CertificateName"]),
            ("Server", shapes.ad_object_id(server.object.dn, server.name)),
            *shapes.directory_tail(item, identity, controller, "0.10 (14.0.100.0)", "Unchanged"),
        ],
        identity,
    )
    call.write(damaged(call, server.name, NOUNS[service], built))


def set_(service: str, call: Call) -> None:
    """X509CertificateName; the services use it when they start again (E9). Raises Stopped for another parameter."""
    controller, server = call.domain_controller, _server(call)
    named = named_settings(call, (CERTIFICATE_NAME,))
    item = server.mail_protocols[service]
    warnings = set_ad_object(
        call.world,
        item,
        f"{server.name}\\{item.name}",
        named,
        domain_controller=controller,
        what_if=call.bound.what_if,
    )
    protocol = PROTOCOLS[service]
    for text in warnings or [
        f"Changes to {protocol} settings will only take effect after all Microsoft Exchange {protocol} services are "
        f"restarted on server {server.name}."
    ]:
        call.warn(text)


def _connection_settings(shapes: Shapes, texts: tuple[str, ...]) -> PSList:
    """``host:port:encryption`` each; without encryption the last part is missing."""
    kind = "ProtocolConnectionSettings"
    return shapes.values(
        kind,
        (
            shapes.bag((DATA + kind,), zip(("Hostname", "Port"), text.split(":")[:2], strict=True), text)
            for text in texts
        ),
    )


def _server(call: Call) -> Server:
    name = call.bound.get("Server")
    server = call.server if name is None else call.world.server(name)
    if server is None:
        raise not_found(name, call.domain_controller)
    return server


for _service, _noun in NOUNS.items():
    cmdlet(f"Get-{_noun}")(partial(get, _service))
    cmdlet(f"Set-{_noun}")(partial(set_, _service))
