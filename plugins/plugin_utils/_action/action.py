# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every action shares: options, endpoints, sessions, masking, the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

from .._remoting.endpoint import Endpoint, endpoints
from .._remoting.errors import ExchangeError
from .._remoting.session import Session
from .._remoting.sessions import Opener, Sessions
from .._run.runner import Runner
from .connection import connection_options
from .options import documented_spec, validated
from .plain import plain
from .secrets import url_passwords


@dataclass
class Task:
    """What an action's ``perform`` works with.

    Attributes:
        options: validated and plain.
        candidates: the endpoints to try, in order.
        sessions: the task's pool.
        runner: reads and writes in the session to the task's server.
        connection: the options of the host's connection.
        inventory_name: the host's name in the inventory.
        addresses: ``ansible_host`` of every host of the inventory that has one, by its name in lower case.
    """

    options: Mapping[str, Any]
    candidates: tuple[Endpoint, ...]
    sessions: Sessions
    runner: Runner
    connection: Mapping[str, Any]
    inventory_name: str
    addresses: Callable[[], Mapping[str, str]]

    @property
    def server(self) -> str:
        """The server that the task is about."""
        return self.candidates[0].server


class RemoteAction(ActionBase):
    """An action that sends commands to an endpoint. A subclass says which one, and in ``perform`` what it does."""

    _requires_connection = False
    _supports_async = False

    variable_prefix: ClassVar[str | tuple[str, ...]]
    """Options that begin so may also be variables of the same name."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Options whose values never appear anywhere."""
    not_secret: ClassVar[tuple[str, ...]] = ()
    """Options whose names look like a secret's, but are none."""
    open_session: ClassVar[Opener] = Session.open

    def candidates(
        self, options: Mapping[str, Any], connection: Mapping[str, Any], inventory_name: str
    ) -> tuple[Endpoint, ...]:
        """The endpoints to try, in order. Raises BadInput."""
        raise NotImplementedError

    def perform(self, task: Task) -> dict[str, Any]:
        """Do the work and return the result's keys.

        Raises:
            ExchangeError: shown to the user as the reason of the failure.
        """
        raise NotImplementedError

    def prepare(self, options: Mapping[str, Any]) -> None:
        """Refuse what can be refused before a session is opened. Raises BadInput."""

    def described(self, task: Task) -> dict[str, Any]:
        """Keys that every result of such an action has."""
        raise NotImplementedError

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        hidden: set[str] = set()
        runner = None
        try:
            connection = connection_options(self._connection)
            hidden.update(filter(None, [connection["remote_password"]]))
            module = str(self._task.resolved_action or self._task.action)
            spec = documented_spec(module)
            given = self._given(spec, task_vars or {})
            hidden.update(url_passwords(given))
            options = validated(module, spec, given)
            hidden.update(str(options[name]) for name in self.secrets if options.get(name))
            inventory_name = self._host_name(task_vars or {})
            candidates = self.candidates(options, connection, inventory_name)
            self.prepare(options)
            with Sessions(type(self).open_session) as sessions:
                session = sessions.to(candidates)
                runner = Runner(session, bool(self._task.check_mode), bool(options.get("server_check")))
                addresses = partial(_addresses, (task_vars or {}).get("hostvars", {}))
                task = Task(options, candidates, sessions, runner, connection, inventory_name, addresses)
                result.update(self.perform(task))
                result.setdefault("changed", False)
                result.update(self.described(task))
        except ExchangeError as exc:
            result.update(failed=True, msg=str(exc), changed=bool(runner and runner.may_have_written))
        if runner:
            result["commands"] = list(runner.commands)
            result.setdefault("warnings", []).extend(dict.fromkeys(runner.warnings))
        if not self._task.diff:
            result.pop("diff", None)
        return dict(remove_values(result, hidden))

    def _given(self, spec: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Task arguments, and for prefixed options that are not among them variables of the same name."""
        variables = self._variables(task_vars)
        given = dict(self._task.args)
        for name in spec:
            if name.startswith(self.variable_prefix) and given.get(name) is None and name in variables:
                given[name] = self._templar.template(variables[name])
        return given

    def _variables(self, task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._task.delegate_to:
            return task_vars
        return task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})

    def _host_name(self, task_vars: Mapping[str, Any]) -> str:
        return str(plain(self._task.delegate_to or task_vars.get("inventory_hostname", "")))


def _addresses(hosts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name.lower(): str(plain(hosts[name]["ansible_host"])) for name in hosts if "ansible_host" in hosts[name]}


class ExchangeAction(RemoteAction):
    """An action that talks to Exchange."""

    variable_prefix = "exchange_"

    def candidates(
        self, options: Mapping[str, Any], connection: Mapping[str, Any], inventory_name: str
    ) -> tuple[Endpoint, ...]:
        return endpoints(options, connection, inventory_name)

    def described(self, task: Task) -> dict[str, Any]:
        return {"answered_by": task.runner.session.answered_by or None}
