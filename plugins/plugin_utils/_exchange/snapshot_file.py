# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot as a file, which somebody may have edited."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .._converge.kinds import Kind
from .._remoting.errors import BadInput
from .snapshot import Snapshot

SCHEMA = 1
MAX_BYTES = 8 * 2**20
NAMES_SHOWN = 5
TYPES: dict[str, type] = {"bool": bool, "int": int, "list": list, "str": str}
"""What a value is in the file, by what an option is in the documentation."""


class _Unfit(Exception):
    """A part of the file is of another kind. The text ends a sentence about the file."""


def content(snapshot: Snapshot) -> bytes:
    """What is written; the same server gives the same."""
    return (json.dumps({"schema": SCHEMA, **vars(snapshot)}, indent=2, sort_keys=True) + "\n").encode()


def load(path: Path) -> Snapshot:
    """Raises BadInput for a file that is none."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise BadInput(f"{path} cannot be read: {exc.strerror}.", "Save a snapshot there first.") from exc
    try:
        values = json.loads(text) if len(text) <= MAX_BYTES else {}
        if values.pop("schema", None) == SCHEMA:
            return _checked(Snapshot(**values))
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    except _Unfit as exc:
        raise BadInput(f"{path} is no snapshot: {exc}.", "Undo what was edited there, or save one anew.") from exc
    raise BadInput(f"{path} is no snapshot of this version of the collection.", "Save one anew.")


def refuse_loss(earlier: Snapshot, later: Snapshot, path: Path) -> None:
    """Raises BadInput when a later snapshot would take the place of one that holds more (peers 41)."""
    lost = list(later.lost_from(earlier))
    if not lost:
        return
    more = f" and {len(lost) - NAMES_SHOWN} more" if len(lost) > NAMES_SHOWN else ""
    why = "".join(f" {text}" for text in later.unknown[:1])
    raise BadInput(
        f"{path} holds what was not found now: {', '.join(lost[:NAMES_SHOWN])}{more}.{why}",
        "Look why, name another file, or set replace to always. The file was left as it is.",
    )


def are_facts_of_iis(facts: Any) -> bool:
    """Whether this has the form of the facts of iis_application_info, or is None."""
    if facts is None:
        return True
    if not isinstance(facts, dict):
        return False
    settings, unread = facts.get("settings") or {}, facts.get("unread") or {}
    return (
        isinstance(settings, dict)
        and isinstance(unread, dict)
        and _all(str, unread.values())
        and all(isinstance(one, dict) and all(map(_is_plain, one.values())) for one in settings.values())
    )


def _checked(snapshot: Snapshot) -> Snapshot:
    """Raises _Unfit where a part is of another kind, TypeError or AttributeError where the whole is."""
    if not _all(str, (snapshot.server, snapshot.version)):
        raise TypeError("no snapshot")
    if not (isinstance(snapshot.protocols, dict) and _all(str, snapshot.protocols.values())):
        raise _Unfit("protocols must be texts")
    if not (isinstance(snapshot.unread, dict) and all(map(_is_texts, snapshot.unread.values()))):
        raise _Unfit("unread must be lists of sentences")
    if not are_facts_of_iis(snapshot.iis):
        raise _Unfit("iis must be a result of iis_application_info")
    for name, settings in snapshot.objects.items():
        table = snapshot.table(name)
        for option, value in settings.items():
            setting = table.by_option.get(option) if table else None
            if not (_fits(setting.kind, value) if setting else _is_plain(value)):
                raise _Unfit(f"{option} of {name} holds a value that this setting cannot have")
    return snapshot


def _fits(kind: Kind, value: Any) -> bool:
    if kind.doc_type == "list":
        return _is_texts(value)
    return value is None or isinstance(value, TYPES[kind.doc_type])


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str)) or _is_texts(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and _all(str, value)


def _all(kind: type, values: Iterable[Any]) -> bool:
    return all(isinstance(value, kind) for value in values)
