# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Exchange, told by their build."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from .._remoting.errors import BadInput

_DISPLAYED = re.compile(r"Version (\d+)\.(\d+) \(Build (\d+)\.(\d+)\)")
_SE_BUILD = 2562
_MINOR = {0: "E2013", 1: "E2016", 2: "E2019"}


class Product(IntEnum):
    """Major releases in the order of their age."""

    E2010 = 2010
    E2013 = 2013
    E2016 = 2016
    E2019 = 2019
    SE = 2025

    def __str__(self) -> str:
        return "Exchange Server SE" if self is Product.SE else f"Exchange {self.value}"


@dataclass(frozen=True, order=True)
class Version:
    """A build, such as 15.2.1544.4."""

    major: int
    minor: int
    build: int
    revision: int

    @classmethod
    def displayed(cls, text: str) -> Version:
        """Read an AdminDisplayVersion or a dotted build.

        Raises:
            BadInput: neither.
        """
        match = _DISPLAYED.search(text)
        parts = match.groups() if match else tuple(text.split("."))
        if len(parts) != 4 or not all(part.isdigit() for part in parts):
            raise BadInput(f"'{text[:60]}' is not a version of Exchange.", "Write a build as 15.2.1544.4.")
        return cls(*(int(part) for part in parts))

    @property
    def product(self) -> Product:
        """The release. SE shares 15.2 with 2019 and is told by its build (client-access-laws 3.7)."""
        if self.major < 15:
            return Product.E2010
        if self.minor == 2 and self.build >= _SE_BUILD:
            return Product.SE
        return Product[_MINOR.get(self.minor, "SE")]

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.build}.{self.revision}"
