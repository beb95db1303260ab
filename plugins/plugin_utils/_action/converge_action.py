# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that brings objects of one server, or of the organization, to a wished state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .._converge.converge import Convergence, Coupling, Order, Outcome
from .._converge.noun import Noun
from .._converge.resource import Resource, refuse_newer
from .._exchange.servers import Server, find_server, pinned_to, refuse_without_client_access
from .._exchange.versions import Version
from .._run.runner import Runner
from .action import ExchangeAction, Task


class ConvergeAction(ExchangeAction):
    """A subclass names its resources; the rest is the same for all."""

    couplings: ClassVar[Sequence[Coupling]] = ()
    order: ClassVar[Order] = list

    def wished(self, options: Mapping[str, Any]) -> Iterable[tuple[Noun, Mapping[str, Any]]]:
        """The tables that the options reach, and canonical values, whatever the server. Raises BadInput."""
        raise NotImplementedError

    def prepare(self, options: Mapping[str, Any]) -> None:
        """Refuse impossible values, and settings that a version does not have where it is known beforehand."""
        version = Version.displayed(options["exchange_version"]) if options["exchange_version"] else None
        for noun, wish in self.wished(options):
            if version:
                refuse_newer(noun, wish, version.product, str(version.product), noun.label)

    def resources(self, options: Mapping[str, Any], server: Server) -> Sequence[Resource]:
        """The objects and what is wanted of them. Raises BadInput."""
        raise NotImplementedError

    def check(self, task: Task, resources: Sequence[Resource], pinned: Mapping[str, Any]) -> None:
        """Refuse what only the server can tell, before anything is written. Raises BadInput."""

    def describe(self, outcome: Outcome, server: Server, options: Mapping[str, Any]) -> dict[str, Any]:
        """The result's keys that hold the objects' facts."""
        raise NotImplementedError

    def settled(self, task: Task, outcome: Outcome) -> None:
        """What else is verified once everything is written. Raises ExchangeError."""

    def target(self, runner: Runner, task: Task) -> Server:
        """The server that owns the objects. Raises BadInput for one without client access."""
        server = find_server(runner.read, task.server, task.options["domain_controller"])
        refuse_without_client_access(server)
        return server

    def perform(self, task: Task) -> dict[str, Any]:
        options = task.options
        server = self.target(task.runner, task)
        domain_controller = options["domain_controller"] or server.domain_controller
        pinned = pinned_to(domain_controller)
        resources = self.resources(options, server)
        self.check(task, resources, pinned)
        convergence = Convergence(
            task.runner, resources, self.couplings, type(self).order, pinned, options["exchange_verify"]
        )
        outcome = convergence.run()
        if outcome.changes and not task.runner.check_mode:
            self.settled(task, outcome)
        return {
            "changed": bool(outcome.changes),
            "server": server.fqdn,
            "domain_controller": domain_controller or None,
            "restart_needed": outcome.recycle,
            "iis_restart_needed": outcome.restart,
            "diff": {"before": outcome.diff_before, "after": outcome.diff_after},
            **self.describe(outcome, server, options),
        }
