# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource, own_wish
from ..plugin_utils._exchange.connector import LABEL, NOUNS, check_identity, connector
from ..plugin_utils._exchange.servers import Server


class ActionModule(ConvergeAction):
    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        check_identity(options["identity"])
        return [(NOUNS[options["kind"]], self._wish(options))]

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        return [connector(options["kind"], options["identity"], self._wish(options), options["replaces"])]

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {LABEL: outcome.described(LABEL)}

    def _wish(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return own_wish(NOUNS[options["kind"]], options, f"{options['kind']} connector {options['identity']}")
