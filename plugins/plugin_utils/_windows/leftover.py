# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate without its private key in a server's store, which keeps the whole one from being imported.

Exchange does not list it, and calls the import a duplicate (certificate-laws O18, I6).
"""

from __future__ import annotations

from .._procedure.phase import Phase, Steps
from .._procedure.procedure import Procedure
from .._remoting.errors import ExchangeError, ObjectMissing
from .._run.runner import Runner
from .._run.step import Step
from .certificate_store import StoreCertificate, of_record, read_one, remove_one


class LeftoverRemoved(Phase[StoreCertificate | None]):
    """The entry is gone from LocalMachine\\My. One with a key is never removed."""

    def __init__(self, server: str, thumbprint: str, serial_number: str) -> None:
        self.title = f"{server}: {thumbprint} without its key removed"
        self._server = server
        self._thumbprint = thumbprint
        self._serial_number = serial_number

    def reached(self, view: StoreCertificate | None) -> bool:
        return view is None

    def check(self, view: StoreCertificate | None) -> list[str]:
        if view is None or view.has_private_key:
            raise ExchangeError(
                f"{self._server} says that it has {self._thumbprint} already, and "
                + ("its store has it with a private key, " if view else "yet its store does not have it, ")
                + "but Exchange does not list it. Nothing was removed.",
                f"On {self._server} join certificate and key with: certutil -repairstore my {self._serial_number}, and "
                "look at both in certlm.msc; then run again.",
            )
        return []

    def steps(self, view: StoreCertificate | None) -> Steps:
        yield Step(remove_one(self._thumbprint), why=self.title)

    def expected(self, view: StoreCertificate | None) -> StoreCertificate | None:
        return None


def clear_leftover(runner: Runner, server: str, thumbprint: str, serial_number: str) -> None:
    """Remove the entry by the server's Windows endpoint. Bindings that name the thumbprint stay.

    Raises:
        ExchangeError: it has a key, or is not there; likewise as Session.invoke.
    """

    def observe() -> StoreCertificate | None:
        try:
            records = runner.read(read_one(thumbprint)).records
        except ObjectMissing:
            return None
        found = [(of_record(record), record["HasPrivateKey"]) for record in records]
        if len(found) != 1 or found[0][0].thumbprint != thumbprint or not isinstance(found[0][1], bool):
            raise ExchangeError(
                f"{server} does not tell whether {thumbprint} has its private key in the store.",
                "Look at it in certlm.msc on the server.",
            )
        return found[0][0]

    phase = LeftoverRemoved(server, thumbprint, serial_number)
    first = observe()
    phase.check(first)
    Procedure(runner, observe).run([phase], first)
