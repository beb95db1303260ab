# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_app_pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._windows import iis
from ..plugin_utils._windows.iis import STARTED
from ..plugin_utils._windows.quoting import exact_name
from ..plugin_utils._windows.run_state import POOL, RECYCLED, bring_about, true_names
from ..plugin_utils._windows.worker_processes import older_than_binding


class ActionModule(IisAction):
    def prepare(self, options: Mapping[str, Any]) -> None:
        if options["older_than_binding"] is not None and options["state"] != RECYCLED:
            raise BadInput("older_than_binding says which pools are recycled.", f"Set state to {RECYCLED}.")
        for name in options["name"] or ():
            exact_name(name)

    def perform(self, task: Task) -> dict[str, Any]:
        runner, wish = task.runner, task.options["state"]

        def read() -> Mapping[str, str]:
            return iis.pools(runner.read(iis.read_pools()).records)

        before = read()
        wanted = task.options["name"]
        names, missing = (list(before), []) if wanted is None else true_names(wanted, list(before))
        port = task.options["older_than_binding"]
        running = [name for name in names if before[name] == STARTED]
        meant = names if port is None else older_than_binding(runner.read, running, port)
        after = bring_about(POOL, runner, meant, before, wish, read) if wish else before
        runner.warnings.extend(f"There is no application pool '{name}' on {task.server}." for name in missing)
        return {
            "changed": bool(runner.commands),
            "app_pools": {name: after[name] for name in names},
            "missing": missing,
            "diff": {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}},
        }
