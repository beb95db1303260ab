# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failure leaves behind on a server, and what ends it at once.

A default of transport that has moved is put back (law E8). An import that connectors choose, but that SMTP was not
enabled for, is taken away again, as TLS may fail with it (law S3, schedule Y1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .._procedure.phase import Phase
from .._procedure.procedure import Procedure
from .._remoting.errors import CommandFailed, ExchangeError, Interrupted
from .._run.runner import Runner
from .._run.step import Step
from .certificate_enabling import SMTP
from .certificate_import import Imported
from .certificate_removal import removing
from .certificate_smtp import SmtpEnabled
from .certificate_view import CertificateReader, CertificateView
from .namespaces import listed
from .servers import Server

Phases = Sequence[Phase[CertificateView]]


class BrokenOff(ExchangeError):
    """The phases of a server broke off.

    Attributes:
        begun: those whose effect is there, or may be.
    """

    def __init__(self, failures: Sequence[ExchangeError], begun: Phases) -> None:
        super().__init__(
            " ".join(failure.sentence for failure in failures),
            " ".join(filter(None, dict.fromkeys(failure.cure for failure in failures))),
        )
        self.begun = begun


@dataclass
class Aftermath:
    """After a failure on one server.

    Attributes:
        begun: the phases whose steps were sent.
        with_smtp: what is imported shall be enabled for SMTP.
    """

    runner: Runner
    reader: CertificateReader
    server: Server
    thumbprint: str
    observe: Callable[[], CertificateView]
    begun: Phases
    with_smtp: bool

    def of(self, failure: ExchangeError) -> BrokenOff:
        """End what can be ended. The failure, and what came of that."""
        failures = [failure]
        if isinstance(failure, CommandFailed):
            self.begun = self.begun[:-1]  # refused by the server
        try:
            if isinstance(failure, Interrupted):
                self.runner.session.recover()
                failures += self._default_put_back()
            if self.with_smtp:
                failures += self._withdrawn(isinstance(failure, Interrupted))
        except ExchangeError as exc:
            failures.append(exc)
        return BrokenOff(failures, self.begun)

    def _default_put_back(self) -> Iterator[ExchangeError]:
        for phase in self.begun:
            if isinstance(phase, SmtpEnabled) and phase.has_moved(view := self.observe()):
                Procedure(self.runner, self.observe).run([phase], view)
                yield ExchangeError("The default certificate of transport was put back.")

    def _withdrawn(self, in_doubt: bool) -> Iterator[ExchangeError]:
        imported = next((phase for phase in self.begun if isinstance(phase, Imported)), None)
        if imported is None or not imported.choosing:
            return
        certificate = self.observe().find(self.thumbprint)
        if certificate is None or SMTP in certificate.services:
            return
        chosen = f"It was imported, and connectors choose it by its names ({listed(imported.choosing)})"
        remains = f"{chosen}: TLS may fail there until it is enabled for SMTP."
        if not imported.key_comes_along:
            yield ExchangeError(remains, "Run again soon, and do not remove it, as its key is nowhere else.")
        elif in_doubt:
            yield ExchangeError(remains, "Run again soon, which enables it.")
        else:
            try:
                self.runner.send(Step(removing(self.thumbprint, self.server, self.reader), why="withdraw"))
            except CommandFailed as exc:
                yield ExchangeError(
                    f"{remains} It could not be removed again: {exc.sentence}",
                    "Run again soon, which enables it, or with state absent and release_connectors, which removes it.",
                )
            else:
                self.begun = ()
                yield ExchangeError(f"{chosen}, so it was removed again.")
