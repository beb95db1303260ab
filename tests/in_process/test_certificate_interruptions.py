# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that breaks in a certificate task: the same end, never a second key, never a default that has moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from certificate_life import NAMES, PFX_PASSWORD, Life, quiet
from in_process import InProcessSession

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import DeadlineExceeded, Interrupted

EVERY = ["SMTP", "POP", "IMAP", "IIS"]


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Cuts the nth command of the next tasks off, before or after it was carried out; returns the list of commands."""

    def schedule(nth: int, carried_out: bool, error: type[Exception] = Interrupted) -> list[str]:
        seen: list[str] = []
        real = InProcessSession.invoke

        def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
            seen.append(command.cmdlet)
            if len(seen) != nth:
                return real(session, command, keep_errors)
            if carried_out:
                real(session, command, keep_errors)
            raise error(f"{command.cmdlet} was interrupted.", "Look at the network.")

        monkeypatch.setattr(InProcessSession, "invoke", invoke)
        return seen

    return schedule


def run(one: Life) -> dict[str, Any]:
    """From the request to the removal of the certificate before; what the servers have at the end."""
    old = one.world.certificates.issue("EX1", "EX2", names=["old.contoso.test"])
    csr = one.request("EX1").ok().csr
    path, thumbprint = one.answer(csr)
    one.present(path, servers=["EX1", "EX2"], services=EVERY).ok()
    one.task(state="absent", thumbprint=old, servers=["EX1", "EX2"]).ok()
    return {
        "holders": one.holders(thumbprint),
        "old": one.holders(old),
        "pending": len(one.world.certificates.of("EX1").requests),
        "kept": [one.default(server) == one.own(server) for server in ("EX1", "EX2")],
        "bound": [one.bound(server) == thumbprint for server in ("EX1", "EX2")],
        "services": [set(one.services(server, thumbprint)) == {*EVERY} for server in ("EX1", "EX2")],
    }


GOAL = {
    "holders": ["EX1", "EX2"],
    "old": [],
    "pending": 0,
    "kept": [True, True],
    "bound": [True, True],
    "services": [True, True],
}


def commands_of(one: Life) -> list[str]:
    """The commands of the whole life of a certificate without any interruption."""
    with pytest.MonkeyPatch.context() as patch:
        seen: list[str] = []
        real = InProcessSession.invoke

        def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
            seen.append(command.cmdlet)
            return real(session, command, keep_errors)

        patch.setattr(InProcessSession, "invoke", invoke)
        assert run(one) == GOAL
    return seen


def survives(one: Life, cut: Callable[..., list[str]], nth: int, carried_out: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InProcessSession, "invoke", InProcessSession.invoke)  # what is cut is mended afterwards
        seen = cut(nth, carried_out)
        assert run(one) == GOAL, f"command {nth} was {seen[nth - 1]}"
        assert seen.count("New-ExchangeCertificate") <= (1 if carried_out else 2)


@pytest.mark.parametrize(("prompt", "verbs"), [("host_call", ""), ("fails_noninteractive", "Enable")])
def test_whichever_write_is_cut_off(life, cut, prompt: str, verbs: str) -> None:
    """Every other one before, and the rest after it was carried out; the second time the other way round."""
    names = commands_of(life(prompt=prompt))
    writes = [nth for nth, name in enumerate(names, 1) if not name.startswith("Get-") and name.startswith(verbs)]
    assert len(writes) > 9
    for at, nth in enumerate(writes):
        survives(life(prompt=prompt), cut, nth, carried_out=(at % 2 == 0) == (prompt == "host_call"))


@pytest.mark.nightly
@pytest.mark.parametrize("prompt", ["host_call", "fails_noninteractive"])
@pytest.mark.parametrize("carried_out", [False, True])
def test_whichever_command_is_cut_off(life, cut, prompt: str, carried_out: bool) -> None:
    for nth in range(1, len(commands_of(life(prompt=prompt))) + 1):
        survives(life(prompt=prompt), cut, nth, carried_out)


def test_a_command_that_outlasts_its_time_is_not_repeated(life, cut) -> None:
    """It may still be running."""
    one = life()
    path, thumbprint = one.pfx()
    options = {"password": PFX_PASSWORD, "servers": ["EX1"], "services": ["IIS"]}
    seen = cut(5, True, DeadlineExceeded)
    done = one.present(path, **options)
    assert done.failed and done.changed is True
    assert seen[4:] == ["Import-ExchangeCertificate", "Get-ExchangeCertificate"]
    one.present(path, **options).ok()
    assert one.bound("EX1") == thumbprint


def test_a_run_after_an_interrupted_one_goes_on(life, cut) -> None:
    """The control node died: nothing is known but what the servers have."""
    for nth in (4, 6, 9, 12):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(InProcessSession, "invoke", InProcessSession.invoke)
            one = life()
            path, thumbprint = one.pfx(names=NAMES)
            options = {"password": PFX_PASSWORD, "servers": ["EX1", "EX2"], "services": EVERY}
            cut(nth, True, DeadlineExceeded)
            one.present(path, **options)
            one.present(path, **options).ok()
            assert one.holders(thumbprint) == ["EX1", "EX2"]
            quiet(one.present(path, **options))
            assert [one.default(server) for server in ("EX1", "EX2")] == [one.own("EX1"), one.own("EX2")]
