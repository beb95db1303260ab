# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set-SendConnector and -ReceiveConnector: what decides about their certificate (certificate-laws S1, S5)."""

from __future__ import annotations

from collections.abc import Sequence

from psrpcore.types import PSList, PSObject

from ..world.certificates.distinguished_names import tls_name
from ..world.directory import AdObject
from ..world.refused import Refused, not_found
from ..world.servers import Server
from ..world.setting import set_ad_object
from ..world.transport import ReceiveConnector
from .call import Call, cmdlet, named_settings
from .enumerations import DATA, DIRECTORY, enumeration
from .shapes import AD, AD_OBJECT_TYPES, ASSEMBLY, Shapes
from .virtual_directories import damaged

SEND_TYPES = (
    *(DIRECTORY + name for name in ("SmtpSendConnectorConfig", "MailGateway", "SendConnector")),
    *(DIRECTORY + name for name in ("ADLegacyVersionableObject", "ADConfigurationObject")),
    *AD_OBJECT_TYPES,
)
RECEIVE_TYPES = (DIRECTORY + "ReceiveConnector", DIRECTORY + "ADConfigurationObject", *AD_OBJECT_TYPES)
VERSION = "0.1 (8.0.535.0)"


@cmdlet("Get-SendConnector")
def get_send(call: Call) -> None:
    """Every Send connector of the organization, or the one of -Identity (name, DN or GUID)."""
    controller, identity = call.domain_controller, call.bound.get("Identity")
    for item in _chosen(call.world.send_connectors, identity, controller):
        call.write(damaged(call, "*", "SendConnector", _send(call, item, controller)))


@cmdlet("Get-ReceiveConnector")
def get_receive(call: Call) -> None:
    """The connectors of every server, those of -Server, or the one of -Identity."""
    controller, name = call.domain_controller, call.bound.get("Server")
    found = call.world.receive_connectors
    if name is not None:
        server = call.world.server(name)
        if server is None:
            raise not_found(name, controller)
        found = [item for item in found if item.server is server]
    if (identity := call.bound.get("Identity")) is not None:
        found = _receive_connectors(found, identity)
        if not found:
            raise not_found(identity, controller)
    for item in found:
        call.write(damaged(call, item.server.name, "ReceiveConnector", _receive(call, item, controller)))


@cmdlet("Set-SendConnector")
def set_send(call: Call) -> None:
    """One connector of the organization."""
    controller = call.domain_controller
    item = _chosen(call.world.send_connectors, call.bound.get("Identity"), controller)[0]
    sources = call.world.directory.read(item, controller)["SourceTransportServers"]
    _set(call, item, item.name, [server for server in call.world.servers.values() if server.name in sources])


@cmdlet("Set-ReceiveConnector")
def set_receive(call: Call) -> None:
    """One connector of a server."""
    identity = call.bound.get("Identity")
    found = _receive_connectors(call.world.receive_connectors, identity)
    if not found:
        raise not_found(identity, call.domain_controller)
    _set(call, found[0].object, found[0].identity, [found[0].server])


def _set(call: Call, item: AdObject, identity: str, servers: Sequence[Server]) -> None:
    """Raises Refused when a server lacks the certificate that is named (S5, switch)."""
    named = named_settings(call, ("TlsCertificateName", "Fqdn"))
    name = named.get("TlsCertificateName")
    if name is not None and call.world.switches["set_tls_name_check"] == "checked":
        for server in servers:
            marked = [entry for entry in call.world.certificates.of(server).my if entry.key and "SMTP" in entry.marks]
            if name.lower() not in [tls_name(entry.certificate).lower() for entry in marked]:
                raise Refused(f"The certificate '{name}' can't be found on server {server.name}.", target=identity)
    for text in set_ad_object(
        call.world, item, identity, named, domain_controller=call.domain_controller, what_if=call.bound.what_if
    ):
        call.warn(text)


def _receive_connectors(items: Sequence[ReceiveConnector], identity: str) -> list[ReceiveConnector]:
    return [item for item in items if _is(item.object, identity) or item.identity.lower() == identity.lower()]


def _chosen(items: list[AdObject], identity: str | None, controller: str) -> list[AdObject]:
    found = items if identity is None else [item for item in items if _is(item, identity)]
    if identity is not None and not found:
        raise not_found(identity, controller)
    return found


def _is(item: AdObject, identity: str) -> bool:
    return identity.lower() in (item.name.lower(), item.dn.lower(), str(item.guid))


def _send(call: Call, item: AdObject, controller: str) -> PSObject:
    shapes, values = call.shapes, call.world.directory.read(item, controller)
    tail = dict(shapes.directory_tail(item, item.name, controller, VERSION, "Unchanged"))
    return shapes.bag(
        SEND_TYPES,
        [
            ("TlsDomain", values["TlsDomain"]),
            ("CloudServicesMailEnabled", values["CloudServicesMailEnabled"]),
            ("Fqdn", shapes.fqdn(values["Fqdn"])),
            ("TlsCertificateName", shapes.smtp_certificate_name(values["TlsCertificateName"])),
            ("Enabled", values["Enabled"]),
            ("SourceTransportServers", _servers(call, shapes, values["SourceTransportServers"])),
            ("AdminDisplayName", tail.pop("AdminDisplayName")),
            ("ExchangeVersion", tail.pop("ExchangeVersion")),
            ("Name", item.name),
            *tail.items(),
        ],
        item.name,
    )


def _receive(call: Call, item: ReceiveConnector, controller: str) -> PSObject:
    shapes, values = call.shapes, call.world.directory.read(item.object, controller)
    tail = dict(shapes.directory_tail(item.object, item.identity, controller, VERSION, "Unchanged"))
    return shapes.bag(
        RECEIVE_TYPES,
        [
            ("AuthMechanism", enumeration("AuthMechanisms", values["AuthMechanism"])),
            ("Fqdn", shapes.fqdn(values["Fqdn"])),
            ("TlsCertificateName", shapes.smtp_certificate_name(values["TlsCertificateName"])),
            ("Enabled", values["Enabled"]),
            ("Server", shapes.ad_object_id(item.server.object.dn, item.server.name)),
            ("TransportRole", enumeration("ServerRole", values["TransportRole"])),
            ("AdminDisplayName", tail.pop("AdminDisplayName")),
            ("ExchangeVersion", tail.pop("ExchangeVersion")),
            ("Name", item.object.name),
            *tail.items(),
        ],
        item.identity,
    )


def _servers(call: Call, shapes: Shapes, names: tuple[str, ...]) -> PSList:
    """The source servers of a Send connector."""
    folder = call.world.directory.servers_dn
    built = PSList(shapes.ad_object_id(f"CN={name},{folder}", name) for name in names)
    element = f"[[{AD}ADObjectId, Microsoft.Exchange.Data.Directory, {ASSEMBLY}]]"
    built.PSObject.type_names = [
        f"{AD}ADMultiValuedProperty`1{element}",
        f"{DATA}MultiValuedProperty`1{element}",
        DATA + "MultiValuedPropertyBase",
        "System.Object",
    ]
    return built
