# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each task's result as one JSON object a line into the file that RESULTS_FILE names, for tests."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results_file
type: notification
short_description: Results as JSON lines
description:
  - Writes each task's result as one JSON object a line into the file that RESULTS_FILE names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results_file"

    def _write(self, status: str, result: Any) -> None:
        record = {
            "status": status,
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "result": dict(result._result),
        }
        with open(os.environ["RESULTS_FILE"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(record, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)
