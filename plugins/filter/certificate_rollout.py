# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters: what the role certificate_rollout decides by what the servers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._action.plain import plain
from ..plugin_utils._exchange.certificate_facts import CertificateFacts
from ..plugin_utils._exchange.certificate_rollback import in_place, left_out, preferred
from ..plugin_utils._exchange.certificate_rollout import (
    Candidate,
    candidate,
    certificate_from,
    choosing,
    facts_of,
    faults,
    lost,
    named,
    principal,
    waiting,
)
from ..plugin_utils._exchange.certificates import Certificate
from ..plugin_utils._remoting.errors import BadInput


def certificate_candidate(result: Any, names: Sequence[str], thumbprint: str = "") -> dict[str, Any]:
    """The certificate on the servers that serves these names, and the server where a request for them waits.

    Args:
        result: of exchange_certificate_info.
        names: host names that it must hold.
        thumbprint: of the certificate that it shall be; empty to choose. ``refusal`` says why it cannot be.

    Raises:
        AnsibleFilterError: it is no such result.
    """
    facts, wanted = _facts(result), plain(names)
    if not str(thumbprint).strip():
        return _chosen(candidate(facts, wanted), waiting_on=waiting(facts, wanted))
    try:
        return _chosen(named(facts, wanted, str(thumbprint)))
    except BadInput as exc:
        return _chosen(None, refusal=str(exc))


def _chosen(found: Candidate | None, waiting_on: str = "", refusal: str = "") -> dict[str, Any]:
    return {"certificate": found.as_dict() if found else None, "waiting_on": waiting_on, "refusal": refusal}


def certificate_faults(result: Any, certificate: Any, names: Sequence[str]) -> list[str]:
    """What keeps clients from being served with a certificate, each as the end of a sentence about it.

    Args:
        result: of exchange_certificate_info.
        certificate: as it stands in results.
        names: host names that it must hold.

    Raises:
        AnsibleFilterError: one of them is something else.
    """
    return list(faults(_certificate(certificate), plain(names), _facts(result)))


def certificate_principal(certificate: Any, names: Sequence[str]) -> str:
    """What Outlook providers must expect of a certificate with a wildcard; empty where they need not be told.

    Args:
        certificate: as it stands in results.
        names: host names that clients use.

    Raises:
        AnsibleFilterError: it is no certificate.
    """
    return principal(_certificate(certificate), plain(names))


def certificates_in_place(result: Any) -> dict[str, dict[str, Any]]:
    """What each server shows to clients now, by FQDN.

    Args:
        result: of exchange_certificate_info.

    Raises:
        AnsibleFilterError: it is no such result.
    """
    return {fqdn: asdict(found) for fqdn, found in in_place(_facts(result)).items()}


def certificates_preferred(
    result: Any, certificate: Any, servers: Sequence[str], services: Sequence[str], x509_certificate_name: str = ""
) -> dict[str, list[str]]:
    """What goes on with a newer certificate of the same names, by that one's thumbprint.

    Args:
        result: of exchange_certificate_info.
        certificate: as it stands in results.
        servers: names or FQDNs of those that are to get it.
        services: that it is enabled for.
        x509_certificate_name: that POP and IMAP get; empty for the present one.

    Raises:
        AnsibleFilterError: one of them is something else.
    """
    name = str(x509_certificate_name).strip()
    return preferred(_facts(result), _certificate(certificate), plain(servers), plain(services), name)


def connectors_choosing(result: Any, certificate: Any, servers: Sequence[str]) -> list[str]:
    """Identities of connectors that would use a certificate as soon as servers have it.

    Args:
        result: of exchange_certificate_info.
        certificate: as it stands in results.
        servers: names or FQDNs of those that are to get it.

    Raises:
        AnsibleFilterError: one of them is something else.
    """
    facts = _facts(result)
    return [one.identity for one in choosing(facts, _certificate(certificate), plain(servers))]


def names_lost(result: Any, certificate: Any, servers: Sequence[str]) -> list[str]:
    """Names that the certificates on 443 hold, and a new one does not.

    Args:
        result: of exchange_certificate_info.
        certificate: the new one, as it stands in results.
        servers: names or FQDNs of those that are to get it.

    Raises:
        AnsibleFilterError: one of them is something else.
    """
    return lost(_facts(result), _certificate(certificate), plain(servers))


def servers_left_out(result: Any, certificate: Any, names: Sequence[str], servers: Sequence[str]) -> dict[str, Any]:
    """Who stands behind the names beside the servers of a rollout, and what clients meet there.

    Args:
        result: of exchange_certificate_info.
        certificate: as it stands in results.
        names: host names that clients use.
        servers: names or FQDNs of those that are to get it.

    Raises:
        AnsibleFilterError: one of them is something else.
    """
    return asdict(left_out(_facts(result), _certificate(certificate), plain(names), plain(servers)))


def _certificate(values: Any) -> Certificate:
    try:
        return certificate_from(plain(values))
    except (KeyError, TypeError) as exc:
        raise AnsibleFilterError("This is no certificate as results show it.") from exc


def _facts(result: Any) -> CertificateFacts:
    if not isinstance(result, Mapping):
        raise AnsibleFilterError("The result of exchange_certificate_info is a dictionary.")
    try:
        return facts_of(plain(result))
    except BadInput as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By their names."""
        return {
            "certificate_candidate": certificate_candidate,
            "certificate_faults": certificate_faults,
            "certificate_principal": certificate_principal,
            "certificates_in_place": certificates_in_place,
            "certificates_preferred": certificates_preferred,
            "connectors_choosing": connectors_choosing,
            "names_lost": names_lost,
            "servers_left_out": servers_left_out,
        }
