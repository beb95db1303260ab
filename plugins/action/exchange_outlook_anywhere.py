# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_outlook_anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource, own_wish
from ..plugin_utils._exchange.outlook_anywhere import OUTLOOK_ANYWHERE, outlook_anywhere
from ..plugin_utils._exchange.servers import Server


class ActionModule(ConvergeAction):
    not_secret = ("extended_protection_token_checking",)

    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        return [(OUTLOOK_ANYWHERE, self._wish(options))]

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        return [outlook_anywhere(server, self._wish(options))]

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"outlook_anywhere": outcome.described(OUTLOOK_ANYWHERE.label)}

    def _wish(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return own_wish(OUTLOOK_ANYWHERE, options, "Outlook Anywhere")
