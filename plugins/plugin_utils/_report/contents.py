# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From facts to a report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .._exchange.certificate_validity import Validity
from .._findings.finding import Severity
from .._findings.registry import LEARN
from .._remoting.errors import BadInput
from .report import Cell, Lifetime, Report, Table

Facts = Mapping[str, Any]

SHOWN_FACTS = (
    "servers",
    "virtual_directories",
    "outlook_anywhere",
    "service_connection_points",
    "outlook_providers",
    "sites",
    "auth_config",
    "connectors",
)
NOT_IN_CERTIFICATES = (
    "The chain that servers send, and whether intermediate certificates are where they look for them.",
    "Revocation, beyond the status that Exchange shows.",
    "Rights on private keys, and whether each key opens.",
    "http.sys, bindings of single addresses, and certificates without a private key, which Exchange does not list.",
    "Clocks of servers and domain controllers.",
    "Connectors that choose a certificate by the name that they announce, and who is at their other end.",
    "Load balancers and everything else before the servers, DNS, and whether POP, IMAP and the services are running.",
)
"""Checks of certificates that need the Windows endpoint, or a look from outside."""
_LINK = re.compile(re.escape(LEARN) + r"[\w./-]*")
AUTH_KEYS = ("current_thumbprint", "previous_thumbprint", "next_thumbprint", "next_effective_date")
FINDING_KEYS = ("code", "severity", "subject", "sentence", "cure")
EXPORTABLE = {"True": "exportable", "False": "not exportable"}
YEAR = 365
UNSET = "–"


def report_of(title: str, facts: Facts) -> Report:
    """The report about a result of exchange_certificate_info or exchange_info.

    Raises:
        BadInput: these are not such facts.
    """
    try:
        return _report(title, facts)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise _not_such_facts(f" ({type(exc).__name__}: {exc})") from exc


def _report(title: str, facts: Facts) -> Report:
    findings = facts.get("findings")
    if facts.get("failed") or not _are_mappings(findings) or not _are_mappings(facts.get("servers", [])):
        raise _not_such_facts()
    has_certificates = any("certificates" in server for server in facts.get("servers", []))
    read_at = _time(facts.get("read_at"))
    if has_certificates and read_at is None:
        raise BadInput("facts has certificates but no read_at.", "Pass the whole result of exchange_certificate_info.")
    tables = [*_certificate_tables(facts), *_client_access_tables(facts)]
    return Report(
        title=title,
        read_on=read_at.astimezone(UTC).date().isoformat() if read_at else "",
        counts={str(severity): _count(facts["findings"], str(severity)) for severity in Severity},
        findings=[
            {**{key: str(finding[key]) for key in FINDING_KEYS}, "link": _microsoft(finding["link"])}
            for finding in facts["findings"]
        ],
        facts={name: facts[name] for name in SHOWN_FACTS if name in facts},
        lifetimes=lifetimes(facts.get("servers", []), read_at) if read_at else (),
        tables=[table for table in tables if table.rows],
        errors=[str(error) for error in facts.get("errors") or []],
        not_looked_at=NOT_IN_CERTIFICATES if has_certificates else (),
    )


def _not_such_facts(detail: str = "") -> BadInput:
    return BadInput(
        f"facts is not the result of a task that succeeded with exchange_certificate_info or exchange_info{detail}.",
        "Register that task and pass the whole registered variable.",
    )


def lifetimes(servers: Iterable[Facts], now: datetime) -> list[Lifetime]:
    """Each certificate once, the first to end first. Pending requests have no end."""
    holders: dict[str, list[str]] = {}
    certificates: dict[str, Facts] = {}
    for server in servers:
        for certificate in server.get("certificates") or []:
            if not certificate.get("pending"):
                holders.setdefault(certificate["thumbprint"], []).append(server["server"])
                certificates[certificate["thumbprint"]] = certificate
    ordered = sorted(
        certificates.values(), key=lambda certificate: (certificate["not_after"], certificate["thumbprint"])
    )
    return [_lifetime(certificate, holders[certificate["thumbprint"]], now) for certificate in ordered]


