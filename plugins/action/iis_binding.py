# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_binding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._exchange.x509_facts import require_cryptography
from ..plugin_utils._windows.binding_change import BindingChange, BindingWish, IisState
from ..plugin_utils._windows.binding_inquiry import BindingInquiry
from ..plugin_utils._windows.binding_wish import wish_of
from ..plugin_utils._windows.bindings import HTTPS
from ..plugin_utils._windows.certificate_store import MY, StoreCertificate
from ..plugin_utils._windows.new_certificate import NewCertificate


class ActionModule(IisAction):
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def prepare(self, options: Mapping[str, Any]) -> None:
        require_cryptography()
        wish_of(options)

    def perform(self, task: Task) -> dict[str, Any]:
        now, runner = type(self).now(), task.runner
        inquiry = BindingInquiry(runner.read, task.options["http_sys_source"])
        wish = wish_of(task.options)
        names = [site.name for site in inquiry.sites()]
        state = _state(inquiry)
        certificates = _certificates(inquiry, wish)
        change = BindingChange.of(state, wish, names)
        if task.options["new_certificate"]:
            change, certificates = self._with_certificate(task, inquiry, change, names, now)
        change.refuse_certificate(certificates, now)
        for conflict in change.conflicts():
            runner.refuse(conflict)
        steps = list(change.steps(certificates))
        runner.run(steps)
        changed = bool(runner.commands)
        if changed and not runner.check_mode:
            change.prove(_state(inquiry))
        before, after = change.diff()
        return {
            "changed": changed,
            "binding": change.goal.as_dict() if change.goal else None,
            "iis_restart_needed": changed and wish.target.protocol == HTTPS,
            "diff": {"before": before, "after": after},
        }

    def _with_certificate(
        self, task: Task, inquiry: BindingInquiry, change: BindingChange, names: list[str], now: datetime
    ) -> tuple[BindingChange, list[StoreCertificate]]:
        """The change with the certificate that is bound, if it is good, otherwise with a fresh one."""
        certificates = inquiry.certificates()
        fresh = NewCertificate(task.server, now)
        thumbprint = fresh.bound_and_good(change, certificates)
        if not thumbprint:
            task.runner.run([fresh.step()])
            after = [fresh.planned()] if task.runner.check_mode else inquiry.certificates()
            thumbprint = fresh.found_in(after, certificates)
            certificates = [*certificates, *after] if task.runner.check_mode else after
        return BindingChange.of(change.state, replace(change.wish, thumbprint=thumbprint), names), certificates


def _state(inquiry: BindingInquiry) -> IisState:
    return IisState.of(inquiry.bindings(), inquiry.ssl_entries())


def _certificates(inquiry: BindingInquiry, wish: BindingWish) -> list[StoreCertificate]:
    """Of the store, without their keys' providers; none where none is needed."""
    if wish.target.protocol != HTTPS or not wish.present:
        return []
    return inquiry.certificates(wish.store or MY, only=())
