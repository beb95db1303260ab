# SPDX-License-Identifier: GPL-3.0-or-later
"""AutodiscoverVirtualDirectory (client-access-laws 1.5). Clients find it by the service connection point."""

from __future__ import annotations

from .attributes import AD, AD_UNPROVEN, IIS, Attribute, Noun, Place, extended_protection, many, methods, places

METHODS = ("Basic", "Ntlm", "WindowsIntegrated", "WSSecurity", "OAuth")


def url(place: Place) -> str | None:
    """Null, though filled values were seen on a 2019 server (switch autodiscover_vdir_url)."""
    preset = place.is_front_end and place.switches["autodiscover_vdir_url"] == "preset"
    return f"https://{place.server.fqdn}/Autodiscover/Autodiscover.xml" if preset else None


AUTODISCOVER = Noun(
    name="AutodiscoverVirtualDirectory",
    directory="Autodiscover",
    object_class="msExchAutodiscoverVirtualDirectory",
    category="ms-Exch-Auto-Discover-Virtual-Directory",
    type_name="ADAutodiscoverVirtualDirectory",
    parents=("ADExchangeServiceVirtualDirectory", "ExchangeVirtualDirectory"),
    echo={
        "BasicAuthentication": ("Basic",),
        "DigestAuthentication": ("Digest",),
        "WindowsAuthentication": ("Ntlm", "WindowsIntegrated"),
        "WSSecurityAuthentication": ("WSSecurity",),
        "OAuthAuthentication": ("OAuth",),
    },
    external_follows=True,
    attributes=(
        methods("InternalAuthenticationMethods", METHODS),
        methods("ExternalAuthenticationMethods", METHODS),
        Attribute("LiveIdNegotiateAuthentication", "nullable", IIS, None),
        *many("bool", AD_UNPROVEN, True, "WSSecurityAuthentication", "OAuthAuthentication"),
        *many("bool", IIS, False, "LiveIdBasicAuthentication", "DigestAuthentication", "AdfsAuthentication"),
        *many("bool", IIS, True, "BasicAuthentication", "WindowsAuthentication"),
        *places("Autodiscover"),
        *extended_protection("None", "None"),
        *many("url", AD, url, "InternalUrl", "ExternalUrl"),
    ),
)
