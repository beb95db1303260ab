# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate transport, POP and IMAP choose among those of a server (laws S1 to S6 and S10)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .certificate_facts import Connector
from .certificate_names import a_labels, holds
from .certificate_validity import Validity
from .certificates import Certificate

_NAME = re.compile(r"<I>(?P<issuer>.*)<S>(?P<subject>.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class TlsCertificateName:
    """Issuer and subject by which a connector names its certificate (law S5)."""

    issuer: str
    subject: str

    @classmethod
    def of(cls, connector: Connector) -> TlsCertificateName | None:
        """None when the connector names none, or what it names cannot be read."""
        return cls.written(connector.tls_certificate_name)

    @classmethod
    def written(cls, text: str) -> TlsCertificateName | None:
        """From ``<I>issuer<S>subject``; None for another text."""
        parts = _NAME.fullmatch(text)
        return cls(parts["issuer"], parts["subject"]) if parts else None

    def fits(self, certificate: Certificate) -> bool:
        """Whether it leads to a certificate."""
        names = (certificate.issuer.lower(), certificate.subject.lower())
        return names == (self.issuer.lower(), self.subject.lower())


def names(connector: Connector, certificate: Certificate) -> bool:
    """Whether the connector's TlsCertificateName leads to the certificate."""
    named = TlsCertificateName.of(connector)
    return named is not None and named.fits(certificate)


def is_usable(certificate: Certificate) -> bool:
    """Whether it may have its private key."""
    return certificate.has_private_key is not False


def is_for_protocol(certificate: Certificate, name: str) -> bool:
    """Whether POP or IMAP take it for an X509CertificateName (law S10)."""
    written = a_labels(name) in map(a_labels, certificate.names)
    return is_usable(certificate) and (written or holds(certificate.names, name))


def is_surely_for_protocol(certificate: Certificate, service: str, name: str) -> bool:
    """Whether they take it whether or not it must be enabled for that: a wildcard need not be (law S10)."""
    by_wildcard = a_labels(name) not in map(a_labels, certificate.names)
    return is_for_protocol(certificate, name) and (by_wildcard or service in certificate.services)


def winner(matches: Sequence[Certificate], now: datetime) -> Certificate | None:
    """The newest valid one; of expired ones the newest, which is still offered (law S4)."""
    newest_first = sorted(matches, key=lambda one: one.not_before, reverse=True)
    valid = [one for one in newest_first if Validity.of(one.not_before, one.not_after, now).current]
    return next(iter(valid or newest_first), None)


def connector_winner(
    connector: Connector, certificates: Sequence[Certificate], server_fqdn: str, now: datetime
) -> Certificate | None:
    """What a connector offers on a server: by its TlsCertificateName, else for its name, else for the server's.

    For a name the newest valid one of a CA comes before self-signed ones (laws S1, S2, S4).
    """
    named = TlsCertificateName.of(connector)
    usable = [one for one in certificates if is_usable(one)]
    if named or connector.tls_certificate_name:
        return winner([one for one in usable if named and named.fits(one)], now)
    host = connector.fqdn or server_fqdn
    fitting = [one for one in usable if holds(one.names, host)]
    of_ca = [one for one in fitting if not one.self_signed and Validity.of(one.not_before, one.not_after, now).current]
    return winner(of_ca or fitting, now)
