# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .._remoting.command import Command
from .._remoting.endpoint_kind import WINDOWS
from .._remoting.errors import BadInput, CommandFailed, DeadlineExceeded, Interrupted, NotAvailable
from .._remoting.session import Reply, Session
from .step import Step

WHAT_IF_VERBS = frozenset({"Set"})
"""Exchange: verbs whose -WhatIf is known to exist and to send nothing else (client-access-laws 2.15)."""
WHAT_IF_CMDLETS = frozenset(
    {
        "Add-WebConfigurationProperty",
        "Clear-WebConfiguration",
        "ForEach-Object",
        "Remove-WebBinding",
        "Restart-Service",
        "Set-WebConfigurationProperty",
    }
)
"""Windows: cmdlets with -WhatIf (iis-over-remoting 12). Those of a drive leave it to the drive to honour it."""


@dataclass
class Account:
    """What a task did, at whichever endpoints.

    Attributes:
        commands: what ran, or in check mode would run, as an administrator would type it.
        may_have_written: a write was carried out, or it is in doubt.
    """

    commands: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    may_have_written: bool = False


class Runner:
    """Reads for anybody; sends steps, or in check mode only lists them.

    Args:
        session: the open session.
        check_mode: send no command that could write.
        server_check: in check mode send each write with -WhatIf, for cmdlets known to take it.
        account: where it is written down; one of its own when None.
    """

    def __init__(
        self, session: Session, check_mode: bool = False, server_check: bool = False, account: Account | None = None
    ) -> None:
        self.session = session
        self.check_mode = check_mode
        self.server_check = server_check
        self._account = account or Account()
        self._required: set[str] = set()

    def beside(self, session: Session) -> Runner:
        """The runner of another session of the same task: one list of commands for both."""
        return Runner(session, self.check_mode, self.server_check, self._account)

    @property
    def commands(self) -> list[str]:
        return self._account.commands

    @property
    def warnings(self) -> list[str]:
        return self._account.warnings

    @property
    def may_have_written(self) -> bool:
        return self._account.may_have_written

    @may_have_written.setter
    def may_have_written(self, value: bool) -> None:
        self._account.may_have_written = value

    def read(self, command: Command, keep_errors: bool = False) -> Reply:
        """Run a command that cannot write. It is repeated once when the connection breaks.

        Raises:
            ValueError: the command could write (a mistake of ours).
            ExchangeError: as Session.invoke.
        """
        if command.writes:
            raise ValueError(f"{command.name} is not a read")
        return self._repeatable(command, keep_errors)

    def _repeatable(self, command: Command, keep_errors: bool = False) -> Reply:
        try:
            return self.session.invoke(command, keep_errors)
        except DeadlineExceeded:
            raise
        except Interrupted:
            self.session.recover()
            return self.session.invoke(command, keep_errors)

    def refuse(self, conflict: BadInput) -> None:
        """Refuse what the present state does not allow. In check mode an earlier task may have been about to change it.

        Raises:
            BadInput: the conflict, outside check mode.
        """
        if not self.check_mode:
            raise conflict
        self.warnings.append(f"As it is now, this would be refused: {conflict}")

    def run(self, steps: Iterable[Step]) -> None:
        """Send the steps in order, or list them in check mode.

        Raises:
            ExchangeError: as Session.invoke; the steps before it were carried out.
        """
        for step in steps:
            self.send(step)

    def send(self, step: Step) -> Reply | None:
        """Send one step, or list it in check mode, which brings nothing back. Raises as ``run``."""
        self.commands.append(str(step.command))
        if not self.check_mode:
            reply = self._write(step.command)
            self.warnings.extend(_notable(reply))
            return reply
        if self.server_check:
            self._ask(step.command)
        return None

    def require(self, commands: Iterable[Command]) -> None:
        """Make sure that the user has cmdlets, by -WhatIf, before something is done that is useless without them.

        What else the server says of them is of no interest. Check mode asks only with ``server_check``.

        Raises:
            NotAvailable: a management role or this version lacks one.
        """
        if self.check_mode and not self.server_check:
            return
        for command in commands:
            self._required.add(str(command))
            try:
                self._repeatable(command.what_if())
            except NotAvailable:
                raise
            except CommandFailed:
                continue

    def _write(self, command: Command) -> Reply:
        unless_refused = self.may_have_written
        self.may_have_written = unless_refused or command.writes
        try:
            return self.session.invoke(command)
        except CommandFailed:
            self.may_have_written = unless_refused
            raise

    def _ask(self, command: Command) -> None:
        if self.session.endpoint.kind is WINDOWS:
            if not all(stage.cmdlet in WHAT_IF_CMDLETS for stage in command.stages if stage.writes_itself):
                self.warnings.append(f"server_check did not ask about {command.name}, which has no -WhatIf.")
                return
        elif command.cmdlet.partition("-")[0] not in WHAT_IF_VERBS:
            if str(command) in self._required:
                return  # asked already; beside what is still to be removed the server may refuse it
            raise BadInput(f"server_check cannot ask about {command.cmdlet}.", "Run the check without server_check.")
        try:
            self._repeatable(command.what_if())
        except NotAvailable as exc:
            raise NotAvailable(
                f"The server refuses {command.name} with -WhatIf: {exc.sentence}",
                "Without -WhatIf the check could write, so it was given up; run it without server_check.",
            ) from exc


def _notable(reply: Reply) -> list[str]:
    """Warnings that a user should see. "Nothing was modified" is judged by the read-back (client-access-laws 2.15)."""
    return [warning for warning in reply.warnings if "no settings of" not in warning]
