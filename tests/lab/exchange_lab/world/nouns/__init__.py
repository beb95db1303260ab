# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual directory nouns: a table of settings each and the rules between them."""
from __future__ import annotations

from .attributes import Noun
from .owa import OWA

NOUNS: tuple[Noun, ...] = (OWA,)
BY_NAME: dict[str, Noun] = {noun.name: noun for noun in NOUNS}
