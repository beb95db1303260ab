# SPDX-License-Identifier: GPL-3.0-or-later
"""EcpVirtualDirectory (client-access-laws 1.2)."""

from __future__ import annotations

from ..change import Change
from .attributes import AD, IIS, Attribute, Noun, enum, extended_protection, many, methods, places, urls
from .web_app import (
    ECHO,
    FRESH_BOOLEANS,
    FRESH_METHODS,
    adfs_is_alone_and_in_order,
    forms_bring_basic_along,
    owa_and_ecp_agree,
)


def the_first_one_is_local(change: Change) -> None:
    """The organization's first ECP may be manageable on its own server only (client-access-laws 3.8, switch)."""
    if change.switches["ecp_remote_first"] == "works":
        return
    first = change.world.virtual_directories("EcpVirtualDirectory")[0]
    if change.directory.server is first.server and change.session_server is not first.server:
        change.refuse(
            "The first ECP virtual directory of the organization can be managed on its own computer only. Run the "
            "command "
            f"on {first.server.fqdn}."
        )


ECP = Noun(
    name="EcpVirtualDirectory",
    directory="ecp",
    object_class="msExchECPVirtualDirectory",
    category="ms-Exch-ECP-Virtual-Directory",
    type_name="ADEcpVirtualDirectory",
    parents=("ExchangeWebAppVirtualDirectory", "ExchangeVirtualDirectory"),
    echo=ECHO,
    web_sites=True,
    rules=(the_first_one_is_local, forms_bring_basic_along, adfs_is_alone_and_in_order, owa_and_ecp_agree),
    attributes=(
        *many("bool", AD, True, "AdminEnabled", "OwaOptionsEnabled"),
        FRESH_METHODS,
        methods("ExternalAuthenticationMethods", ("Fba",)),
        *FRESH_BOOLEANS,
        Attribute("LiveIdAuthentication", "bool", IIS, False),
        Attribute("OAuthAuthentication", "bool", IIS, False, since="2019"),
        Attribute("DefaultDomain", "text", IIS, ""),
        enum("GzipLevel", "GzipLevel", IIS, "Low"),
        *places("ecp", web_app=True),
        *extended_protection("Require", "Require"),
        *urls("/ecp"),
    ),
)
