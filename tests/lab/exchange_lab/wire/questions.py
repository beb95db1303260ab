# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous cmdlets that ask the user of the client's host while they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from threading import Thread

from ..cmdlets.call import Ask, Question


async def run_asking(run: Callable[[Ask], None], answer: Callable[[Question], Awaitable[int]]) -> None:
    """Run a function that may ask. Raises what it raises, and what ``answer`` raises.

    It has a thread of its own, but never at the same time as the event loop: the loop stands still while the function
    runs, as it does for every cmdlet, and goes on while it waits for an answer.
    """
    said: SimpleQueue[Question | BaseException | None] = SimpleQueue()
    answers: SimpleQueue[int | BaseException] = SimpleQueue()

    def ask(question: Question) -> int:
        said.put(question)
        given = answers.get()
        if isinstance(given, BaseException):
            raise given
        return given

    def work() -> None:
        try:
            run(ask)
            said.put(None)
        except BaseException as error:
            said.put(error)

    Thread(target=work, daemon=True).start()
    while (question := said.get()) is not None:
        if isinstance(question, BaseException):
            raise question
        try:
            answers.put(await answer(question))
        except BaseException as error:  # the pipeline was stopped: let the function end too
            answers.put(error)
