# SPDX-License-Identifier: GPL-3.0-or-later
"""Error records: ids, categories and texts as users of remote Exchange shells report them."""

from __future__ import annotations

import uuid
import zlib
from datetime import UTC, datetime

from psrpcore.types import ErrorCategory, ErrorCategoryInfo, ErrorRecord, NETException

from ..world.refused import Refused

AUTOMATION = "System.Management.Automation."
EXCHANGE_TASKS = "Microsoft.Exchange.Management.SystemConfigurationTasks."
COR_E_EXCEPTION = -2146233087

TYPES: dict[str, str] = {}
"""The .NET types of cmdlets that are not Exchange's."""


class Stopped(Exception):
    """A terminating error: its record ends the pipeline."""

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__(record.Exception.Message)
        self.record = record


def error_record(
    message: str,
    error_id: str,
    exception: str,
    category: str,
    *,
    activity: str = "",
    target: str = "",
    target_type: str = "String",
    hresult: int = COR_E_EXCEPTION,
) -> ErrorRecord:
    """A record; ``exception`` is a full .NET type name and ``category`` the name of an ErrorCategory."""
    thrown = NETException(Message=message, HResult=hresult)
    thrown.PSObject.type_names = [exception, "System.Exception", "System.Object"]
    info = ErrorCategoryInfo(
        Category=ErrorCategory[category],
        Activity=activity,
        Reason=exception.rpartition(".")[2],
        TargetName=target,
        TargetType=target_type if target else "",
    )
    return ErrorRecord(Exception=thrown, CategoryInfo=info, TargetObject=target or None, FullyQualifiedErrorId=error_id)


def no_language(script: str) -> Stopped:
    """Script text or several statements in a runspace without a language."""
    return Stopped(
        error_record(
            "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.",
            "ScriptsNotAllowed",
            AUTOMATION + "ParseException",
            "ParserError",
            target=script,
        )
    )


def not_recognized(name: str) -> Stopped:
    """No such cmdlet, or one that RBAC hides: the texts are the same."""
    return Stopped(
        error_record(
            f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable "
            "program. Check the "
            "spelling of the name, or if a path was included, verify that the path is correct and try again.",
            "CommandNotFoundException",
            AUTOMATION + "CommandNotFoundException",
            "ObjectNotFound",
            target=name,
        )
    )


def binding(
    cmdlet: str,
    error_id: str,
    message: str,
    exception: str = "ParameterBindingException",
    category: str = "InvalidArgument",
) -> Stopped:
    """What the parameter binder says; ``error_id`` is the part before the comma."""
    return Stopped(
        error_record(
            message,
            f"{error_id},{type_of(cmdlet)}",
            AUTOMATION + exception,
            category,
            activity=cmdlet,
        )
    )


def prompt_without_host(cmdlet: str) -> Stopped:
    """A question in a session that has nobody to answer."""
    return Stopped(
        error_record(
            "A command that prompts the user failed because the host program or the command type does not support "
            "user interaction. "
            "The host was attempting to request confirmation.",
            f"HostException,{type_of(cmdlet)}",
            AUTOMATION + "Host.HostException",
            "NotImplemented",
            activity=cmdlet,
        )
    )


def not_simulated(what: str) -> Stopped:
    """Documented, but not part of this lab: say so instead of guessing."""
    return Stopped(
        error_record(
            f"The lab does not simulate {what}.",
            "LabDoesNotSimulate",
            "System.NotImplementedException",
            "NotImplemented",
            target=what,
        )
    )


def of_refused(refused: Refused, cmdlet: str, server: str, now: float) -> ErrorRecord:
    """Exchange's own error, with the prefix that remote sessions show (client-access-laws 2.16)."""
    if refused.error_id:
        return error_record(
            str(refused),
            f"{refused.error_id},{type_of(cmdlet)}",
            refused.exception,
            refused.category,
            activity=cmdlet,
            target=refused.target,
        )
    short = refused.exception.rpartition(".")[2]
    stamp = datetime.fromtimestamp(now, UTC).strftime("%-m/%-d/%Y %-I:%M:%S %p")
    where = f"[Server={server},RequestId={uuid.uuid4()},TimeStamp={stamp}] [FailureCategory=Cmdlet-{short}]"
    number = f"{zlib.crc32(short.encode()):X}"
    return error_record(
        str(refused),
        f"{where} {number},{type_of(cmdlet)}",
        refused.exception,
        refused.category,
        activity=cmdlet,
        target=refused.target,
    )


def stop_of(record: ErrorRecord, cmdlet: str) -> Stopped:
    """A non-terminating error under -ErrorAction Stop."""
    return Stopped(
        error_record(
            'The running command stopped because the preference variable "ErrorActionPreference" or common parameter '
            "is set to Stop: "
            f"{record.Exception.Message}",
            record.FullyQualifiedErrorId,
            AUTOMATION + "ActionPreferenceStopException",
            record.CategoryInfo.Category.name,
            activity=cmdlet,
        )
    )


def type_of(cmdlet: str) -> str:
    """The .NET type of a cmdlet."""
    return TYPES.get(cmdlet) or EXCHANGE_TASKS + cmdlet.replace("-", "")
