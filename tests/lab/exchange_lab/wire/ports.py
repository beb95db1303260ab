# SPDX-License-Identifier: GPL-3.0-or-later
"""What the wire asks of the rest of the lab, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..cmdlets.call import Ask

Emit = Callable[[str, Any], None]
"""emit(stream, value): output (PSObject), error (ErrorRecord), warning (str), verbose (str)."""

Record = Callable[[dict[str, Any]], None]
"""Takes one record of the lab's log."""


class Interpreter(Protocol):
    """What one runspace of one user on one server can do; synchronous, no I/O."""

    def run(self, commands: Sequence[Any], emit: Emit, ask: Ask | None = None) -> None:
        """Runs psrpcore Commands; ``ask`` is for clients with a host. Raises Stopped for a terminating error."""

    def seconds(self, commands: Sequence[Any]) -> float:
        """The latency that the estate charges for them."""


class ExchangeAccess(Protocol):
    """Whether a request to the Exchange endpoint gets through the web sites; servers are given by FQDN."""

    def front_end_status(self, front: str) -> int:
        """200, the HTTP status of a front end that does not run, or 0 when nothing listens."""

    def why_not(self, front: str, back: str) -> str:
        """Why a front end cannot hand a request to a back end; empty text when it can."""


@dataclass(frozen=True)
class BackEnd:
    """A server that can run a session: its name in the errors, its build, and whether it is a mailbox server."""

    name: str
    fqdn: str
    version: tuple[int, ...]
    mailbox_role: bool = True


OpenInterpreter = Callable[[str, str, bool], Interpreter]
"""open(fqdn of the back end, account, full_serialization) -> the Interpreter of a new Exchange runspace."""

OpenWindowsInterpreter = Callable[[str, str], Interpreter]
"""open(fqdn, account) -> the Interpreter of a new runspace of that server's Windows."""
