# SPDX-License-Identifier: GPL-3.0-or-later
"""WebServicesVirtualDirectory (client-access-laws 1.3)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from ..change import Change
from ..refused import Refused
from .attributes import (
    AD,
    AD_UNPROVEN,
    IIS,
    Attribute,
    Noun,
    Place,
    enum,
    extended_protection,
    many,
    methods,
    places,
    urls,
)

METHODS = ("Ntlm", "WindowsIntegrated", "WSSecurity", "OAuth")
URLS = ("InternalUrl", "ExternalUrl", "InternalNLBBypassUrl")


def unresolvable_hosts_need_force(change: Change) -> None:
    """A host that does not resolve makes the cmdlet ask, unless -Force was given (client-access-laws 2.11)."""
    way = change.switches["ews_unresolvable"]
    if change.forced or way == "silent":
        return
    for name in URLS:
        host = urlsplit(change.named.get(name) or "").hostname or ""
        if not any(fnmatchcase(host, pattern) for pattern in change.world.unresolvable):
            continue
        if way == "prompt_without_force":
            raise Refused(
                "A command that prompts the user failed because the host program or the command type does not support "
                "user "
                "interaction. The host was attempting to request confirmation with the following message: The host "
                f"name of {name} "
                f"'{host}' can't be resolved. Do you want to continue?",
                "System.Management.Automation.Host.HostException",
                category="NotImplemented",
                target=change.directory.identity,
                terminating=True,
                error_id="HostException",
            )
        change.warn(f"The host name of {name} '{host}' can't be resolved.")


def bypass_url(place: Place) -> str | None:
    """Setup's value on the back end; the front end has none (client-access-laws 2.8), nor has a new one (V5)."""
    return None if place.is_front_end or not place.by_setup else f"https://{place.server.fqdn}:444/ews/exchange.asmx"


WEB_SERVICES = Noun(
    name="WebServicesVirtualDirectory",
    directory="EWS",
    object_class="msExchWebServicesVirtualDirectory",
    category="ms-Exch-Web-Services-Virtual-Directory",
    type_name="ADWebServicesVirtualDirectory",
    parents=("ADExchangeServiceVirtualDirectory", "ExchangeVirtualDirectory"),
    echo={
        "BasicAuthentication": ("Basic",),
        "DigestAuthentication": ("Digest",),
        "WindowsAuthentication": ("Ntlm", "WindowsIntegrated"),
        "WSSecurityAuthentication": ("WSSecurity",),
        "OAuthAuthentication": ("OAuth",),
    },
    external_follows=True,
    rules=(unresolvable_hosts_need_force,),
    attributes=(
        Attribute("CertificateAuthentication", "nullable", IIS, None),
        Attribute("InternalNLBBypassUrl", "url", AD, bypass_url),
        enum("GzipLevel", "GzipLevel", IIS, "Low"),
        Attribute("MRSProxyEnabled", "bool", AD_UNPROVEN, False),
        methods("InternalAuthenticationMethods", METHODS),
        methods("ExternalAuthenticationMethods", METHODS),
        Attribute("LiveIdNegotiateAuthentication", "nullable", IIS, None),
        *many("bool", AD_UNPROVEN, True, "WSSecurityAuthentication", "OAuthAuthentication"),
        *many(
            "bool",
            IIS,
            False,
            "LiveIdBasicAuthentication",
            "BasicAuthentication",
            "DigestAuthentication",
            "AdfsAuthentication",
        ),
        Attribute("WindowsAuthentication", "bool", IIS, True),
        *places("EWS"),
        *extended_protection("Allow", "Require"),
        *urls("/EWS/Exchange.asmx"),
    ),
)
