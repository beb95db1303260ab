# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that breaks in a certificate task: the same end, never a second key, never a default that has moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from certificate_life import NAMES, PFX_PASSWORD, Life, quiet, row
from in_process import InProcessSession

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import (
    CommandFailed,
    DeadlineExceeded,
    Interrupted,
)

EVERY = ["SMTP", "POP", "IMAP", "IIS"]


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Cuts the nth command of the next tasks off, before or after it was carried out; returns the list of commands.

    ``counted``: how the cmdlets begin that are counted.
    """

    def schedule(nth: int, carried_out: bool, error: type[BaseException] = Interrupted, counted: str = "") -> list[str]:
        seen: list[str] = []
        real = InProcessSession.invoke

        def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
            if command.cmdlet.startswith(counted):
                seen.append(command.cmdlet)
            if len(seen) != nth or not command.cmdlet.startswith(counted):
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


ENABLE = "Enable-ExchangeCertificate"


@pytest.mark.parametrize("nth", [2, 3])
@pytest.mark.parametrize("carried_out", [True, False])
def test_a_default_that_moved_in_time_out_is_put_back(life, cut, nth: int, carried_out: bool) -> None:
    """Law E8: the second Enable is that with -Force, the third puts the default back."""
    one = life(prompt="fails_noninteractive")
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    cut(nth, carried_out, DeadlineExceeded, ENABLE)
    done = one.task(thumbprint=thumbprint, servers=["EX1"], services=["SMTP"])
    assert done.failed and one.default("EX1") == one.own("EX1")
    moved = (nth, carried_out) in ((2, True), (3, False))
    assert ("The default certificate of transport was put back" in done.msg) is moved
    again = one.converge.again().ok()
    assert again.warnings == [] and one.services("EX1", thumbprint) == ["SMTP"]
    assert one.default("EX1") == one.own("EX1")


def test_a_default_that_cannot_be_put_back_after_a_time_out_is_told_of(life, cut) -> None:
    one = life(prompt="fails_noninteractive")
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    own = one.own("EX1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InProcessSession, "invoke", InProcessSession.invoke)
        cut(2, True, DeadlineExceeded, ENABLE)
        real = InProcessSession.invoke

        def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
            if command.cmdlet == ENABLE and own in str(command):
                raise CommandFailed("It is not for you.")
            return real(session, command, keep_errors)

        patch.setattr(InProcessSession, "invoke", invoke)
        done = one.task(thumbprint=thumbprint, servers=["EX1"], services=["SMTP"])
    assert "was interrupted" in done.msg and "could not be put back: It is not for you." in done.msg
    assert f"Enable-ExchangeCertificate -Thumbprint {own}" in done.msg
    (warning,) = one.converge.again().ok().warnings
    assert own in warning and one.default("EX1") == thumbprint


def test_a_default_that_moved_when_the_control_node_died_is_told_of(life, cut) -> None:
    """Nothing is left of that run but what the server has (law L9)."""
    one = life(prompt="fails_noninteractive")
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    cut(3, False, KeyboardInterrupt, ENABLE)
    with pytest.raises(KeyboardInterrupt):
        one.task(thumbprint=thumbprint, servers=["EX1"], services=["SMTP"])
    assert one.default("EX1") == thumbprint
    (warning,) = quiet(one.converge.again()).warnings
    assert one.own("EX1") in warning


@pytest.mark.parametrize("carried_out", [True, False])
def test_what_a_command_in_doubt_would_owe_is_told(life, cut, carried_out: bool) -> None:
    """Schedule Y11: the next run may find it done."""
    one = life()
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    cut(1, carried_out, DeadlineExceeded, ENABLE)
    done = one.task(thumbprint=thumbprint, servers=["EX1"], services=["IIS"])
    assert done.failed and row(done, "EX1")["restart_needed"] == ["MSExchangeOWAAppPool", "MSExchangeECPAppPool"]
    assert one.converge.again().ok().changed is not carried_out


def test_an_import_in_doubt_stays_and_is_told_of(life, cut) -> None:
    """Laws S3 and L2: SMTP may be under way."""
    one = life()
    connector = next(item for item in one.world.receive_connectors if item.server.name == "EX1")
    connector.object.initial["Fqdn"] = NAMES[0]
    path, thumbprint = one.pfx()
    seen = cut(1, False, DeadlineExceeded, ENABLE)
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["SMTP"])
    assert "TLS may fail there until it is enabled for SMTP" in done.msg and "Run again soon" in done.msg
    assert seen == [ENABLE] and one.holders(thumbprint) == ["EX1"]
    one.converge.again().ok()
    assert one.services("EX1", thumbprint) == ["SMTP"]
