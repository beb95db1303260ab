# SPDX-License-Identifier: GPL-3.0-or-later
"""Kerberos with sealed messages over HTTP, against a KDC of the lab's own (exchange-remoting; lab-wire 2 and 3).

One host a way to get it wrong; then the same user, right.
"""

from __future__ import annotations

from typing import Any

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background
from exchange_lab.world import estates

pytestmark = pytest.mark.kerberos

SPN = "ansible_psrp_negotiate_hostname_override"  # the lab sets it, as its names are in no DNS
EX1 = "ex1.contoso.test"
GOOD: dict[str, dict[str, Any]] = {
    "psrp": {},
    "winrm": {"ansible_connection": "winrm"},
    "negotiate": {"exchange_auth": "negotiate"},
    "realm in lower case": {"ansible_user": "administrator@contoso.test"},
}
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "address": ({SPN: ""}, "Kerberos needs the server's name", "Set exchange_host to the server's FQDN"),
    "another server's SPN": ({SPN: EX1}, "refused user administrator@CONTOSO.TEST", "belongs to the server alone"),
    "unknown SPN": ({SPN: "mail.contoso.test"}, "HTTP/mail.contoso.test", "exchange_host to the server's own FQDN"),
    "wrong password": ({"ansible_password": "mistyped"}, "the password is wrong", "Check ansible_password"),
    "unknown user": ({"ansible_user": "nobody@CONTOSO.TEST"}, "is not known to the realm", "user principal name"),
    "unknown realm": ({"ansible_user": "administrator@FABRIKAM.TEST"}, "no KDC is known", "in upper case"),
    "down-level name": ({"ansible_user": "CONTOSO\\administrator"}, "DOMAIN\\user", "admin@CONTOSO.COM"),
    "no ticket": ({"ansible_user": "", "ansible_password": ""}, "No Kerberos ticket could be had", "kinit"),
}
"""Variables that are wrong, a part of the sentence, a part of the cure."""
SERVERS = {name: f"ex{number}.contoso.test" for number, name in enumerate([*GOOD, *BAD], start=1)}
SET = task(
    "set",
    "exchange_vdir",
    {"protocol": "owa", "internal_url": "https://mail.contoso.test/owa", "server": "{{ its_server }}"},
)


@pytest.fixture(scope="module")
def lab(new_lab) -> Background:
    return new_lab(estates.generate(len(SERVERS)), auth="kerberos")


def variables(lab: Background, name: str) -> dict[str, Any]:
    return lab.inventory_vars(SERVERS[name]) | {"its_server": SERVERS[name]}


@pytest.fixture(scope="module")
def good(lab, play, kerberos_environment) -> playbook.Run:
    hosts = {name: variables(lab, name) | more for name, more in GOOD.items()}
    return play(hosts, SET, environment=kerberos_environment(lab))


@pytest.mark.parametrize("name", GOOD)
def test_a_user_and_a_password_need_no_kinit(good, lab, name):
    assert good.of("set", name).ok()["changed"]
    requests = lab_log.requests(lab, SERVERS[name])
    assert {record["listener"] for record in requests} == {"http"}
    assert lab.shells(SERVERS[name]) == 0


@pytest.mark.parametrize("name", GOOD)
def test_the_login_is_kerberos_which_the_endpoint_offers_alone(good, lab, name):
    assert {record["auth"] for record in lab_log.requests(lab, SERVERS[name])} == {"-", "Kerberos"}


@pytest.fixture(scope="module")
def bad(lab, play, kerberos_environment) -> tuple[playbook.Run, list[dict[str, Any]], playbook.Run]:
    """The play with what is wrong, the cmdlets that ran in it, and the play with what is right."""
    wrong = {name: variables(lab, name) | more for name, (more, _unused, _unused) in BAD.items()}
    right = {name: variables(lab, name) for name in BAD}
    lab.log.clear()
    refused = play(wrong, SET, environment=kerberos_environment(lab))
    return refused, lab.log.records("cmdlet"), play(right, SET, environment=kerberos_environment(lab))


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_with_its_cure(bad, lab, name):
    _unused, says, cure = BAD[name]
    message = bad[0].of("set", name).failed()
    assert says in message
    assert cure in message
    assert "\n" not in message
    assert not bad[1]


@pytest.mark.parametrize("name", BAD)
def test_the_same_host_then_succeeds(bad, lab, name):
    assert bad[2].of("set", name).ok()["changed"]
    assert lab.shells(SERVERS[name]) == 0


# Tickets that kinit or a scheduler provides ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tickets(new_lab, play, tmp_path_factory, kerberos_environment) -> dict[str, playbook.TaskResult]:
    """One task without user and password, with a ticket that has expired, one of a wrong clock, and a good one."""
    lab, folder = new_lab(auth="kerberos"), tmp_path_factory.mktemp("tickets")
    kdc, password = lab.lab.kdc, lab.inventory_vars(EX1)["ansible_password"]
    caches = {name: folder / name for name in ("expired", "skewed", "good")}
    kdc.expired_ticket(caches["expired"], "administrator", password)
    kdc.skewed_ticket(caches["skewed"], "administrator", password, f"HTTP/{EX1}", 600)
    kdc.ticket(caches["good"], "administrator", password)
    hosts = {EX1: lab.inventory_vars(EX1) | {"ansible_user": "", "ansible_password": "", "its_server": EX1}}
    results = {}
    for name, cache in caches.items():
        environment = kerberos_environment(lab) | {"KRB5CCNAME": f"FILE:{cache}"}
        results[name] = play(hosts, SET, environment=environment).of("set", EX1)
        assert bool(lab_log.writes(lab, EX1)) is (name == "good")
        assert lab.shells(EX1) == 0
    return results


def test_an_expired_ticket_is_refused_with_the_cure(tickets):
    message = tickets["expired"].failed()
    assert "No Kerberos ticket could be had" in message
    assert "xpired" in message
    assert "a fresh ticket (kinit)" in message


def test_clocks_that_differ_too_much_are_a_possible_cause_of_a_refusal(tickets):
    """The server answers a bare 401 then, so the sentence can only name what it may be."""
    message = tickets["skewed"].failed()
    assert "refused user (ticket) with kerberos authentication" in message
    assert "the clock of both machines" in message


def test_a_ticket_needs_no_password(tickets):
    assert tickets["good"].ok()["changed"]
