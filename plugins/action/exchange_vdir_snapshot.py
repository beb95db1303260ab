# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_vdir_snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..plugin_utils._action.action import ExchangeAction, Task
from ..plugin_utils._converge.converge import Convergence, Outcome
from ..plugin_utils._exchange.autodiscover import refuse_unknown_sites
from ..plugin_utils._exchange.logon_pages import logon_methods_agree, writing_order
from ..plugin_utils._exchange.servers import Server, find_server, pinned_to
from ..plugin_utils._exchange.snapshot import Inquiry, Snapshot, compare, wishes
from ..plugin_utils._report.private_file import write_private


class ActionModule(ExchangeAction):
    def perform(self, task: Task) -> dict[str, Any]:
        options, read = task.options, task.runner.read
        reference = None if options["state"] == "saved" else Snapshot.load(Path(options["path"]))
        server = find_server(read, task.server, options["domain_controller"])
        domain_controller = options["domain_controller"] or server.domain_controller
        pinned = pinned_to(domain_controller)
        common = {"server": server.fqdn, "domain_controller": domain_controller or None, "path": options["path"]}
        if reference and options["state"] == "restored":
            return {**common, **self._restored(task, reference, server, pinned)}
        present = Inquiry(read, server, pinned).snapshot(options["iis"])
        if reference:
            differences, not_compared = compare(reference, present)
            return {**common, "changed": False, "differences": differences, "not_compared": not_compared}
        task.runner.warnings.extend(f"Not in the snapshot: {text}" for text in present.unread)
        changed = write_private(Path(options["path"]), present.text().encode(), dry=task.runner.check_mode)
        return {**common, "changed": changed, "not_compared": []}

    def _restored(self, task: Task, reference: Snapshot, server: Server, pinned: Mapping[str, Any]) -> dict[str, Any]:
        resources = wishes(reference, server)
        for resource in resources:
            refuse_unknown_sites(task.runner.read, resource.wish, pinned)
        outcome: Outcome = Convergence(
            task.runner, resources, (logon_methods_agree,), writing_order, pinned, task.options["exchange_verify"]
        ).run()
        return {
            "changed": bool(outcome.changes),
            "restart_needed": outcome.recycle,
            "iis_restart_needed": outcome.restart,
            "diff": {"before": outcome.diff_before, "after": outcome.diff_after},
        }
