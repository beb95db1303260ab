# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as JSON, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict

from .report import Report


def json_text(report: Report) -> str:
    """Findings, lifetimes and facts; the tables are left out, as they are made from the facts."""
    content = {key: value for key, value in asdict(report).items() if key != "tables"}
    facts = content.pop("facts")
    return json.dumps({**content, **facts}, indent=2, ensure_ascii=False) + "\n"
