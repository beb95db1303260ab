# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session of the unmodified pypsrp meets at the Exchange endpoint (lab-wire 3 and 4)."""

from __future__ import annotations

import asyncio
import gzip

import pytest
import requests
from pypsrp.complex_objects import ObjectMeta, PSInvocationState
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool

from exchange_lab.background import Background
from exchange_lab.cmdlets import Interpreter
from exchange_lab.wire.authentication import Connection
from exchange_lab.world.world import World

EX1 = "ex1.contoso.test"
AUTHENTICATIONS = ("basic", "ntlm", "negotiate")


@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_a_cmdlet_answers_over_every_authentication(world, pool, invoke, auth):
    with Background(world, auth=auth) as lab, pool(lab, auth=auth) as opened:
        found = invoke(opened, "Get-ExchangeServer")
        assert found.output[0].adapted_properties["Fqdn"].lower() == EX1
        assert lab.shells(EX1) == 1
    assert {record["user"] for record in lab.log.records("request", action="Command")} == {"administrator"}


@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_a_wrong_password_is_refused(world, pool, auth):
    with Background(world, auth=auth) as lab:
        with pytest.raises(AuthenticationError):
            pool(lab, auth=auth, password="wrong").open()
        assert not lab.log.records("request", action="Create")
        assert lab.shells(EX1) == 0


def test_http_carries_sealed_messages_only(world, pool):
    with Background(world, auth="ntlm") as lab, pytest.raises(WSManFaultError) as refusal:
        pool(lab, auth="ntlm", encryption="never").open()
    assert refusal.value.code == 2150858999


def test_an_authentication_that_is_not_offered_is_refused(lab, pool):
    with pytest.raises(AuthenticationError, match="actual: 'Basic"):
        pool(lab, auth="ntlm").open()


@pytest.mark.parametrize(
    "path", ["PowerShell", "powershell/", "POWERSHELL/?serializationLevel=Full;ExchClientVer=15.2"]
)
def test_the_path_is_case_blind_and_takes_a_slash_and_a_query(lab, pool, invoke, path):
    with pool(lab, path=path) as opened:
        assert invoke(opened, "Get-ExchangeServer").output


@pytest.mark.parametrize(("path", "port"), [("PowerShel", "https"), ("wsman", "https"), ("PowerShell", "winrms")])
def test_another_path_is_not_found(lab, pool, path, port):
    with pytest.raises(WinRMTransportError) as refusal:
        pool(lab, path=path, port=lab.lab.wire.ports[port]).open()
    assert refusal.value.code == 404


def test_another_configuration_is_unknown(lab, wsman):
    with pytest.raises(WSManFaultError) as refusal:
        RunspacePool(wsman(lab), configuration_name="Microsoft.PowerShell").open()
    assert refusal.value.code == 2150859012
    assert lab.shells(EX1) == 0


@pytest.mark.parametrize(
    ("query", "full"),
    [("", False), ("?serializationLevel=Full", True), ("?ExchClientVer=15.2;SerializationLevel=full", True)],
)
def test_the_query_decides_how_objects_are_serialized(lab, pool, monkeypatch, query, full):
    opened = []
    start = Interpreter.__init__

    def spy(self, world, server, user, *, full_serialization):
        opened.append((server.fqdn, user, full_serialization))
        start(self, world, server, user, full_serialization=full_serialization)

    monkeypatch.setattr(Interpreter, "__init__", spy)
    with pool(lab, path="PowerShell/" + query):
        pass
    assert opened == [(EX1, "administrator", full)]


def test_a_terminating_error_ends_the_pipeline(lab, pool, invoke):
    with pool(lab) as opened:
        failed = invoke(opened, "Get-Nothing")
        assert failed.state == PSInvocationState.FAILED
        assert [error.fq_error for error in failed.streams.error] == ["CommandNotFoundException"]
        assert invoke(opened, "Get-ExchangeServer").state == PSInvocationState.COMPLETED


def test_a_non_terminating_error_stands_beside_a_completed_state(lab, pool, invoke):
    with pool(lab) as opened:
        missed = invoke(opened, "Get-OwaVirtualDirectory", Identity="EX1\\nothing")
    assert missed.state == PSInvocationState.COMPLETED
    assert not missed.had_errors
    assert "ManagementObjectNotFoundException" in missed.streams.error[0].fq_error


