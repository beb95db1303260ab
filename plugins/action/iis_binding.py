# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_binding."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._exchange.x509_facts import require_cryptography
from ..plugin_utils._remoting.errors import BadInput, ConfigurationBusy
from ..plugin_utils._windows.binding_change import BindingChange, BindingWish, IisState
from ..plugin_utils._windows.binding_inquiry import BindingInquiry
from ..plugin_utils._windows.binding_wish import wish_of
from ..plugin_utils._windows.bindings import HTTPS
from ..plugin_utils._windows.certificate_store import MY, StoreCertificate
from ..plugin_utils._windows.new_certificate import NewCertificate

PAUSES_S = (1.0, 2.0, 4.0)
"""Between attempts while another program writes the configuration of IIS."""


class ActionModule(IisAction):
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def prepare(self, options: Mapping[str, Any]) -> None:
        require_cryptography()
        wish_of(options)

    def perform(self, task: Task) -> dict[str, Any]:
        runner = task.runner
        inquiry = BindingInquiry(runner.read, task.options["http_sys_source"], task.options["bindings_source"])
        change = self._reach(task, inquiry)
        changed = bool(runner.commands)
        if changed and not runner.check_mode:
            change.prove(_state(inquiry))
        before, after = change.diff()
        return {
            "changed": changed,
            "binding": change.goal.as_dict() if change.goal else None,
            "iis_restart_needed": changed and change.of_a_binding and change.wish.target.protocol == HTTPS,
            "diff": {"before": before, "after": after},
        }

    def _reach(self, task: Task, inquiry: BindingInquiry) -> BindingChange:
        """Decide and write. What another program's writing prevented is decided anew, never repeated as it was.

        Raises:
            ConfigurationBusy: that program does not come to an end.
        """
        commands = task.runner.commands
        begun: BindingChange | None = None
        for pause in (*PAUSES_S, None):
            change = self._decided(task, inquiry, begun)
            try:
                task.runner.run(change.steps())
                return change
            except ConfigurationBusy as exc:
                if pause is None:
                    raise _given_up(task, exc) from exc
            commands.pop()
            begun = change if commands else None
            task.runner.warnings.append("Another program wrote the configuration of IIS meanwhile; all was read again.")
            type(self).sleep(pause)
        raise AssertionError("unreachable")

    def _decided(self, task: Task, inquiry: BindingInquiry, begun: BindingChange | None) -> BindingChange:
        """What has to change, from a fresh read.

        Raises:
            BadInput: it cannot be done; nothing was sent for it.
        """
        now = type(self).now()
        names = [site.name for site in inquiry.sites()]
        state = _state(inquiry)
        wish = wish_of(task.options)
        certificates = _certificates(inquiry, wish)
        if begun:
            change = begun.resumed(state, names, certificates)
        else:
            change = BindingChange.of(state, wish, names, certificates)
            if task.options["new_certificate"]:
                change = self._with_certificate(task, inquiry, change, names, now)
        change.refuse_certificate(now)
        for conflict in change.conflicts():
            task.runner.refuse(conflict)
        if any(change.steps()):
            _refuse_shared(task, inquiry)
        return change

    def _with_certificate(
        self, task: Task, inquiry: BindingInquiry, change: BindingChange, names: list[str], now: datetime
    ) -> BindingChange:
        """The change with the certificate that is bound, if it is good, otherwise with a fresh one."""
        certificates = inquiry.certificates()
        fresh = NewCertificate(task.server, now)
        thumbprint = fresh.bound_and_good(change, certificates)
        if not thumbprint:
            _refuse_shared(task, inquiry)
            task.runner.run([fresh.step()])
            after = [fresh.planned()] if task.runner.check_mode else inquiry.certificates()
            thumbprint = fresh.found_in(after, certificates)
            certificates = [*certificates, *after] if task.runner.check_mode else after
        return BindingChange.of(change.state, replace(change.wish, thumbprint=thumbprint), names, certificates)


def _refuse_shared(task: Task, inquiry: BindingInquiry) -> None:
    """Before the first write: it would be one for every server that shares the configuration (iis-over-remoting 1).

    Raises:
        BadInput: IIS has its configuration elsewhere.
    """
    if task.runner.commands:
        return
    shared = inquiry.shares_configuration()
    if shared:
        raise BadInput(
            f"IIS on {task.server} takes its configuration from another place, which other servers may share, "
            "so no binding is written here.",
            "Change it in that place, or turn Shared Configuration off in IIS Manager on this server.",
        )
    if shared is None:
        task.runner.warnings.append(inquiry.errors[-1])


def _given_up(task: Task, last: ConfigurationBusy) -> ConfigurationBusy:
    return ConfigurationBusy(
        f"Another program keeps writing the configuration of IIS on {task.server}, {len(PAUSES_S) + 1} attempts "
        f"failed. {last.sentence}",
        "Find it (a deployment, IIS Manager, another playbook), let it finish, then run again.",
        reason=last.reason,
    )


def _state(inquiry: BindingInquiry) -> IisState:
    return IisState.of(inquiry.bindings(), inquiry.ssl_entries())


def _certificates(inquiry: BindingInquiry, wish: BindingWish) -> list[StoreCertificate]:
    """Of the store, without their keys' providers; none where none is needed."""
    if wish.target.protocol != HTTPS or not wish.present:
        return []
    return inquiry.certificates(wish.store or MY, only=())
