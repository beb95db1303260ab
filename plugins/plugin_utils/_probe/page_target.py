# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A health page to be asked for, and what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .page import path_of
from .target import Outcome, Target, Way

HTTPS = "https"
PORTS = {HTTPS: 443, "http": 80}


@dataclass(frozen=True)
class PageTarget(Target):
    """One page.

    Attributes:
        protocol: a key of ``page.DIRECTORIES``.
        name: also in the Host header.
        servers: FQDNs that may answer, in lower case; empty: any.
    """

    servers: tuple[str, ...]


@dataclass(frozen=True)
class PageWay(Way):
    """The same port for all pages."""

    port: int

    @property
    def scheme(self) -> str:
        return HTTPS if self.context else "http"

    def host_header(self, target: Target) -> str:
        return target.name if self.port == PORTS[self.scheme] else f"{target.name}:{self.port}"

    def url(self, target: Target) -> str:
        """What a client would ask for."""
        return f"{self.scheme}://{self.host_header(target)}{path_of(target.protocol)}"


@dataclass
class PageOutcome(Outcome):
    """What a page said.

    Attributes:
        up: status 200, and a server that may answer is named in the body.
        answered_by: the server that the page named, in lower case.
    """

    url: str = ""
    up: bool = False
    status: int | None = None
    answered_by: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return super().as_dict() | {
            "url": self.url,
            "up": self.up,
            "status": self.status,
            "answered_by": self.answered_by or None,
        }
