# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual directories recreated without a wire, and runs that break off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from in_process import Converge, InProcessSession, Result

from exchange_lab.world import World

BACK = "Exchange Back End"
NOUNS = {
    "owa": "OwaVirtualDirectory",
    "ecp": "EcpVirtualDirectory",
    "ews": "WebServicesVirtualDirectory",
    "activesync": "ActiveSyncVirtualDirectory",
    "oab": "OabVirtualDirectory",
    "mapi": "MapiVirtualDirectory",
    "autodiscover": "AutodiscoverVirtualDirectory",
}
MODERN = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": "15.2.1544.4"}]}


def recreate(converge: Converge, undo: Path, protocol: str = "owa", **options: Any) -> Result:
    return converge("exchange_vdir", **{"protocol": protocol, "state": "recreated", "undo_path": str(undo), **options})


def guid(world: World, protocol: str, site: str = "Default Web Site") -> str:
    (item,) = [item for item in world.virtual_directories(NOUNS[protocol]) if item.web_site == site]
    return str(item.object.guid)


def directory(world: World, protocol: str, site: str = "Default Web Site") -> Any:
    return next(item for item in world.virtual_directories(NOUNS[protocol]) if item.web_site == site)


def crashes(monkeypatch: pytest.MonkeyPatch, at: int, carried_out: bool, error: type[Exception]) -> None:
    """The nth write is cut off, before or after the server carried it out."""
    real, count = InProcessSession.invoke, 0

    def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        nonlocal count
        if not command.writes or command.parameters.get("WhatIf"):
            return real(session, command, keep_errors)
        count += 1
        if count != at:
            return real(session, command, keep_errors)
        if carried_out:
            real(session, command, keep_errors)
        raise error("The power went.", "Wait.")

    monkeypatch.setattr(InProcessSession, "invoke", invoke)
