# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the web sites, bindings and certificates that Exchange's clients and servers connect to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, Code, declare
from . import clock_findings, hidden_findings, key_findings
from .binding_facts import (
    BACK_END_PORT,
    BLOCKED,
    EXCHANGE_POOLS,
    OPEN,
    BindingFacts,
    expected_bindings,
    found,
    misplaced,
    served,
    superfluous,
)
from .bindings import ANY_ADDRESS, CENTRAL_STORE, LOOPBACK, SNI, Binding
from .certificate_store import OTHER
from .ecc_support import ELLIPTIC
from .iis import BACK_END_SITE, FRONT_END_SITE, STARTED
from .services import CERTIFICATES, IIS, RUNNING
from .setup_findings import setup
from .unread_findings import unread

_PAGE = LEARN + "exchange/troubleshoot/client-connectivity/exchange-security-update-issues"
_CERTIFICATES = LEARN + "exchange/architecture/client-access/certificates"
_BACK_END_DOWN = "Outlook on the web stays blank and Exchange PowerShell does not connect."
_RUN_REPAIR = "Run the repairs that come with this finding, or set it right in IIS Manager."

SITE_MISSING = declare(
    "exchange_site_missing",
    Severity.CRITICAL,
    "The web site {site} does not exist.",
    "Exchange Setup makes it: run Setup with /Mode:RecoverServer, or restore the configuration of IIS.",
)
SERVICE_STOPPED = declare(
    "windows_service_stopped",
    Severity.CRITICAL,
    "The service {service} is {state}.",
    "Start it, and look in the event log why it stopped.",
)
CERTIFICATE_SERVICE_STOPPED = declare(
    "certificate_service_stopped",
    Severity.HIGH,
    "The service MSExchangeServiceHost is {state}: no cmdlet for certificates works on this server.",
    "Start it, and look in the event log why it stopped.",
)
SITE_STOPPED = declare(
    "exchange_site_stopped",
    Severity.CRITICAL,
    "The web site {site} is {state}.",
    "Start it once no other site has one of its bindings.",
)
POOL_STOPPED = declare(
    "exchange_pool_stopped",
    Severity.HIGH,
    "The application pool {pool} is {state}: what runs in it answers 503.",
    "Start it, and look in the event log why it stopped.",
)
BACK_END_MOVED = declare(
    "back_end_port_moved",
    Severity.CRITICAL,
    f"Exchange Back End listens on {{port}} where front ends look for {BACK_END_PORT}. {_BACK_END_DOWN}",
    _RUN_REPAIR,
    _PAGE,
)
BACK_END_ON_443 = declare(
    "back_end_on_443",
    Severity.CRITICAL,
    f"Exchange Back End has a binding on 443, which belongs to Default Web Site. {_BACK_END_DOWN}",
    _RUN_REPAIR,
    _PAGE,
)
BACK_END_ONE_ADDRESS = declare(
    "back_end_on_one_address",
    Severity.HIGH,
    "Exchange Back End has 444 for {place} alone: other servers may not reach it, and with Extended Protection even "
    "this one fails (SEC_E_BAD_BINDINGS).",
    _RUN_REPAIR,
    _PAGE,
)
MISSING = declare(
    "https_binding_missing",
    Severity.CRITICAL,
    "{site} has no https binding on {port} for all addresses.",
    _RUN_REPAIR,
    _PAGE,
)
LOOPBACK_LOST = declare(
    "loopback_binding_missing",
    Severity.HIGH,
    "Default Web Site has no https binding on 127.0.0.1:443, by which Exchange probes and calls itself.",
    _RUN_REPAIR,
)
HOST_OR_SNI = declare(
    "binding_with_host_name",
    Severity.HIGH,
    "{binding} is for one host name, by SNI or from the central store, which Exchange does not support there.",
    "Let the binding take all host names: no host name, sslFlags without the bits 1 and 2.",
    _CERTIFICATES,
)
NO_CERTIFICATE = declare(
    "binding_without_certificate",
    Severity.CRITICAL,
    "No TLS connection to {binding} succeeds: http.sys has no certificate for it.",
    _RUN_REPAIR,
    _PAGE,
)
CERTIFICATE_GONE = declare(
    "binding_certificate_gone",
    Severity.CRITICAL,
    "No TLS connection to {binding} succeeds: http.sys names {thumbprint}, which is not in the store.",
    _RUN_REPAIR,
    _PAGE,
)
NO_KEY = declare(
    "binding_certificate_without_key",
    Severity.CRITICAL,
    "No TLS connection to {binding} succeeds: its certificate {thumbprint} has no private key.",
    _RUN_REPAIR,
    _PAGE,
)
EXPIRED = declare(
    "binding_certificate_not_current",
    Severity.HIGH,
    "The certificate {thumbprint} of {binding} is valid from {not_before} to {not_after}, and that is not now.",
    "Bind another one: for 444 the self-signed Microsoft Exchange, for 443 the renewed one.",
    _CERTIFICATES,
)
KEY_CNG = declare(
    "binding_certificate_key_unfit",
    Severity.HIGH,
    "The key of the certificate {thumbprint} of {binding} is kept by CNG or cannot be read; Exchange cannot use it.",
    "Bind another one, or import it again with the provider Microsoft RSA SChannel Cryptographic Provider.",
    _CERTIFICATES,
)
OTHER_STORE = declare(
    "binding_certificate_other_store",
    Severity.HIGH,
    "The certificate {thumbprint} of {binding} is taken from the store {store} by http.sys; "
    "Exchange has its certificates in My, and looks after no other store.",
    _RUN_REPAIR,
    _PAGE,
)
NOT_FOR_SERVERS = declare(
    "binding_certificate_not_for_servers",
    Severity.CRITICAL,
    "The extended key usage of the certificate {thumbprint} of {binding} does not allow server authentication, so "
    "clients refuse it.",
    "Bind another one: for 444 the self-signed Microsoft Exchange, for 443 one that is issued for TLS servers.",
    _CERTIFICATES,
)
FOREIGN = declare(
    "back_end_certificate_foreign",
    Severity.WARNING,
    "The certificate {thumbprint} on 444 is for {names}, not for this server.",
    "Bind the self-signed Microsoft Exchange, which Microsoft means for 444.",
    _CERTIFICATES,
)
APART = declare(
    "iis_and_http_sys_apart",
    Severity.HIGH,
    "IIS shows {shown} for {binding}, http.sys has {kept}.",
    _RUN_REPAIR,
    _PAGE,
)
LOOPBACK_DIFFERS = declare(
    "loopback_certificate_differs",
    Severity.WARNING,
    "Default Web Site has the certificate {loopback} on 127.0.0.1:443, but {other} on 443.",
    "Bind the same one to both.",
)
PATH_BLOCKED = declare(
    "back_end_path_blocked",
    Severity.HIGH,
    "Port 444 of {peer} is blocked for this server, or nothing listens there: mailboxes there are out of its reach.",
    "Open TCP 444 between all Exchange servers, and see whether the site runs there. No repair of this server can.",
)
PATH_UNKNOWN = declare(
    "back_end_path_unknown",
    Severity.INFO,
    "Whether port 444 of {peer} can be reached from this server could not be told.",
    "Try Test-NetConnection on the server.",
)
CONFIGURATION_SHARED = declare(
    "iis_configuration_shared",
    Severity.WARNING,
    "IIS takes its configuration from another place, which other servers may share: iis_binding refuses to write here.",
    "Change bindings in that place, or turn Shared Configuration off in IIS Manager before a repair.",
    LEARN + "iis/configuration/configurationredirection/",
)
HTTP_EVENT = declare(
    "http_event_15021",
    Severity.INFO,
    "In the last 24 hours, {times} times http.sys could not use the certificate of {endpoint}, the last time {last}.",
    "Nothing to do if that endpoint has a good certificate by now.",
    _PAGE,
)