def test_script_text_meets_no_language(lab, pool):
    with pool(lab) as opened:
        shell = PowerShell(opened)
        shell.add_script("Get-ExchangeServer | Select Name")
        shell.invoke()
        assert shell.streams.error[0].fq_error == "ScriptsNotAllowed"


def test_a_bug_of_the_lab_ends_the_pipeline(lab, pool, invoke, monkeypatch):
    monkeypatch.setattr(Interpreter, "run", lambda self, commands, emit: 1 / 0)
    with pool(lab) as opened:
        broken = invoke(opened, "Get-ExchangeServer")
    assert "ZeroDivisionError" in str(broken.streams.error[0])


def test_two_pipelines_share_one_runspace(lab, world, pool):
    world.latency.append(("Get-ExchangeServer", 0.2))
    with pool(lab) as opened:
        first, second = PowerShell(opened), PowerShell(opened)
        first.add_cmdlet("Get-ExchangeServer").begin_invoke()
        second.add_cmdlet("Get-OwaVirtualDirectory").begin_invoke()
        second.end_invoke()
        first.end_invoke()
    assert [record["cmdlet"] for record in world.records] == ["Get-ExchangeServer", "Get-OwaVirtualDirectory"]


def test_a_cmdlet_may_outlast_the_operation_timeout(lab, world, pool, invoke):
    world.latency.append(("Get-ExchangeServer", 1.5))
    with pool(lab, operation_timeout=1) as opened:
        assert invoke(opened, "Get-ExchangeServer").output
    assert len(lab.log.records("request", wsman_fault=2150858793)) == 1


def test_the_opening_of_a_session_takes_its_time(lab, world, pool, monkeypatch):
    slept = []
    sleep = asyncio.sleep

    async def spy(seconds, *rest):
        slept.append(seconds)
        await sleep(0)

    world.latency.append(("New-PSSession", 3))
    monkeypatch.setattr("exchange_lab.wire.service.asyncio.sleep", spy)
    with pool(lab):
        assert 3 in slept
    monkeypatch.undo()
    assert lab.log.records("request", action="Create")[0]["latency"] == 3


def test_a_stopped_pipeline_leaves_the_runspace_free(lab, world, pool, invoke):
    world.latency.append(("Get-ExchangeServer", 60))
    with pool(lab) as opened:
        slow = PowerShell(opened)
        slow.add_cmdlet("Get-ExchangeServer").begin_invoke()
        slow.stop()
        assert slow.state == PSInvocationState.STOPPED
        assert invoke(opened, "Get-OwaVirtualDirectory").output
    assert [record["cmdlet"] for record in world.records] == ["Get-OwaVirtualDirectory"]


def test_a_receive_that_is_repeated_gets_the_same_data(lab, pool):
    with pool(lab) as opened:
        exchanged = []
        send = opened.connection.transport.send

        def spy(message, **options):
            exchanged.append((message, send(message, **options)))
            return exchanged[-1][1]

        opened.connection.transport.send = spy
        opened.get_available_runspaces()
        receive, reply = next((sent, got) for sent, got in exchanged if b"shell/Receive<" in sent)
        again = send(receive)
    assert again.partition(b"<s:Body>")[2] == reply.partition(b"<s:Body>")[2]


def test_a_receive_whose_client_has_gone_takes_no_data(lab, world, pool, invoke):
    """pypsrp gives up after read_timeout and asks again with the same MessageID (lab-wire 5)."""
    world.latency.append(("Get-ExchangeServer", 1.5))
    with pool(lab, operation_timeout=10, read_timeout=1) as opened:
        assert invoke(opened, "Get-ExchangeServer").output
    assert len(world.records) == 1


def test_secrets_can_be_exchanged_and_are_not_logged(lab, world, pool, invoke):
    with pool(lab) as opened:
        opened.exchange_keys()
        invoke(opened, "Get-ExchangeServer", Identity=opened.serialize("s3cret-text", ObjectMeta("SS")))
    assert "s3cret-text" not in str(lab.log.records()) + (lab.folder / "log.jsonl").read_text()


