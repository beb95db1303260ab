# SPDX-License-Identifier: GPL-3.0-or-later
"""How the world says no."""

from __future__ import annotations

TASKS = "Microsoft.Exchange.Configuration.Tasks."


class Refused(Exception):
    """A request that a server would refuse.

    ``exception`` is the full .NET type name of the error (clients match its last part), ``category`` the name of
    the PowerShell error category, ``target`` the object that the error is about. ``terminating`` ends the
    pipeline; Exchange writes most errors without ending it (client-access-laws 2.16).
    """

    def __init__(
        self,
        message: str,
        exception: str = "System.InvalidOperationException",
        *,
        category: str = "InvalidOperation",
        target: str = "",
        terminating: bool = False,
        error_id: str = "",
    ) -> None:
        super().__init__(message)
        self.exception = exception
        self.category = category
        self.target = target
        self.terminating = terminating
        self.error_id = error_id


def not_found(identity: str, domain_controller: str) -> Refused:
    """The text of client-access-laws 2.16."""
    return Refused(
        f"The operation couldn't be performed because object '{identity}' couldn't be found on '{domain_controller}'.",
        TASKS + "ManagementObjectNotFoundException",
        category="NotSpecified",
        target=identity,
    )


def ambiguous(identity: str) -> Refused:
    """An identity that matches several objects (client-access-laws 3.1)."""
    return Refused(
        f"The operation couldn't be performed because '{identity}' matches multiple entries.",
        TASKS + "ManagementObjectAmbiguousException",
        category="NotSpecified",
        target=identity,
    )


def iis_unreachable(text: str, hresult: int, target: str) -> Refused:
    """The text of client-access-laws 2.17."""
    return Refused(
        f"An IIS directory entry couldn't be created. The error message is {text}. HResult = {hresult}.",
        "Microsoft.Exchange.Management.Metabase.IISGeneralCOMException",
        category="NotInstalled",
        target=target,
    )
