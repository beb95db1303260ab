# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' own error numbers, as the texts of IIS and http.sys carry them (iis-over-remoting 2, 3)."""

from __future__ import annotations

INVALID_DATA = 0x8007000D
SHARING_VIOLATION = 0x80070020
ALREADY_EXISTS = 0x800700B7
SERVICE_NOT_ACTIVE = 0x80070426
NOT_FOUND = 0x80070490
NO_SUCH_LOGON_SESSION = 0x80070520

TEXTS = {
    INVALID_DATA: "The data is invalid.",
    SHARING_VIOLATION: "The process cannot access the file because it is being used by another process.",
    ALREADY_EXISTS: "Cannot create a file when that file already exists.",
    SERVICE_NOT_ACTIVE: "The service has not been started.",
    NOT_FOUND: "Element not found.",
    NO_SUCH_LOGON_SESSION: "A specified logon session does not exist. It may already have been terminated.",
}


class Win32Error(Exception):
    """What Windows answers with a number; ``hresult`` is unsigned."""

    def __init__(self, hresult: int) -> None:
        super().__init__(f"{TEXTS[hresult]} (Exception from HRESULT: 0x{hresult:08X})")
        self.hresult = hresult
