# SPDX-License-Identifier: GPL-3.0-or-later
"""OutlookAnywhere (client-access-laws 1.6, 2.5 to 2.7)."""

from __future__ import annotations

from ..change import Change
from ..refused import Refused
from .attributes import AD, Attribute, Noun, Place, enum, enums, extended_protection, places

SIDES = ("Internal", "External")
METHODS = ("IISAuthenticationMethods", "InternalClientAuthenticationMethod", "ExternalClientAuthenticationMethod")
SSL = ("SSLOffloading", "InternalClientsRequireSsl", "ExternalClientsRequireSsl")


def default_method_is_all_three(change: Change) -> None:
    """DefaultAuthenticationMethod overwrites the three specific ones and excludes them (client-access-laws 2.7)."""
    method = change.wanted.pop("DefaultAuthenticationMethod", None)
    if method is None:
        return
    if also := [name for name in METHODS if name in change.named]:
        text = f"DefaultAuthenticationMethod can't be used together with {', '.join(also)}."
        if change.switches["oa_default_auth_conflict"] == "binding_error":
            raise Refused(
                "Parameter set cannot be resolved using the specified named parameters.",
                "System.Management.Automation.ParameterBindingException",
                category="InvalidArgument",
                terminating=True,
                error_id="AmbiguousParameterSet",
            )
        change.refuse(text, "System.ArgumentException", category="InvalidArgument")
    change.force("IISAuthenticationMethods", (method,))
    for side in SIDES:
        change.force(f"{side}ClientAuthenticationMethod", method)


def host_names_bring_companions(change: Change) -> None:
    """A host name comes with its RequireSsl and its method (client-access-laws 2.5)."""
    strict = {"refuse_external": ("External",), "refuse_both": SIDES, "accept": ()}[
        change.switches["oa_hostname_companions"]
    ]
    for side in strict:
        if not change.named.get(f"{side}Hostname"):
            continue
        missing = [name for name in (f"{side}ClientsRequireSsl",) if name not in change.named]
        missing += [name for name in (f"{side}ClientAuthenticationMethod",) if name not in change.wanted]
        if missing:
            change.refuse(
                f"{side}Hostname needs {' and '.join(missing)} in the same command.",
                "System.ArgumentException",
                category="InvalidArgument",
            )


def offloading_and_ssl_agree(change: Change) -> None:
    """Without offloading every side that has a host name requires SSL (client-access-laws 2.6)."""
    if (
        not set(SSL) & set(change.named)
        or change.switches["oa_ssl_conflict"] == "accept"
        or change.after("SSLOffloading")
    ):
        return
    for side in SIDES:
        if change.after(f"{side}Hostname") and not change.after(f"{side}ClientsRequireSsl"):
            change.refuse(
                f"SSLOffloading can't be $false while {side}ClientsRequireSsl is $false.",
                "System.ArgumentException",
                category="InvalidArgument",
            )


def no_external_host_no_external_ssl(change: Change) -> None:
    """ExternalClientsRequireSsl reads false while there is no external host name (client-access-laws 1.6)."""
    if not change.after("ExternalHostname"):
        change.force("ExternalClientsRequireSsl", False)


def offloads(place: Place) -> bool:
    """On up to 2019 CU13, off where Setup turns Extended Protection on (client-access-laws 6.6)."""
    return not place.server.version.protects_by_default


OUTLOOK_ANYWHERE = Noun(
    name="OutlookAnywhere",
    directory="Rpc",
    object_class="msExchRpcHttpVirtualDirectory",
    category="ms-Exch-Rpc-Http-Virtual-Directory",
    type_name="ADRpcHttpVirtualDirectory",
    exchange_version="0.20 (15.0.0.0)",
    back_end=False,
    write_only=("DefaultAuthenticationMethod",),
    copied_to_iis=("SSLOffloading", "IISAuthenticationMethods"),
    rules=(
        default_method_is_all_three,
        host_names_bring_companions,
        offloading_and_ssl_agree,
        no_external_host_no_external_ssl,
    ),
    attributes=(
        Attribute("ServerName", "text", AD, lambda place: place.server.name),
        Attribute("SSLOffloading", "bool", AD, offloads),
        Attribute("ExternalHostname", "hostname", AD, None),
        Attribute("InternalHostname", "hostname", AD, lambda place: place.server.fqdn),
        enum("ExternalClientAuthenticationMethod", "AuthenticationMethod", AD, "Negotiate"),
        enum("InternalClientAuthenticationMethod", "AuthenticationMethod", AD, "Ntlm"),
        enums("IISAuthenticationMethods", "AuthenticationMethod", AD, ("Basic", "Ntlm", "Negotiate")),
        Attribute("XropUrl", "url", AD, None),
        Attribute("ExternalClientsRequireSsl", "bool", AD, False),
        Attribute("InternalClientsRequireSsl", "bool", AD, lambda place: not offloads(place)),
        *places("rpc"),
        *extended_protection("Require", "Require"),
    ),
)
