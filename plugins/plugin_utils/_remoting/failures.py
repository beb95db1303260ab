# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns what the libraries and the server say into our own errors: one place, one sentence each.

The table is lab-wire.md's section 3 and 5: numbers and types are matched, English text only where nothing else is sent.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from .command import Command
from .endpoint import Endpoint
from .endpoint_kind import WINDOWS
from .errors import (
    CertificateNotTrusted,
    CommandFailed,
    CredentialsRefused,
    EndpointError,
    EndpointUnreachable,
    ExchangeError,
    Interrupted,
    NotAvailable,
    ObjectMissing,
    ReplyRefused,
    ServerSide,
    Throttled,
    Unanswered,
)
from .windows_failures import of_windows

with suppress(ImportError):  # Session.open says so
    import requests
    from pypsrp import exceptions as psrp
    from urllib3.exceptions import ProtocolError

MAX_SHELLS, USER_QUOTA, MAX_OPERATIONS = 2150859173, 2150859175, 2150859174
SHELL_GONE, CONFIGURATION_UNKNOWN, UNENCRYPTED_REFUSED = 2150858843, 2150859012, 2150858999

_KERBEROS = {
    -1765328360: ("the password is wrong", "Check ansible_password."),
    -1765328378: (
        "the user is not known to the realm",
        "Write ansible_user as the user principal name, such as admin@CONTOSO.COM.",
    ),
    -1765328366: ("the account is locked or disabled", "Unlock or enable the account."),
    -1765328361: ("the password has expired", "Change the password."),
    -1765328383: ("the account has expired", "Renew the account."),
    -1765328230: (
        "no KDC is known for the realm",
        "Write the realm in upper case and check krb5.conf on the control node.",
    ),
    -1765328228: ("no KDC of the realm answers", "Check the network and krb5.conf on the control node."),
    -1765328347: ("the clocks differ too much", "Synchronize the clock of the control node with the domain."),
}
_PREFIX = re.compile(r"^\s*(?:\[(?P<who>[^\]]*)\]\s*)?\[FailureCategory=(?P<category>[^\]]*)\]\s*")
_WAIT = re.compile(r"at least (\d+) milliseconds")
_MODULE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str, limit: int = 600) -> str:
    """The server's own words, without control characters, bounded."""
    words = " ".join(_MODULE.sub(" ", text).split())
    return words if len(words) <= limit else words[:limit] + "..."


def server_side(message: str) -> tuple[ServerSide, str]:
    """Split an error's bracketed prefix from its text."""
    match = _PREFIX.match(message)
    if not match:
        return ServerSide(), message
    who = dict(part.split("=", 1) for part in (match["who"] or "").split(",") if "=" in part)
    side = ServerSide(
        client_access_server=clean(who.get("ClientAccessServer", "")),
        back_end_server=clean(who.get("BackEndServer", who.get("Server", ""))),
        failure_category=clean(match["category"]),
    )
    return side, message[match.end() :]


def of_opening(exc: Exception, endpoint: Endpoint) -> ExchangeError:
    """Explain why no session could be opened."""
    if isinstance(exc, ExchangeError):
        return exc
    kind = endpoint.kind
    if (name := type(exc).__name__) == "Krb5Error":
        why, cure = _KERBEROS.get(getattr(exc, "err_code", 0), (clean(str(exc)), "Check krb5.conf and the account."))
        return CredentialsRefused(f"Kerberos did not let us in to {endpoint.url}: {why}.", cure)
    if isinstance(exc, psrp.AuthenticationError):
        return CredentialsRefused(
            f"{endpoint.url} refused user {endpoint.username or '(ticket)'} with {endpoint.auth} authentication.",
            f"Check user, password and the clock of both machines, and that the service principal name {endpoint.spn} "
            "belongs to the server alone."
            if endpoint.auth in ("kerberos", "negotiate")
            else f"Check ansible_user and ansible_password, and that {endpoint.auth} authentication is enabled there "
            f"(otherwise {kind.auth}=kerberos): {kind.not_offered}.",
        )
    if name in (
        "NoCredentialError",
        "CredentialsExpiredError",
        "SpnegoError",
        "InvalidCredentialError",
        "BadNameError",
    ):
        return CredentialsRefused(
            f"No Kerberos ticket could be had for {endpoint.spn}: {clean(str(exc))}.",
            f"Give user and password or a fresh ticket (kinit), and set {kind.host} to the server's own FQDN.",
        )
    if isinstance(exc, ImportError):
        return EndpointError(
            "Kerberos needs the Python packages gssapi and krb5 on the control node.",
            "Install pypsrp[kerberos]; it compiles them and needs gcc, python3-dev and libkrb5-dev.",
        )
    if isinstance(exc, ValueError) and "incompatible" in str(exc):
        return CredentialsRefused(
            f"{endpoint.url} does not offer {endpoint.auth} authentication.",
            f"Set {kind.auth} to kerberos: {kind.not_offered}.",
        )
    return of_transport(exc, endpoint)


