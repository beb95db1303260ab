# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import WindowsAction
from ..plugin_utils._run.step import Step
from ..plugin_utils._windows import services


class ActionModule(WindowsAction):
    def perform(self, task: Task) -> dict[str, Any]:
        runner, wish = task.runner, task.options["state"]

        def read() -> Mapping[str, str]:
            return services.states(runner.read(services.read_services(services.IIS)).records)

        before = read()
        after = before
        if wish == "restarted":
            runner.run([Step(services.restart_iis(), "It was asked for")])
        elif wish == "started":
            stopped = [name for name in services.IIS if before.get(name) != services.RUNNING]
            runner.run(Step(services.start(name), f"It is {before.get(name)}") for name in stopped)
        if runner.commands and not runner.check_mode:
            after = read()
            services.prove_all(after)
        return {
            "changed": bool(runner.commands),
            "services": dict(after),
            "diff": {"before": dict(before), "after": dict(after)},
        }
