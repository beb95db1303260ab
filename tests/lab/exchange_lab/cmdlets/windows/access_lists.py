# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what with the file of a key (iis-over-remoting 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...world.certificates.keys import CNG_TYPE, MACHINE_KEYS, OWNED, MachineKey
from ...world.windows import Machine
from ..errors import AUTOMATION, not_simulated
from .call import CORE, Call, Failure, cmdlet
from .live import Live

PROVIDER_PATH = "Microsoft.PowerShell.Core\\FileSystem::"
DENIED = "Attempted to perform an unauthorized operation."


@dataclass(slots=True)
class AccessList(Live):
    """A FileSecurity, with what the provider of files and Get-Acl attach to it."""

    path: str
    sddl: str
    types = ("System.Security.AccessControl.FileSecurity", "System.Security.AccessControl.FileSystemSecurity")

    def notes(self) -> Mapping[str, Any]:
        folder, _separator, name = self.path.rpartition("\\")
        return {
            "PSPath": PROVIDER_PATH + self.path,
            "PSParentPath": PROVIDER_PATH + folder,
            "PSChildName": name,
            "PSIsContainer": False,
            "Sddl": self.sddl,
        }


@cmdlet("Get-Acl", CORE + "GetAclCommand", "LiteralPath")
def get_acl(call: Call) -> Iterator[AccessList]:
    """Of the files in which a CSP keeps the machine's keys; a file that is not there is an error beside the others."""
    for path in call.get("LiteralPath") or ():
        folder, _separator, name = path.rpartition("\\")
        if folder.lower() != MACHINE_KEYS.lower():
            raise not_simulated(f"Get-Acl of '{path}'")
        key = _files(call.machine).get(name.lower())
        if path.lower() in call.machine.denied:
            unauthorized = "System.UnauthorizedAccessException"
            call.fail(Failure(DENIED, unauthorized, "PermissionDenied", unauthorized, target=path))
        elif key is None:
            text = f"Cannot find path '{path}' because it does not exist."
            missing = AUTOMATION + "ItemNotFoundException"
            call.fail(Failure(text, "GetAcl_PathNotFound_Exception", "ObjectNotFound", missing, target=path))
        else:
            yield AccessList(path, OWNED + key.access)


def _files(machine: Machine) -> dict[str, MachineKey]:
    held = machine.certificates
    keys = [entry.key for entry in (*held.my, *held.requests) if entry.key] + held.orphaned_keys
    return {key.file_name.lower(): key for key in keys if key.provider_type != CNG_TYPE}
