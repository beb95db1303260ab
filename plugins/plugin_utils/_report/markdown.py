# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as Markdown, for tickets and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .report import Cell, Lifetime, Report, Table

BLOCKS = 20
"""Characters that a whole year is drawn with."""

_ACTIVE = re.compile(r"[\\`*_{}\[\]()#+!|~$]")


def markdown(report: Report) -> str:
    """GitHub's Markdown. Texts of servers stay texts: nothing in them makes a link, a heading or HTML."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_text(report.title)}"
    yield ""
    yield _summary(report)
    yield ""
    yield from _findings(report)
    if report.lifetimes:
        yield from _section(
            "How long certificates last",
            ("Ends on", "Days left", "One year", "Certificate", "Servers"),
            (_lifetime(lifetime) for lifetime in report.lifetimes),
        )
    for table in report.tables:
        yield from _table(table)
    yield from _bullets("What could not be read", report.errors)
    yield from _bullets("Not looked at", report.not_looked_at)


def _summary(report: Report) -> str:
    found = ", ".join(f"{count} {severity}" for severity, count in report.counts.items() if count) or "none"
    return f"{f'Read on {report.read_on}. ' if report.read_on else ''}Findings: {found}."


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield from _section(
            "Findings",
            ("Severity", "About", "What and why", "Cure"),
            (
                [_text(finding[key]) for key in ("severity", "subject", "sentence")]
                + [_text(finding["cure"]) + (f" <{finding['link']}>" if finding.get("link") else "")]
                for finding in report.findings
            ),
        )


def _lifetime(lifetime: Lifetime) -> list[str]:
    filled = lifetime.share * BLOCKS // 100
    year = "█" * filled + "░" * (BLOCKS - filled)
    return [
        lifetime.ends_on,
        str(lifetime.days_left),
        year,
        f"{_text(lifetime.name)}<br>{_text(lifetime.thumbprint)}",
        _text(", ".join(lifetime.where)),
    ]


def _table(table: Table) -> Iterator[str]:
    yield from _section(table.title, table.columns, ([_cell(cell) for cell in row] for row in table.rows))


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"## {_text(title)}"
    yield ""
    yield _row(columns)
    yield _row(["---"] * len(columns))
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(lines: Cell) -> str:
    return "<br>".join(map(_text, lines))


def _bullets(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield f"## {title}"
        yield ""
        yield from (f"- {_text(text)}" for text in texts)
        yield ""


def _text(text: str) -> str:
    """Escaped, and with addresses that a reader's program would turn into links broken open."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ACTIVE.sub(r"\\\g<0>", escaped).replace("://", "&#58;//")
