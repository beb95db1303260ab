# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of a provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from .live import Live


class Folder(Protocol):
    """What can be listed, and found by name."""

    def items(self) -> Iterator[Live]:
        """Every item."""
        raise NotImplementedError

    def item(self, name: str) -> Live | None:
        """The item of that name, whatever its case."""
        raise NotImplementedError
