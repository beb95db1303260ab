# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of Get cmdlets as facts about what certificates are used for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .._remoting.record import Record
from .certificate_facts import AuthConfig, Connector, Hybrid
from .thumbprints import normalized_thumbprint
from .x509_facts import utc_text


def auth_config_of(record: Record) -> AuthConfig | None:
    """An object of Get-AuthConfig; None when its properties came back empty."""
    current = thumbprint_of(record, "CurrentCertificateThumbprint")
    if current is None:
        return None
    return AuthConfig(
        current_thumbprint=current,
        previous_thumbprint=thumbprint_of(record, "PreviousCertificateThumbprint") or "",
        next_thumbprint=thumbprint_of(record, "NextCertificateThumbprint") or "",
        next_effective_date=_utc(record.get("NextCertificateEffectiveDate")),
    )


def send_connector_of(record: Record) -> Connector:
    """An object of Get-SendConnector."""
    return _connector("send", record, [str(server) for server in record.get("SourceTransportServers") or ()])


def receive_connector_of(record: Record) -> Connector:
    """An object of Get-ReceiveConnector."""
    return _connector("receive", record, [text_of(record, "Server") or ""])


def _connector(kind: str, record: Record, servers: Sequence[str]) -> Connector:
    return Connector(
        kind=kind,
        identity=text_of(record, "Identity") or "",
        servers=servers,
        fqdn=text_of(record, "Fqdn") or "",
        tls_certificate_name=text_of(record, "TlsCertificateName") or "",
    )


def hybrid_of(record: Record) -> Hybrid | None:
    """An object of Get-HybridConfiguration; None when its properties came back empty."""
    name = text_of(record, "TlsCertificateName")
    if name is None or not record.get("Name"):
        return None
    lists = (record.get(f"{way}TransportServers") or () for way in ("Receiving", "Sending"))
    return Hybrid(list(dict.fromkeys(str(server) for servers in lists for server in servers)), name)


def hosts_of(record: Record) -> list[str] | None:
    """Where the settings of POP or IMAP send clients (law S20); None when the object does not tell."""
    names = [f"{side}ConnectionSettings" for side in ("Internal", "External")]
    if not any(name in record for name in names):
        return None
    told = (str(setting) for name in names for setting in record.get(name) or ())
    return sorted({setting.partition(":")[0].strip().lower() for setting in told} - {""})


def text_of(record: Record, name: str) -> str | None:
    """Empty for null; None when the object does not have the attribute."""
    return str(record[name] or "") if name in record else None


def thumbprint_of(record: Record, name: str) -> str | None:
    """As ``text_of``, normalized."""
    text = text_of(record, name)
    return None if text is None else normalized_thumbprint(text)


def _utc(value: Any) -> str | None:
    """ISO, UTC; as it came where it is no date."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return utc_text(moment)
