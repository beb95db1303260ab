# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows' own cmdlets say when they fail: by error id, then by the number in the text (iis-over-remoting 12)."""

from __future__ import annotations

import re

from .errors import CommandFailed, NotAvailable, ObjectMissing

_NUMBER = re.compile(r"0x[0-9A-F]{8}", re.IGNORECASE)
_CURES = {
    0x80070005: "The account must be an administrator of the server with its full token; a local account other than "
    "the built-in Administrator needs LocalAccountTokenFilterPolicy=1.",
    0x80070020: "Another program holds the port, or somebody else writes the configuration of IIS just now. Run again.",
    0x80070021: "The section is locked at a higher level of the configuration.",
    0x800700B7: "It is there already: somebody else may have made it meanwhile. Run again.",
    0x80070426: "WAS or W3SVC does not run; start them with iis_service.",
    0x80070490: "It is not there: somebody else may have removed it meanwhile. Run again.",
    0x80070520: "The certificate's private key is missing, or not among those of the machine. Import it again with its "
    "key, or choose another certificate.",
}


def of_windows(said: str, error_id: str, what: str, server: str, reason: str) -> CommandFailed:
    """Explain an error of a Windows cmdlet.

    Args:
        said: the server's own words, cleaned.
        error_id: the error's id before its comma.
        what: the command, in a word.
        reason: the short name of the .NET exception.
    """
    if error_id == "PathNotFound":
        return ObjectMissing(f"{server}: {said}", "Check the name.", reason=reason)
    if error_id in ("DriveNotFound", "Modules_ModuleNotFound"):
        return NotAvailable(
            f"{what} on {server}: {said}",
            "The module WebAdministration is needed: Install-WindowsFeature Web-Scripting-Tools on the server.",
            reason=reason,
        )
    numbers = [int(number, 16) for number in _NUMBER.findall(said)]
    cure = next((_CURES[number] for number in numbers if number in _CURES), "")
    return CommandFailed(f"{what} on {server} failed: {said}", cure, reason=reason)
