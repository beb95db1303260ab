# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_organization_config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource, own_wish
from ..plugin_utils._exchange.organization_config import (
    LABEL,
    ORGANIZATION_CONFIG,
    check_readiness,
    organization_config,
)
from ..plugin_utils._exchange.servers import Server


class ActionModule(ConvergeAction):
    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        return [(ORGANIZATION_CONFIG, self._wish(options))]

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        return [organization_config(server, self._wish(options))]

    def check(self, task: Task, resources: Sequence[Resource], pinned: Mapping[str, Any]) -> None:
        for resource in resources:
            check_readiness(task.runner, resource.wish, pinned)

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {LABEL: outcome.described(LABEL)}

    def _wish(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return own_wish(ORGANIZATION_CONFIG, options, "the organization")
