# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas of shells and the idle time-out (lab-wire 5)."""

from __future__ import annotations

import time

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell

from exchange_lab.background import Background

EX1 = "ex1.contoso.test"


def test_a_user_has_so_many_shells(world, pool):
    with Background(world, switches={"max_shells": "2"}, accounts=("other",)) as lab:
        first, second = pool(lab), pool(lab)
        first.open()
        second.open()
        with pytest.raises(WSManFaultError) as refusal:
            pool(lab).open()
        assert refusal.value.code == 2150859173
        assert "maximum number of 2 concurrent shells" in refusal.value.reason
        with pool(lab, user="other"):
            assert lab.shells(EX1) == 3
        first.close()
        with pool(lab):
            assert lab.shells(EX1) == 2
        second.close()


def test_the_default_quota_is_eighteen(lab, pool):
    opened = [pool(lab) for _unused in range(18)]
    for one in opened:
        one.open()
    with pytest.raises(WSManFaultError, match="18 concurrent shells"):
        pool(lab).open()
    for one in opened:
        one.close()


def wait_until_gone(lab) -> bool:
    """Ten seconds at most."""
    for _unused in range(200):
        if not lab.shells(EX1):
            return True
        time.sleep(0.05)
    return False


def test_a_silent_shell_is_removed(world, pool, invoke):
    with Background(world, switches={"idle_timeout_s": "0.2"}) as lab:
        opened = pool(lab)
        opened.open()
        assert wait_until_gone(lab)
        with pytest.raises(WSManFaultError) as refusal:
            invoke(opened, "Get-ExchangeServer")
        assert refusal.value.code == 2150858843


def test_only_silent_shells_that_run_nothing_are_idle(lab, world, pool):
    def after(seconds: float) -> int:
        """The shells that are left when the reaper comes so much later."""
        wire = lab.lab.wire
        lab.call(wire.service.remove_idle(list(wire.hosts.values()), time.monotonic() + seconds))
        return lab.shells(EX1)

    world.latency.append(("Get-ExchangeServer", 1))
    opened = pool(lab)
    opened.open()
    shell = PowerShell(opened)
    shell.add_cmdlet("Get-ExchangeServer").begin_invoke()
    assert after(8000) == 1
    shell.end_invoke()
    assert after(7000) == 1
    assert after(7300) == 0
