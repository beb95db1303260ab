# SPDX-License-Identifier: GPL-3.0-or-later
"""Cmdlets that change what a server listens on: its ports follow before the client hears that they have ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..cmdlets.call import Ask
    from ..wire.ports import Emit, Interpreter


class FollowedInterpreter:
    """An Interpreter of a server's Windows. follow: lets the server's listeners follow its sites."""

    def __init__(self, interpreter: Interpreter, follow: Callable[[], None]) -> None:
        self._interpreter, self._follow = interpreter, follow

    def seconds(self, commands: Sequence[Any]) -> float:
        return self._interpreter.seconds(commands)

    def run(self, commands: Sequence[Any], emit: Emit, ask: Ask | None = None) -> None:
        """Raises what the Interpreter raises."""
        try:
            self._interpreter.run(commands, emit, ask)
        finally:
            self._follow()
