# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access lists of files in SDDL, by SIDs: names of accounts follow the server's language (MS-DTYP 2.5.1.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

SYSTEM, NETWORK_SERVICE, ADMINISTRATORS = "S-1-5-18", "S-1-5-20", "S-1-5-32-544"
EVERYONE, AUTHENTICATED_USERS = "S-1-1-0", "S-1-5-11"
FULL, READ = 0x001F01FF, 0x00120089
"""What Windows calls full control of a file (FA), and reading it (FR)."""
LONGEST = 64 * 1024
"""Characters; Windows bounds an access list to as many bytes."""

_SIDS = {
    "AU": AUTHENTICATED_USERS,
    "BA": ADMINISTRATORS,
    "NS": NETWORK_SERVICE,
    "SY": SYSTEM,
    "WD": EVERYONE,
}
_RIGHTS = {
    "GA": FULL,
    "GR": READ,
    "GW": 0x00120116,
    "GX": 0x001200A0,
    "FA": FULL,
    "FR": READ,
    "FW": 0x00120116,
    "FX": 0x001200A0,
    "SD": 0x00010000,
    "RC": 0x00020000,
    "WD": 0x00040000,
    "WO": 0x00080000,
    "CC": 0x00000001,
    "DC": 0x00000002,
    "LC": 0x00000004,
    "SW": 0x00000008,
    "RP": 0x00000010,
    "WP": 0x00000020,
    "DT": 0x00000040,
    "LO": 0x00000080,
    "CR": 0x00000100,
}
_GENERIC = {0x10000000: FULL, 0x80000000: READ, 0x40000000: _RIGHTS["FW"], 0x20000000: _RIGHTS["FX"]}
"""Bits that stand for others, and what they mean for files."""
_ALLOWED, _DENIED, _INHERIT_ONLY = "A", "D", "IO"
_NO_LIST = "NO_ACCESS_CONTROL"

_SID = r"(?:[A-Z]{2}|S-1-[0-9-]+)"
_ENTRIES = r"(?:\([^()]*\))*"
_DESCRIPTOR = re.compile(
    rf"(?:O:{_SID})?(?:G:{_SID})?(?:D:(?P<flags>[A-Z_]*)(?P<entries>{_ENTRIES}))?(?:S:[A-Z_]*{_ENTRIES})?"
)


class SddlRefused(ValueError):
    """A text that is no access list, or one that cannot be judged, such as one with conditions."""


@dataclass(frozen=True)
class Entry:
    """An entry that holds for the file itself.

    Attributes:
        allows: False denies.
        rights: bits of a file's rights, generic ones already translated.
        sid: as ``S-1-...``; two letters for well-known ones that nobody here asks about.
    """

    allows: bool
    rights: int
    sid: str


def read_sddl(sddl: str) -> tuple[Entry, ...] | None:
    """The entries of the discretionary list in their order; None where there is none: then everybody may do anything.

    Raises:
        SddlRefused: it is too long, or not understood in full.
    """
    found = _DESCRIPTOR.fullmatch(sddl) if len(sddl) <= LONGEST else None
    if not found or found["flags"] is None:
        raise SddlRefused(f"{sddl[:80]!r} is no access list that can be judged")
    if _NO_LIST in found["flags"]:
        return None
    return tuple(_entries(found["entries"]))


def rights_of(sids: Collection[str], entries: Collection[Entry] | None) -> int:
    """The bits that an account with these SIDs has. What an earlier entry has decided, a later one does not change."""
    if entries is None:
        return FULL
    granted = denied = 0
    for entry in entries:
        if entry.sid in sids:
            if entry.allows:
                granted |= entry.rights & ~denied
            else:
                denied |= entry.rights
    return granted


def _entries(text: str) -> Iterator[Entry]:
    for entry in re.findall(r"\(([^()]*)\)", text):
        fields = entry.split(";")
        if len(fields) != 6 or fields[0] not in (_ALLOWED, _DENIED) or fields[3] or fields[4]:
            raise SddlRefused(f"the entry ({entry[:80]}) cannot be judged")
        kind, flags, rights, sid = fields[0], fields[1], fields[2], fields[5]
        if _INHERIT_ONLY not in re.findall("..", flags):
            yield Entry(kind == _ALLOWED, _mask(rights), _SIDS.get(sid, sid))


def _mask(text: str) -> int:
    """Of a number, or of letters in pairs. Raises SddlRefused."""
    if re.fullmatch(r"0x[0-9a-fA-F]{1,8}", text):
        number = int(text, 16)
        meant = [rights for bit, rights in _GENERIC.items() if number & bit]
        return _joined([number & ~sum(_GENERIC), *meant])
    try:
        return _joined([_RIGHTS[text[at : at + 2]] for at in range(0, len(text), 2)])
    except KeyError:
        raise SddlRefused(f"the rights {text[:80]} cannot be judged") from None


def _joined(masks: Collection[int]) -> int:
    joined = 0
    for mask in masks:
        joined |= mask
    return joined
