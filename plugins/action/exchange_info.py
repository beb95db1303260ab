# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.action import ExchangeAction, Task
from ..plugin_utils._exchange.analysis import analyse
from ..plugin_utils._exchange.name_lookup import addresses
from ..plugin_utils._exchange.namespaces_findings import Resolve, resolution
from ..plugin_utils._exchange.organization import SUBSETS, Inquiry, refuse_impossible

RESULT_KEYS = {"autodiscover": "service_connection_points", "organization": "organization_config"}
"""Where a subset is not called as its result."""


class ActionModule(ExchangeAction):
    resolve: Resolve = staticmethod(addresses)

    def prepare(self, options: Mapping[str, Any]) -> None:
        refuse_impossible(options["servers"], options["names"])

    def perform(self, task: Task) -> dict[str, Any]:
        options = task.options
        subsets = [subset for subset in SUBSETS if {subset, "all"} & set(options["gather_subset"])]
        inquiry = Inquiry(task.runner.read, options["full"], options["domain_controller"] or "")
        organization = inquiry.organization(task.server, options["servers"], subsets)
        task.runner.warnings.extend(inquiry.warnings)
        if inquiry.errors:
            task.runner.warnings.append(f"{len(inquiry.errors)} reads failed; see errors in the result.")
        findings = [*analyse(organization), *resolution(options["names"], type(self).resolve, organization)]
        facts = {key: getattr(organization, key) for key in (RESULT_KEYS.get(subset, subset) for subset in subsets)}
        return {
            **facts,
            "findings": [finding.as_dict() for finding in sorted(findings)],
            "errors": inquiry.errors,
            "domain_controller": inquiry.domain_controller or None,
        }
