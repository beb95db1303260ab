# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Components of a server that Exchange Setup takes out of service (health-laws C6 to C11)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .._remoting.record import Record

GET_COMPONENTS = "Get-ServerComponentState"
HELD_BY_SETUP = ("Monitoring", "RecoveryActionsEnabled", "ServerWideOffline")
"""Upgrading, Setup makes them Inactive as Functional, and Active again at its end (C11)."""

_INACTIVE, _FUNCTIONAL = "inactive", "functional"
_SCOPES = ("LocalStates", "RemoteStates")
_TEXT = re.compile(r"Request[eo]r:\s*([^;]*);\s*State:\s*([^;]*)", re.IGNORECASE)


class NotTold(Exception):
    """The server does not say whether Setup holds a component; the text says which."""


def inactive_as_functional(records: Iterable[Record]) -> list[str]:
    """Those of HELD_BY_SETUP that the requester Functional has made Inactive, in the server's registry or in AD.

    An Active entry of Functional is on every healthy server (C6), and Inactive at another's request is maintenance.

    Raises:
        NotTold: one of them is not shown, or is Inactive without an entry that wants it so.
    """
    shown = {str(record["Component"]): record for record in records}
    held = []
    for name in HELD_BY_SETUP:
        if name not in shown:
            raise NotTold(f"It does not show {name}.")
        requesters = {requester for requester, state in _entries(shown[name]) if state == _INACTIVE}
        if _FUNCTIONAL in requesters:
            held.append(name)
        elif not requesters and str(shown[name].get("State")).lower() == _INACTIVE:
            raise NotTold(f"It shows {name} as Inactive, and not at whose request.")
    return held


def _entries(record: Record) -> Iterator[tuple[str, str]]:
    """Requester and state of each entry, in lower case, as their spelling varies."""
    for scope in _SCOPES:
        listed = record.get(scope)
        for entry in listed if isinstance(listed, list) else [listed]:
            yield _entry(entry)


def _entry(entry: Any) -> tuple[str, str]:
    """An entry is read by its text, or by its properties where it has none (C10)."""
    if isinstance(entry, dict):
        return str(entry.get("Requester")).lower(), str(entry.get("State")).lower()
    found = _TEXT.search(str(entry))
    return (found[1].strip().lower(), found[2].strip().lower()) if found else ("", "")
