# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers that enumerations carry on the wire.

Numbers marked below were seen in objects of a real server (client-access-laws 1.0). The others are this lab's own,
from 100 up, so that nobody takes them for facts: clients must go by the text.
"""

from __future__ import annotations

from functools import cache

from psrpcore.types import PSEnumBase, PSType

DIRECTORY = "Microsoft.Exchange.Data.Directory.SystemConfiguration."
DATA = "Microsoft.Exchange.Data."

SEEN: dict[str, dict[str, int]] = {
    "AuthenticationMethod": {"Basic": 0, "Ntlm": 2, "Fba": 3, "WindowsIntegrated": 4, "WSSecurity": 7, "OAuth": 10},
    "GzipLevel": {"Off": 0, "Low": 1},
    "LogonFormats": {"FullDomain": 0},
    "ExtendedProtectionTokenCheckingMode": {"None": 0},
    "RemoteDocumentsActions": {"Block": 1},
    "AttachmentBlockingActions": {"Allow": 0},
    "ClientAuthCleanupLevels": {"High": 0},
    "WebBeaconFilterLevels": {"UserFilterChoice": 0},
    "OwaVersions": {"Exchange2013": 4},
    "OutboundCharsetOptions": {"AutoDetect": 1},
    "WebPartsFrameOptions": {"SameOrigin": 3},
    "AllowOfflineOnEnum": {"AllComputers": 3},
    "InstantMessagingTypeOptions": {"None": 0},
    "ObjectState": {"New": 0, "Unchanged": 1, "Changed": 2},
    "ServiceState": {"Inactive": 0, "Active": 1},
    "ServerEditionType": {"StandardEvaluation": 2},
    "ServerRole": {"Mailbox": 2, "HubTransport": 32, "FrontendTransport": 16384},
    "AuthMechanisms": {
        "Tls, Integrated, BasicAuth, BasicAuthRequireTLS, ExchangeServer": 31,
        "Tls, Integrated, BasicAuth, BasicAuthRequireTLS": 15,
    },
}
NAMESPACES = {"ObjectState": DATA, "ServerEditionType": DATA, "ServiceState": DATA}


@cache
def enumeration(type_name: str, value: str) -> PSEnumBase:
    """The wire object of one value: its text, its number and its .NET types."""
    number = SEEN.get(type_name, {}).get(value, 100 + sum(map(ord, value)))
    built = PSEnumBase(type_name, {value: number})  # type: ignore[arg-type]  # the functional form of an Enum
    return PSType([full_type_name(type_name)], rehydrate=False)(built)[value]  # type: ignore[type-var]


def full_type_name(type_name: str) -> str:
    """The .NET name of an enumeration."""
    return NAMESPACES.get(type_name, DIRECTORY) + type_name
