# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's web sites, http.sys and certificate store say, and what Exchange expects of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .bindings import ANY_ADDRESS, HTTPS, LOOPBACK, Binding, SslKey
from .certificate_store import StoreCertificate
from .http_events import HttpEvent
from .http_sys import SslEntry
from .iis import BACK_END_SITE, FRONT_END_SITE, Site
from .server_clock import ClockReading

FRONT_END_POOL, BACK_END_POOL = "MSExchangePowerShellFrontEndAppPool", "MSExchangePowerShellAppPool"
"""Pools that Setup makes for one role only: they tell the role of a server whose site is gone."""
EXCHANGE_POOLS = "MSExchange"
"""What the names of Exchange's pools begin with."""
BACK_END_PORT = 444
OPEN, BLOCKED, UNKNOWN = "open", "blocked", "unknown"
SITES, POOLS, SERVICES, PROCESSES = "web sites", "application pools", "services", "processes"


@dataclass(frozen=True)
class BindingFacts:
    """The Windows side of client access on one server.

    Attributes:
        server: the server's name, as the task has it.
        now: when the facts were read, by the control node's clock; with a time zone.
        bindings: those over HTTP, of all sites, with what IIS shows as their certificate.
        ssl_entries: all entries of http.sys.
        certificates: those of LocalMachine, My.
        pools: state by name; likewise services, of those that were asked for.
        events: 15021 of the last hours.
        paths: open, blocked or unknown by the FQDN of the other server.
        setup_processes: names of the processes of Exchange Setup that run.
        shares_configuration: IIS has its configuration elsewhere, where other servers may have theirs too.
        clock: the server's; None where it was not read.
        kerberos: the task has logged in by it.
        ecc_supported: Exchange takes ECC certificates; None where that was not read, as it does not matter or failed.
        unread: SITES, POOLS, SERVICES and PROCESSES, as far as they could not be read in full.
    """

    server: str
    now: datetime
    sites: Sequence[Site] = ()
    bindings: Sequence[Binding] = ()
    ssl_entries: Sequence[SslEntry] = ()
    certificates: Sequence[StoreCertificate] = ()
    pools: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    events: Sequence[HttpEvent] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    setup_processes: Sequence[str] = ()
    shares_configuration: bool = False
    clock: ClockReading | None = None
    kerberos: bool = False
    ecc_supported: bool | None = None
    unread: Sequence[str] = ()

    @property
    def server_names(self) -> Sequence[str]:
        """The names by which other servers know it."""
        return tuple(dict.fromkeys((self.server, self.server.partition(".")[0])))

    @property
    def tells_roles(self) -> bool:
        """Whether IIS has told what Exchange has on the server; otherwise nothing is known to be missing, or left."""
        return not {SITES, POOLS} & set(self.unread)

    @property
    def setup_running(self) -> bool | None:
        """None where that could not be read."""
        return True if self.setup_processes else None if PROCESSES in self.unread else False

    @property
    def has_front_end(self) -> bool:
        return FRONT_END_POOL in self.pools

    @property
    def has_back_end(self) -> bool:
        return BACK_END_POOL in self.pools

    def site(self, name: str) -> Site | None:
        return next((site for site in self.sites if site.name == name), None)

    def https_of(self, site: str) -> list[Binding]:
        """The https bindings of a site."""
        return [binding for binding in self.bindings if binding.site == site and binding.protocol == HTTPS]

    def entry(self, key: SslKey) -> SslEntry | None:
        return next((entry for entry in self.ssl_entries if entry.key == key), None)

    def certificate(self, thumbprint: str) -> StoreCertificate | None:
        return next((one for one in self.certificates if one.thumbprint == thumbprint), None)

    def named_on(self, key: SslKey) -> StoreCertificate | None:
        """The certificate of My that http.sys names there, in whatever store it looks for it."""
        entry = self.entry(key)
        return self.certificate(entry.thumbprint) if entry else None

    def bound_to(self, key: SslKey) -> StoreCertificate | None:
        """The certificate that http.sys has from My there."""
        entry = self.entry(key)
        return self.named_on(key) if entry and entry.from_my else None


