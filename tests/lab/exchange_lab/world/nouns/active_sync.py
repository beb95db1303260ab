# SPDX-License-Identifier: GPL-3.0-or-later
"""ActiveSyncVirtualDirectory (client-access-laws 1.4)."""

from __future__ import annotations

from .attributes import AD, IIS, Attribute, Noun, Place, enum, extended_protection, many, methods, places, urls

PATH = "/Microsoft-Server-ActiveSync"


def own_url(place: Place) -> str | None:
    return f"https://{place.server.fqdn}{PATH}" if place.is_front_end else None


ACTIVE_SYNC = Noun(
    name="ActiveSyncVirtualDirectory",
    directory="Microsoft-Server-ActiveSync",
    object_class="msExchMobileVirtualDirectory",
    category="ms-Exch-Mobile-Virtual-Directory",
    type_name="ADMobileVirtualDirectory",
    attributes=(
        Attribute("MobileClientCertificateProvisioningEnabled", "bool", AD, False),
        *many("bool", AD, True, "BadItemReportingEnabled", "SendWatsonReport"),
        *many("text", AD, "", "MobileClientCertificateAuthorityURL", "MobileClientCertTemplateName"),
        Attribute("ActiveSyncServer", "text", AD, own_url),
        enum("RemoteDocumentsActionForUnknownServers", "RemoteDocumentsActions", AD, "Block"),
        *many(
            "texts",
            AD,
            (),
            "RemoteDocumentsAllowedServers",
            "RemoteDocumentsBlockedServers",
            "RemoteDocumentsInternalDomainSuffixList",
        ),
        methods("InternalAuthenticationMethods", ()),
        methods("ExternalAuthenticationMethods", ()),
        *many("bool", IIS, True, "BasicAuthEnabled", "CompressionEnabled"),
        Attribute("WindowsAuthEnabled", "bool", IIS, False),
        enum("ClientCertAuth", "ClientCertAuthTypes", IIS, "Ignore"),
        Attribute("WebsiteName", "text", IIS, lambda place: place.web_site),
        Attribute("VirtualDirectoryName", "text", AD, "Microsoft-Server-ActiveSync"),
        *places("sync"),
        *extended_protection("Allow", "Require"),
        *urls(PATH),
    ),
)
