# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlook Anywhere of a server: RPC over HTTP (Set-OutlookAnywhere; client-access-laws 1.6, 2.5 to 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._converge.kinds import Bool, Enum, EnumList, HostName
from .._converge.noun import Noun
from .._converge.proposal import Proposal
from .._converge.resource import Resource
from .._converge.setting import Setting
from .extended_protection import EXTENDED_PROTECTION, protection_flags_are_consistent
from .servers import Server
from .virtual_directory import DEFAULT_WEB_SITE, named

METHODS = ("Basic", "Ntlm", "Negotiate")
METHOD_OPTIONS = (
    "internal_client_authentication_method",
    "external_client_authentication_method",
    "iis_authentication_methods",
)
SIDES = ("internal", "external")


def no_offloading_means_tls(proposal: Proposal) -> None:
    """2.6: without offloading each side that has a host name requires TLS. Offloading is never turned on by itself."""
    for side in SIDES:
        hostname, require = f"{side}_hostname", f"{side}_clients_require_ssl"
        named = [option for option in ("ssl_offloading", hostname, require) if proposal.given(option)]
        if not named or proposal.target("ssl_offloading") or not proposal.target(hostname) or proposal.target(require):
            continue
        if proposal.given(require):
            proposal.refuse(
                require,
                "cannot be false while ssl_offloading is false",
                "Set ssl_offloading to true, or leave this out.",
            )
        proposal.imply(require, True, named[0])


def external_ssl_needs_a_host(proposal: Proposal) -> None:
    """1.6: the external value reads false while there is no external host name; that is no drift."""
    option = "external_clients_require_ssl"
    if proposal.given(option) and not proposal.target("external_hostname"):
        proposal.satisfied(option)


def sides_travel_whole(proposal: Proposal) -> None:
    """2.5: a host name goes together with its TLS and method settings; send the three of a side always together."""
    for side in SIDES:
        options = (f"{side}_hostname", f"{side}_clients_require_ssl", f"{side}_client_authentication_method")
        if any(proposal.changes_option(option) for option in options) and proposal.target(f"{side}_hostname"):
            proposal.send_along(options)


def methods_fit(proposal: Proposal) -> None:
    """2.7: IIS should offer what clients are told to use."""
    *clients, iis = METHOD_OPTIONS
    if not any(proposal.given(option) for option in METHOD_OPTIONS):
        return
    offered = {method.lower() for method in proposal.target(iis)}
    for option in clients:
        method = proposal.target(option)
        if method and method.lower() not in offered:
            proposal.warn(f"{option} {method} is not among iis_authentication_methods, so those clients cannot log on.")


def offloading_excludes_extended_protection(proposal: Proposal) -> None:
    """2.13: channel binding cannot survive a load balancer that ends TLS."""
    option = "extended_protection_token_checking"
    asked = proposal.known(option) and (proposal.given("ssl_offloading") or proposal.given(option))
    if asked and proposal.target(option) == "Require" and proposal.target("ssl_offloading"):
        proposal.refuse(
            "ssl_offloading", "cannot be true while Extended Protection is required", "Turn one of the two off."
        )


OUTLOOK_ANYWHERE = Noun(
    name="OutlookAnywhere",
    label="outlook_anywhere",
    settings=(
        Setting("InternalHostname", HostName(clearable=True), "Host name for clients inside."),
        Setting("ExternalHostname", HostName(clearable=True, public=True), "Host name for clients outside."),
        Setting("InternalClientsRequireSsl", Bool(), "Clients inside must use TLS."),
        Setting("ExternalClientsRequireSsl", Bool(), "Clients outside must use TLS."),
        Setting("InternalClientAuthenticationMethod", Enum(values=METHODS), "How clients inside authenticate."),
        Setting("ExternalClientAuthenticationMethod", Enum(values=METHODS), "How clients outside authenticate."),
        Setting("IISAuthenticationMethods", EnumList(values=METHODS), "Methods in IIS. The list is replaced."),
        Setting(
            "DefaultAuthenticationMethod",
            Enum(values=METHODS),
            "One method for clients inside, clients outside and IIS at once; excludes the three single options. "
            "The server keeps no value of its own for it, so the three show whether it is met.",
            stands_for=METHOD_OPTIONS,
        ),
        Setting(
            "SSLOffloading",
            Bool(),
            "A load balancer ends TLS. Excludes Extended Protection. V(false) implies TLS on both sides.",
        ),
        *EXTENDED_PROTECTION,
    ),
    rules=(
        no_offloading_means_tls,
        external_ssl_needs_a_host,
        sides_travel_whole,
        methods_fit,
        offloading_excludes_extended_protection,
        protection_flags_are_consistent,
    ),
    cheap_read="ADPropertiesOnly",
    full_for=frozenset({"ssl_offloading"}),
    recycle=("MSExchangeRpcProxyFrontEndAppPool", "MSExchangeRpcProxyAppPool"),
)


def outlook_anywhere(server: Server, wish: Mapping[str, Any]) -> Resource:
    """Outlook Anywhere of one server."""
    return Resource(
        noun=OUTLOOK_ANYWHERE,
        subject=f"Outlook Anywhere on {server.name}",
        select={"Server": server.fqdn},
        pick=named(f"Rpc ({DEFAULT_WEB_SITE})", server),
        wish=wish,
        version=server.product,
        version_name=str(server.product),
    )
