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
from .binding_facts import BACK_END_PORT, BLOCKED, OPEN, UNKNOWN, BindingFacts
from .bindings import Binding
from .certificate_store import CSP, MY, OTHER, StoreCertificate, of_record, read_key_container, read_store
from .http_events import HttpEvent, of_xml, read_http_events
from .http_sys import SslEntry

Read = Callable[[Command, bool], Reply]
"""Runs a reading command; True keeps non-terminating errors in the reply."""


@dataclass
class BindingInquiry:
    """One reading.

    Attributes:
        http_sys_source: provider or registry, for certificates of http.sys.
        errors: what could not be read, as sentences.
    """

    read: Read
    http_sys_source: str = http_sys.PROVIDER
    errors: list[str] = field(default_factory=list)

    def facts(self, server: str, now: datetime, peers: Sequence[str]) -> BindingFacts:
        """Everything that the analysers judge.

        Raises:
            ExchangeError: sites, bindings, http.sys or the store cannot be read.
        """
        return BindingFacts(
            server=server,
            now=now,
            sites=self.sites(),
            bindings=self.bindings(),
            ssl_entries=self.ssl_entries(),
            certificates=self.certificates(),
            pools=iis.pools(self._records(iis.read_pools())),
            services=services.states(self._records(services.read_services([*services.IIS, services.CERTIFICATES]))),
            events=self._events(now),
            setup_processes=processes.names(self._records(processes.read_setup())),
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
        return iis.bindings(self.read(iis.read_bindings(), False).records)

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
                certificate = replace(certificate, key_storage=self._key_storage(certificate.thumbprint, store))
            found.append(certificate)
        return found

    def _key_storage(self, thumbprint: str, store: str) -> str:
        containers = self._optional(read_key_container(thumbprint, store))
        return CSP if any(record.get("ProviderName") for record in containers) else OTHER

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

    def _optional(self, command: Command) -> Sequence[Record]:
        """What may rightly be absent."""
        return self._kept(command).records

    def _kept(self, command: Command) -> Reply:
        try:
            return self.read(command, True)
        except CommandFailed as exc:
            return Reply(errors=(exc,))
