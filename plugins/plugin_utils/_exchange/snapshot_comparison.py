# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is otherwise on a server than in a snapshot, its own or that of another server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._converge.noun import Noun
from .snapshot import Snapshot

OWN_NAME = "<server>"
"""Stands for a server's own FQDN, so that two servers can be compared."""

Difference = Mapping[str, Any]


def compare(reference: Snapshot, present: Snapshot) -> tuple[list[Difference], list[str]]:
    """What is otherwise than in the reference, and what could not be compared, one sentence each."""
    differences: list[Difference] = []
    not_compared = [*reference.unknown, *present.unknown]
    for name in sorted({*reference.objects, *present.objects}):
        one, other = reference.objects.get(name), present.objects.get(name)
        if one is None or other is None:
            missing, label = (
                (reference, present.protocols[name]) if one is None else (present, reference.protocols[name])
            )
            if label in missing.unread:
                not_compared.append(f"{name} was not read on {missing.server}.")
            else:
                differences.append(_difference(name, "present", one is not None, other is not None))
            continue
        noun = reference.table(name)
        for option in sorted({*one, *other}):
            if option not in one or option not in other:
                without = reference if option not in one else present
                not_compared.append(f"{option} of {name} was not read on {without.server}.")
            elif not _same(noun, option, _own(one[option], reference), _own(other[option], present)):
                differences.append(_difference(name, option, one[option], other[option]))
    if reference.iis is not None and present.iis is not None:
        differences.extend(_iis_differences(reference, present))
    return differences, list(dict.fromkeys(not_compared))


def _iis_differences(reference: Snapshot, present: Snapshot) -> Iterator[Difference]:
    one, other = reference.iis_settings, present.iis_settings
    for name in sorted({*one, *other} - {*reference.iis_unread, *present.iis_unread}):
        if name not in one or name not in other:
            yield _difference(name, "present", name in one, name in other)
            continue
        for key in sorted({*one[name], *other[name]}):
            before, after = one[name].get(key), other[name].get(key)
            if _own(before, reference) != _own(after, present):
                yield _difference(name, key, before, after)


def _same(noun: Noun | None, option: str, one: Any, other: Any) -> bool:
    setting = noun.by_option.get(option) if noun else None
    return setting.kind.same(one, other) if setting else bool(one == other)


def _own(value: Any, snapshot: Snapshot) -> Any:
    """The value with the server's own name made general."""
    if isinstance(value, list):
        return sorted(_own(item, snapshot) for item in value)
    if isinstance(value, str):
        return value.lower().replace(snapshot.server.lower(), OWN_NAME) if snapshot.server in value.lower() else value
    return value


def _difference(name: str, setting: str, reference: Any, present: Any) -> Difference:
    return {"object": name, "setting": setting, "reference": reference, "present": present}
