# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task did on each server, where the failure of one leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .._procedure.procedure import Outcome
from .._remoting.errors import ExchangeError, Interrupted
from .._run.runner import Runner
from .certificate_aftermath import BrokenOff, Phases
from .certificate_enabling import FORMS_POOLS, IIS, WINDOWS_SERVICES, Enabled
from .certificate_import import Imported
from .certificate_view import CertificateView
from .servers import Server


@dataclass
class Results:
    """Collects results.

    Attributes:
        thumbprint: of the certificate that the task is about.
        services: those that the task wants it to serve.
    """

    runner: Runner
    thumbprint: str
    services: Sequence[str] = ()
    _rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    _diff: dict[str, dict[str, Any]] = field(default_factory=lambda: {"before": {}, "after": {}})

    def add(self, server: Server, act: Callable[[Server], Outcome[CertificateView]]) -> None:
        """Act on one server and keep what came of it, success or failure."""
        runner, first = self.runner, len(self.runner.commands)
        earlier, runner.may_have_written = runner.may_have_written, False
        row: dict[str, Any] = {"server": server.name, "fqdn": server.fqdn, "failed": False, "msg": None}
        try:
            row.update(self._succeeded(server, act(server)))
        except ExchangeError as exc:
            row.update(failed=True, msg=str(exc), changed=runner.may_have_written, certificate=None)
            row.update(self._owed(exc.begun if isinstance(exc, BrokenOff) else ()))
            if isinstance(exc, Interrupted):
                with suppress(ExchangeError):  # the next server's own reads tell
                    runner.session.recover()
        runner.may_have_written = runner.may_have_written or earlier
        self._rows[server.name] = {**row, "commands": runner.commands[first:]}

    def _succeeded(self, server: Server, outcome: Outcome[CertificateView]) -> dict[str, Any]:
        if outcome.done:
            self._diff["before"][server.name] = self._shown(outcome.before)
            self._diff["after"][server.name] = self._shown(outcome.after)
        certificate = outcome.after.find(self.thumbprint)
        return {
            "changed": bool(outcome.done),
            "certificate": certificate.as_dict() if certificate else None,
            **self._owed(outcome.done),
        }

    def _owed(self, phases: Phases) -> dict[str, list[str]]:
        """What takes the certificate up only when it starts again."""
        done = {phase.service for phase in phases if isinstance(phase, Enabled)}
        if any(isinstance(phase, Imported) for phase in phases):
            done |= {*WINDOWS_SERVICES} & {*self.services}  # they take the newest certificate of their name
        return {
            "restart_needed": list(FORMS_POOLS) if IIS in done else [],
            "services_to_restart": [name for one in WINDOWS_SERVICES if one in done for name in WINDOWS_SERVICES[one]],
        }

    def _shown(self, view: CertificateView) -> dict[str, Any]:
        certificate = view.find(self.thumbprint)
        return {
            "certificate": self.thumbprint if certificate else None,
            "services": list(certificate.services) if certificate else [],
            "sites": list(certificate.sites or ()) if certificate else [],
            **({} if view.transport_default is None else {"transport_default": view.transport_default}),
            **{f"{protocol}_certificate_name".lower(): name for protocol, name in view.certificate_names.items()},
        }

    def whole(self, servers: Sequence[Server]) -> dict[str, Any]:
        """The task's result; it fails when a server failed."""
        rows = [self._rows[server.name] for server in servers]
        result = {
            "changed": any(row["changed"] for row in rows),
            "thumbprint": self.thumbprint,
            "servers": rows,
            "diff": self._diff,
        }
        if failed := [row for row in rows if row["failed"]]:
            told = " ".join(f"{row['server']}: {row['msg']}" for row in failed)
            several = f"{len(failed)} of {len(rows)} servers failed. {told}"
            result.update(failed=True, msg=several if len(rows) > 1 else failed[0]["msg"])
        return result
