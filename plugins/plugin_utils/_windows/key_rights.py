# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what with the files in which a CSP keeps the machine's keys (laws G13, E5, E13; iis-over-remoting 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .._remoting.command import Command
from .._remoting.record import Record
from . import sddl
from .quoting import provider_path

FULL, READ, NONE = "full", "read", "none"

_FOLDER = ("C", "ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys")
_FILE = re.compile(r"[0-9A-Za-z_-]{1,128}")
_EVERYBODY = {sddl.EVERYONE, sddl.AUTHENTICATED_USERS}


@dataclass(frozen=True)
class KeyRights:
    """What three accounts may do with the file of a key: full, read or none. Others do not matter to Exchange."""

    system: str
    administrators: str
    network_service: str


def key_file(unique_container_name: object) -> str | None:
    """The path of the file that a CSP keeps a key in; None for a name that is none. CNG has another folder."""
    name = str(unique_container_name or "")
    return provider_path(*_FOLDER, name) if _FILE.fullmatch(name) else None


def read_key_files(paths: Sequence[str]) -> Command:
    """The access lists of those files. One that is missing is an error beside the others."""
    return Command("Get-Acl", {"LiteralPath": list(paths)}).then("Select-Object", Property=["PSPath", "Sddl"])


def path_of(record: Record) -> str:
    """Which file an access list is of, in lower case: the provider's name stands before it."""
    return str(record.get("PSPath") or "").rpartition("::")[2].lower()


def rights_of(record: Record) -> KeyRights:
    """Read one access list.

    Raises:
        SddlRefused: it cannot be judged.
    """
    entries = sddl.read_sddl(str(record.get("Sddl") or ""))

    def may(*sids: str) -> str:
        rights = sddl.rights_of(_EVERYBODY | set(sids), entries)
        if rights & sddl.FULL == sddl.FULL:
            return FULL
        return READ if rights & sddl.READ == sddl.READ else NONE

    return KeyRights(
        system=may(sddl.SYSTEM, sddl.ADMINISTRATORS),
        administrators=may(sddl.ADMINISTRATORS),
        network_service=may(sddl.NETWORK_SERVICE),
    )
