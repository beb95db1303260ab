# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SHA-1 thumbprints as people paste them and as servers write them."""

from __future__ import annotations

import re

from .._remoting.errors import BadInput

_THUMBPRINT = re.compile(r"[0-9A-F]{40}\Z")


def normalized_thumbprint(text: str) -> str:
    """Upper case, without the blanks and invisible marks that people paste (law O20)."""
    return "".join(character for character in text if character.isalnum()).upper()


def is_thumbprint(text: str) -> bool:
    """Whether a normalized text has the 40 hexadecimal digits of SHA-1."""
    return bool(_THUMBPRINT.match(text))


def parsed_thumbprint(text: str | None) -> str:
    """40 upper case hex digits; empty for None and an empty text. Raises BadInput for anything else."""
    thumbprint = normalized_thumbprint(text or "")
    if text and not is_thumbprint(thumbprint):
        raise BadInput(f"thumbprint '{text[:60]}' is not one.", "It has 40 hexadecimal digits.")
    return thumbprint
