# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that stand where nobody should have put them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PASSWORD = re.compile(r"//[^/\s:@]*:([^/\s@]+)@")


def url_passwords(value: Any) -> set[str]:
    """The passwords in all URLs among the values, however deep, so that no message repeats them."""
    if isinstance(value, Mapping):
        return url_passwords(list(value.values()))
    if isinstance(value, (list, tuple)):
        return {password for item in value for password in url_passwords(item)}
    return set(_PASSWORD.findall(value)) if isinstance(value, str) else set()