def test_replies_are_compressed_unless_that_is_refused(lab):
    known = lab.inventory_vars(EX1)
    url = f"https://{known['exchange_host']}:{known['exchange_port']}/PowerShell"
    login = (known["ansible_user"], known["ansible_password"])
    for accepted, encoding in (("gzip, deflate", "gzip"), ("identity", None)):
        reply = requests.post(
            url,
            auth=login,
            data=b"<x/>",
            verify=known["exchange_ca_cert"],
            headers={"Accept-Encoding": accepted},
            stream=True,
        )
        body = reply.raw.read()
        assert reply.headers.get("Content-Encoding") == encoding
        assert b"Envelope" in (gzip.decompress(body) if encoding else body)


def test_a_sealed_reply_has_the_odd_boundary(world, pool, monkeypatch):
    sealed = []
    seal = Connection.seal

    def spy(self, text, *, space):
        sealed.append(seal(self, text, space=space))
        return sealed[-1]

    monkeypatch.setattr(Connection, "seal", spy)
    with Background(world, auth="ntlm") as lab, pool(lab, auth="ntlm"):
        pass
    assert sealed
    assert all(body.startswith(b"-- Encrypted Boundary\r\n") for _unused, body in sealed)


def test_a_body_sealed_for_another_socket_gets_400(world, pool, invoke):
    """What an interrupted task meets until it logs in afresh (lab-wire 1.5)."""
    with Background(world, auth="ntlm") as lab:
        opened = pool(lab, auth="ntlm")
        opened.open()
        transport = opened.connection.transport
        transport.session.close()
        with pytest.raises(WinRMTransportError) as refusal:
            invoke(opened, "Get-ExchangeServer")
        assert refusal.value.code in (400, 401)
        transport.close()
        transport.session = transport.encryption = None
        assert invoke(opened, "Get-ExchangeServer").output
        opened.close()
        assert lab.shells(EX1) == 0


def test_another_users_shell_looks_unknown(world, pool, invoke):
    with Background(world, accounts=("other",)) as lab, pool(lab) as mine:
        theirs = pool(lab, user="other")
        theirs.connection.session_id = mine.connection.session_id
        theirs.id, theirs.state = mine.id, mine.state
        theirs.shell = mine.shell
        mine.shell.wsman, own = theirs.connection, mine.shell.wsman
        with pytest.raises(WSManFaultError) as refusal:
            invoke(mine, "Get-ExchangeServer")
        mine.shell.wsman = own
        assert refusal.value.code == 2150858843


def test_a_request_over_one_mebibyte_is_refused(lab):
    known = lab.inventory_vars(EX1)
    url = f"https://{known['exchange_host']}:{known['exchange_port']}/PowerShell"
    login = (known["ansible_user"], known["ansible_password"])
    assert requests.post(url, auth=login, data=b"x" * (1 << 21), verify=known["exchange_ca_cert"]).status_code == 413


def test_what_is_no_ws_management_gets_a_fault(lab):
    known = lab.inventory_vars(EX1)
    url = f"https://{known['exchange_host']}:{known['exchange_port']}/PowerShell"
    login = (known["ansible_user"], known["ansible_password"])
    for body in (b"<x", b"<x/>", b'{"a": 1}'):
        reply = requests.post(url, auth=login, data=body, verify=known["exchange_ca_cert"])
        assert (reply.status_code, "WSManFault" in reply.text) == (500, True)


def test_labs_with_their_own_passwords_run_side_by_side(pool, invoke):
    """The acceptor finds its users by a variable of the process."""
    worlds = [World.from_estate("one_server") for _unused in range(2)]
    with Background(worlds[0], auth="ntlm") as one, Background(worlds[1], auth="ntlm") as other:
        for lab in (one, other, one):
            with pool(lab, auth="ntlm") as opened:
                assert invoke(opened, "Get-ExchangeServer").output
        with pytest.raises(AuthenticationError):
            pool(one, auth="ntlm", password=other.inventory_vars(EX1)["ansible_password"]).open()
    assert [len(world.records) for world in worlds] == [2, 1]
