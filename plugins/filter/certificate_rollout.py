# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters: what the role certificate_rollout decides by what the servers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._action.plain import plain
from ..plugin_utils._exchange.certificate_facts import CertificateFacts
from ..plugin_utils._exchange.certificate_rollout import candidate, certificate_from, choosing, facts_of, lost, waiting
from ..plugin_utils._exchange.certificates import Certificate
from ..plugin_utils._remoting.errors import BadInput


def certificate_candidate(result: Any, names: Sequence[str]) -> dict[str, Any]:
    """The certificate on the servers that serves these names, and the server where a request for them waits.

    Args:
        result: of exchange_certificate_info.
        names: host names that it must hold.

    Raises:
        AnsibleFilterError: it is no such result.
    """
    facts, wanted = _facts(result), plain(names)
    found = candidate(facts, wanted)
    return {"certificate": found.as_dict() if found else None, "waiting_on": waiting(facts, wanted)}


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
            "connectors_choosing": connectors_choosing,
            "names_lost": names_lost,
        }
