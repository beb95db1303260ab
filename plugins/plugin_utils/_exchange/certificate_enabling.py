# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that a certificate shall serve: what all have in common (laws E1 to E3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._procedure.phase import Phase
from .._remoting.command import Command
from .._remoting.errors import BadInput, ExchangeError
from .._remoting.questions import Answer
from .._run.step import Step
from .certificate_view import SETTINGS, CertificateReader, CertificateView
from .certificates import SERVICES, Certificate
from .servers import Server

SMTP, IIS = "SMTP", "IIS"
UM, UM_CALL_ROUTER = "UM", "UMCallRouter"
ORDER = (SMTP, *SETTINGS, UM, UM_CALL_ROUTER, IIS)
"""The order of enabling: SMTP right after the import (law S3), IIS last (law E15)."""

USELESS: Mapping[str, str] = {
    "DateInvalid": "Renew it, or check the clock of the server.",
    "Revoked": "Ask the CA for a new one.",
    "Invalid": "Look at its chain in certlm.msc on the server.",
    "Untrusted": "Import the certificates of its CA on the server: intermediates to LocalMachine\\CA, its root to "
    "LocalMachine\\Root.",
    "PendingRequest": "Give the CA's answer first.",
}
"""Statuses that are refused (law E2), and what to do."""
FORMS_POOLS = ("MSExchangeOWAAppPool", "MSExchangeECPAppPool")
"""Their logon cookies are encrypted with the key of the front end's certificate (laws L3, S12)."""
WINDOWS_SERVICES: Mapping[str, tuple[str, ...]] = {
    "POP": ("MSExchangePOP3", "MSExchangePOP3BE"),
    "IMAP": ("MSExchangeIMAP4", "MSExchangeIMAP4BE"),
}
"""They take a certificate up when they start (law E9)."""


@dataclass(frozen=True)
class ServicesWish:
    """What the certificate shall serve.

    Attributes:
        replace_default: SMTP makes it the default certificate of transport too.
        certificate_name: X509CertificateName of POP and IMAP; None to choose.
    """

    services: Sequence[str]
    replace_default: bool
    do_not_require_ssl: bool
    certificate_name: str | None


class Enabled(Phase[CertificateView]):
    """A service has the certificate."""

    service: str

    def __init__(self, server: Server, thumbprint: str, wish: ServicesWish, reader: CertificateReader) -> None:
        self.title = f"{server.name}: {self.service} with {thumbprint}"
        self._server = server
        self._thumbprint = thumbprint
        self._wish = wish
        self._reader = reader

    def check(self, view: CertificateView) -> list[str]:
        view.need_whole()
        return list(self._judged(self._certificate(view), view))

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        """Refuse a certificate that cannot serve (law E2); a subclass adds its own reasons. Raises BadInput."""
        if cure := USELESS.get(certificate.status or ""):
            raise BadInput(
                f"{self._server.name} calls the certificate {self._thumbprint} {certificate.status}, so it is not "
                f"enabled for {self.service}.",
                cure,
            )
        if certificate.status not in ("Valid", None):
            lists = "; see that it reaches the revocation lists of the CA through its WinHTTP proxy"
            hint = lists if certificate.status == "RevocationCheckFailure" else ""
            yield (
                f"{self._server.name} calls the certificate {self._thumbprint} {certificate.status}, which does "
                f"not keep it from serving{hint}."
            )

    def _certificate(self, view: CertificateView) -> Certificate:
        certificate = view.find(self._thumbprint)
        if certificate is None:
            raise ExchangeError(f"{self._server.name} does not list {self._thumbprint}.", "Run again.")
        return certificate

    def _has_it(self, view: CertificateView) -> bool:
        certificate = view.find(self._thumbprint)
        return certificate is not None and self.service in certificate.services

    def _enable(self, answer: Answer | None = None, thumbprint: str = "", **more: Any) -> Step:
        parameters = {
            "Thumbprint": thumbprint or self._thumbprint,
            "Services": self.service,
            "Server": self._server.fqdn,
            **more,
            **self._reader.pinned,
            "Confirm": False,
        }
        return Step(Command("Enable-ExchangeCertificate", parameters, answer=answer), why=self.title)

    def _with_service(self, view: CertificateView, **more: Any) -> CertificateView:
        certificate = self._certificate(view)
        services = {*certificate.services, self.service}
        ordered = tuple(one for one in SERVICES.values() if one in services)
        return view.with_certificate(replace(certificate, services=ordered, **more))
