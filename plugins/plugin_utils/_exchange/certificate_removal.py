# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing a certificate, once nothing uses it. Exchange itself guards little of this (laws R1 to R6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from .._procedure.phase import Phase, Steps
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ExchangeError
from .._run.step import Step
from .certificate_choice import (
    TlsCertificateName,
    connector_winner,
    is_for_protocol,
    is_surely_for_protocol,
    names,
    winner,
)
from .certificate_deployment import PLACES
from .certificate_enabling import SMTP
from .certificate_facts import Connector
from .certificate_records import thumbprint_of
from .certificate_view import CertificateReader, CertificateView
from .certificates import Certificate
from .namespaces import listed
from .servers import Server

UNTOUCHABLE = ("Federation", "UM", "UMCallRouter")
"""Services that only their own settings take away."""
Places = Callable[[Server], Iterable[str]]
"""Where Windows serves the certificate on a server, in words. Raises ExchangeError when that cannot be read."""
_WEB_MANAGEMENT = re.compile(r"CN=WMSvc-", re.IGNORECASE)


@dataclass(frozen=True)
class Use:
    """Something that would break, and what to do first."""

    what: str
    cure: str


class Removed(Phase[CertificateView]):
    """The certificate, or the pending request, is no longer on the server.

    Args:
        places: None leaves the view of Windows out.
        senders: Send connectors of a task that itself clears those that name the certificate; None: they keep it.
    """

    def __init__(
        self,
        server: Server,
        thumbprint: str,
        reader: CertificateReader,
        now: datetime,
        places: Places | None,
        senders: Sequence[Connector] | None = None,
    ) -> None:
        self.title = f"{server.name}: {thumbprint} removed"
        self._server = server
        self._thumbprint = thumbprint
        self._reader = reader
        self._now = now
        self._places = places
        self._senders = senders

    def reached(self, view: CertificateView) -> bool:
        return view.find(self._thumbprint) is None

    def check(self, view: CertificateView) -> list[str]:
        view.need_whole()
        certificate = view.find(self._thumbprint)
        if certificate is None or certificate.pending:
            return []
        if uses := list(self._uses(certificate, view)):
            raise BadInput(
                f"{self._thumbprint} is still in use on {self._server.name}: {'; '.join(use.what for use in uses)}.",
                " ".join(dict.fromkeys(use.cure for use in uses)),
            )
        return []

    @property
    def command(self) -> Command:
        """What removes it."""
        return removing(self._thumbprint, self._server, self._reader)

    def steps(self, view: CertificateView) -> Steps:
        try:
            yield Step(self.command, why=self.title)
        except CommandFailed as exc:
            if self._senders is None or "send connector" not in exc.sentence.lower():
                raise
            raise CommandFailed(
                exc.sentence,
                f"The domain controller that {self._server.name} asks may not have heard yet that they were cleared: "
                "run again with domain_controller set to one of its site.",
                reason=exc.reason,
            ) from exc

    def expected(self, view: CertificateView) -> CertificateView:
        return view.without(self._thumbprint)

    def _uses(self, certificate: Certificate, view: CertificateView) -> Iterator[Use]:
        yield from self._by_thumbprint(certificate, view)
        yield from _by_site(certificate)
        yield from self._by_windows
        yield from self._by_name(certificate, view)
        yield from self._by_connector(certificate, view)
        yield from self._by_hybrid(certificate, view)

    def _by_thumbprint(self, certificate: Certificate, view: CertificateView) -> Iterator[Use]:
        config = self._reader.auth_config
        named = {
            "current": config.current_thumbprint,
            "next": config.next_thumbprint,
            "previous": config.previous_thumbprint,
        }
        for which, thumbprint in named.items():
            if thumbprint == self._thumbprint:
                yield Use(
                    f"it is the {which} certificate of server-to-server authentication (Get-AuthConfig)",
                    "Let another become current first; Set-AuthConfig -ClearPreviousCertificate frees a previous one.",
                )
        if view.transport_default == self._thumbprint:
            yield Use(
                "it is the default certificate of transport",
                "Make another the default first (New-ExchangeCertificate -Services SMTP and answer Yes).",
            )
        if _WEB_MANAGEMENT.match(certificate.subject):
            yield Use("it is the certificate of the web management service (WMSVC)", "Leave it there; Setup needs it.")
        for record in self._reader.get("Get-OwaVirtualDirectory", Server=self._server.fqdn, ADPropertiesOnly=True):
            if thumbprint_of(record, "InstantMessagingCertificateThumbprint") == self._thumbprint:
                yield Use(
                    f"{record.get('Identity')} names it in InstantMessagingCertificateThumbprint",
                    "Set another there with exchange_vdir.",
                )
        for service in certificate.services:
            if service in UNTOUCHABLE:
                yield Use(f"it is enabled for {service}", f"Give {service} another certificate first.")

    @cached_property
    def _by_windows(self) -> list[Use]:
        """What IIS and http.sys say themselves, other ports and other programs included (laws G18, R6)."""
        if self._places is None:
            return []
        try:
            found = list(self._places(self._server))
        except ExchangeError as exc:
            return [
                Use(
                    f"its bindings cannot be read by the Windows endpoint ({exc})",
                    "Where the account shall be no administrator of the server, look at its bindings and at http.sys "
                    "yourself, and set check_bindings to false.",
                )
            ]
        cure = "Bind another there first (iis_binding); programs beside IIS have settings of their own."
        return [Use(what, cure) for what in found]

    def _by_name(self, certificate: Certificate, view: CertificateView) -> Iterator[Use]:
        """It wins among all of the name, or among those that are taken for sure: enabled, or a wildcard (law S10)."""
        for protocol, name in view.certificate_names.items():
            matches = [one for one in view.issued if name and is_for_protocol(one, name)]
            sure = [one for one in matches if is_surely_for_protocol(one, protocol, name)]
            if certificate in (winner(matches, self._now), winner(sure, self._now)):
                yield Use(
                    f"{protocol} finds it by X509CertificateName {name}",
                    f"Enable another certificate for {protocol} first.",
                )

    def _by_connector(self, certificate: Certificate, view: CertificateView) -> Iterator[Use]:
        """It wins among those that are enabled for SMTP: with another, TLS fails or is not offered (law S3)."""
        sending, offering = [], []
        enabled = [one for one in view.issued if SMTP in one.services]
        for connector in self._keeping(certificate):
            here = self._server.name.lower() in map(str.lower, connector.servers)
            if connector.kind == "send" and names(connector, certificate):
                sending.append(connector.identity)
            elif here and connector_winner(connector, enabled, self._server.fqdn, self._now) == certificate:
                offering.append(connector.identity)
        if sending:
            yield Use(
                f"Send connectors name its issuer and subject in TlsCertificateName ({listed(sending)})",
                "Exchange refuses to remove any certificate with that issuer and subject, the new one of a renewal as "
                "much as the old: set release_connectors, or stop transport on the connectors' source servers, clear "
                "TlsCertificateName, remove the certificate on every server, set the name again and start transport "
                "(Microsoft: cannot remove an installed certificate).",
            )
        if offering:
            yield Use(
                f"connectors offer it ({listed(offering)})",
                "Enable a newer certificate with those names for SMTP first, or set their TlsCertificateName.",
            )

    def _keeping(self, certificate: Certificate) -> list[Connector]:
        """The connectors that may keep it."""
        if self._senders is None:
            return self._reader.connectors
        return [
            *(one for one in self._reader.connectors if one.kind == "receive"),
            *(one for one in self._senders if not names(one, certificate)),
        ]

    def _by_hybrid(self, certificate: Certificate, view: CertificateView) -> Iterator[Use]:
        """By issuer and subject: the old one of a renewal is free as soon as the new one is there (law S18)."""
        named = TlsCertificateName.written(self._reader.hybrid_certificate_name)
        if named and winner([one for one in view.issued if named.fits(one)], self._now) == certificate:
            yield Use(
                "the hybrid configuration names its issuer and subject (Get-HybridConfiguration)",
                "Run the Hybrid Configuration Wizard with another certificate first.",
            )


def removing(thumbprint: str, server: Server, reader: CertificateReader) -> Command:
    """Removes a certificate or pending request, with its key."""
    parameters = {"Thumbprint": thumbprint, "Server": server.fqdn, **reader.pinned}
    return Command("Remove-ExchangeCertificate", {**parameters, "Confirm": False})


def _by_site(certificate: Certificate) -> Iterator[Use]:
    for site in certificate.sites or ():
        yield Use(
            f"IIS serves {PLACES.get(site, site)} with it",
            "Enable another certificate for IIS first (443), or bind another with iis_binding (444).",
        )
