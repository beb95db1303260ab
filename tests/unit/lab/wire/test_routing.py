# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a session really runs (exchange-remoting)."""

from __future__ import annotations

import pytest
from pypsrp.exceptions import WinRMTransportError, WSManFaultError

from exchange_lab.background import Background
from exchange_lab.wire.ports import BackEnd
from exchange_lab.wire.routing import Query, Routing, parse_version
from exchange_lab.wire.soap import WSManFault
from exchange_lab.wire.switches import WireSwitches
from exchange_lab.world import estates
from exchange_lab.world.world import World

OLD = BackEnd("EX13", "ex13.contoso.test", (15, 0, 1497, 2))
FRONT = BackEnd("CAS13", "cas13.contoso.test", (15, 0, 1497, 2), mailbox_role=False)
NEW = BackEnd("EX19", "ex19.contoso.test", (15, 2, 1544, 4))
ALL = (OLD, FRONT, NEW)
EX1, EX2 = "ex1.contoso.test", "ex2.contoso.test"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("serializationLevel=Full", Query(full_serialization=True)),
        ("SERIALIZATIONLEVEL=full;ExchClientVer=15.2.1544.4", Query(True, (15, 2, 1544, 4))),
        ("ExchClientVer=15.02.1544.004&clientApplication=x", Query(False, (15, 2, 1544, 4))),
        ("serializationLevel=Partial;ExchClientVer=new", Query()),
    ],
)
def test_a_query_is_read(text, query):
    assert Query.parse(text) == query


def test_a_version_is_two_to_four_numbers():
    assert [parse_version(text) for text in ("15.2", "15.2.1544.4", "15", "15.2.1.1.1", "15.x")] == [
        (15, 2), (15, 2, 1544, 4), None, None, None,
    ]  # fmt: skip


def test_local_stays_where_a_mailbox_role_is():
    routing = Routing(ALL)
    assert routing.choose(OLD.fqdn, Query(client_version=(15, 2))) is OLD
    assert {routing.choose(FRONT.fqdn, Query()) for _unused in range(50)} == {OLD, NEW}


def test_version_random_takes_any_that_is_new_enough():
    routing = Routing(ALL, "version_random")
    assert {routing.choose(OLD.fqdn, Query()) for _unused in range(50)} == {OLD, NEW}
    assert {routing.choose(OLD.fqdn, Query(client_version=(15, 2))) for _unused in range(50)} == {NEW}
    assert {routing.choose(NEW.fqdn, Query()) for _unused in range(50)} == {NEW}
    with pytest.raises(WSManFault, match="No mailbox server of version 15.3"):
        routing.choose(OLD.fqdn, Query(client_version=(15, 3)))


def test_anchored_goes_to_the_anchor_or_fails_with_it():
    assert Routing(ALL, "anchored", OLD.fqdn).choose(NEW.fqdn, Query(client_version=(15, 2))) is OLD
    with pytest.raises(
        WSManFault, match=r"^\[ClientAccessServer=EX19,BackEndServer=ex13.contoso.test,RequestId=.*not mounted"
    ):
        Routing(ALL, "anchored", OLD.fqdn, anchor_mounted=False).choose(NEW.fqdn, Query())


@pytest.mark.parametrize(("policy", "anchor"), [("nearest", ""), ("anchored", ""), ("anchored", FRONT.fqdn)])
def test_a_policy_that_cannot_be_is_refused(policy, anchor):
    with pytest.raises(ValueError, match="rps_"):
        Routing(ALL, policy, anchor)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"rps": "x"}, "no wire switch 'rps'"),
        ({"rps_cookie": "maybe"}, "true or false"),
        ({"max_shells": "x"}, "number"),
    ],
)
def test_a_switch_that_cannot_be_is_refused(texts, told):
    with pytest.raises(ValueError, match=told):
        WireSwitches.from_texts(texts)


@pytest.fixture
def two() -> World:
    return World.from_estate(estates.generate(2))


def test_the_cmdlets_run_where_the_anchor_is(two, pool, invoke):
    with Background(two, switches={"rps_routing": "anchored", "rps_anchor": EX2}) as lab, pool(lab) as opened:
        invoke(opened, "Get-ExchangeServer")
    assert [record["server"] for record in two.records] == [EX2]
    assert [record["back_end"] for record in lab.log.records("request", host=EX1, action="Create")] == [EX2]


def test_a_dismounted_anchor_is_told_with_both_servers(two, pool):
    switches = {"rps_routing": "anchored", "rps_anchor": EX2, "rps_anchor_mounted": "false"}
    with Background(two, switches=switches) as lab:
        with pytest.raises(WSManFaultError) as refusal:
            pool(lab).open()
        assert refusal.value.reason.startswith("[ClientAccessServer=EX1,BackEndServer=ex2.contoso.test,RequestId=")
        assert lab.shells(EX1) == 0


def test_a_shell_is_lost_with_its_cookie_where_that_is_required(world, pool, invoke):
    with Background(world, switches={"rps_cookie": "true"}) as lab:
        opened = pool(lab)
        opened.open()
        assert invoke(opened, "Get-ExchangeServer").output
        jar = opened.connection.transport.session.cookies
        kept = jar.copy()
        jar.clear()
        with pytest.raises(WSManFaultError) as refusal:
            invoke(opened, "Get-ExchangeServer")
        assert "[FailureCategory=WSMan-InvalidShellID]" in refusal.value.reason
        jar.update(kept)
        opened.close()
        assert lab.shells(EX1) == 0


def test_a_2013_server_serves_by_its_roles(pool, invoke):
    """ex2 has Client Access alone, ex3 has Mailbox alone."""
    world = World.from_estate("coexistence")
    with Background(world) as lab:
        with pool(lab, server="ex2.contoso.test") as opened:
            invoke(opened, "Get-ExchangeServer")
        with pytest.raises(WinRMTransportError) as refusal:
            pool(lab, server="ex3.contoso.test").open()
    assert refusal.value.code == 404
    assert [world.server(record["server"]).has_back_end for record in world.records] == [True]
