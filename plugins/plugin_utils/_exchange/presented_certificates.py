# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates POP and IMAP present on their ports, as exchange_mail_probe has seen them (law G21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._remoting.errors import BadInput
from .certificate_facts import Presented
from .thumbprints import is_thumbprint

_SERVICES: Mapping[str, str | None] = {
    "smtp": None,
    "submission": None,
    "pop3": "POP",
    "pop3s": "POP",
    "imap4": "IMAP",
    "imap4s": "IMAP",
}
"""By the probe's protocol, the service that has one certificate for all its ports; connectors choose for SMTP."""


def presented_certificates(results: Sequence[Mapping[str, Any]]) -> Mapping[str, Presented]:
    """What results of exchange_mail_probe tell, by the server's FQDN in lower case: of handshakes that were seen.

    Raises:
        BadInput: one is no such result.
    """
    found: dict[str, dict[str, list[str]]] = {}
    try:
        for probe in (probe for result in results for probe in result["probes"]):
            server, service, certificate = probe["subject"].lower(), _SERVICES[probe["protocol"]], probe["certificate"]
            if service is None or certificate is None:
                continue
            seen = found.setdefault(server, {}).setdefault(service, [])
            if not is_thumbprint(thumbprint := certificate["thumbprint"]):
                raise ValueError(thumbprint)
            if thumbprint not in seen:
                seen.append(thumbprint)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise BadInput(
            "An entry of mail_probes is no result of exchange_mail_probe.",
            "Register that module's result, and give it.",
        ) from exc
    return found
