# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object that a server returned, as plain Python values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Record(Mapping[str, Any]):
    """A returned object. Names are looked up without case, as PowerShell does.

    Values are text, bool, int, float, None, bytes, lists of these, or dicts where an object has properties but no text.
    A name that is absent raises KeyError: absent is not empty.
    """

    def __init__(self, values: Mapping[str, Any], text: str = "") -> None:
        self._values = dict(values)
        self._names = {name.lower(): name for name in self._values}
        self.text = text
        """What the object's ToString said."""

    def __getitem__(self, name: str) -> Any:
        return self._values[self._names[name.lower()]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._names

    def __str__(self) -> str:
        return self.text
