# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate is fit for servers, by its own words: judged before it is sent to one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._remoting.errors import BadInput
from .certificate_names import holds
from .certificate_validity import Validity
from .certificates import Certificate
from .x509_facts import X509Facts, is_for_servers

SMALLEST_RSA = 2048


def check_fitness(certificate: X509Facts | Certificate, names: Sequence[str], now: datetime) -> None:
    """Refuse a certificate that no server could use.

    Args:
        names: host names that it shall hold.
        now: with a time zone.

    Raises:
        BadInput: it is not valid now, not for servers, too weak, or does not hold a name (laws L1, G3, G5, G8, G10).
    """
    _check_time(certificate, now)
    if not is_for_servers(certificate.eku):
        raise BadInput("The certificate is not made for servers (serverAuth).", "Have it issued for TLS servers.")
    if certificate.key_algorithm not in ("RSA", "ECDSA"):
        raise BadInput(
            f"Exchange cannot use a key of {certificate.key_algorithm or 'an unknown kind'}.", "Use an RSA key."
        )
    if certificate.key_algorithm == "RSA" and (certificate.key_size or 0) < SMALLEST_RSA:
        raise BadInput(f"An RSA key of {certificate.key_size} bits is too weak.", "Request one of 2048 or 4096 bits.")
    shown = certificate.alternative_names or certificate.names
    if missing := [name for name in names if not _listed(name, shown)]:
        raise BadInput(
            f"The certificate does not hold {', '.join(missing)}; it holds {', '.join(shown) or 'no name'}.",
            "Have it issued for every name, or leave the name out of domain_name.",
        )


def _check_time(certificate: X509Facts | Certificate, now: datetime) -> None:
    validity = Validity.of(certificate.not_before, certificate.not_after, now)
    if validity.ended:
        raise BadInput(f"The certificate ended on {certificate.not_after}.", "Have it renewed.")
    if not validity.begun:
        raise BadInput(
            f"The certificate begins on {certificate.not_before}, which is in the future.",
            "Wait until then, and check the clock of the control node.",
        )


def _listed(name: str, shown: Sequence[str]) -> bool:
    """A wildcard that is wanted must stand there itself."""
    return holds(shown, name) or name.lower() in (one.lower() for one in shown)
