# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_outlook_provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource, own_wish
from ..plugin_utils._exchange.outlook_provider import OUTLOOK_PROVIDER, outlook_provider
from ..plugin_utils._exchange.servers import Server


class ActionModule(ConvergeAction):
    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        return [(OUTLOOK_PROVIDER, self._wish(options))]

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        return [outlook_provider(options["name"], self._wish(options))]

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {OUTLOOK_PROVIDER.label: outcome.described(OUTLOOK_PROVIDER.label)}

    def _wish(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return own_wish(OUTLOOK_PROVIDER, options, f"Outlook provider {options['name']}")
