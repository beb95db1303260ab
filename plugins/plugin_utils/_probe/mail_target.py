# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail port to be asked, and what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .target import Outcome, Way


@dataclass(frozen=True)
class MailWay(Way):
    """ports: by protocol."""

    ports: Mapping[str, int]


@dataclass
class MailOutcome(Outcome):
    """What a port said.

    Attributes:
        tls_offered: whether it offers to begin TLS; None where it was not asked, as where TLS comes first.
        secure: the handshake passed, and where certificates are verified, this one was accepted.
    """

    tls_offered: bool | None = None
    secure: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return super().as_dict() | {
            "name": self.target.name,
            "tls_offered": self.tls_offered,
            "secure": self.secure,
        }
