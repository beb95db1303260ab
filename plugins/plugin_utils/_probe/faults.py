# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a probe of any port from its answer: name, connection, TLS (health-laws H8 to H13, certificate-laws 8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .._findings.finding import Severity
from .._findings.registry import LEARN, Code, declare

NAME, PORT, TLS, CERTIFICATE = "name", "port", "tls", "certificate"

CERTIFICATES_PAGE = LEARN + "exchange/architecture/client-access/certificates"


@dataclass(frozen=True)
class Cause:
    """One way to fail: its kind, for programs, and its finding. The sentence goes on after what it is about."""

    kind: str
    code: Code


class Fault(Exception):
    """Why something is not as it should be.

    Attributes:
        facts: what the sentence of the cause says.
    """

    def __init__(self, cause: Cause, **facts: object) -> None:
        super().__init__(cause.code.name)
        self.cause = cause
        self.facts = {name: str(fact) for name, fact in facts.items()}


def declared(kind: str, name: str, severity: Severity, sentence: str, cure: str, link: str = "") -> Cause:
    """A cause of its own, whose code has this name."""
    return Cause(kind, declare(name, severity, f"{{things}}: {sentence}", cure, link))


@dataclass(frozen=True)
class Causes:
    """The causes that every protocol has; each family of protocols has its own cures."""

    unresolved: Cause
    refused: Cause
    silent: Cause
    unreachable: Cause
    expired: Cause
    not_yet_valid: Cause
    untrusted: Cause
    incomplete: Cause
    name_mismatch: Cause
    certificate_refused: Cause
    cut: Cause
    failed: Cause
    handshake_silent: Cause
    other_certificate: Cause
    root_sent: Cause
    name_in_subject: Cause


@dataclass(frozen=True)
class Cures:
    """What a family of protocols says differently.

    Attributes:
        use: how a certificate comes to use there, with {} in its place.
        refused: where nothing listens.
        name: where the certificate does not hold the name.
        cut: no cure, but the end of the sentence about a handshake that is cut off.
        cut_cure: for that.
        failed: where the handshake fails otherwise.
        other: where another certificate is shown than was expected.
    """

    use: str
    refused: str
    name: str
    cut: str
    cut_cure: str
    failed: str
    other: str


def causes(prefix: str, cures: Cures) -> Causes:
    """The causes of a family of protocols, their codes declared with this prefix."""

    def cause(kind: str, name: str, severity: Severity, sentence: str, cure: str, link: str = "") -> Cause:
        return declared(kind, f"{prefix}_{name}", severity, sentence, cure, link)

    def of_certificate(name: str, sentence: str, cure: str, severity: Severity = Severity.CRITICAL) -> Cause:
        return cause(TLS, f"certificate_{name}", severity, sentence, cure, CERTIFICATES_PAGE)

    return Causes(
        unresolved=cause(
            NAME,
            "name_unresolved",
            Severity.CRITICAL,
            "{host} does not resolve on the control node ({why}).",
            "Add the DNS record, or give the address (addresses).",
        ),
        refused=cause(
            PORT,
            "port_refused",
            Severity.CRITICAL,
            "nothing listens on {place}, the connection is refused.",
            cures.refused,
        ),
        silent=cause(
            PORT,
            "port_silent",
            Severity.CRITICAL,
            "{place} does not answer within {seconds} s.",
            "Look for a firewall that drops the connection, a wrong address or route, or a host that is down.",
        ),
        unreachable=cause(
            PORT,
            "port_unreachable",
            Severity.CRITICAL,
            "{place} cannot be reached from the control node ({why}).",
            "Look at the address, the route and firewalls.",
        ),
        expired=of_certificate(
            "expired",
            "the certificate that {place} shows ended on {not_after}: {certificate}.",
            f"{cures.use.format('a valid one')}.",
        ),
        not_yet_valid=of_certificate(
            "not_yet_valid",
            "the certificate that {place} shows begins on {not_before}: {certificate}.",
            "Look at the clocks of the server and of the control node. If they are right: "
            f"{_inside(cures.use.format('a certificate that is valid today'))}.",
        ),
        untrusted=of_certificate(
            "untrusted",
            "the certificate that {place} shows, {certificate}, issued by {issuer}, is not trusted ({why}).",
            "Name the file of its CA (ca_cert). If clients do not trust that either: "
            f"{_inside(cures.use.format('a certificate of a CA that they trust'))}.",
        ),
        incomplete=cause(
            TLS,
            "chain_incomplete",
            Severity.HIGH,
            "the chain that {place} sends with {certificate} lacks the certificate of {issuer}, which is no root that "
            "is trusted here, so clients that do not have it refuse the connection.",
            "Import that intermediate certificate to LocalMachine\\CA on the server (Intermediate Certification "
            "Authorities), and take roots out of there. If it is a root itself, name its file (ca_cert).",
            CERTIFICATES_PAGE,
        ),
        name_mismatch=of_certificate(
            "name_mismatch",
            "clients ask for {name}, but the certificate that {place} shows, {certificate}, holds {names}.",
            cures.name,
        ),
        certificate_refused=of_certificate(
            "refused",
            "the certificate that {place} shows, {certificate}, is refused ({why}).",
            f"{cures.use.format('a certificate that clients accept')}.",
        ),
        cut=cause(
            TLS, "tls_cut", Severity.CRITICAL, f"{{place}} cuts the TLS handshake off, {cures.cut}.", cures.cut_cure
        ),
        failed=cause(
            TLS, "tls_failed", Severity.CRITICAL, "the TLS handshake with {place} fails ({why}).", cures.failed
        ),
        handshake_silent=cause(
            TLS,
            "tls_silent",
            Severity.CRITICAL,
            "{place} accepts the connection, but does not finish the TLS handshake within {seconds} s.",
            "Look at the load of the server, and at what stands between it and the control node.",
        ),
        other_certificate=cause(
            CERTIFICATE,
            "certificate_other",
            Severity.HIGH,
            "{place} shows {certificate}, expected is {expected}.",
            cures.other,
            CERTIFICATES_PAGE,
        ),
        root_sent=of_certificate(
            "root_sent",
            "{place} sends the root {root} along, which clients have already or do not trust.",
            "Take the root out of LocalMachine\\CA on the server; roots belong to LocalMachine\\Root.",
            Severity.INFO,
        ),
        name_in_subject=of_certificate(
            "name_in_subject",
            "the certificate that {place} shows, {certificate}, holds {name} in its subject alone, and many clients "
            "look at its alternative names only.",
            f"{cures.use.format('a certificate that has the name among its alternative names')}.",
            Severity.WARNING,
        ),
    )


def _inside(text: str) -> str:
    """A sentence's begin as it stands after a colon."""
    return text[0].lower() + text[1:]


def things(protocols: Iterable[str], asked: Collection[str], everything: str) -> str:
    """What a finding is about, for the begin of its sentence."""
    hit = list(dict.fromkeys(protocols))
    if len(hit) > 1 and set(hit) == set(asked):
        return everything
    return ", ".join(hit)
