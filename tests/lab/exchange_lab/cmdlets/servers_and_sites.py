# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ExchangeServer and Get-ADSite."""

from __future__ import annotations

from psrpcore.types import PSInt, PSList, PSObject

from ..world.directory import AdObject
from ..world.refused import not_found
from ..world.servers import Server
from .call import Call, cmdlet
from .enumerations import DATA, DIRECTORY, enumeration
from .shapes import AD, AD_OBJECT_TYPES, ASSEMBLY, Shapes
from .virtual_directories import damaged


@cmdlet("Get-ExchangeServer")
def get_exchange_server(call: Call) -> None:
    """Every server, or the one of -Identity; another domain than the forest's has none."""
    controller = call.domain_controller
    identity, domain = call.bound.get("Identity"), call.bound.get("Domain")
    servers = list(call.world.servers.values())
    if identity is not None:
        found = call.world.server(identity)
        if found is None:
            raise not_found(identity, controller)
        servers = [found]
    if domain is not None and domain.lower() != call.world.directory.forest:
        servers = []
    for server in servers:
        call.write(damaged(call, server.name, "ExchangeServer", _server(call, server, controller)))


def _server(call: Call, server: Server, controller: str) -> PSObject:
    shapes = call.shapes
    directory = call.world.directory
    site_dn = f"CN={server.site},CN=Sites,{directory.configuration}"
    controllers = shapes.text_list(directory.site(server.site).domain_controllers if call.bound.get("Status") else ())
    data_path = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Mailbox"
    role = "Mailbox, ClientAccess" if len(server.roles) > 1 and server.version.product == "2013" else server.roles[-1]
    tail = shapes.directory_tail(server.object, server.name, controller, "0.1 (8.0.535.0)", "Unchanged")
    return shapes.bag(
        (AD + "Management.ExchangeServer", AD + "Management.ADPresentationObject", *AD_OBJECT_TYPES),
        [
            ("Name", server.name),
            (
                "DataPath",
                shapes.bag(
                    (DATA + "LocalLongFullPath", DATA + "LongPath"),
                    (
                        ("PathName", data_path),
                        ("IsLocalFull", True),
                        ("IsUnc", False),
                        ("DriveName", "C:"),
                    ),
                    data_path,
                ),
            ),
            ("Domain", directory.forest),
            ("Edition", enumeration("ServerEditionType", "StandardEvaluation")),
            ("ExchangeLegacyDN", call.world.legacy_dn(server)),
            ("ExchangeLegacyServerRole", PSInt(0)),
            ("Fqdn", server.directory_fqdn),
            ("CustomerFeedbackEnabled", True),
            ("InternetWebProxy", None),
            ("InternetWebProxyBypassList", None),
            ("IsHubTransportServer", server.has_back_end),
            ("IsClientAccessServer", server.has_front_end),
            ("IsExchange2007OrLater", True),
            ("IsEdgeServer", False),
            ("IsMailboxServer", server.has_back_end),
            ("IsE14OrLater", True),
            ("IsE15OrLater", True),
            ("IsProvisionedServer", False),
            ("IsUnifiedMessagingServer", False),
            ("IsFrontendTransportServer", server.has_front_end),
            ("NetworkAddress", _addresses(shapes, server)),
            ("OrganizationalUnit", f"{directory.forest}/{server.name}"),
            ("AdminDisplayVersion", shapes.server_version(server.version)),
            ("Site", shapes.ad_object_id(site_dn, f"{directory.forest}/Configuration/Sites/{server.site}")),
            ("ServerRole", enumeration("ServerRole", role)),
            ("ErrorReportingEnabled", True),
            ("MitigationsEnabled", True),
            ("StaticDomainControllers", shapes.text_list(())),
            ("StaticGlobalCatalogs", shapes.text_list(())),
            ("StaticConfigDomainController", ""),
            ("StaticExcludedDomainControllers", shapes.text_list(())),
            ("MonitoringGroup", ""),
            ("CurrentDomainControllers", controllers),
            ("CurrentGlobalCatalogs", controllers),
            ("CurrentConfigDomainController", controller if call.bound.get("Status") else ""),
            ("ProductID", ""),
            ("IsExchangeTrialEdition", True),
            ("IsExpiredExchangeTrialEdition", False),
            ("MailboxProvisioningAttributes", None),
            ("RemainingTrialPeriod", shapes.time_span(0)),
            ("MitigationsApplied", None),
            ("MitigationsBlocked", None),
            ("DataCollectionEnabled", False),
            *((name, value) for name, value in tail if name != "AdminDisplayName"),
        ],
        server.name,
    )


@cmdlet("Get-ADSite")
def get_ad_site(call: Call) -> None:
    """Every AD site, or the one of -Identity (name, DN or GUID)."""
    controller, identity = call.domain_controller, call.bound.get("Identity")
    sites = list(call.world.ad_sites.values())
    if identity is not None:
        wanted = identity.lower()
        sites = [site for site in sites if wanted in (site.name.lower(), site.dn.lower(), str(site.guid))]
        if not sites:
            raise not_found(identity, controller)
    for site in sites:
        call.write(damaged(call, "*", "ADSite", _site(call, site, controller)))


def _site(call: Call, site: AdObject, controller: str) -> PSObject:
    shapes = call.shapes
    text = f"{call.world.directory.forest}/Configuration/Sites/{site.name}"
    return shapes.bag(
        (DIRECTORY + "ADSite", DIRECTORY + "ADConfigurationObject", *AD_OBJECT_TYPES),
        [
            ("Name", site.name),
            ("HubSiteEnabled", False),
            ("InboundMailEnabled", True),
            ("PartnerId", PSInt(-1)),
            ("MinorPartnerId", PSInt(-1)),
            ("ResponsibleForSites", shapes.text_list(())),
            *shapes.directory_tail(site, text, controller, "0.0 (6.5.6500.0)", "Unchanged"),
        ],
        text,
    )


def _addresses(shapes: Shapes, server: Server) -> PSList:
    element = f"[[{DATA}NetworkAddress, Microsoft.Exchange.Data, {ASSEMBLY}]]"
    built = PSList(
        [
            shapes.bag(
                (DATA + "CustomNetworkAddress", DATA + "NetworkAddress", DATA + "ProtocolAddress"),
                (("AddressString", address),),
                f"{protocol}:{address}",
            )
            for protocol, address in (
                ("ncacn_vns_spp", server.name),
                ("netbios", server.name),
                ("ncacn_ip_tcp", server.directory_fqdn),
            )
        ]
    )
    built.PSObject.type_names = [
        DATA + "NetworkAddressCollection",
        f"{DATA}ProtocolAddressCollection`1{element}",
        f"{DATA}MultiValuedProperty`1{element}",
        DATA + "MultiValuedPropertyBase",
        "System.Object",
    ]
    return built
