# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that join the real actions to a world of the lab."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from certificate_life import Life
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action import exchange_certificate
from ansible_collections.mailops.exchange.plugins.plugin_utils._action import action
from exchange_lab.world import World

NewLab = Callable[..., World]


@pytest.fixture(scope="session", autouse=True)
def _documentation_is_read_once() -> Iterator[None]:
    """Each task reads its module's documentation anew, which here would take most of the time."""
    with mock.patch.object(action, "documented_spec", functools.cache(action.documented_spec)):
        yield


@pytest.fixture
def lab() -> NewLab:
    """Makes a world: ``lab("coexistence", fba_basic_one_call="forms_wins")``."""

    def new(estate: str | dict = "one_server", **switches: str) -> World:
        return World.from_estate(estate, switches)

    return new


@pytest.fixture
def world(lab: NewLab) -> World:
    """One Exchange 2019 server, freshly installed."""
    return lab()


@pytest.fixture
def life(lab: NewLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Life]:
    """Makes a world for certificates, whose clock is the control node's too: ``life(prompt="host_call")``."""

    def new(estate: str | dict = "two_datacenters", **switches: str) -> Life:
        made = Life(lab(estate, **switches), tmp_path)
        monkeypatch.setattr(exchange_certificate.ActionModule, "now", staticmethod(lambda: made.now))
        return made

    return new


@pytest.fixture
def converge(world: World) -> Converge:
    """Runs tasks against ``world``."""
    return Converge(world)