def may_have_arrived(exc: Exception) -> bool:
    """Whether the request may have reached the server: the connection stood, and broke or fell silent."""
    if isinstance(exc, requests.exceptions.ReadTimeout):
        return True
    broke = isinstance(exc, requests.exceptions.ConnectionError)
    return broke and any(isinstance(cause, ProtocolError) for cause in exc.args)


def of_transport(exc: Exception, endpoint: Endpoint) -> ExchangeError:
    """Explain a failure of the connection or of WS-Management."""
    if isinstance(exc, ExchangeError):
        return exc
    if isinstance(exc, requests.exceptions.SSLError):
        reason = _certificate_reason(exc)
        if not reason:  # cut before it was shown: no certificate is bound there, or nothing that speaks TLS
            return _unreachable(endpoint, "cannot be reached (the TLS handshake failed)")
        return CertificateNotTrusted(
            f"The certificate of {endpoint.host}:{endpoint.port} does not verify: {reason}.",
            f"Set {endpoint.kind.ca_cert} to the CA that issued it, and {endpoint.kind.host} to a name on the "
            "certificate.",
        )
    if isinstance(exc, requests.exceptions.Timeout):
        return _unreachable(endpoint, "does not answer in time")
    if isinstance(exc, requests.exceptions.RequestException):
        return _unreachable(endpoint, f"cannot be reached ({_socket_reason(exc)})")
    if isinstance(exc, psrp.WSManFaultError):
        return of_fault(exc, endpoint)
    if isinstance(exc, psrp.InvalidPSRPOperation):
        return _broken_pool(str(exc), endpoint)
    if isinstance(exc, psrp.WinRMTransportError):
        return _of_status(exc, endpoint)
    if isinstance(exc, psrp.AuthenticationError):
        return CredentialsRefused(
            f"{endpoint.url} stopped accepting our credentials in the middle of the session.",
            "Check that the account was not locked and that its ticket or password has not expired, then run again.",
        )
    return ReplyRefused(
        f"{endpoint.url} answers, but not as {endpoint.kind.title} does.",
        f"Check {endpoint.kind.host} and {endpoint.kind.port}; a load balancer, proxy or another web site may answer "
        "there.",
    )


def _of_status(exc: Any, endpoint: Endpoint) -> ExchangeError:
    kind = endpoint.kind
    if exc.code == 404:
        why, cure = kind.no_path
    elif exc.code in (502, 503, 504):
        why, cure = f"says that its service is unavailable (HTTP {exc.code})", kind.unavailable
    elif exc.code == 400:
        why, cure = (
            "rejected the request (HTTP 400): the login of the session was lost",
            "Check that the account was not locked and that its ticket or password has not expired, then run again.",
        )
    else:
        why, cure = (
            f"answers with HTTP {exc.code}",
            f"Check {kind.host} and {kind.port}; something else may answer there.",
        )
    return EndpointUnreachable(f"{endpoint.url} {why}.", cure)


def of_fault(exc: Any, endpoint: Endpoint) -> ExchangeError:
    """Explain a WSManFault by its number, then by its failure category."""
    code, reason = exc.code, str(exc.reason or "")
    side, text = server_side(reason)
    where = f" (back end {side.back_end_server})" if side.back_end_server else ""
    if code in (MAX_SHELLS, USER_QUOTA, MAX_OPERATIONS) or "AuthZ" in side.failure_category:
        return _throttled(endpoint, text)
    if code == SHELL_GONE or side.failure_category == "WSMan-InvalidShellID":
        return Interrupted(
            f"{endpoint.url} no longer knows our session{where}.",
            "A recycle, an idle time-out or a change of back end ended it; run again.",
        )
    if side.failure_category == "Cafe-SendFailure":
        return EndpointError(
            f"{endpoint.url} could not hand the request to the back end{where}: {clean(text)}",
            "The usual cause is port 444 there (Exchange Back End): its binding, its certificate or a firewall. "
            "iis_binding_info tells which, without Exchange.",
        )
    if code == CONFIGURATION_UNKNOWN:
        why, cure = endpoint.kind.no_configuration
        return EndpointUnreachable(f"{endpoint.url} {why}.", cure)
    if code == UNENCRYPTED_REFUSED:
        return EndpointError(f"{endpoint.url} refuses unencrypted traffic.", f"Set {endpoint.kind.scheme} to https.")
    return EndpointError(f"{endpoint.url} refused{where}: {clean(text)}", "See the server's own words above.")


