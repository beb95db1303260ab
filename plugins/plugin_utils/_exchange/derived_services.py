# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other cmdlets tell of a certificate: the part it plays, and services that its own object did not show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._remoting.errors import BadInput
from .certificate_facts import AuthConfig, KeyAccess, ServerCertificates
from .certificates import RAW_DATA, SERVICES, SITES, Certificate

BoundSites = Mapping[str, Sequence[str]]
"""Which web sites have a certificate, of one server, by thumbprint; as Certificate.sites says it."""


def bound_sites(results: Sequence[Mapping[str, Any]]) -> Mapping[str, BoundSites]:
    """What results of iis_binding_info tell, by the server's name in lower case: the IIS flag is derived (law O12).

    Raises:
        BadInput: one is no such result.
    """
    return _by_server(results, _bound_on)


def key_access(results: Sequence[Mapping[str, Any]]) -> Mapping[str, KeyAccess]:
    """What the same results tell of keys, by the server's name in lower case; nothing of those that were not read.

    Raises:
        BadInput: one is no such result.
    """
    return _by_server(results, _key_access_on)


def _by_server(
    results: Sequence[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Mapping[str, Any]:
    try:
        return {str(result["server"]).lower(): read(result) for result in results}
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise BadInput(
            "An entry of bindings is no result of iis_binding_info.", "Register that module's result, and give it."
        ) from exc


def _bound_on(result: Mapping[str, Any]) -> BoundSites:
    numbers = {site["name"]: int(site["id"]) for site in result["sites"]}
    sites: dict[str, list[str]] = {}
    for binding in sorted(result["bindings"], key=lambda binding: numbers[binding["site"]]):
        number = numbers[binding["site"]]
        title = SITES.get(number, f"W3SVC/{number}")
        if binding["thumbprint"] and title not in sites.setdefault(binding["thumbprint"], []):
            sites[binding["thumbprint"]].append(title)
    return sites


def _key_access_on(result: Mapping[str, Any]) -> KeyAccess:
    return {
        str(one["thumbprint"]): (str(one["key_rights"]["network_service"]), str(one["key_file"]))
        for one in result["certificates"]
        if one["key_rights"]
    }


def with_roles(certificate: Certificate, server: ServerCertificates, auth: AuthConfig | None) -> Certificate:
    """The certificate with its roles: who else names its thumbprint."""
    named = {"internal_transport": server.internal_transport_thumbprint}
    if auth:
        named["auth_current"] = auth.current_thumbprint
        named["auth_previous"] = auth.previous_thumbprint
        named["auth_next"] = auth.next_thumbprint
    return replace(certificate, roles=tuple(role for role, value in named.items() if value == certificate.thumbprint))


def with_derived_services(
    certificate: Certificate, server: ServerCertificates, bound: BoundSites | None = None
) -> Certificate:
    """A certificate that was read from raw data, with the services that the configuration proves.

    POP and IMAP follow from X509CertificateName (law O13). Only a certificate that SMTP was enabled for becomes the
    default of transport (law E7), but others may have SMTP too. The rest cannot be told; web sites and IIS only where
    the bindings of the server are known.
    """
    if certificate.source != RAW_DATA:
        return certificate
    names = {name.lower() for name in certificate.names}
    sites = None if bound is None else tuple(bound.get(certificate.thumbprint, ()))
    enabled = {
        "POP": _is_named(server.pop_certificate_name, names),
        "IMAP": _is_named(server.imap_certificate_name, names),
        "IIS": None if sites is None else bool(sites),
        "SMTP": server.internal_transport_thumbprint == certificate.thumbprint or None,
    }
    return replace(
        certificate,
        sites=sites,
        services=tuple(service for service in SERVICES.values() if enabled.get(service)),
        underivable=tuple(service for service in SERVICES.values() if enabled.get(service) is None),
    )


def _is_named(configured: str | None, names: set[str]) -> bool | None:
    return None if configured is None else configured.lower() in names
