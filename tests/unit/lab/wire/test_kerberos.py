# SPDX-License-Identifier: GPL-3.0-or-later
"""Kerberos with sealing over HTTP against a KDC of the lab's own (lab-wire 2 and 3)."""

from __future__ import annotations

import pytest
from pypsrp.exceptions import AuthenticationError

from exchange_lab.background import Background
from exchange_lab.world import estates
from exchange_lab.world.world import World

pytestmark = pytest.mark.kerberos
EX1, EX2 = "ex1.contoso.test", "ex2.contoso.test"


@pytest.fixture(scope="module")
def realm():
    """Two servers behind one KDC."""
    with (
        pytest.MonkeyPatch.context() as patch,
        Background(World.from_estate(estates.generate(2)), auth="kerberos") as lab,
    ):
        for name, value in lab.lab.kdc.client_environment.items():
            patch.setenv(name, value)
        yield lab


@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
@pytest.mark.parametrize("server", [EX1, EX2])
def test_a_cmdlet_answers(realm, pool, invoke, server, auth):
    realm.log.clear()
    with pool(realm, server=server, auth=auth) as opened:
        found = invoke(opened, "Get-ExchangeServer", Identity=server)
    assert found.output[0].adapted_properties["Fqdn"].lower() == server
    assert {record["host"] for record in realm.log.records("request")} == {server}
    assert realm.log.records("request", action="Create")[0]["auth"] == "-"  # the socket is the login


def test_a_ticket_for_another_server_is_refused(realm, pool):
    realm.log.clear()
    with pytest.raises(AuthenticationError):
        pool(realm, server=EX1, negotiate_hostname_override=EX2).open()
    assert any("another host" in record.get("why", "") for record in realm.log.records("request"))


def test_a_ticket_cache_needs_no_password(realm, pool, invoke, monkeypatch, tmp_path):
    known = realm.inventory_vars(EX1)
    realm.lab.kdc.ticket(tmp_path / "tickets", "administrator", known["ansible_password"])
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'tickets'}")
    with pool(realm, username=None, password=None) as opened:
        assert invoke(opened, "Get-ExchangeServer").output


def test_an_expired_ticket_is_refused_by_the_client(realm, pool, monkeypatch, tmp_path):
    import spnego

    known = realm.inventory_vars(EX1)
    cache = tmp_path / "tickets"
    realm.lab.kdc.expired_ticket(cache, "administrator", known["ansible_password"])
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{cache}")
    with pytest.raises(spnego.exceptions.SpnegoError, match="[Ee]xpired"):
        pool(realm, username=None, password=None).open()


def test_a_wrong_password_and_an_unknown_user_have_their_own_numbers(realm, pool):
    import krb5

    for given, code in (({"password": "wrong"}, -1765328360), ({"username": "nobody@CONTOSO.TEST"}, -1765328378)):
        with pytest.raises(krb5.Krb5Error) as refusal:
            pool(realm, **given).open()
        assert refusal.value.err_code == code


def test_clocks_that_differ_by_ten_minutes_are_refused(realm, pool, monkeypatch, tmp_path):
    realm.log.clear()
    known = realm.inventory_vars(EX1)
    cache = tmp_path / "tickets"
    realm.lab.kdc.skewed_ticket(cache, "administrator", known["ansible_password"], f"HTTP/{EX1}", 600)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{cache}")
    with pytest.raises(AuthenticationError):
        pool(realm, username=None, password=None).open()
    assert realm.log.records("request")[-1]["action"] == "refused"


def test_an_unknown_service_name_is_refused(realm, pool):
    import spnego

    with pytest.raises(spnego.exceptions.SpnegoError, match="not found in Kerberos database"):
        pool(realm, negotiate_hostname_override="mail.contoso.test").open()
