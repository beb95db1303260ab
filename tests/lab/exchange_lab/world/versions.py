# SPDX-License-Identifier: GPL-3.0-or-later
"""Which product a build belongs to (client-access-laws 3.7, 6.6)."""

from __future__ import annotations

from functools import total_ordering

PRODUCTS = ("2013", "2016", "2019", "SE")
SE_FIRST_BUILD = 2562
SIGNING_BY_DEFAULT = ((15, 1, 2507, 35), (15, 2, 1118, 40), (15, 2, 1258, 28), (15, 2, 1544, 0))
"""The builds of November 2023: 2016 CU23, 2019 CU12 and CU13, and everything later (certificate-laws O5)."""
SHA256_SETUPS = ((15, 1, 2507), (15, 2, 1118))
"""2016 CU23 and 2019 CU12, both of 2022 (certificate-laws O19)."""
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
    def signs_data(self) -> bool:
        """Whether payloads are signed unless somebody turned it off (certificate-laws O5)."""
        if self.parts >= SIGNING_BY_DEFAULT[-1]:
            return True
        return any(first[:3] == self.parts[:3] and self.parts >= first for first in SIGNING_BY_DEFAULT)

    @property
    def setup_hash(self) -> str:
        """The hash of the certificates that Setup made: ``sha1`` or ``sha256`` (certificate-laws O19)."""
        new = any(first[:2] == self.parts[:2] and self.parts >= first for first in SHA256_SETUPS)
        return "sha256" if new else "sha1"

    @property
    def display(self) -> str:
        """The text of AdminDisplayVersion."""
        major, minor, build, revision = self.parts
        return f"Version {major}.{minor} (Build {build}.{revision})"