def _lifetime(certificate: Facts, where: Sequence[str], now: datetime) -> Lifetime:
    validity = Validity.of(certificate["not_before"], certificate["not_after"], now)
    return Lifetime(
        name=_name(certificate),
        thumbprint=certificate["thumbprint"],
        where=where,
        ends_on=_date(certificate["not_after"]),
        days_left=validity.days_left,
        urgency="fine" if validity.urgency is None else str(validity.urgency),
        share=min(max(validity.days_left, 0) * 100 // YEAR, 100),
    )


def _certificate_tables(facts: Facts) -> Iterator[Table]:
    servers = [server for server in facts.get("servers", []) if "certificates" in server]
    for server in servers:
        rows = [_certificate_row(certificate) for certificate in server["certificates"] or []]
        yield Table(
            f"Certificates of {server['server']}",
            ("Certificate", "Serves", "Issued by", "Valid", "Key", "Status"),
            rows,
        )
    columns = ("Server", "Transport default", "POP name", "IMAP name")
    keys = ("internal_transport_thumbprint", "pop_certificate_name", "imap_certificate_name")
    yield Table(
        "What else the servers name", columns, [[_cell(server["server"]), *_cells(server, keys)] for server in servers]
    )
    yield Table(
        "Certificate of server-to-server authentication",
        ("Current", "Previous", "Next", "Next from"),
        [_cells(config, AUTH_KEYS) for config in (facts.get("auth_config"),) if config],
    )
    yield Table(
        "Connectors that name a certificate",
        ("Connector", "Kind", "Servers", "Announces", "Certificate"),
        [
            _cells(connector, ("identity", "kind", "servers", "fqdn", "tls_certificate_name"))
            for connector in facts.get("connectors") or []
            if connector.get("tls_certificate_name")
        ],
    )


def _certificate_row(certificate: Facts) -> list[Cell]:
    issuer = "itself" if certificate.get("self_signed") else certificate.get("issuer")
    names = [name for name in certificate.get("names") or [] if name != _name(certificate)]
    return [
        [_name(certificate), *names, certificate["thumbprint"]],
        _uses(certificate),
        _cell(issuer),
        _validity(certificate),
        _key(certificate),
        _cell(certificate.get("status")),
    ]


def _uses(certificate: Facts) -> Cell:
    services = ", ".join(certificate.get("services") or []) or UNSET
    sites = ", ".join(site.replace("_", " ") for site in certificate.get("sites") or [])
    return [services, f"IIS: {sites}"] if sites else [services]


def _validity(certificate: Facts) -> Cell:
    if certificate.get("pending"):
        return ["pending request"]
    return [f"from {_date(certificate['not_before'])}", f"until {_date(certificate['not_after'])}"]


def _key(certificate: Facts) -> Cell:
    """Algorithm and size, where it is kept, and whether it can be taken along."""
    kind = " ".join(str(certificate[part]) for part in ("key_algorithm", "key_size") if certificate.get(part))
    exportable = EXPORTABLE.get(str(certificate.get("private_key_exportable")), "")
    lines = [line for line in (kind, str(certificate.get("key_storage") or "").upper(), exportable) if line]
    return lines or [UNSET]


def _client_access_tables(facts: Facts) -> Iterator[Table]:
    yield Table(
        "Servers",
        ("Server", "Version", "Product", "Site"),
        [
            _cells(server, ("name", "version", "product", "site"))
            for server in facts.get("servers", [])
            if "name" in server
        ],
    )
    yield Table(
        "Virtual directories",
        ("Directory", "Internal URL", "External URL"),
        [
            _cells(directory, ("identity", "internal_url", "external_url"))
            for directory in facts.get("virtual_directories") or []
        ],
    )
    yield Table(
        "Outlook Anywhere",
        ("Server", "Internal host name", "External host name"),
        [
            _cells(access, ("server", "internal_hostname", "external_hostname"))
            for access in facts.get("outlook_anywhere") or []
        ],
    )
    yield Table(
        "Service connection points",
        ("Server", "Address", "Sites"),
        [
            _cells(point, ("server", "auto_discover_service_internal_uri", "auto_discover_site_scope"))
            for point in facts.get("service_connection_points") or []
        ],
    )


def _name(certificate: Facts) -> str:
    """What people know a certificate by."""
    names = certificate.get("names") or []
    return str(names[0] if names else certificate.get("subject") or certificate.get("friendly_name") or UNSET)


def _cells(facts: Facts, keys: Iterable[str]) -> list[Cell]:
    return [_cell(facts.get(key)) for key in keys]


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return [str(item) for item in value] or [UNSET]
    return [UNSET if value in (None, "") else str(value)]


def _microsoft(link: Any) -> str:
    """The link when it leads to Microsoft's pages, otherwise nothing."""
    return str(link) if _LINK.fullmatch(str(link)) else ""


def _date(text: str) -> str:
    return datetime.fromisoformat(text).date().isoformat()


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _count(findings: Iterable[Facts], severity: str) -> int:
    return sum(finding.get("severity") == severity for finding in findings)


def _are_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
