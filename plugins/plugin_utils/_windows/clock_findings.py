# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wrong clock breaks (law G4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .binding_facts import BindingFacts, in_service
from .certificate_store import StoreCertificate

ALLOWED = timedelta(minutes=5)
"""What Kerberos tolerates unless a domain's policy says otherwise."""

_NONE, _SECOND = timedelta(0), timedelta(seconds=1)
_DIFFERS = "The clock of the server is {difference} (hours:minutes:seconds) {direction} that of the control node"
_CURE = (
    "Compare both with a domain controller. On a server, w32tm /query /status tells where its time comes from and "
    "w32tm /resync fetches it."
)
_PAGE = LEARN + "windows-server/networking/windows-time-service/windows-time-service-tools-and-settings"

APART_WITH_KERBEROS = declare(
    "server_clock_apart_with_kerberos",
    Severity.CRITICAL,
    f"{_DIFFERS}, and this task has logged in by Kerberos, which allows 5 minutes: logins can fail at any time.",
    _CURE,
    _PAGE,
)
APART = declare(
    "server_clock_apart",
    Severity.WARNING,
    f"{_DIFFERS}. Kerberos allows 5 minutes, and one of the two judges certificates by a wrong time.",
    _CURE,
    _PAGE,
)
DRIFTS = declare(
    "server_clock_drifts",
    Severity.INFO,
    f"{_DIFFERS}. A server that is off by as much the other way is apart from this one by more than Kerberos allows.",
    _CURE,
    _PAGE,
)
BEGINS_BETWEEN = declare(
    "binding_certificate_newer_than_clock",
    Severity.WARNING,
    "The certificate {thumbprint} of {bindings} begins at {not_before}. That is still ahead by the clock of the "
    "{late}, and past by that of the {early}.",
    "Wait until both clocks have passed that moment, and set the wrong one right if it takes longer than minutes.",
    _PAGE,
)


def clock(facts: BindingFacts) -> Iterator[Finding]:
    """Every server is compared with the control node: of two that are 5 minutes apart, one shows here at least."""
    if facts.clock is None:
        return
    ahead = facts.clock.ahead
    difference = {"difference": abs(ahead) // _SECOND * _SECOND, "direction": "ahead of" if ahead > _NONE else "behind"}
    if abs(ahead) > ALLOWED:
        yield (APART_WITH_KERBEROS if facts.kerberos else APART).about(facts.server, **difference)
    elif abs(ahead) > ALLOWED / 2:
        yield DRIFTS.about(facts.server, **difference)


def beginnings(facts: BindingFacts) -> Iterator[Finding]:
    """Of certificates that serve, and that are new."""
    for thumbprint, bindings in in_service(facts).items():
        certificate = facts.certificate(thumbprint)
        if certificate and facts.clock and begins_between_clocks(facts, certificate):
            behind = facts.clock.ahead < _NONE
            yield BEGINS_BETWEEN.about(
                facts.server,
                thumbprint=thumbprint,
                bindings=", ".join(binding.label for binding in bindings),
                not_before=certificate.not_before,
                late="server" if behind else "control node",
                early="control node" if behind else "server",
            )


def begins_between_clocks(facts: BindingFacts, certificate: StoreCertificate) -> bool:
    """Whether its time has begun by one of the two clocks only."""
    if facts.clock is None:
        return False
    by_server = facts.now + facts.clock.ahead
    return certificate.has_begun(facts.now) != certificate.has_begun(by_server)


ANALYSERS = (clock, beginnings)
