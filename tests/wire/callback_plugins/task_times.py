# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes when each task began as one JSON object a line into the file that TASKS_FILE names, for tests."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_times
type: notification
short_description: When tasks began, as JSON lines
description:
  - Writes the name of each task and when it began, in seconds since 1970, into the file that TASKS_FILE names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_times"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        with open(os.environ["TASKS_FILE"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"began": time.time(), "task": task.get_name()}) + "\n")
