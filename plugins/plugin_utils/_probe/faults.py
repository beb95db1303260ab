# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that keeps a health page from being healthy, as findings (health-laws H5 to H18, 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._findings.finding import Severity
from .._findings.registry import LEARN, Code, declare

NAME, PORT, TLS, STATUS, BODY, TIME, CERTIFICATE = "name", "port", "tls", "status", "body", "time", "certificate"
KINDS = (NAME, PORT, TLS, STATUS, BODY, TIME, CERTIFICATE)

_BALANCING = LEARN + "exchange/architecture/client-access/load-balancing"
_CERTIFICATES = LEARN + "exchange/architecture/client-access/certificates"


@dataclass(frozen=True)
class Cause:
    """One way to fail: its kind, for programs, and its finding. The sentence goes on after the pages it is about."""

    kind: str
    code: Code


class Fault(Exception):
    """Why a page is not healthy.

    Attributes:
        facts: what the sentence of the cause says.
    """

    def __init__(self, cause: Cause, **facts: object) -> None:
        super().__init__(cause.code.name)
        self.cause = cause
        self.facts = {name: str(fact) for name, fact in facts.items()}


def _cause(kind: str, name: str, severity: Severity, sentence: str, cure: str, link: str = "") -> Cause:
    return Cause(kind, declare(f"health_{name}", severity, f"{{pages}}: {sentence}", cure, link))


