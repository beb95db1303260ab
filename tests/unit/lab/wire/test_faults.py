# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault as the unmodified pypsrp meets it (the tables of lab-wire 3 and 5)."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import requests
from pypsrp.complex_objects import PSInvocationState, RunspacePoolState
from pypsrp.exceptions import (
    AuthenticationError,
    InvalidPSRPOperation,
    WinRMTransportError,
    WSManFaultError,
)
from pypsrp.powershell import PowerShell

from exchange_lab.background import Background
from exchange_lab.faults import Fault
from exchange_lab.wire.psrp_message import INVALID_CLIXML

EX1 = "ex1.contoso.test"
OWA = "EX1\\owa (Default Web Site)"
WISH = "https://mail.contoso.test/owa"
NOT_FOUND, SHELLS, LOAD = 2150858843, 2150859173, 2150859175


def set_url(invoke, opened):
    return invoke(opened, "Set-OwaVirtualDirectory", Identity=OWA, InternalUrl=WISH)


def url(invoke, opened) -> str:
    return str(invoke(opened, "Get-OwaVirtualDirectory", Identity=OWA).output[0].adapted_properties["InternalUrl"])


@pytest.mark.parametrize(
    ("stage", "operation", "written"),
    [("before", "Command", False), ("after", "Command", True), ("before", "Receive", True), ("after", "Receive", True)],
)
def test_a_cut_connection_may_hide_a_write(lab, pool, invoke, stage, operation, written):
    with pool(lab) as opened:
        lab.faults.add("drop", stage=stage, operation=operation, cmdlet="Set-*")
        with pytest.raises(requests.ConnectionError):
            set_url(invoke, opened)
        assert (url(invoke, opened) == WISH) is written
    assert [record["status"] for record in lab.log.records("request", fault="drop")] == [0]


def test_a_lost_response_hides_a_finished_write(lab, world, pool, invoke):
    world.latency.append(("Set-*", 0.3))
    lab.faults.add("drop", stage="after", operation="Command")
    with pool(lab) as opened:
        with pytest.raises(requests.ConnectionError):
            set_url(invoke, opened)
        assert [record["cmdlet"] for record in world.records] == ["Set-OwaVirtualDirectory"]


def test_a_sealed_session_needs_a_fresh_login_after_a_cut(world, pool, invoke):
    with Background(world, auth="ntlm") as lab:
        opened = pool(lab, auth="ntlm")
        opened.open()
        lab.faults.add("drop", stage="after", operation="Command")
        with pytest.raises(requests.ConnectionError):
            set_url(invoke, opened)
        with pytest.raises(WinRMTransportError) as refusal:
            url(invoke, opened)
        assert refusal.value.code in (400, 401)
        transport = opened.connection.transport
        transport.close()
        transport.session = transport.encryption = None
        assert url(invoke, opened) == WISH
        opened.close()
        assert lab.shells(EX1) == 0


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("throttle_shells", SHELLS, "maximum number of 18 concurrent shells"),
        ("throttle_load", LOAD, "for at least 5592 milliseconds"),
        (
            "throttle_connections",
            2150858770,
            "[FailureCategory=AuthZ-AuthorizationException] Fail to create a runspace",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["Create", "Receive", "Command"])
def test_throttling_has_numbers_and_texts(lab, pool, invoke, kind, code, said, operation):
    lab.faults.add(kind, operation=operation)
    with pytest.raises(WSManFaultError) as refusal, pool(lab) as opened:
        invoke(opened, "Get-ExchangeServer")
    assert refusal.value.code == code
    assert said in refusal.value.reason


def test_throttling_may_break_the_pool(lab, pool):
    lab.faults.add("broken_pool", operation="Create")
    with pytest.raises(InvalidPSRPOperation, match="(?s)broken RunspacePoolState.*MaxConcurrency"):
        pool(lab).open()


def test_a_hanging_request_meets_the_clients_deadline(lab, pool, invoke):
    lab.faults.add("hang", operation="Command")
    with pool(lab, operation_timeout=1, read_timeout=2) as opened, pytest.raises(requests.exceptions.ReadTimeout):
        set_url(invoke, opened)


