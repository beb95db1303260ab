# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows' own cmdlets say when they fail: by error id, then by number (iis-over-remoting 12)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .command import Command
from .errors import CommandFailed, ConfigurationBusy, NotAvailable, ObjectMissing

SHARING_VIOLATION, SECTION_LOCKED = 0x80070020, 0x80070021
FILE_LOAD = "System.IO.FileLoadException"
"""The id of both, where the text has no number."""
CONFIGURATION_WRITERS = frozenset(
    {"Add-WebConfigurationProperty", "Clear-WebConfiguration", "Remove-WebBinding", "Set-WebConfigurationProperty"}
)
"""Cmdlets that write applicationHost.config. Others mean a port by a sharing violation."""

_NUMBER = re.compile(r"(?:0x|hresult:\s*)([0-9A-F]{8})", re.IGNORECASE)
_CURES = {
    0x80070005: "The account must be an administrator of the server with its full token; a local account other than "
    "the built-in Administrator needs LocalAccountTokenFilterPolicy=1.",
    SHARING_VIOLATION: "Another program holds the port, or somebody else writes the configuration of IIS just now. "
    "Run again.",
    SECTION_LOCKED: "The section is locked at a higher level of the configuration.",
    0x800700B7: "It is there already: somebody else may have made it meanwhile. Run again.",
    0x80070426: "WAS or W3SVC does not run; start them with iis_service.",
    0x80070490: "It is not there: somebody else may have removed it meanwhile. Run again.",
    0x80070520: "The certificate's private key is missing, or not among those of the machine. Import it again with its "
    "key, or choose another certificate.",
}


def of_windows(said: str, error_id: str, command: Command, server: str, reason: str, hresult: int = 0) -> CommandFailed:
    """Explain an error of a Windows cmdlet.

    Args:
        said: the server's own words, cleaned.
        error_id: the error's id before its comma.
        reason: the short name of the .NET exception.
        hresult: the exception's own number, signed. Under -ErrorAction Stop that of the cause is in the text only.
    """
    if error_id == "PathNotFound":
        return ObjectMissing(f"{server}: {said}", "Check the name.", reason=reason)
    if error_id in ("DriveNotFound", "Modules_ModuleNotFound"):
        return NotAvailable(
            f"{command.name} on {server}: {said}",
            "The module WebAdministration is needed: Install-WindowsFeature Web-Scripting-Tools on the server.",
            reason=reason,
        )
    numbers = [hresult & 0xFFFFFFFF, *(int(number, 16) for number in _NUMBER.findall(said))]
    sentence = f"{command.name} on {server} failed: {said}"
    if command.acting.cmdlet in CONFIGURATION_WRITERS and _is_busy(error_id, numbers):
        return ConfigurationBusy(sentence, _CURES[SHARING_VIOLATION], reason=reason)
    cure = next((_CURES[number] for number in numbers if number in _CURES), "")
    return CommandFailed(sentence, cure, reason=reason)


def _is_busy(error_id: str, numbers: Sequence[int]) -> bool:
    """Whether somebody else writes the file (iis-over-remoting 1)."""
    return SHARING_VIOLATION in numbers or (error_id == FILE_LOAD and SECTION_LOCKED not in numbers)