def _broken_pool(text: str, endpoint: Endpoint) -> ExchangeError:
    if "MaxConcurrency" in text or "maximum number of connections" in text:
        return _throttled(endpoint, text)
    return EndpointError(f"{endpoint.url} broke the session: {clean(text)}", "Run again.")


def _throttled(endpoint: Endpoint, text: str) -> Throttled:
    wait = _WAIT.search(text)
    return Throttled(
        f"{endpoint.url} throttles this user: {clean(text, 300)}",
        "Close other shells of the user, run with fewer forks, or raise its throttling policy.",
        wait=int(wait[1]) / 1000 if wait else 0.0,
    )


def of_command(error: Any, command: Command, endpoint: Endpoint) -> CommandFailed:
    """Explain an error record of a cmdlet."""
    side, text = server_side(_message(error))
    id_side, full_id = server_side(str(getattr(error, "fq_error", None) or ""))
    side = side if side.failure_category else id_side
    reason = str(getattr(error, "reason", None) or "")
    error_id = full_id.partition(",")[0]
    category = side.failure_category
    said = clean(text)
    if error_id == "CommandNotFoundException":
        return NotAvailable(
            f"{command.name} is not available to this user on {endpoint.server}.",
            endpoint.kind.no_cmdlet,
            reason=reason,
            where=side,
        )
    if error_id == "NamedParameterNotFound":
        return NotAvailable(
            f"A parameter of {command.name} is not available to this user on {endpoint.server}: {said}",
            endpoint.kind.no_parameter,
            reason=reason,
            where=side,
        )
    if endpoint.kind is WINDOWS and reason != "HostException":
        return of_windows(said, error_id, command, endpoint.server, reason, _hresult(error))
    if "ManagementObjectNotFoundException" in (reason, category.removeprefix("Cmdlet-")):
        return ObjectMissing(
            f"{endpoint.server}: {said}",
            "Check the name; Get-ExchangeServer lists the servers.",
            reason=reason,
            where=side,
        )
    if "IIS directory entry couldn't be created" in text:
        return CommandFailed(
            f"{command.name} on {endpoint.server}: {said}",
            "The usual cause: Exchange Trusted Subsystem is not a local administrator of that server, or it is down.",
            reason=reason,
            where=side,
        )
    if reason == "HostException":
        return CommandFailed(
            f"{command.name} asked a question that nobody can answer: {said}",
            f"Nothing was changed; {endpoint.kind.prompt}.",
            reason=reason,
            where=side,
        )
    at = f" (back end {side.back_end_server})" if side.back_end_server else ""
    return CommandFailed(f"{command.name} on {endpoint.server}{at} failed: {said}", reason=reason, where=side)


def of_question(unanswered: Unanswered, command: Command, endpoint: Endpoint) -> Unanswered:
    """Explain that a cmdlet asked something unexpected."""
    return Unanswered(
        f"{command.name} on {endpoint.server} asked what this task has no answer for ({clean(unanswered.sentence)}); "
        "it was ended without one.",
        f"To see what it wants to know, {endpoint.kind.prompt}.",
    )


def _message(error: Any) -> str:
    """The exception's own words; the record's ErrorCategory_Message only repeats category and target."""
    words = getattr(error.exception, "adapted_properties", {}).get("Message")
    return str(words or error.message or "no reason was given")


def _hresult(error: Any) -> int:
    """The exception's own number; 0 where it has none."""
    value = getattr(error.exception, "adapted_properties", {}).get("HResult")
    return value if isinstance(value, int) else 0


def _unreachable(endpoint: Endpoint, why: str) -> EndpointUnreachable:
    return EndpointUnreachable(
        f"{endpoint.url} {why}.",
        f"Check the name, the port and the firewall; on the server, the usual causes are {endpoint.kind.outage}.",
    )


def _certificate_reason(exc: Exception) -> str:
    """Why the certificate was refused; empty when it was not."""
    match = re.search(r"certificate verify failed: (.+?)\.? \(_ssl|(hostname .+ doesn't match .+?)['\")]*$", str(exc))
    return (match[1] or match[2]) if match else ""


def _socket_reason(exc: Exception) -> str:
    text = str(exc)
    for phrase in (
        "Name or service not known",
        "Connection refused",
        "No route to host",
        "Connection reset",
        "RemoteDisconnected",
    ):
        if phrase in text:
            return phrase
    return type(exc).__name__