def expected_bindings(facts: BindingFacts) -> Iterator[Binding]:
    """The https bindings that Setup makes and Exchange needs, for the roles of the server (exchange-procedures 1)."""
    if facts.has_front_end:
        yield Binding.of(FRONT_END_SITE, HTTPS, ":443:")
        yield Binding.of(FRONT_END_SITE, HTTPS, f"{LOOPBACK}:443:")
    if facts.has_back_end:
        yield Binding.of(BACK_END_SITE, HTTPS, f"*:{BACK_END_PORT}:")


def found(facts: BindingFacts, expected: Binding) -> Binding | None:
    """The binding of a site that does what is expected, whatever else it says."""
    return next((binding for binding in facts.https_of(expected.site) if binding.place == expected.place), None)


def served(facts: BindingFacts) -> Iterator[Binding]:
    """The expected bindings that are there."""
    return (binding for binding in (found(facts, one) for one in expected_bindings(facts)) if binding)


def in_service(facts: BindingFacts) -> Mapping[str, Sequence[Binding]]:
    """The bindings served by each certificate of the store, by its thumbprint."""
    places: dict[str, list[Binding]] = {}
    for binding in served(facts):
        if certificate := facts.bound_to(binding.ssl_key):
            places.setdefault(certificate.thumbprint, []).append(binding)
    return places


def misplaced(facts: BindingFacts) -> Binding | None:
    """The back end's https binding that ought to be ``*:444:``; None when that one is there, or none at all.

    On 444 with an address is the nearest, on 443 the usual mistake; any other port comes last.
    """
    own = facts.https_of(BACK_END_SITE)
    wanted = ("", ANY_ADDRESS, BACK_END_PORT)
    if not facts.has_back_end or any((binding.host, binding.address, binding.port) == wanted for binding in own):
        return None
    return min(own, key=lambda one: (one.port != BACK_END_PORT, one.port != 443, one.information), default=None)


def superfluous(facts: BindingFacts) -> Iterator[Binding]:
    """Https bindings of the back end that take connections away: on 443, or on 444 for one address or host.

    Only where ``*:444:`` is there as well.
    """
    if facts.has_back_end and misplaced(facts) is None:
        expected = {binding.place for binding in expected_bindings(facts)}
        for binding in facts.https_of(BACK_END_SITE):
            if binding.place not in expected and binding.port in (443, BACK_END_PORT):
                yield binding


def unused(facts: BindingFacts) -> Iterator[SslEntry]:
    """Entries that no binding of any site uses; not those that a lost binding will need again, as far as is known."""
    if not facts.tells_roles:
        return
    used = {binding.ssl_key for binding in facts.bindings if binding.protocol == HTTPS}
    needed = {binding.ssl_key for binding in expected_bindings(facts)}
    yield from (entry for entry in facts.ssl_entries if entry.key not in used | needed)


def hides(facts: BindingFacts, entry: SslEntry) -> bool:
    """Whether an entry that nobody uses takes connections away from those of all addresses (law W2)."""
    return entry.key.port in {binding.port for binding in expected_bindings(facts)}


def orphans(facts: BindingFacts) -> Iterator[SslEntry]:
    """Those that IIS made, and that may go."""
    return (entry for entry in unused(facts) if entry.of_iis)


def strangers(facts: BindingFacts) -> Iterator[SslEntry]:
    """Those that hide what Exchange has, and that IIS is not known to have made."""
    return (entry for entry in unused(facts) if not entry.of_iis and hides(facts, entry))


def intruders(facts: BindingFacts) -> Iterator[Binding]:
    """Bindings of other sites on 444, where nobody but front ends connects."""
    if facts.has_back_end:
        for binding in facts.bindings:
            if binding.port == BACK_END_PORT and binding.site != BACK_END_SITE:
                yield binding


def apart(facts: BindingFacts) -> Iterator[Binding]:
    """Bindings of Default Web Site to further addresses that have another certificate than 443."""
    common = facts.entry(SslKey(ANY_ADDRESS, 443))
    if facts.has_front_end and common:
        for binding in facts.https_of(FRONT_END_SITE):
            entry = facts.entry(binding.ssl_key)
            at_address = binding.port == 443 and binding.ssl_key.address not in ("", ANY_ADDRESS, LOOPBACK)
            if at_address and (entry is None or entry.thumbprint != common.thumbprint or not entry.from_my):
                yield binding
