# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_vdir."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.converge_action import ConvergeAction
from ..plugin_utils._converge.converge import Outcome
from ..plugin_utils._converge.noun import Noun
from ..plugin_utils._converge.resource import Resource
from ..plugin_utils._exchange.logon_pages import logon_methods_agree, writing_order
from ..plugin_utils._exchange.servers import Server
from ..plugin_utils._exchange.virtual_directories import (
    POWERSHELL,
    PROTOCOLS,
    directory_wish,
    refuse_unasked_powershell,
    twin,
)


class ActionModule(ConvergeAction):
    not_secret = ("change_password_enabled", "extended_protection_token_checking", "internal_nlb_bypass_url")
    couplings = (logon_methods_agree,)
    order = staticmethod(writing_order)

    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        wish = directory_wish(options["protocol"], options)
        if options["protocol"] == POWERSHELL.label:
            refuse_unasked_powershell(wish, options["allow_powershell_changes"])
        return [(PROTOCOLS[options["protocol"]], wish)]

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        wish = directory_wish(options["protocol"], options)
        found = [PROTOCOLS[options["protocol"]].on(server, options["web_site"], wish)]
        if other := twin(options["protocol"], wish):
            found.append(other.on(server, options["web_site"], {}))
        return found

    def settled(self, task: Task, outcome: Outcome) -> None:
        if POWERSHELL.label in outcome.changes:
            task.sessions.close(task.candidates)
            task.sessions.to(task.candidates)

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"virtual_directory": outcome.described(options["protocol"])}
