# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the Windows side of client access on one server, with the fewest commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .._remoting.command import Command
from .._remoting.errors import CommandFailed
from .._remoting.nrbf import PayloadRefused
from .._remoting.record import Record
from .._remoting.session import Reply
from . import http_sys, iis, processes, services
from .binding_facts import (
    BACK_END_PORT,
    BLOCKED,
    OPEN,
    POOLS,
    PROCESSES,
    SERVICES,
    SITES,
    UNKNOWN,
    BindingFacts,
)
from .bindings import Binding
from .certificate_store import MY, StoreCertificate, kept, of_record, read_key_container, read_store
from .ecc_support import ELLIPTIC, ecc_supported, read_ecc_support
from .http_events import HttpEvent, of_xml, read_http_events
from .http_sys import SslEntry
from .key_rights import KeyRights, path_of, read_key_files, rights_of
from .sddl import SddlRefused
from .server_clock import ClockReading, read_clock, server_time

Read = Callable[[Command, bool], Reply]
"""Runs a reading command; True keeps non-terminating errors in the reply."""


@dataclass
class BindingInquiry:
    """One reading.

    Attributes:
        http_sys_source: provider or registry, for certificates of http.sys.
        bindings_source: all or by_protocol, for bindings.
        errors: what could not be read, as sentences.
        unread: as BindingFacts.
    """

    read: Read
    http_sys_source: str = http_sys.PROVIDER
    bindings_source: str = iis.EVERY
    errors: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def facts(
        self, server: str, now: Callable[[], datetime], peers: Sequence[str], *, kerberos: bool = False
    ) -> BindingFacts:
        """Everything that the analysers judge.

        Args:
            now: the control node's clock, with a time zone.
            kerberos: the session logged in by it.

        Raises:
            ExchangeError: bindings, http.sys or the store cannot be read.
        """
        facts = self._of_iis(server, now(), peers)
        return replace(
            facts,
            unread=tuple(self.unread),
            certificates=self._with_key_rights(facts.certificates),
            ecc_supported=self._ecc_supported(facts.certificates),
            clock=self._clock(now),
            kerberos=kerberos,
        )

    def _of_iis(self, server: str, now: datetime, peers: Sequence[str]) -> BindingFacts:
        wanted = services.read_services([*services.IIS, services.CERTIFICATES])
        return BindingFacts(
            server=server,
            now=now,
            services=services.states(self._told(SERVICES, wanted)),
            sites=iis.sites(self._told(SITES, iis.read_sites())),
            bindings=self.bindings(),
            ssl_entries=self.ssl_entries(),
            certificates=self.certificates(),
            pools=iis.pools(self._told(POOLS, iis.read_pools())),
            events=self._events(now),
            setup_processes=processes.names(self._told(PROCESSES, processes.read_setup())),
            paths={peer: self._path(peer) for peer in peers},
            shares_configuration=self.shares_configuration() is True,
        )

    def sites(self) -> list[iis.Site]:
        return iis.sites(self.read(iis.read_sites(), False).records)

    def shares_configuration(self) -> bool | None:
        """Whether IIS has its configuration elsewhere; None, with a note in ``errors``, where that cannot be read."""
        reply = self._kept(iis.read_redirection())
        shared = iis.shares_configuration(reply.records)
        if shared is None:
            why = [str(error) for error in reply.errors] or ["nothing was told"]
            self.errors.append(f"Whether IIS shares its configuration could not be read: {' '.join(why)}")
        return shared

    def bindings(self) -> list[Binding]:
        commands = iis.read_bindings(self.bindings_source)
        return iis.bindings([record for command in commands for record in self.read(command, False).records])

    def ssl_entries(self) -> list[SslEntry]:
        """Of http.sys. The registry alone knows whose they are; only the certificates come by two ways."""
        by_address, by_host = http_sys.read_registry()
        needed = self.http_sys_source == http_sys.REGISTRY
        in_registry = self.read(by_address, False).records if needed else tuple(self._records(by_address))
        known = list(http_sys.of_registry([*in_registry, *self._optional(by_host)]))
        if needed:
            return known
        entries = list(http_sys.of_provider(self.read(http_sys.read_provider(), False).records))
        return http_sys.with_app_ids(entries, known)

    def certificates(self, store: str = MY, only: Iterable[str] | None = None) -> list[StoreCertificate]:
        """Of a store, with what keeps their keys.

        Args:
            only: thumbprints whose keys are looked at; all when None.
        """
        wanted = None if only is None else set(only)
        found = []
        for record in self.read(read_store(store), False).records:
            try:
                certificate = of_record(record)
            except PayloadRefused as exc:
                self.errors.append(str(exc))
                continue
            if certificate.has_private_key and (wanted is None or certificate.thumbprint in wanted):
                containers = self._optional(read_key_container(certificate.thumbprint, store))
                certificate = replace(certificate, **kept(containers))
            found.append(certificate)
        return found

    def _with_key_rights(self, certificates: Sequence[StoreCertificate]) -> Sequence[StoreCertificate]:
        """In one question for all."""
        files = sorted({one.key_file for one in certificates if one.key_file})
        rights = self._key_rights(files) if files else {}
        return [replace(one, key_rights=rights.get((one.key_file or "").lower())) for one in certificates]

    def _key_rights(self, files: Sequence[str]) -> Mapping[str, KeyRights]:
        """By the file's path in lower case."""
        found: dict[str, KeyRights] = {}
        for record in self._records(read_key_files(files)):
            try:
                found[path_of(record)] = rights_of(record)
            except SddlRefused as exc:
                self.errors.append(f"The rights on {path_of(record)} were not understood: {exc}.")
        return found

    def _ecc_supported(self, certificates: Sequence[StoreCertificate]) -> bool | None:
        """Asked only where there is such a certificate that could serve."""
        if not any(one.key_algorithm == ELLIPTIC and one.has_private_key for one in certificates):
            return None
        reply = self._kept(read_ecc_support())
        supported = ecc_supported(reply)
        if supported is None:
            self.errors.extend(str(error) for error in reply.errors)
        return supported

    def _clock(self, now: Callable[[], datetime]) -> ClockReading | None:
        asked = now()
        records = self._records(read_clock())
        answered = now()
        try:
            return ClockReading(server_time(records[0]), asked, answered)
        except (IndexError, KeyError, TypeError, OverflowError):
            self.errors.append("The server did not tell what its clock says.")
            return None

    def _events(self, now: datetime) -> Sequence[HttpEvent]:
        """No event at all is an error of the cmdlet, too."""
        return list(of_xml([str(text) for text in self._optional(read_http_events(now))]))

    def _path(self, peer: str) -> str:
        reply = self._kept(
            Command(
                "Test-NetConnection",
                {
                    "ComputerName": peer,
                    "Port": BACK_END_PORT,
                    "InformationLevel": "Quiet",
                    "WarningAction": "SilentlyContinue",
                },
            )
        )
        answers: Mapping[str, str] = {"true": OPEN, "false": BLOCKED}
        return answers.get(str(reply.records[-1]).lower(), UNKNOWN) if reply.records else UNKNOWN

    def _records(self, command: Command) -> Sequence[Record]:
        """What can be read of it; the rest is noted."""
        reply = self._kept(command)
        self.errors.extend(str(error) for error in reply.errors)
        return reply.records

    def _told(self, what: str, command: Command) -> Sequence[Record]:
        """What is not good while it cannot be read in full."""
        reply = self._kept(command)
        if reply.errors:
            self.errors.extend(str(error) for error in reply.errors)
            self.unread.append(what)
        return reply.records

    def _optional(self, command: Command) -> Sequence[Record]:
        """What may rightly be absent."""
        return self._kept(command).records

    def _kept(self, command: Command) -> Reply:
        try:
            return self.read(command, True)
        except CommandFailed as exc:
            return Reply(errors=(exc,))
