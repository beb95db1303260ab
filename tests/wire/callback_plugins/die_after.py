# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills ansible-playbook as a power failure would, for tests: see DIE_AFTER and DIE_BEFORE."""

from __future__ import annotations

import os
import signal
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: die_after
type: notification
short_description: Kill ansible-playbook
description:
  - DIE_AFTER is the number of the change after which ansible-playbook is killed, DIE_BEFORE the number of the task
    before which it is; both count from 1. The names of all changes are written to the file that CHANGES_FILE names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "die_after"

    def __init__(self) -> None:
        super().__init__()
        self._changes = self._tasks = 0

    def _count(self, so_far: int, limit: str) -> int:
        if str(so_far + 1) == os.environ.get(limit):
            os.kill(os.getpid(), signal.SIGKILL)
        return so_far + 1

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._tasks = self._count(self._tasks, "DIE_BEFORE")

    def v2_runner_on_ok(self, result: Any) -> None:
        if result._result.get("changed"):
            with open(os.environ["CHANGES_FILE"], "a", encoding="utf-8") as stream:
                stream.write(f"{result._host.get_name()} {result._task.get_name()}\n")
            self._changes = self._count(self._changes, "DIE_AFTER")