def services(facts: BindingFacts) -> Iterator[Finding]:
    for name, state in facts.services.items():
        if state != RUNNING:
            if name == CERTIFICATES:
                yield CERTIFICATE_SERVICE_STOPPED.about(facts.server, state=state)
            else:
                yield SERVICE_STOPPED.about(facts.server, service=name, state=state)


def sites(facts: BindingFacts) -> Iterator[Finding]:
    """Existence and state; without IIS no state can be told."""
    for name, needed in ((FRONT_END_SITE, facts.has_front_end), (BACK_END_SITE, facts.has_back_end)):
        site = facts.site(name)
        if needed and site is None and facts.tells_roles:
            yield SITE_MISSING.about(facts.server, site=name)
        elif needed and site and site.state != STARTED and iis_runs(facts):
            yield SITE_STOPPED.about(facts.server, site=name, state=site.state)


def pools(facts: BindingFacts) -> Iterator[Finding]:
    for name, state in facts.pools.items():
        if name.startswith(EXCHANGE_POOLS) and state != STARTED and iis_runs(facts):
            yield POOL_STOPPED.about(facts.server, pool=name, state=state)


def iis_runs(facts: BindingFacts) -> bool:
    """Whether its services do, as far as they were read."""
    return all(facts.services.get(name, RUNNING) == RUNNING for name in IIS)


def places(facts: BindingFacts) -> Iterator[Finding]:
    """Where the https bindings are, and where not."""
    wrong = misplaced(facts)
    for binding in filter(None, (wrong, *superfluous(facts))):
        yield _misplaced(facts, binding)
    for expected in expected_bindings(facts):
        if not facts.site(expected.site) or found(facts, expected) or (wrong and expected.site == wrong.site):
            continue
        if expected.address == LOOPBACK:
            yield LOOPBACK_LOST.about(facts.server)
        else:
            yield MISSING.about(facts.server, site=expected.site, port=expected.port)


def _misplaced(facts: BindingFacts, binding: Binding) -> Finding:
    if binding.port == 443:
        return BACK_END_ON_443.about(facts.server)
    if binding.port == BACK_END_PORT:
        return BACK_END_ONE_ADDRESS.about(facts.server, place=binding.host or binding.address)
    return BACK_END_MOVED.about(facts.server, port=binding.port)