def test_a_hanging_cmdlet_keeps_its_state_and_can_be_stopped(lab, pool):
    lab.faults.add("hang", stage="run", cmdlet="Get-*")
    with pool(lab, operation_timeout=1) as opened:
        shell = PowerShell(opened)
        shell.add_cmdlet("Get-ExchangeServer").begin_invoke()
        shell.poll_invoke(timeout=1)
        assert shell.state == PSInvocationState.RUNNING
        shell.stop()
        assert shell.state == PSInvocationState.STOPPED
    assert lab.shells(EX1) == 0


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_html_is_not_soap(world, pool, auth):
    fault = Fault("html", operation="Create")
    with Background(world, auth=auth, faults=[fault]) as lab, pytest.raises(ET.ParseError):
        pool(lab, auth=auth).open()


@pytest.mark.parametrize("operation", ["Create", "Command"])
def test_credentials_may_expire(lab, pool, invoke, operation):
    lab.faults.add("unauthorized", operation=operation, times=0)
    with pytest.raises(AuthenticationError), pool(lab) as opened:
        set_url(invoke, opened)
    assert lab.log.records("request", fault="unauthorized")[0]["status"] == 401


def test_a_service_may_be_unavailable(lab, pool):
    lab.faults.add("unavailable", operation="Create")
    with pytest.raises(WinRMTransportError) as refusal:
        pool(lab, reconnection_retries=0).open()
    assert refusal.value.code == 503


def test_a_shell_may_be_gone(lab, pool, invoke):
    opened = pool(lab)
    opened.open()
    lab.faults.add("shell_gone", operation="Command")
    for attempt in (lambda: invoke(opened, "Get-ExchangeServer"), opened.close):
        with pytest.raises(WSManFaultError) as refusal:
            attempt()
        assert refusal.value.code == NOT_FOUND
        assert "[FailureCategory=WSMan-InvalidShellID]" in refusal.value.reason


def test_another_back_end_does_not_know_the_shell(lab, pool, invoke):
    lab.faults.add("wrong_back_end", operation="Command")
    with pool(lab) as opened:
        with pytest.raises(WSManFaultError) as refusal:
            invoke(opened, "Get-ExchangeServer")
        assert refusal.value.reason.startswith("[ClientAccessServer=EX1,BackEndServer=ex1.contoso.test,RequestId=")
        assert invoke(opened, "Get-ExchangeServer").output


def test_a_connection_may_be_reset(lab, pool, invoke):
    lab.faults.add("reset")
    with pytest.raises(requests.ConnectionError):
        pool(lab).open()
    with pool(lab) as opened:
        assert invoke(opened, "Get-ExchangeServer").output
    assert len(lab.log.records("connect", fault="reset")) == 1


def test_a_port_may_refuse_and_come_back(world, pool):
    with Background(world, faults=[Fault("refuse", host=EX1)]) as lab:
        with pytest.raises(requests.ConnectionError, match="refused"):
            pool(lab).open()
        known = lab.inventory_vars(EX1)
        assert (
            requests.get(
                f"https://{known['ansible_host']}:{known['ansible_port']}/wsman", verify=known["ansible_psrp_ca_cert"]
            ).status_code
            == 401
        )
        lab.faults.clear()
        lab.open_listener(EX1, "https")
        with pool(lab) as opened:
            assert opened.state == RunspacePoolState.OPENED
            lab.close_listener(EX1, "https", cut=True)
            with pytest.raises(requests.ConnectionError):
                opened.get_available_runspaces()
            lab.open_listener(EX1, "https")


def test_invalid_clixml_hides_what_a_cmdlet_did(lab, pool, invoke):
    lab.faults.add("invalid_clixml", cmdlet="Set-*")
    with pool(lab) as opened:
        assert set_url(invoke, opened).output == [INVALID_CLIXML.decode()]  # pypsrp hands out what it cannot read
        assert url(invoke, opened) == WISH


def test_a_reply_of_some_megabytes(lab, pool, invoke):
    lab.faults.add("megabytes", size=3)
    with pool(lab) as opened:
        assert [len(text) for text in invoke(opened, "Get-ExchangeServer").output] == [3_000_000]


def test_nested_objects(lab, pool, invoke):
    lab.faults.add("nested", size=40)
    with pool(lab) as opened:
        found = invoke(opened, "Get-ExchangeServer").output[0]
    levels = 0
    while not isinstance(found, int):
        found, levels = found.extended_properties["Inner"], levels + 1
    assert levels == 40
