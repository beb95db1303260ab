# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_report, which needs no Exchange server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..plugin_utils._action.local_action import LocalAction
from ..plugin_utils._report.clean import cleaned
from ..plugin_utils._report.contents import report_of
from ..plugin_utils._report.html import html
from ..plugin_utils._report.json_text import json_text
from ..plugin_utils._report.markdown import markdown
from ..plugin_utils._report.private_file import write_private
from ..plugin_utils._report.redaction import redacted
from ..plugin_utils._report.report import Report

WRITERS: Mapping[str, Callable[[Report], str]] = {"html": html, "markdown": markdown, "json": json_text}


class ActionModule(LocalAction):
    def perform(self, options: Mapping[str, Any]) -> dict[str, Any]:
        facts = cleaned(options["facts"])
        report = report_of(cleaned(options["title"]), facts)
        if options["redact_names"]:
            report = report_of(report.title, redacted(facts))
        path = Path(options["path"])
        text = WRITERS[options["format"]](report)
        changed = write_private(path, text.encode(), dry=bool(self._task.check_mode))
        return {"changed": changed, "path": str(path), "counts": dict(report.counts)}
