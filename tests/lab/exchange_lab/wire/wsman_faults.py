# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that the lab answers, with the numbers and texts that users of real servers report (lab-wire 3 and 5)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from .soap import WSManFault

UNENCRYPTED_REFUSED = 0x803380F7  # 2150858999
TIMED_OUT = 0x80338029  # 2150858793
NOT_FOUND = 0x8033805B  # 2150858843
UNKNOWN_CONFIGURATION = 0x80338104  # 2150859012
QUOTA_SHELLS = 0x803381A5  # 2150859173
QUOTA_OPERATIONS = 0x803381A6  # 2150859174
QUOTA_USER = 0x803381A7  # 2150859175
INTERNAL_ERROR = 0x80338012  # the number that comes with the Exchange authorization text is not documented


def exchange_prefix(front_end: str, back_end: str, category: str) -> str:
    """What Exchange's front end puts before its own texts (exchange-remoting, "Where a session really runs")."""
    stamp = datetime.now(UTC).strftime("%m/%d/%Y %H:%M:%S")
    return (
        f"[ClientAccessServer={front_end},BackEndServer={back_end},RequestId={uuid.uuid4()},TimeStamp={stamp}] "
        f"[FailureCategory={category}] "
    )


def timed_out() -> WSManFault:
    """Nothing to hand out within OperationTimeout: clients ask again on exactly this number (winrm-psrp-server 5.1)."""
    text = "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."
    return WSManFault(TIMED_OUT, "w:TimedOut", text, sender=False)


def shell_not_found(shell_id: str, prefix: str = "") -> WSManFault:
    text = (
        f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was not found on "
        "the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the "
        "server. Provide the correct ShellId or create a new shell and retry the operation."
    )
    return WSManFault(NOT_FOUND, "w:InvalidSelectors", prefix + text)


def command_not_found(command_id: str) -> WSManFault:
    return WSManFault(NOT_FOUND, "w:InvalidSelectors", f"The command {command_id} was not found on the server.")


def unencrypted_refused() -> WSManFault:
    text = (
        "The WinRM client cannot process the request. Unencrypted traffic is currently disabled in the service "
        "configuration. Change the service configuration and try the request again."
    )
    return WSManFault(UNENCRYPTED_REFUSED, "w:AccessDenied", text)


def unknown_configuration(resource: str, computer: str) -> WSManFault:
    name = resource.rpartition("/")[2]
    text = (
        "The WS-Management service cannot process the request. "
        f"Cannot find the {name} session configuration in the WSMan: drive on the {computer} computer."
    )
    return WSManFault(UNKNOWN_CONFIGURATION, "w:InvalidParameter", text)


def unsupported_action(action: str) -> WSManFault:
    return WSManFault(0x80338016, "a:ActionNotSupported", f"The action {action} is not supported by the service.")


def invalid_request(text: str) -> WSManFault:
    return WSManFault(0x80338000, "w:SchemaValidationError", text)


def too_many_shells(limit: int) -> WSManFault:
    text = (
        "The WS-Management service cannot process the request. This user is allowed a maximum number of "
        f"{limit} concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user."
    )
    return WSManFault(QUOTA_SHELLS, "w:QuotaLimit", text)


def too_many_operations() -> WSManFault:
    text = (
        "The maximum number of concurrent operations for this user has been exceeded. "
        "Close existing operations for this user, or raise the quota for this user."
    )
    return WSManFault(QUOTA_OPERATIONS, "w:QuotaLimit", text)


def user_load(wait_ms: int = 5592) -> WSManFault:
    text = (
        "The WS-Management service cannot process the request. The user load quota of 1000 requests per 2 seconds has "
        "been exceeded. Send future requests at a slower rate or raise the quota for this user. "
        f"The next request from this user will not be approved for at least {wait_ms} milliseconds."
    )
    return WSManFault(QUOTA_USER, "w:QuotaLimit", text)


def back_end_unreachable(front_end: str, back_end: str) -> WSManFault:
    """What the front end says when its request to port 444 fails (exchange-remoting; its number is not known)."""
    text = "The request to the back end server failed: the underlying connection was closed."
    prefix = exchange_prefix(front_end, back_end, "Cafe-SendFailure")
    return WSManFault(INTERNAL_ERROR, "w:InternalError", prefix + text, sender=False)


def too_many_connections(prefix: str, limit: int) -> WSManFault:
    """What Exchange's own authorization says; its number is not known (lab-wire 5)."""
    text = (
        f"{prefix}Fail to create a runspace because you have exceeded the maximum number of connections allowed : "
        f"{limit} for the policy party : MaxConcurrency. Please close existing runspace and try again.\n"
        "Policy: CN=GlobalThrottlingPolicy,CN=Global Settings,CN=Contoso;\n"
        f"Snapshot: Owner: Sid~S-1-5-21-1-2-3-1001~WSMan~false BudgetType: WSMan ActiveRunspaces: {limit}/{limit}"
    )
    return WSManFault(INTERNAL_ERROR, "w:InternalError", text, sender=False)
