# SPDX-License-Identifier: GPL-3.0-or-later
"""Which product a build belongs to (client-access-laws 3.7, 6.6)."""

from __future__ import annotations

from functools import total_ordering

PRODUCTS = ("2013", "2016", "2019", "SE")
SE_FIRST_BUILD = 2562
EXTENDED_PROTECTION_BY_DEFAULT = (15, 2, 1544)  # 2019 CU14


@total_ordering
class Version:
    """A build such as ``15.2.1544.4``."""

    def __init__(self, text: str) -> None:
        """Raises ValueError when the text is not four numbers of an Exchange from 2013 to SE."""
        self.parts = tuple(int(part) for part in text.split("."))
        if len(self.parts) != 4 or self.parts[0] != 15 or self.parts[1] > 2:
            raise ValueError(f"'{text}' is not a build of Exchange 2013 to SE, such as 15.2.1544.4.")

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.parts == other.parts

    def __lt__(self, other: Version) -> bool:
        return self.parts < other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    @property
    def product(self) -> str:
        """``2013``, ``2016``, ``2019`` or ``SE``."""
        minor, build = self.parts[1], self.parts[2]
        return "SE" if minor == 2 and build >= SE_FIRST_BUILD else PRODUCTS[minor]

    @property
    def generation(self) -> int:
        """0 for 2013 up to 3 for SE: what "newer" means between servers."""
        return PRODUCTS.index(self.product)

    @property
    def protects_by_default(self) -> bool:
        """Whether Setup turns Extended Protection on (client-access-laws 6.4)."""
        return self.parts >= EXTENDED_PROTECTION_BY_DEFAULT

    @property
    def display(self) -> str:
        """The text of AdminDisplayVersion."""
        major, minor, build, revision = self.parts
        return f"Version {major}.{minor} (Build {build}.{revision})"
