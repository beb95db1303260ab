# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is probed, how, and what was seen."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from .._exchange.x509_facts import X509Facts
from .faults import Fault
from .page import path_of

HTTPS = "https"
PORTS = {HTTPS: 443, "http": 80}


@dataclass(frozen=True)
class Target:
    """One page to be asked for.

    Attributes:
        subject: what findings are about: a server's FQDN, or a namespace.
        protocol: a key of ``page.DIRECTORIES``.
        name: the host name that is asked for, in SNI and Host, and that the certificate must hold.
        host: the name or address that is connected to.
        servers: FQDNs that may answer, in lower case; empty: any.
    """

    subject: str
    protocol: str
    name: str
    host: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """How all targets of a task are probed.

    Attributes:
        context: of the TLS client; None for plain HTTP.
        timeout: seconds from the connection to the end of the reply.
        retries: how often a failed probe is repeated before it counts.
        delay: seconds between two tries, and between two rounds.
        concurrency: how many probes run at once.
        thumbprint: of the certificate that must be shown, upper case hex; empty: any.
    """

    port: int
    context: ssl.SSLContext | None
    timeout: float
    retries: int
    delay: float
    concurrency: int
    thumbprint: str

    @property
    def scheme(self) -> str:
        return HTTPS if self.context else "http"

    def host_header(self, target: Target) -> str:
        return target.name if self.port == PORTS[self.scheme] else f"{target.name}:{self.port}"

    def url(self, target: Target) -> str:
        """What a client would ask for."""
        return f"{self.scheme}://{self.host_header(target)}{path_of(target.protocol)}"


@dataclass
class Outcome:
    """What one probe saw; filled in as far as it got.

    Attributes:
        up: status 200, and a server that may answer is named in the body.
        address: the address that was connected to.
        answered_by: the server that the page named, in lower case.
        certificate: what the server showed in the handshake.
        seconds: how long the last try took.
    """

    target: Target
    up: bool = False
    fault: Fault | None = None
    address: str = ""
    status: int | None = None
    answered_by: str = ""
    certificate: X509Facts | None = None
    seconds: float = 0.0
    attempts: int = 1

    def as_dict(self, way: Way) -> dict[str, Any]:
        """Plain values for a task's result."""
        return {
            "subject": self.target.subject,
            "protocol": self.target.protocol,
            "url": way.url(self.target),
            "host": self.target.host,
            "address": self.address or None,
            "port": way.port,
            "up": self.up,
            "fault": self.fault.cause.kind if self.fault else None,
            "status": self.status,
            "answered_by": self.answered_by or None,
            "seconds": round(self.seconds, 3),
            "attempts": self.attempts,
            "certificate": _shown(self.certificate) if self.certificate else None,
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
