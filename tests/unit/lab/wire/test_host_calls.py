# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions of a cmdlet go to the client's host as a PromptForChoice host call (certificate-laws E7)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool

from exchange_lab.background import Background
from exchange_lab.world.world import World

EX1 = "ex1.contoso.test"
OpenPool = Callable[..., RunspacePool]
Invoke = Callable[..., PowerShell]
MAIL = "mail.contoso.test"
ENABLE = "Enable-ExchangeCertificate"


class Host:
    """A host that answers with one number and remembers what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, []
        self.ui = SimpleNamespace(raw_ui=None)

    def run_method(self, method: Any, arguments: Any, runspace: Any, pipeline: Any = None) -> Any:
        self.asked.append((str(method), *arguments))
        return self.answer


def default(world: World) -> str | None:
    return world.certificates.internal_transport(world.servers[EX1], "dc1.contoso.test")


@pytest.mark.must_run
@pytest.mark.parametrize(("answer", "replaced"), [(0, True), (2, False)])
def test_e7_the_host_answers(
    world: World, lab: Background, pool: OpenPool, invoke: Invoke, answer: int, replaced: bool
):
    thumbprint = world.certificates.issue("ex1", names=[MAIL])
    before = default(world)
    with pool(lab) as opened:
        opened.host = host = Host(answer)
        shell = invoke(opened, ENABLE, Thumbprint=thumbprint, Services=["SMTP"], Confirm=False)
        assert not shell.had_errors
        opened.host = None
        assert not invoke(opened, "Get-ExchangeServer").had_errors
    ((method, caption, message, choices, number),) = host.asked
    assert (method, caption, number) == ("PromptForChoice", "Confirm", 0)
    assert message.startswith("Overwrite the existing default SMTP certificate?")
    labels = [choice.extended_properties["label"] for choice in choices]
    assert labels == ["&Yes", "Yes to &All", "&No", "No to A&ll"]
    assert default(world) == (thumbprint if replaced else before)
    assert "SMTP" in world.certificates.of("ex1").find(thumbprint).marks


def test_e7_a_client_without_a_host_is_not_asked(world: World, lab: Background, pool: OpenPool, invoke: Invoke):
    thumbprint = world.certificates.issue("ex1", names=[MAIL])
    before = world.snapshot()
    with pool(lab) as opened:
        shell = invoke(opened, ENABLE, Thumbprint=thumbprint, Services=["SMTP"])
        assert "does not support user interaction" in str(shell.streams.error[0])
    assert world.snapshot() == before


def test_a_question_that_is_never_answered_ends_with_its_shell(world: World, lab: Background, pool: OpenPool):
    thumbprint = world.certificates.issue("ex1", names=[MAIL])
    before = world.snapshot()
    with pool(lab) as opened:
        opened.host = host = Host(None)
        shell = PowerShell(opened)
        shell.add_cmdlet(ENABLE).add_parameters({"Thumbprint": thumbprint, "Services": ["SMTP"]})
        shell.begin_invoke()
        try:
            shell.poll_invoke(timeout=1)
        except WSManFaultError:
            pytest.fail("the lab let go of the pipeline")
        assert host.asked
    with pool(lab) as opened:
        again = PowerShell(opened)
        again.add_cmdlet("Get-ExchangeServer").invoke()
        assert not again.had_errors
    assert world.snapshot() == before
