# SPDX-License-Identifier: GPL-3.0-or-later
"""applicationHost.config, as those that write it meet it (iis-over-remoting 1)."""

from __future__ import annotations

from ...world.windows import Win32Error
from ...world.windows.win32 import SHARING_VIOLATION
from ..errors import not_simulated
from .call import Call, Failure, of_windows

FILE = "\\\\?\\C:\\Windows\\system32\\inetsrv\\config\\applicationHost.config"


def commits(call: Call) -> bool:
    """Whether a cmdlet goes on to write, which it does not under -WhatIf.

    Raises Failure when another program writes meanwhile (W25): nothing of this cmdlet is carried out then. Raises
    Stopped where the file is elsewhere (W24): what a write does to the servers that share it is not simulated.
    """
    if call.what_if:
        return False
    machine = call.machine
    if machine.shares_configuration:
        raise not_simulated("writing a shared configuration")
    if machine.other_writers and (other := machine.other_writers.pop(0)):
        other()
        raise _conflict(call.world.switches["configuration_conflict"])
    return True


def _conflict(form: str) -> Failure:
    """The number is in the text, or the text has none and the error's id names the exception."""
    if form == "sharing_violation":
        return of_windows(Win32Error(SHARING_VIOLATION))
    return Failure(
        f"Filename: {FILE}\nError: Cannot commit configuration changes because the file has changed on disk\n",
        "System.IO.FileLoadException",
        exception="System.IO.FileLoadException",
        hresult=SHARING_VIOLATION - 2**32,
    )
