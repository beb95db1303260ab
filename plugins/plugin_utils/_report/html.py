# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one HTML file, which needs no network and no script and survives being mailed."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from .report import Report

TEMPLATE = Path(__file__).with_name("report.html.j2")


def html(report: Report) -> str:
    """Every text is escaped, as texts of servers are not trusted; only Microsoft's own pages become links."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(report=report)
