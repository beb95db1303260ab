# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a health page from being healthy (health-laws H5 to H18, 7)."""

from __future__ import annotations

from .._findings.finding import Severity
from .._findings.registry import LEARN
from .faults import Cause, Cures, causes, declared

STATUS, BODY, TIME = "status", "body", "time"

_BALANCING = LEARN + "exchange/architecture/client-access/load-balancing"

SHARED = causes(
    "health",
    Cures(
        use="Bind {}",
        refused="See whether the web site and its services run and whether its binding is there.",
        name="Bind a certificate that holds the name. "
        "A server's own name is mostly on none: give those that clients use.",
        cut="as Windows does where no certificate is bound, or one without its key",
        cut_cure="Bind a certificate to the port on the server; event 15021 (HttpEvent) in its log names a dead one.",
        failed="Look at protocol versions and ciphers on both sides, and at whether the port speaks TLS at all.",
        other="Bind the expected certificate; where it is bound, look at what stands between.",
    ),
)
NO_ANSWER = declared(
    STATUS,
    "health_page_closed",
    Severity.HIGH,
    "{place} closes the connection instead of answering.",
    "See whether the server is in maintenance, or managed availability took the protocol out: its component is not "
    "Active (Get-ServerComponentState).",
    _BALANCING,
)
NOT_HTTP = declared(
    STATUS,
    "health_page_not_http",
    Severity.HIGH,
    "what {place} answers is not HTTP ({why}).",
    "See what listens there.",
)
STOPPED = declared(
    STATUS,
    "health_page_unavailable",
    Severity.HIGH,
    "{place} answers 503, the service is unavailable.",
    "See whether the application pool of the directory runs (HTTPERR log: Disabled, QueueFull, AppOffline); after a "
    "recycle, wait.",
    _BALANCING,
)
MISSING = declared(
    STATUS,
    "health_page_missing",
    Severity.HIGH,
    "{place} answers 404, there is no such page.",
    "See whether the virtual directory exists in IIS and the version has the protocol; a load balancer may block it, "
    "and a component that is not Active may look like this.",
    _BALANCING,
)
REDIRECTED = declared(
    STATUS,
    "health_page_redirected",
    Severity.HIGH,
    "{place} answers {status} and sends clients to {location}.",
    "Remove the redirection from the virtual directory: its pages are answered where they are.",
    _BALANCING,
)
CREDENTIALS_WANTED = declared(
    STATUS,
    "health_page_wants_credentials",
    Severity.WARNING,
    "{place} answers 401 and wants credentials, so the page says neither up nor down.",
    "Allow anonymous access to the page, or leave the protocol out; look at what stands between.",
    _BALANCING,
)
OTHER_STATUS = declared(
    STATUS,
    "health_page_status",
    Severity.HIGH,
    "{place} answers {status} instead of 200.",
    "Look at the logs of the web site, of HttpProxy and HTTPERR on the server.",
    _BALANCING,
)
OTHER_SERVER = declared(
    BODY,
    "health_other_server",
    Severity.HIGH,
    "{place} was answered by {other}, not by {expected}.",
    "Look at DNS, hosts files and addresses: the address may belong to a load balancer or to another server.",
    _BALANCING,
)
OTHER_PAGE = declared(
    BODY,
    "health_other_page",
    Severity.HIGH,
    "{place} answers 200, but not with Exchange's page: no server is named in it.",
    "See what answers there: another web site, a proxy, or a load balancer's own page.",
    _BALANCING,
)
SLOW = declared(
    TIME,
    "health_page_slow",
    Severity.HIGH,
    "{place} accepts the request, but does not answer it within {seconds} s.",
    "Try again with a longer timeout: the first request after a start or recycle waits for the worker process. "
    "Otherwise look at the load of the server and at its domain controllers.",
    _BALANCING,
)

_BY_STATUS = {401: CREDENTIALS_WANTED, 404: MISSING, 503: STOPPED}


def of_status(status: int) -> Cause:
    """What a status other than 200 means."""
    return REDIRECTED if 300 <= status < 400 else _BY_STATUS.get(status, OTHER_STATUS)
