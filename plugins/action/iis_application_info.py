# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_application_info."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._windows.applications import ApplicationInquiry


class ActionModule(IisAction):
    def perform(self, task: Task) -> dict[str, Any]:
        found = ApplicationInquiry(task.runner.read).applications()
        if found.unread:
            task.runner.warnings.append(f"{len(found.unread)} reads failed; see iis.unread in the result.")
        return {"iis": vars(found)}
