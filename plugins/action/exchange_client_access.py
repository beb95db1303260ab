# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_client_access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource
from ..plugin_utils._exchange import client_access
from ..plugin_utils._exchange.autodiscover import refuse_unknown_sites
from ..plugin_utils._exchange.logon_pages import logon_methods_agree, logon_pages_stay_together, writing_order
from ..plugin_utils._exchange.organization_config import refuse_adfs_without_settings
from ..plugin_utils._exchange.servers import Server


class ActionModule(ConvergeAction):
    not_secret = ("change_password_enabled", "extended_protection_token_checking", "internal_nlb_bypass_url")
    couplings = (logon_methods_agree, logon_pages_stay_together)
    order = staticmethod(writing_order)

    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        return client_access.wishes_of_every_site(options)

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        return client_access.resources(options, server)

    def check(self, task: Task, resources: Sequence[Resource], pinned: Mapping[str, Any]) -> None:
        for resource in resources:
            refuse_unknown_sites(task.runner.read, resource.wish, pinned)
        refuse_adfs_without_settings(task.runner.read, [resource.wish for resource in resources], pinned)

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"client_access": {label: outcome.described(label) for label in outcome.facts}}
