# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several addresses gets the connection, and what becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._probe.connection import connect

Answer = Callable[[str], Awaitable[None]]


class Writer:
    """As much of a connection as is needed to see whether it is aborted."""

    def __init__(self, address: str) -> None:
        self.address, self.transport, self.aborted = address, self, False

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def attempt(monkeypatch: pytest.MonkeyPatch) -> Any:
    """attempt(addresses, answer): the address that was taken, those that were told, those whose connection stands."""

    def run(addresses: list[str], answer: Answer, timeout: float = 0.5) -> tuple[str, list[str], list[str]]:
        made, told = [], []

        async def open_connection(address: str, *_unused: Any, **_named: Any) -> tuple[None, Writer]:
            await answer(address)
            made.append(Writer(address))
            return None, made[-1]

        async def take() -> str:
            async with asyncio.timeout(timeout):
                _reader, writer = await connect(addresses, 443, limit=1, timeout=timeout, tell=told.append)
            return writer.address

        monkeypatch.setattr(asyncio, "open_connection", open_connection)
        return asyncio.run(take()), told, [one.address for one in made if not one.aborted]

    return run


async def at_once(_address: str) -> None:
    """Every address takes a connection."""


def test_the_first_is_preferred_and_alone_when_it_answers(attempt: Any) -> None:
    assert attempt(["a", "b"], at_once) == ("a", ["a", "a"], ["a"])


def test_however_many_are_silent_the_last_has_its_turn_in_time(attempt: Any) -> None:
    async def answer(address: str) -> None:
        if address != "last":
            await asyncio.Event().wait()

    names = [f"silent {number}" for number in range(40)]
    taken, told, standing = attempt([*names, "last"], answer)
    assert (taken, told[0], told[-1], standing) == ("last", names[0], "last", ["last"])


def test_of_two_that_answer_together_the_other_is_left(attempt: Any) -> None:
    together = asyncio.Event()

    async def answer(address: str) -> None:
        if address == "b":
            together.set()
        await together.wait()

    assert attempt(["a", "b"], answer)[::2] == ("a", ["a"])


def test_one_that_fails_makes_way_for_the_next_and_is_not_waited_for(attempt: Any) -> None:
    async def answer(address: str) -> None:
        if address == "a":
            raise OSError(113, "no route")

    assert attempt(["a", "b"], answer, timeout=1000) == ("b", ["a", "a", "b", "b"], ["b"])


def test_the_last_failure_is_raised(attempt: Any) -> None:
    async def answer(address: str) -> None:
        raise ConnectionRefusedError(111, address)

    with pytest.raises(ConnectionRefusedError, match="b"):
        attempt(["a", "b"], answer)
