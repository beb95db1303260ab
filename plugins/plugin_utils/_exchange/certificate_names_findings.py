# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether certificates hold the names that clients use (laws G5 to G7, G16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .certificate_deployment import FRONT_END, hosts_by_server, is_for, on_site, title
from .certificate_facts import CertificateFacts
from .certificate_names import a_labels, holds
from .certificates import Certificate
from .namespaces import listed
from .outlook_provider_findings import MSSTD, SIDE_OF

_PAGE = LEARN + "exchange/architecture/client-access/certificates"
_PROVIDER_PAGE = LEARN + "powershell/module/exchange/set-outlookprovider"

NAMES_MISSING = declare(
    "certificate_names_missing",
    Severity.CRITICAL,
    "Clients of this server use {hosts}, but the certificate on its 443, {certificate}, does not hold {them}.",
    "Have the certificate issued with these names, or send clients to names that it holds (exchange_client_access).",
    _PAGE,
)
PLANNED_MISSING = declare(
    "certificate_planned_names_missing",
    Severity.CRITICAL,
    "The certificate on its 443, {certificate}, does not hold {hosts}, which clients use or are to use.",
    "Have the certificate issued with these names and enable it for IIS before clients are sent to them.",
    _PAGE,
)
COMMON_NAME_ONLY = declare(
    "certificate_common_name_only",
    Severity.WARNING,
    "The certificate on its 443, {certificate}, has no alternative names; clients do not look at the common name.",
    "Have it issued again with its names among the subject alternative names.",
    _PAGE,
)
DIFFER = declare(
    "certificates_differ_behind_name",
    Severity.HIGH,
    "The servers behind {hosts} have different certificates on 443: {certificates}.",
    "Enable the same certificate for IIS on all of them.",
    _PAGE,
)
PROVIDER_NAME = declare(
    "provider_name_not_on_certificate",
    Severity.INFO,
    "cert_principal_name is {principal}, but the certificate on 443 of {servers} has no such name. Outlook 2010 and "
    "older, and connections by RPC over HTTP, refuse that.",
    "Set cert_principal_name (exchange_outlook_provider) to msstd: and a name of the certificate.",
    _PROVIDER_PAGE,
)
PROVIDER_WILDCARD = declare(
    "provider_wants_wildcard",
    Severity.INFO,
    "cert_principal_name is empty, so Outlook expects {hosts}, which only a wildcard stands for on {servers}.",
    "Where clients use RPC over HTTP, set cert_principal_name to msstd: and the wildcard (exchange_outlook_provider).",
    _PROVIDER_PAGE,
)


def coverage(facts: CertificateFacts) -> Iterator[Finding]:
    """Each server beside the names that its clients use."""
    hosts = hosts_by_server(facts)
    for server, certificate in _front_ends(facts).items():
        if missing := _missing(certificate, hosts[server]):
            them = "it" if len(missing) == 1 else "them"
            yield NAMES_MISSING.about(server, hosts=listed(missing), certificate=title(certificate), them=them)
        if planned := _missing(certificate, set(facts.names) - hosts[server]):
            yield PLANNED_MISSING.about(server, hosts=listed(planned), certificate=title(certificate))
        if not certificate.alternative_names:
            yield COMMON_NAME_ONLY.about(server, certificate=title(certificate))


def _missing(certificate: Certificate, hosts: Iterable[str]) -> list[str]:
    return sorted(host for host in hosts if not is_for(certificate, host))


def agreement(facts: CertificateFacts) -> Iterator[Finding]:
    """One namespace, one certificate."""
    certificates = _front_ends(facts)
    servers_of: dict[str, list[str]] = {}
    for server, hosts in hosts_by_server(facts).items():
        for host in hosts if server in certificates else ():
            servers_of.setdefault(host, []).append(server)
    hosts_of: dict[tuple[str, ...], list[str]] = {}
    for host in sorted(servers_of):
        if len({certificates[server].thumbprint for server in servers_of[host]}) > 1:
            hosts_of.setdefault(tuple(sorted(servers_of[host])), []).append(host)
    for servers, hosts_behind in hosts_of.items():
        shown = listed([f"{title(certificates[server])} on {server}" for server in servers])
        yield DIFFER.about(hosts_behind[0], hosts=listed(hosts_behind), certificates=shown)


def providers(facts: CertificateFacts) -> Iterator[Finding]:
    """What Outlook is told to expect (G7): the name itself, and the wildcard where only that is there."""
    certificates = _front_ends(facts)
    for provider in facts.organization.outlook_providers:
        side = SIDE_OF.get(provider["name"].upper())
        principal = str(provider.get("cert_principal_name") or "").lower()
        if side and principal.startswith(MSSTD):
            name = principal.removeprefix(MSSTD)
            if servers := [server for server, one in certificates.items() if not _has(one, name)]:
                yield PROVIDER_NAME.about(provider["name"], principal=principal, servers=listed(servers))
        elif side and not principal:
            yield from _wildcards(facts, certificates, provider["name"], side)


def _wildcards(
    facts: CertificateFacts, certificates: dict[str, Certificate], provider: str, side: str
) -> Iterator[Finding]:
    hosts, servers = set(), []
    for access in facts.organization.outlook_anywhere:
        host = str(access.get(f"{side}_hostname") or "").lower()
        certificate = certificates.get(access["server"])
        if host and certificate and not _has(certificate, host) and holds(certificate.names, host):
            hosts.add(host)
            servers.append(access["server"])
    if hosts:
        yield PROVIDER_WILDCARD.about(provider, hosts=listed(sorted(hosts)), servers=listed(servers))


def _has(certificate: Certificate, name: str) -> bool:
    """Whether the name stands there letter by letter; a wildcard stands for itself alone."""
    return a_labels(name) in map(a_labels, certificate.names)


def _front_ends(facts: CertificateFacts) -> dict[str, Certificate]:
    """The certificates of 443, by server."""
    found = {server.server: on_site(server, FRONT_END) for server in facts.servers}
    return {server: certificate for server, certificate in found.items() if certificate}


ANALYSERS = (coverage, agreement, providers)
