# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of a certificate: these at least, as none can be taken away again (laws E1 to E15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._procedure.phase import Steps
from .._remoting.errors import BadInput
from .certificate_deployment import FRONT_END
from .certificate_enabling import IIS, ORDER, SMTP, UM, UM_CALL_ROUTER, Enabled, ServicesWish
from .certificate_keys_findings import CNG
from .certificate_pop_imap import ImapEnabled, PopEnabled
from .certificate_smtp import SmtpEnabled
from .certificate_view import CertificateReader, CertificateView
from .certificates import Certificate
from .servers import Server
from .versions import Product


class IisEnabled(Enabled):
    """Port 443 of the front end has it. Exchange's 444 stays as it is (law E4)."""

    service = IIS

    def reached(self, view: CertificateView) -> bool:
        """The service alone does not tell: 444 shows it too (law O12)."""
        certificate = view.find(self._thumbprint)
        return certificate is not None and FRONT_END in (certificate.sites or ())

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        yield from super()._judged(certificate, view)
        if not self._server.has_client_access:
            raise BadInput(f"{self._server.name} has no front end for IIS to serve.", "Leave IIS out for it.")
        if certificate.key_storage == CNG and certificate.key_algorithm == "RSA":
            raise BadInput(
                f"A CNG provider keeps the key of {self._thumbprint} on {self._server.name}: logons with forms would "
                "return to the logon page for ever.",
                "Export it as a PFX file, remove it there, and give the file to this module, which names the right "
                "provider.",
            )

    def steps(self, view: CertificateView) -> Steps:
        yield self._enable(DoNotRequireSsl=True) if self._wish.do_not_require_ssl else self._enable()

    def expected(self, view: CertificateView) -> CertificateView:
        sites = (FRONT_END, *(site for site in self._certificate(view).sites or () if site != FRONT_END))
        return self._with_service(view, sites=sites)


class UmEnabled(Enabled):
    """Unified Messaging, until Exchange 2016. Whether its UMStartupMode allows it is the server's to say (law E11)."""

    service = UM

    def reached(self, view: CertificateView) -> bool:
        return self._has_it(view)

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        yield from super()._judged(certificate, view)
        if self._server.product > Product.E2016:
            raise BadInput(
                f"{self._server.name} runs {self._server.product}, which has no Unified Messaging: {self.service} "
                "exists on Exchange 2013 and 2016 only.",
                f"Leave {self.service} out for it.",
            )

    def steps(self, view: CertificateView) -> Steps:
        yield self._enable()

    def expected(self, view: CertificateView) -> CertificateView:
        return self._with_service(view)


class UmCallRouterEnabled(UmEnabled):
    service = UM_CALL_ROUTER


PHASES: Mapping[str, type[Enabled]] = {
    SMTP: SmtpEnabled,
    "POP": PopEnabled,
    "IMAP": ImapEnabled,
    UM: UmEnabled,
    UM_CALL_ROUTER: UmCallRouterEnabled,
    IIS: IisEnabled,
}


def service_phases(server: Server, thumbprint: str, wish: ServicesWish, reader: CertificateReader) -> list[Enabled]:
    """The wished services in the order of enabling."""
    return [PHASES[name](server, thumbprint, wish, reader) for name in ORDER if name in wish.services]
