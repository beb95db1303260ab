# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab whose servers do not tell which processes run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from exchange_lab.cmdlets.windows.call import CMDLETS, Failure

GET_PROCESS = "get-process"


@contextmanager
def processes_unread() -> Iterator[None]:
    """For as long as the block runs."""
    known = CMDLETS[GET_PROCESS]

    def refuse(call: Any) -> Iterator[Any]:
        call.fail(Failure("Access is denied.", "AccessDenied", "PermissionDenied"))
        yield from ()

    with patch.dict(CMDLETS, {GET_PROCESS: replace(known, run=refuse)}):
        yield
