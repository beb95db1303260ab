# SPDX-License-Identifier: GPL-3.0-or-later
"""OabVirtualDirectory (client-access-laws 1.5)."""

from __future__ import annotations

from .attributes import AD, IIS, Attribute, Noun, Place, extended_protection, methods, places, urls


def from_2016(place: Place) -> bool:
    """Require SSL is off on 2013, and so, as far as is known, is OAuth (client-access-laws 6.6)."""
    return place.server.version.product != "2013"


def fresh_methods(place: Place) -> tuple[str, ...]:
    return ("WindowsIntegrated", "OAuth") if from_2016(place) else ("WindowsIntegrated",)


OAB = Noun(
    name="OabVirtualDirectory",
    directory="OAB",
    object_class="msExchOABVirtualDirectory",
    category="ms-Exch-OAB-Virtual-Directory",
    type_name="ADOabVirtualDirectory",
    echo={
        "BasicAuthentication": ("Basic",),
        "WindowsAuthentication": ("WindowsIntegrated",),
        "OAuthAuthentication": ("OAuth",),
    },
    external_follows=True,
    attributes=(
        Attribute("PollInterval", "int", AD, 480),
        Attribute("OfflineAddressBooks", "texts", AD, ()),
        Attribute("RequireSSL", "bool", IIS, from_2016),
        Attribute("BasicAuthentication", "bool", IIS, False),
        Attribute("WindowsAuthentication", "bool", IIS, True),
        Attribute("OAuthAuthentication", "bool", IIS, from_2016),
        methods("InternalAuthenticationMethods", fresh_methods),
        methods("ExternalAuthenticationMethods", fresh_methods),
        *places("OAB"),
        *extended_protection("Allow", "Require"),
        *urls("/OAB"),
    ),
)
