# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_autodiscover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource, own_wish
from ..plugin_utils._exchange.autodiscover import (
    CLIENT_ACCESS_SERVICE,
    LABEL,
    refuse_unknown_sites,
    service_connection_point,
)
from ..plugin_utils._exchange.servers import Server


class ActionModule(ConvergeAction):
    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        return [(CLIENT_ACCESS_SERVICE, self._wish(options))]

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        return [service_connection_point(server, self._wish(options))]

    def check(self, task: Task, resources: Sequence[Resource], pinned: Mapping[str, Any]) -> None:
        refuse_unknown_sites(task.runner.read, resources[0].wish, pinned)

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {LABEL: outcome.described(LABEL)}

    def _wish(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return own_wish(CLIENT_ACCESS_SERVICE, options, "the Autodiscover service connection point")
