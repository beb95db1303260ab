# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POP and IMAP, which find their certificate by a name (laws E9, E10, S10)."""

from __future__ import annotations

from dataclasses import replace

from .._procedure.phase import Steps
from .._remoting.command import Command
from .._remoting.errors import BadInput
from .._run.step import Step
from .certificate_choice import is_for_protocol
from .certificate_enabling import Enabled
from .certificate_names import WILDCARD, a_labels
from .certificate_view import SETTINGS, CertificateView
from .certificates import Certificate
from .distinguished_names import name_parts


class ProtocolEnabled(Enabled):
    """POP or IMAP find it by name, and show it where they can (laws E9, E10, S10)."""

    def reached(self, view: CertificateView) -> bool:
        certificate = view.find(self._thumbprint)
        if certificate is None:
            return False
        name = self._name(certificate, view)
        return self._is_named(view, name) and (self._has_it(view) or not _shows_flag(certificate, name))

    def _is_named(self, view: CertificateView, name: str) -> bool:
        return view.certificate_names[self.service].lower() == name.lower()

    def _name(self, certificate: Certificate, view: CertificateView) -> str:
        """What to find it by: the wished name, the present one, or its first that is no wildcard. Raises BadInput."""
        wished, present = self._wish.certificate_name, view.certificate_names[self.service]
        if wished:
            if not is_for_protocol(certificate, wished):
                raise BadInput(
                    f"The certificate {self._thumbprint} does not hold x509_certificate_name {wished}.",
                    f"It holds {', '.join(certificate.names) or 'no name'}.",
                )
            return wished
        if present and is_for_protocol(certificate, present):
            return present
        common = _common_name(certificate)
        plain = [name for name in certificate.names if not name.startswith(WILDCARD)]
        if not plain:
            raise BadInput(
                f"{self.service} finds its certificate by one host name, and {self._thumbprint} holds wildcards only.",
                "Set x509_certificate_name to the name that clients use.",
            )
        return next((name for name in plain if name.lower() == common), plain[0])

    def steps(self, view: CertificateView) -> Steps:
        """Enabling may write another name, so the name is set after it in any case."""
        certificate = self._certificate(view)
        name = self._name(certificate, view)
        enabling = _shows_flag(certificate, name) and not self._has_it(view)
        if enabling:
            yield self._enable()
        if enabling or not self._is_named(view, name):
            parameters = {"X509CertificateName": name, "Server": self._server.fqdn, **self._reader.pinned}
            yield Step(Command(f"Set-{SETTINGS[self.service]}", {**parameters, "Confirm": False}), why=self.title)

    def expected(self, view: CertificateView) -> CertificateView:
        certificate = self._certificate(view)
        name = self._name(certificate, view)
        after = self._with_service(view) if _shows_flag(certificate, name) else view
        return replace(after, certificate_names={**after.certificate_names, self.service: name})


def _shows_flag(certificate: Certificate, name: str) -> bool:
    """Whether the service can stand among those of the certificate: never for a wildcard (law E10)."""
    written = a_labels(name) in map(a_labels, certificate.names)
    return written and not _common_name(certificate).startswith(WILDCARD)


def _common_name(certificate: Certificate) -> str:
    """In lower case; empty without one."""
    try:
        return next((value for key, value in name_parts(certificate.subject) if key == "CN"), "")
    except ValueError:
        return ""


class PopEnabled(ProtocolEnabled):
    service = "POP"


class ImapEnabled(ProtocolEnabled):
    service = "IMAP"