UNRESOLVED = _cause(
    NAME,
    "name_unresolved",
    Severity.CRITICAL,
    "{host} does not resolve on the control node ({why}).",
    "Add the DNS record, or give the address (addresses).",
)
REFUSED = _cause(
    PORT,
    "port_refused",
    Severity.CRITICAL,
    "nothing listens on {place}, the connection is refused.",
    "See whether the web site and its services run and whether its binding is there.",
)
SILENT = _cause(
    PORT,
    "port_silent",
    Severity.CRITICAL,
    "{place} does not answer within {seconds} s.",
    "Look for a firewall that drops the connection, a wrong address or route, or a host that is down.",
)
UNREACHABLE = _cause(
    PORT,
    "port_unreachable",
    Severity.CRITICAL,
    "{place} cannot be reached from the control node ({why}).",
    "Look at the address, the route and firewalls.",
)
EXPIRED = _cause(
    TLS,
    "certificate_expired",
    Severity.CRITICAL,
    "the certificate that {place} shows ended on {not_after}: {certificate}.",
    "Bind a valid one.",
    _CERTIFICATES,
)
NOT_YET_VALID = _cause(
    TLS,
    "certificate_not_yet_valid",
    Severity.CRITICAL,
    "the certificate that {place} shows begins on {not_before}: {certificate}.",
    "Look at the clocks of the server and of the control node; otherwise bind a certificate that is valid today.",
    _CERTIFICATES,
)
UNTRUSTED = _cause(
    TLS,
    "certificate_untrusted",
    Severity.CRITICAL,
    "the certificate that {place} shows, {certificate}, issued by {issuer}, is not trusted ({why}).",
    "Name the file of its CA (ca_cert), or bind a certificate of a trusted issuer with its intermediates.",
    _CERTIFICATES,
)
NAME_MISMATCH = _cause(
    TLS,
    "certificate_name_mismatch",
    Severity.CRITICAL,
    "clients ask for {name}, but the certificate that {place} shows, {certificate}, holds {names}.",
    "Bind a certificate that holds the name. A server's own name is mostly on none: give those that clients use.",
    _CERTIFICATES,
)
CERTIFICATE_REFUSED = _cause(
    TLS,
    "certificate_refused",
    Severity.CRITICAL,
    "the certificate that {place} shows, {certificate}, is refused ({why}).",
    "Bind a certificate that clients accept.",
    _CERTIFICATES,
)
HANDSHAKE_CUT = _cause(
    TLS,
    "tls_cut",
    Severity.CRITICAL,
    "{place} cuts the TLS handshake off, as Windows does where no certificate is bound, or one without its key.",
    "Bind a certificate to the port on the server; event 15021 (HttpEvent) in its log names a dead one.",
)
HANDSHAKE_FAILED = _cause(
    TLS,
    "tls_failed",
    Severity.CRITICAL,
    "the TLS handshake with {place} fails ({why}).",
    "Look at protocol versions and ciphers on both sides, and at whether the port speaks TLS at all.",
)
HANDSHAKE_SILENT = _cause(
    TLS,
    "tls_silent",
    Severity.CRITICAL,
    "{place} accepts the connection, but does not finish the TLS handshake within {seconds} s.",
    "Look at the load of the server, and at what stands between it and the control node.",
)
NO_ANSWER = _cause(
    STATUS,
    "page_closed",
    Severity.HIGH,
    "{place} closes the connection instead of answering.",
    "See whether the server is in maintenance, or managed availability took the protocol out: its component is not "
    "Active (Get-ServerComponentState).",
    _BALANCING,
)
NOT_HTTP = _cause(
    STATUS,
    "page_not_http",
    Severity.HIGH,
    "what {place} answers is not HTTP ({why}).",
    "See what listens there.",
)
STOPPED = _cause(
    STATUS,
    "page_unavailable",
    Severity.HIGH,
    "{place} answers 503, the service is unavailable.",
    "See whether the application pool of the directory runs (HTTPERR log: Disabled, QueueFull, AppOffline); after a "
    "recycle, wait.",
    _BALANCING,
)
MISSING = _cause(
    STATUS,
    "page_missing",
    Severity.HIGH,
    "{place} answers 404, there is no such page.",
    "See whether the virtual directory exists in IIS and the version has the protocol; a load balancer may block it, "
    "and a component that is not Active may look like this.",
    _BALANCING,
)
REDIRECTED = _cause(
    STATUS,
    "page_redirected",
    Severity.HIGH,
    "{place} answers {status} and sends clients to {location}.",
    "Remove the redirection from the virtual directory: its pages are answered where they are.",
    _BALANCING,
)
CREDENTIALS_WANTED = _cause(
    STATUS,
    "page_wants_credentials",
    Severity.WARNING,
    "{place} answers 401 and wants credentials, so the page says neither up nor down.",
    "Allow anonymous access to the page, or leave the protocol out; look at what stands between.",
    _BALANCING,
)
OTHER_STATUS = _cause(
    STATUS,
    "page_status",
    Severity.HIGH,
    "{place} answers {status} instead of 200.",
    "Look at the logs of the web site, of HttpProxy and HTTPERR on the server.",
    _BALANCING,
)
OTHER_SERVER = _cause(
    BODY,
    "other_server",
    Severity.HIGH,
    "{place} was answered by {other}, not by {expected}.",
    "Look at DNS, hosts files and addresses: the address may belong to a load balancer or to another server.",
    _BALANCING,
)
OTHER_PAGE = _cause(
    BODY,
    "other_page",
    Severity.HIGH,
    "{place} answers 200, but not with Exchange's page: no server is named in it.",
    "See what answers there: another web site, a proxy, or a load balancer's own page.",
    _BALANCING,
)
SLOW = _cause(
    TIME,
    "page_slow",
    Severity.HIGH,
    "{place} accepts the request, but does not answer it within {seconds} s.",
    "Try again with a longer timeout: the first request after a start or recycle waits for the worker process. "
    "Otherwise look at the load of the server and at its domain controllers.",
    _BALANCING,
)
OTHER_CERTIFICATE = _cause(
    CERTIFICATE,
    "certificate_other",
    Severity.HIGH,
    "{place} shows {certificate}, expected is {expected}.",
    "Bind the expected certificate; where it is bound, look at what stands between.",
    _CERTIFICATES,
)

_BY_STATUS = {401: CREDENTIALS_WANTED, 404: MISSING, 503: STOPPED}


def of_status(status: int) -> Cause:
    """What a status other than 200 means."""
    return REDIRECTED if 300 <= status < 400 else _BY_STATUS.get(status, OTHER_STATUS)


def pages(protocols: Iterable[str], asked: Iterable[str]) -> str:
    """The pages that a finding is about, for the begin of its sentence."""
    hit = list(dict.fromkeys(protocols))
    if len(hit) > 1 and set(hit) == set(asked):
        return "All pages"
    return ", ".join(hit)
