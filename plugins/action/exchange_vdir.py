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
from ..plugin_utils._exchange.directory_place import Place, refuse_elsewhere, refuse_place, web_site_named
from ..plugin_utils._exchange.directory_undo import SCHEMA
from ..plugin_utils._exchange.logon_pages import logon_methods_agree, writing_order
from ..plugin_utils._exchange.organization_config import refuse_adfs_without_settings
from ..plugin_utils._exchange.recreation import Recreation
from ..plugin_utils._exchange.servers import (
    Server,
    find_server,
    refuse_without_back_end,
    refuse_without_client_access,
)
from ..plugin_utils._exchange.virtual_directories import (
    POWERSHELL,
    PROTOCOLS,
    directory_wish,
    refuse_unasked_powershell,
    twin,
)
from ..plugin_utils._exchange.virtual_directory import BACK_END
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._run.undo_state import UndoState


class ActionModule(ConvergeAction):
    not_secret = ("change_password_enabled", "extended_protection_token_checking", "internal_nlb_bypass_url")
    couplings = (logon_methods_agree,)
    order = staticmethod(writing_order)

    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        wish = directory_wish(options["protocol"], options)
        if options["protocol"] == POWERSHELL.label:
            refuse_unasked_powershell(wish, options["allow_powershell_changes"])
        return [(PROTOCOLS[options["protocol"]], wish)]

    def prepare(self, options: Mapping[str, Any]) -> None:
        super().prepare(options)
        if options["state"] == "present":
            if options["role"] == BACK_END:
                raise BadInput(
                    "Settings of a back end directory are Setup's.",
                    "Leave out role, or recreate the directory with state recreated. Nothing was changed.",
                )
            return
        refuse_place(PROTOCOLS[options["protocol"]], options["role"], _web_site(options))
        if not options["undo_path"]:
            raise BadInput(
                f"state {options['state']} loses every setting of the directory, so it must know where to save them.",
                "Set undo_path to a file on the control node that lasts. Nothing was changed.",
            )

    def perform(self, task: Task) -> dict[str, Any]:
        return super().perform(task) if task.options["state"] == "present" else self._recreate(task)

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        wish = directory_wish(options["protocol"], options)
        found = [PROTOCOLS[options["protocol"]].on(server, _web_site(options), wish)]
        if other := twin(options["protocol"], wish):
            found.append(other.on(server, _web_site(options), {}))
        return found

    def check(self, task: Task, resources: Sequence[Resource], pinned: Mapping[str, Any]) -> None:
        refuse_adfs_without_settings(task.runner.read, [resource.wish for resource in resources], pinned)

    def settled(self, task: Task, outcome: Outcome) -> None:
        if POWERSHELL.label in outcome.changes:
            task.sessions.close(task.candidates)
            task.sessions.to(task.candidates)

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"virtual_directory": outcome.described(options["protocol"])}

    def _recreate(self, task: Task) -> dict[str, Any]:
        options, runner = task.options, task.runner
        server = find_server(runner.read, task.server, options["domain_controller"])
        if options["role"] == BACK_END:
            refuse_without_back_end(server)
        else:
            refuse_without_client_access(server)
        runner.warnings.extend(refuse_elsewhere(server, runner.session.answered_by))
        noun = PROTOCOLS[options["protocol"]]
        place = Place.of(noun, server, options["role"], _web_site(options))
        recreation = Recreation(
            runner=runner,
            place=place,
            undo=UndoState(options["undo_path"], {"identity": place.identity}, SCHEMA, dry=runner.check_mode),
            given=directory_wish(options["protocol"], options),
            path=options["path"] or "",
            accept_unread=options["accept_unread_settings"],
            verify=options["exchange_verify"],
            domain_controller=options["domain_controller"] or "",
        )
        done = recreation.remove() if options["state"] == "absent" else recreation.recreate()
        changed = bool(runner.commands)
        not_live = changed or done.resumed  # the run that broke off may have ended before the restart
        shown = done.outcome.described(noun.label) if done.outcome else None
        return {
            "changed": changed,
            "server": server.fqdn,
            "domain_controller": recreation.place.domain_controller or None,
            "restart_needed": list(noun.recycle) if not_live else [],
            "iis_restart_needed": not_live,
            "diff": {"before": {}, "after": {noun.label: {"state": options["state"]}} if changed else {}},
            "undo_path": options["undo_path"],
            "resumed": done.resumed,
            "not_restored": done.not_restored,
            "virtual_directory": shown,
        }


def _web_site(options: Mapping[str, Any]) -> str:
    return web_site_named(options["role"], options["web_site"])
