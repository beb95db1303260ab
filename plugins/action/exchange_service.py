# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import WindowsAction
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._windows import exchange_services
from ..plugin_utils._windows.run_state import true_names

PREFIX = "MSExchange"


class ActionModule(WindowsAction):
    def prepare(self, options: Mapping[str, Any]) -> None:
        for name in options["name"]:
            if not name.isalnum() or not name.lower().startswith(PREFIX.lower()):
                raise BadInput(f"'{name}' is no service of Exchange.", f"Their names begin with {PREFIX}.")

    def perform(self, task: Task) -> dict[str, Any]:
        runner, wish, wanted = task.runner, task.options["state"], task.options["name"]

        def read() -> exchange_services.Services:
            """One that the server lacks is an error beside the others."""
            return exchange_services.services(runner.read(exchange_services.read(wanted), True).records)

        before = read() if wanted else {}
        _present, missing = true_names(wanted, list(before))
        runner.warnings.extend(f"There is no service '{name}' on {task.server}." for name in missing)
        after = before
        if wish:
            runner.run(exchange_services.steps(before, wish))
            if runner.commands and not runner.check_mode:
                after = read()
                exchange_services.prove(before, after, wish)
        return {
            "changed": bool(runner.commands),
            "services": {name: dict(service) for name, service in after.items()},
            "missing": missing,
            "diff": {
                "before": {name: service["status"] for name, service in before.items()},
                "after": {name: service["status"] for name, service in after.items()},
            },
        }
