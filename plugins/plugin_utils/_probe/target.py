# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is probed, how, and what was seen, whatever is asked there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

from .._exchange.x509_facts import X509Facts
from .faults import Fault


@dataclass(frozen=True)
class Target:
    """One thing to be asked for.

    Attributes:
        subject: what findings are about: a server's FQDN, or a namespace.
        protocol: as users name it.
        name: the host name that is asked for, in SNI, and that the certificate must hold.
        host: the name or address that is connected to.
    """

    subject: str
    protocol: str
    name: str
    host: str


@dataclass(frozen=True)
class Way:
    """How all targets of a task are probed.

    Attributes:
        context: of the TLS client; None without TLS.
        timeout: seconds from the connection to the end of the answer.
        retries: how often a failed probe is repeated before it counts.
        delay: seconds between two tries, and between two rounds.
        concurrency: how many probes run at once.
        thumbprint: of the certificate that must be shown, upper case hex; empty: any.
    """

    context: ssl.SSLContext | None
    timeout: float
    retries: int
    delay: float
    concurrency: int
    thumbprint: str

    @property
    def verifies(self) -> bool:
        """Whether certificates are judged."""
        return self.context is not None and self.context.verify_mode is ssl.CERT_REQUIRED


@dataclass
class Outcome:
    """What one probe saw; filled in as far as it got.

    Attributes:
        fault: why it failed.
        remarks: what somebody should know although it did not fail.
        port: the port that was to be connected to.
        address: the address that was connected to.
        chain: the certificates that the server sent in the handshake, its own first.
        seconds: how long the last try took.
    """

    target: Target
    port: int
    fault: Fault | None = None
    remarks: list[Fault] = field(default_factory=list)
    address: str = ""
    chain: tuple[X509Facts, ...] = ()
    seconds: float = 0.0
    attempts: int = 1

    @property
    def certificate(self) -> X509Facts | None:
        """What the server showed in the handshake."""
        return next(iter(self.chain), None)

    def connects_to(self, address: str) -> None:
        """Note the address."""
        self.address = address

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result. A subclass adds what it saw."""
        return {
            "subject": self.target.subject,
            "protocol": self.target.protocol,
            "host": self.target.host,
            "address": self.address or None,
            "port": self.port,
            "fault": self.fault.cause.kind if self.fault else None,
            "seconds": round(self.seconds, 3),
            "attempts": self.attempts,
            "certificate": _shown(self.certificate) if self.certificate else None,
            "chain": [{"thumbprint": one.thumbprint, "subject": one.subject} for one in self.chain],
        }


def _shown(certificate: X509Facts) -> dict[str, Any]:
    return {
        "thumbprint": certificate.thumbprint,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
    }