def host_names(facts: BindingFacts) -> Iterator[Finding]:
    """Of the bindings that everybody uses; others of the same site may have hosts of their own."""
    for binding in served(facts):
        if binding.ssl_flags & (SNI | CENTRAL_STORE):
            yield HOST_OR_SNI.about(facts.server, binding=binding.label)


def certificates(facts: BindingFacts) -> Iterator[Finding]:
    """Of every expected binding: the entry of http.sys, its certificate, the key and the time."""
    for binding in served(facts):
        finding = _broken(facts, binding)
        if finding:
            yield finding
        else:
            yield from _doubtful(facts, binding)


def _broken(facts: BindingFacts, binding: Binding) -> Finding | None:
    """Why no TLS connection succeeds, as far as Exchange's own store can tell."""
    entry = facts.entry(binding.ssl_key)
    if not entry or not entry.thumbprint:
        return NO_CERTIFICATE.about(facts.server, binding=binding.label)
    if not entry.from_my:
        return OTHER_STORE.about(facts.server, thumbprint=entry.thumbprint, binding=binding.label, store=entry.store)
    certificate = facts.certificate(entry.thumbprint)
    code: Code | None = None
    if certificate is None:
        code = CERTIFICATE_GONE
    elif not certificate.has_private_key:
        code = NO_KEY
    return code.about(facts.server, thumbprint=entry.thumbprint, binding=binding.label) if code else None


def _doubtful(facts: BindingFacts, binding: Binding) -> Iterator[Finding]:
    certificate = facts.bound_to(binding.ssl_key)
    if certificate is None:
        return
    named = {"thumbprint": certificate.thumbprint, "binding": binding.label}
    if not certificate.is_current(facts.now) and not clock_findings.begins_between_clocks(facts, certificate):
        times = {"not_before": certificate.not_before, "not_after": certificate.not_after}
        yield EXPIRED.about(facts.server, **named, **times)
    if not certificate.is_for_servers:
        yield NOT_FOR_SERVERS.about(facts.server, **named)
    if certificate.key_storage == OTHER and certificate.key_algorithm != ELLIPTIC:
        yield KEY_CNG.about(facts.server, **named)
    if binding.site == BACK_END_SITE and not certificate.is_for(facts.server_names):
        names = ", ".join(certificate.names) or "nobody"
        yield FOREIGN.about(facts.server, thumbprint=certificate.thumbprint, names=names)


def views(facts: BindingFacts) -> Iterator[Finding]:
    """IIS asks http.sys for what it shows; where the two differ, one of them is stale (peers.md 30)."""
    for binding in served(facts):
        entry = facts.entry(binding.ssl_key)
        kept = entry.thumbprint if entry else ""
        if kept != binding.thumbprint:
            shown = binding.thumbprint or "no certificate"
            yield APART.about(facts.server, binding=binding.label, shown=shown, kept=kept or "none")


def loopback(facts: BindingFacts) -> Iterator[Finding]:
    """Setup and Enable-ExchangeCertificate give both bindings of Default Web Site the same (law E4)."""
    keys = {binding.address: facts.entry(binding.ssl_key) for binding in served(facts) if binding.port == 443}
    own, other = keys.get(LOOPBACK), keys.get(ANY_ADDRESS)
    if own and other and own.thumbprint != other.thumbprint:
        yield LOOPBACK_DIFFERS.about(facts.server, loopback=own.thumbprint, other=other.thumbprint)


def configuration(facts: BindingFacts) -> Iterator[Finding]:
    if facts.shares_configuration:
        yield CONFIGURATION_SHARED.about(facts.server)


def paths(facts: BindingFacts) -> Iterator[Finding]:
    for peer, state in facts.paths.items():
        if state == BLOCKED:
            yield PATH_BLOCKED.about(facts.server, peer=peer)
        elif state != OPEN:
            yield PATH_UNKNOWN.about(facts.server, peer=peer)


def events(facts: BindingFacts) -> Iterator[Finding]:
    """Once an endpoint. They stay in the log after a repair, so they prove nothing about now."""
    endpoints = {event.endpoint for event in facts.events}
    for endpoint in sorted(endpoints):
        times = [event.time for event in facts.events if event.endpoint == endpoint]
        yield HTTP_EVENT.about(facts.server, endpoint=endpoint or "a port", times=len(times), last=max(times))


Analyser = Callable[[BindingFacts], Iterator[Finding]]
ANALYSERS: tuple[Analyser, ...] = (
    setup,
    unread,
    services,
    sites,
    pools,
    places,
    host_names,
    certificates,
    views,
    loopback,
    configuration,
    paths,
    events,
    *hidden_findings.ANALYSERS,
    *key_findings.ANALYSERS,
    *clock_findings.ANALYSERS,
)


def analyse(facts: BindingFacts) -> list[Finding]:
    """All findings, the most severe first. The time is that of the facts."""
    return sorted(finding for analyser in ANALYSERS for finding in analyser(facts))
