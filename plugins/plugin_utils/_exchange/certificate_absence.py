# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate on several servers: taken away where nothing needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._procedure.procedure import Outcome, Procedure
from .._remoting.errors import BadInput, ExchangeError
from .._run.runner import Runner
from .certificate_facts import Connector
from .certificate_removal import Places, Removed
from .certificate_results import Results
from .certificate_view import SETTINGS, CertificateReader, CertificateView
from .connector_release import ConnectorRelease
from .servers import Server


@dataclass
class Absence:
    """What a task wants gone.

    Attributes:
        places: tells where Windows serves the certificate; None leaves that out.
        release: clears Send connectors meanwhile; None leaves them alone.
    """

    runner: Runner
    reader: CertificateReader
    thumbprint: str
    now: datetime
    places: Places | None
    release: ConnectorRelease | None

    def bring_about(self, servers: Sequence[Server]) -> dict[str, Any]:
        """The task's result. A server that fails leaves the others alone.

        Raises:
            BadInput: with ``release``: it has to stay on a server, or the connectors cannot be released.
            ExchangeError: with ``release``: likewise as Session.invoke. Nothing was removed.
        """
        results = Results(self.runner, self.thumbprint)
        senders = self.release.resume() if self.release else None
        removals = {server.name: self._removed(server, senders) for server in servers}
        if self.release and senders is not None:
            views = [self._view(server) for server in servers]
            holding = [view for view in views if view.find(self.thumbprint)]
            _refuse_unless_all_go(holding, removals)
            self.runner.require(removals[view.server.name].command for view in holding[:1])
            self.release.clear(senders, holding, views)

        def remove(server: Server) -> Outcome[CertificateView]:
            return Procedure(self.runner, lambda: self._view(server)).run([removals[server.name]])

        for server in servers:
            results.add(server, remove)
        if self.release is None:
            return results.whole(servers)
        return _with_connectors(self.release, results.whole(servers))

    def _removed(self, server: Server, senders: Sequence[Connector] | None) -> Removed:
        return Removed(server, self.thumbprint, self.reader, self.now, self.places, senders)

    def _view(self, server: Server) -> CertificateView:
        return self.reader.view(server, transport=True, protocols=tuple(SETTINGS))


def _with_connectors(release: ConnectorRelease, whole: dict[str, Any]) -> dict[str, Any]:
    """The result, once the connectors are named again. What happened on the servers is told in any case."""
    try:
        release.restore()
    except ExchangeError as exc:
        whole = {**whole, "failed": True, "msg": " ".join(filter(None, [whole.get("msg"), str(exc)]))}
    return {
        **whole,
        "changed": whole["changed"] or release.changed,
        "released_connectors": [
            {"identity": identity, "tls_certificate_name": name} for identity, name in release.names.items()
        ],
    }


def _refuse_unless_all_go(holding: Sequence[CertificateView], removals: Mapping[str, Removed]) -> None:
    """Connectors are not cleared for a certificate that has to stay somewhere. Raises BadInput."""
    sentences, cures = [], []
    for view in holding:
        try:
            removals[view.server.name].check(view)
        except BadInput as exc:
            sentences.append(exc.sentence)
            cures.append(exc.cure)
    if sentences:
        raise BadInput(f"{' '.join(sentences)} No connector was released.", " ".join(dict.fromkeys(cures)))
