# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._windows import iis
from ..plugin_utils._windows.binding_inquiry import BindingInquiry
from ..plugin_utils._windows.bindings import Binding
from ..plugin_utils._windows.quoting import exact_name
from ..plugin_utils._windows.run_state import SITE, bring_about, true_names


class ActionModule(IisAction):
    def prepare(self, options: Mapping[str, Any]) -> None:
        for name in options["name"] or ():
            exact_name(name)

    def perform(self, task: Task) -> dict[str, Any]:
        runner, wish = task.runner, task.options["state"]

        def read() -> list[iis.Site]:
            return iis.sites(runner.read(iis.read_sites()).records)

        sites = read()
        before = _states(sites)
        names = _names(task.options["name"], list(before))
        bindings = BindingInquiry(runner.read, bindings_source=task.options["bindings_source"]).bindings()
        if wish == "started":
            for collision in _collisions([name for name in names if before[name] != iis.STARTED], before, bindings):
                runner.refuse(collision)
        after = bring_about(SITE, runner, names, before, wish, lambda: _states(read())) if wish else before
        return {
            "changed": bool(runner.commands),
            "sites": [
                _described(replace(site, state=after[site.name]), bindings) for site in sites if site.name in names
            ],
            "diff": {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}},
        }


def _states(sites: Iterable[iis.Site]) -> dict[str, str]:
    return {site.name: site.state for site in sites}


def _names(wanted: Sequence[str] | None, present: Sequence[str]) -> list[str]:
    """Raises BadInput for a site that is not there."""
    if wanted is None:
        return list(present)
    names, missing = true_names(wanted, present)
    if missing:
        raise BadInput(
            f"There is no web site '{missing[0]}' on the server.", f"It has: {', '.join(present)}. Nothing was changed."
        )
    return names


def _collisions(names: Sequence[str], states: Mapping[str, str], bindings: Sequence[Binding]) -> Iterator[BadInput]:
    """Bindings that keep sites from starting: IIS would leave such a site stopped."""
    for mine in (binding for binding in bindings if binding.site in names):
        for other in bindings:
            if (
                other.site != mine.site
                and other.place == mine.place
                and (states[other.site] == iis.STARTED or other.site in names)
            ):
                yield BadInput(
                    f"{mine.site} cannot start: {other.site} has its binding {mine.protocol} {other.information}.",
                    "Move one of the two with iis_binding first.",
                )


def _described(site: iis.Site, bindings: Sequence[Binding]) -> dict[str, Any]:
    own = [binding.as_dict() for binding in bindings if binding.site == site.name]
    return {**site.as_dict(), "bindings": own}
