# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables of settings each module offers, for its documentation."""

from __future__ import annotations

from collections.abc import Mapping

from .._converge.noun import Noun
from .virtual_directories import PROTOCOLS

MODULE_TABLES: Mapping[str, Mapping[str, Noun]] = {
    "exchange_vdir": PROTOCOLS,
}

TREE_TABLES: Mapping[str, Mapping[str, Noun]] = {}
