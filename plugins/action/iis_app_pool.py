# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_app_pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._windows import iis
from ..plugin_utils._windows.quoting import exact_name
from ..plugin_utils._windows.run_state import POOL, bring_about, true_names


class ActionModule(IisAction):
    def prepare(self, options: Mapping[str, Any]) -> None:
        for name in options["name"] or ():
            exact_name(name)

    def perform(self, task: Task) -> dict[str, Any]:
        runner, wish = task.runner, task.options["state"]

        def read() -> Mapping[str, str]:
            return iis.pools(runner.read(iis.read_pools()).records)

        before = read()
        wanted = task.options["name"]
        names, missing = (list(before), []) if wanted is None else true_names(wanted, list(before))
        after = bring_about(POOL, runner, names, before, wish, read) if wish else before
        runner.warnings.extend(f"There is no application pool '{name}' on {task.server}." for name in missing)
        return {
            "changed": bool(runner.commands),
            "app_pools": {name: after[name] for name in names},
            "missing": missing,
            "diff": {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}},
        }
