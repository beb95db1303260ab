# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of one task: opened on first use, closed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .endpoint import Endpoint
from .session import Session

Opener = Callable[[Sequence[Endpoint]], Session]


class Sessions:
    """One session for each endpoint of each server that a task talks to. Use as a context manager."""

    def __init__(self, open_session: Opener = Session.open) -> None:
        self._open_session = open_session
        self._open: dict[tuple[str, str], Session] = {}

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for key in list(self._open):
            self._open.pop(key).close()

    def to(self, candidates: Sequence[Endpoint]) -> Session:
        """The session of the candidates' server, opened now if it is not open yet."""
        key = _key(candidates)
        if key not in self._open:
            self._open[key] = self._open_session(candidates)
        return self._open[key]

    def close(self, candidates: Sequence[Endpoint]) -> None:
        """Close the session of the candidates' server; a later ``to`` opens a new one."""
        self._open.pop(_key(candidates)).close()


def _key(candidates: Sequence[Endpoint]) -> tuple[str, str]:
    return candidates[0].server.lower(), candidates[0].kind.name
