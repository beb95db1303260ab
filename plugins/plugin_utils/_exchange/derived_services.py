# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other cmdlets tell of a certificate: the part it plays, and services that its own object did not show."""

from __future__ import annotations

from dataclasses import replace

from .certificate_facts import AuthConfig, ServerCertificates
from .certificates import RAW_DATA, SERVICES, Certificate


def with_roles(certificate: Certificate, server: ServerCertificates, auth: AuthConfig | None) -> Certificate:
    """The certificate with its roles: who else names its thumbprint."""
    named = {"internal_transport": server.internal_transport_thumbprint}
    if auth:
        named["auth_current"] = auth.current_thumbprint
        named["auth_previous"] = auth.previous_thumbprint
        named["auth_next"] = auth.next_thumbprint
    return replace(certificate, roles=tuple(role for role, value in named.items() if value == certificate.thumbprint))


def with_derived_services(certificate: Certificate, server: ServerCertificates) -> Certificate:
    """A certificate that was read from raw data, with the services that the configuration proves.

    POP and IMAP follow from X509CertificateName (law O13). Only a certificate that SMTP was enabled for becomes the
    default of transport (law E7), but others may have SMTP too. The rest cannot be told.
    """
    if certificate.source != RAW_DATA:
        return certificate
    names = {name.lower() for name in certificate.names}
    enabled = {
        "POP": _is_named(server.pop_certificate_name, names),
        "IMAP": _is_named(server.imap_certificate_name, names),
        "SMTP": server.internal_transport_thumbprint == certificate.thumbprint or None,
    }
    return replace(
        certificate,
        services=tuple(service for service in SERVICES.values() if enabled.get(service)),
        underivable=tuple(service for service in SERVICES.values() if enabled.get(service) is None),
    )


def _is_named(configured: str | None, names: set[str]) -> bool | None:
    return None if configured is None else configured.lower() in names
