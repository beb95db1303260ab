# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows endpoints of servers, for an action that talks to Exchange otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._exchange.servers import Server
from .._remoting.endpoint import Endpoint
from .._remoting.errors import DeadlineExceeded, Interrupted
from .._remoting.windows_endpoint import for_server, windows_endpoint
from .._run.runner import Runner
from .action import Task


@dataclass
class WindowsSide:
    """Opens a session of a server when it is asked for, in the way that the host's connection names.

    Attributes:
        modules: PowerShell modules that every session imports first.
    """

    task: Task
    modules: Sequence[str] = ()

    def runner(self, server: Server) -> Runner:
        """A runner for the server, with the task's list of commands. A connection that breaks is opened once more.

        Raises:
            ExchangeError: no session could be opened.
        """
        sessions, candidates = self.task.sessions, (self._endpoint(server),)
        try:
            session = sessions.to(candidates)
        except DeadlineExceeded:
            raise
        except Interrupted:
            session = sessions.to(candidates)
        return self.task.runner.beside(session)

    def _endpoint(self, server: Server) -> Endpoint:
        """That of the connection for the host itself; for others its likeness, at their address in the inventory."""
        task = self.task
        own = windows_endpoint({**task.options, "server": None}, task.connection, task.inventory_name, self.modules)
        names = (server.fqdn, server.name.lower())
        if own.server.lower() in names:
            return own
        addresses = task.addresses()
        found = next((addresses[name] for name in names if name in addresses), server.fqdn)
        return for_server(own, server.fqdn, found)
