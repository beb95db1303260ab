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
from ..plugin_utils._exchange.autodiscover import CLIENT_ACCESS_SERVICE, refuse_unknown_sites
from ..plugin_utils._exchange.logon_pages import logon_methods_agree, writing_order
from ..plugin_utils._exchange.organization_config import refuse_adfs_without_settings
from ..plugin_utils._exchange.servers import Server, find_server, pinned_to
from ..plugin_utils._exchange.snapshot import Snapshot
from ..plugin_utils._exchange.snapshot_comparison import compare
from ..plugin_utils._exchange.snapshot_file import are_facts_of_iis, content, load, refuse_loss
from ..plugin_utils._exchange.snapshot_reading import SERVICE, Inquiry
from ..plugin_utils._exchange.snapshot_restoration import Restoration
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._report.private_file import write_private

LEFT_OUT = "Not in the snapshot: "


class ActionModule(ExchangeAction):
    def prepare(self, options: Mapping[str, Any]) -> None:
        if not are_facts_of_iis(options["iis"]):
            raise BadInput("iis is no result of iis_application_info.", "Give the key iis of its result.")

    def perform(self, task: Task) -> dict[str, Any]:
        state, path = task.options["state"], Path(task.options["path"])
        if state == "saved":
            earlier = self._earlier(task.options, path)
            inquiry = self._inquiry(task)
            found = self._saved(task, earlier, inquiry, path)
        else:
            reference = load(path)
            inquiry = self._inquiry(task)
            act = {"compared": self._compared, "restored": self._restored}[state]
            found = {**self._versions(task, reference, inquiry.server), **act(task, reference, inquiry)}
        return {
            "server": inquiry.server.fqdn,
            "domain_controller": inquiry.pinned.get("DomainController"),
            "path": task.options["path"],
            **found,
        }

    def _inquiry(self, task: Task) -> Inquiry:
        given = task.options["domain_controller"]
        server = find_server(task.runner.read, task.server, given)
        return Inquiry(task.runner.read, server, pinned_to(given or server.domain_controller))

    def _earlier(self, options: Mapping[str, Any], path: Path) -> Snapshot | None:
        """What the file holds that is about to be written; None where that does not matter."""
        return None if options["replace"] == "always" or not path.exists() else load(path)

    def _versions(self, task: Task, reference: Snapshot, server: Server) -> dict[str, Any]:
        present = str(server.version)
        if reference.version != present:
            task.runner.warnings.append(
                f"The snapshot is of version {reference.version}, {server.fqdn} has {present}: what an update sets on "
                "purpose is otherwise too."
            )
        return {"versions": {"reference": reference.version, "present": present}}

    def _saved(self, task: Task, earlier: Snapshot | None, inquiry: Inquiry, path: Path) -> dict[str, Any]:
        if earlier:
            earlier.refuse_another(inquiry.server.fqdn, "Name another file. It was left as it is.")
        if earlier and task.options["replace"] == "never":
            present, changed = earlier, False
        else:
            present = inquiry.snapshot(task.options["iis"])
            if earlier:
                try:
                    refuse_loss(earlier, present, path)
                except BadInput as exc:
                    task.runner.refuse(exc)
            changed = write_private(path, content(present), dry=task.runner.check_mode)
        task.runner.warnings.extend(LEFT_OUT + text for text in present.unread_objects)
        return {"changed": changed, "not_compared": present.unknown}

    def _compared(self, task: Task, reference: Snapshot, inquiry: Inquiry) -> dict[str, Any]:
        differences, not_compared = compare(reference, inquiry.snapshot(task.options["iis"]))
        return {"changed": False, "differences": differences, "not_compared": not_compared}

    def _restored(self, task: Task, reference: Snapshot, inquiry: Inquiry) -> dict[str, Any]:
        reference.refuse_another(
            inquiry.server.fqdn,
            "Compare with it, and set what shall be alike with exchange_client_access. Nothing was changed.",
        )
        runner, pinned = task.runner, inquiry.pinned
        present = inquiry.snapshot()
        restoration = Restoration.of(reference, present, inquiry.server)
        if restoration.missing:
            runner.refuse(restoration.refusal(present))
        service = restoration.wishes.get(CLIENT_ACCESS_SERVICE.label, {})
        try:
            refuse_unknown_sites(runner.read, service, pinned)
        except BadInput as exc:
            restoration.leave(SERVICE, "auto_discover_site_scope", exc.sentence)
            del service["auto_discover_site_scope"]
        refuse_adfs_without_settings(runner.read, restoration.wishes.values(), pinned)
        runner.warnings.extend(LEFT_OUT + text for text in reference.unread_objects)
        if restoration.not_restored:
            runner.warnings.append(
                f"{len(restoration.not_restored)} settings are otherwise than in the file and were not put back; see "
                "not_restored in the result."
            )
        outcome: Outcome = Convergence(
            runner,
            restoration.resources(),
            (logon_methods_agree,),
            writing_order,
            pinned,
            task.options["exchange_verify"],
        ).run()
        return {
            "changed": bool(outcome.changes),
            "not_compared": reference.unread_objects,
            "not_restored": restoration.not_restored,
            "restart_needed": outcome.recycle,
            "iis_restart_needed": outcome.restart,
            "diff": {"before": outcome.diff_before, "after": outcome.diff_after},
        }
