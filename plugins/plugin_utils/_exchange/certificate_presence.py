# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate on several servers: where each gets it from, and what it serves there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from .._procedure.phase import Phase
from .._procedure.procedure import Outcome, Procedure
from .._remoting.errors import BadInput, ExchangeError
from .._run.runner import Runner
from .certificate_aftermath import Aftermath, Phases
from .certificate_bundle import CertificateBundle
from .certificate_enabling import SMTP, ServicesWish
from .certificate_fitness import check_fitness
from .certificate_import import ClearLeftover, Imported, ImportWish, OfFile, OfRequest, OfServer, Origin, arriving
from .certificate_services import service_phases
from .certificate_smtp import default_unasked
from .certificate_view import SETTINGS, CertificateReader, CertificateView, is_manageable
from .certificates import Certificate
from .namespaces import listed
from .servers import Server


@dataclass
class Presence:
    """What a task wants of one certificate.

    Attributes:
        thumbprint: of the certificate.
        bundle: the file that it came in; None when a server has it already.
        source: the server to export from; None for the first of the task's servers that has it.
        names: host names that the certificate shall hold.
        now: with a time zone.
        views: what was last seen of the servers, by name.
    """

    runner: Runner
    reader: CertificateReader
    thumbprint: str
    bundle: CertificateBundle | None
    source: Server | None
    importing: ImportWish
    serving: ServicesWish
    clear_leftover: ClearLeftover
    names: Sequence[str]
    now: datetime
    views: dict[str, CertificateView] = field(default_factory=dict)

    def order(self, servers: Sequence[Server]) -> list[Server]:
        """Those that have the certificate or its request first, as the others may need to get it from them."""
        for server in servers:
            self._look_again(server)
        return sorted(servers, key=lambda server: not self._can_give(self.views.get(server.name)))

    def bring_about(self, server: Server) -> Outcome[CertificateView]:
        """Import and enable it on one server.

        Raises:
            BrokenOff: something had been sent.
            ExchangeError: nothing had.
        """
        view = self.views.get(server.name) or self._view(server)
        phases: list[Phase[CertificateView]] = []
        certificate = view.find(self.thumbprint)
        if certificate is None:
            phases.append(self._imported(server, view))
        else:
            self._judge(server, certificate)
        phases += service_phases(server, self.thumbprint, self.serving, self.reader)
        if SMTP in self.serving.services and not self.serving.replace_default:
            self.runner.warnings.extend(default_unasked(view, self.thumbprint))
        procedure = Procedure(self.runner, lambda: self._view(server))
        try:
            outcome = procedure.run(phases, view)
        except ExchangeError as exc:
            if not procedure.begun:
                raise
            broken_off = self._aftermath(server, procedure.begun).of(exc)
            self._look_again(server)  # it may have the certificate now, which the others need
            raise broken_off from exc
        self.views[server.name] = outcome.after
        return outcome

    def _aftermath(self, server: Server, begun: Phases) -> Aftermath:
        with_smtp = self.importing.with_smtp
        return Aftermath(
            self.runner, self.reader, server, self.thumbprint, lambda: self._view(server), begun, with_smtp
        )

    def _imported(self, server: Server, view: CertificateView) -> Imported:
        return Imported(server, self._origin(view), self.importing, self.reader, self.clear_leftover)

    def _judge(self, server: Server, certificate: Certificate) -> None:
        """Refuse what a server has as one would refuse it in a file, which was judged already. Raises BadInput."""
        if certificate.pending:
            raise BadInput(
                f"{self.thumbprint} on {server.name} is a request that waits for its answer (PendingRequest).",
                "Give the CA's answer by path or content; it has a thumbprint of its own.",
            )
        if self.bundle is None:
            check_fitness(certificate, self.names, self.now)

    def _look_again(self, server: Server) -> None:
        """What fails here is told when the server's turn comes."""
        self.views.pop(server.name, None)
        with suppress(ExchangeError):
            self.views[server.name] = self._view(server)

    def _view(self, server: Server) -> CertificateView:
        services = self.serving.services
        protocols = [name for name in SETTINGS if name in services]
        return self.reader.view(server, transport=SMTP in services, protocols=protocols)

    def completes(self) -> Server | None:
        """The server whose request the file answers, of those that were looked at last (law N7)."""
        return next((view.server for view in self.views.values() if self._is_awaited(view)), None)

    def _is_awaited(self, view: CertificateView) -> bool:
        return bool(self.bundle and view.request_for(self.bundle.public_key))

    def _can_give(self, view: CertificateView | None) -> bool:
        if view is None:
            return False
        return self._is_awaited(view) or any(one.thumbprint == self.thumbprint for one in view.issued)

    def _origin(self, view: CertificateView) -> Origin:
        view.need_whole()
        if self.bundle:
            certificate = arriving(self.bundle, self.importing.exportable)
            if request := view.request_for(self.bundle.public_key):
                return OfRequest(self.bundle, certificate, request)
            if self.bundle.key is not None:
                return OfFile(self.bundle, certificate)
        return self._other_server(view.server)

    def _other_server(self, server: Server) -> Origin:
        """The source, or the first that has it and may give it away."""
        if self.source:
            views = [self.reader.view(self.source)]
        else:
            views = [view for view in self.views.values() if view.server != server]
        found = [(view.server, one) for view in views for one in view.issued if one.thumbprint == self.thumbprint]
        if not found:
            raise self._nowhere(server)
        source, certificate = min(found, key=lambda pair: pair[1].private_key_exportable is False)
        self._judge(source, certificate)
        return OfServer(source, certificate, self.importing.exportable, self.reader.pinned)

    def _nowhere(self, server: Server) -> BadInput:
        """Look at every other server, to name the one that has the key (law I5)."""
        if self.source:
            return BadInput(
                f"{self.source.name} does not have the certificate {self.thumbprint}.", "Name another source_server."
            )
        having, waiting = [], []
        for other in filter(is_manageable, self.reader.servers):
            if other == server:
                continue
            with suppress(ExchangeError):
                view = self.views.get(other.name) or self.reader.view(other)
                if any(one.thumbprint == self.thumbprint for one in view.issued):
                    having.append(other.name)
                elif self.bundle and view.request_for(self.bundle.public_key):
                    waiting.append(other.name)
        lacking = f"The private key of {self.thumbprint} is not on {server.name}, and nothing was imported there"
        if having:
            return BadInput(f"{lacking}: {listed(having)} has it.", "Name it as source_server, or among servers.")
        if waiting:
            return BadInput(
                f"{lacking}: the request that it answers waits on {listed(waiting)}.",
                "Complete it there: name that server alone, or as one of servers to have it distributed from there.",
            )
        return BadInput(
            f"{lacking}: no server of the organization has it or its request.",
            "Give a PFX file with the key; if the key was lost with its request, make a new request.",
        )
