# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in, over which certificate, and what a management role allows; refusals, then the same user succeeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background
from exchange_lab.certificates import CertificateAuthority
from exchange_lab.world import estates

SET = task(
    "set",
    "exchange_vdir",
    {"protocol": "owa", "internal_url": "https://mail.contoso.test/owa", "server": "{{ its_server }}"},
)
MISTYPED = {"ansible_password": "mistyped"}
IGNORED = {"ansible_psrp_cert_validation": "ignore"}
CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "password over basic": ("basic", MISTYPED, "refused user", "Check ansible_user and ansible_password"),
    "password over NTLM": ("ntlm", MISTYPED, "refused user", "Check ansible_user and ansible_password"),
    "password over Negotiate": (
        "ntlm",
        MISTYPED | {"exchange_auth": "negotiate"},
        "refused user",
        "Check user, password",
    ),
    "no password": ("basic", {"ansible_password": ""}, "needs a user and a password", "Set ansible_user"),
    "basic is not offered": ("ntlm, TLS", {"exchange_auth": "basic"}, "refused user", "exchange_auth=kerberos"),
    "NTLM is not offered": ("basic", {"exchange_auth": "ntlm"}, "refused user", "exchange_auth=kerberos"),
    "basic without TLS": ("basic", {"exchange_scheme": "http"}, "would show the password", "exchange_scheme to https"),
    "unknown CA": ("basic", {"exchange_ca_cert": "{{ other_ca }}"}, "does not verify", "Set exchange_ca_cert"),
    "system's CAs": (
        "basic",
        {"exchange_ca_cert": "", "ansible_psrp_ca_cert": ""},
        "does not verify",
        "exchange_ca_cert",
    ),
    "WinRM ignores certificates": ("basic", {"exchange_ca_cert": "{{ other_ca }}"} | IGNORED, "does not verify", "CA"),
    "name": ("basic", {}, "does not verify: IP address mismatch", "exchange_host to a name on the certificate"),
    "expired certificate": ("basic", {}, "does not verify: certificate has expired", "exchange_ca_cert"),
    "missing CA file": ("basic", {"exchange_ca_cert": "/nowhere/ca.pem"}, "/nowhere/ca.pem", "exchange_ca_cert"),
}
"""The lab, the variables that are wrong, a part of the sentence, a part of the cure."""
SERVERS = {name: f"ex{number}.contoso.test" for number, name in enumerate(CASES, start=1)}


@pytest.fixture(scope="module")
def labs(new_lab) -> dict[str, Background]:
    found = {"basic": new_lab(estates.generate(len(CASES))), "ntlm": new_lab(estates.generate(len(CASES)), auth="ntlm")}
    return found | {"ntlm, TLS": found["ntlm"]}


def variables(labs: dict[str, Background], name: str) -> dict[str, Any]:
    lab = labs[CASES[name][0]]
    known = lab.inventory_vars(SERVERS[name]) | {"its_server": SERVERS[name]}
    if CASES[name][0] == "ntlm, TLS":
        known |= {"exchange_scheme": "https", "exchange_port": lab.lab.wire.ports["https"]}
        known["exchange_ca_cert"] = str(lab.lab.ca_file)
    return known


def bind(lab: Background, name: str, **certificate: Any) -> None:
    """Give a server's ports another certificate of the lab's CA."""
    host = lab.lab.wire.hosts[SERVERS[name]]
    given = {"fqdn": host.fqdn, "address": host.address} | certificate
    host.bind_certificate(lab.lab.authority.issue(**given))


@pytest.fixture(scope="module")
def ran(labs, play, tmp_path_factory) -> tuple[playbook.Run, int, playbook.Run]:
    """The play with what is wrong, how many cmdlets ran in it, and the play with what is right."""
    other_ca: Path = tmp_path_factory.mktemp("ca") / "other.pem"
    other_ca.write_bytes(CertificateAuthority.create("Another CA").pem)
    bind(labs["basic"], "name", address="192.0.2.1")
    bind(labs["basic"], "expired certificate", expired=True)
    wrong = {
        name: variables(labs, name) | more | {"other_ca": str(other_ca)}
        for name, (_unused, more, _unused, _unused) in CASES.items()
    }
    right = {name: variables(labs, name) for name in CASES}
    refused = play(wrong, SET)
    cmdlets = sum(len(lab.log.records("cmdlet")) for lab in labs.values())
    for name in ("name", "expired certificate"):
        bind(labs["basic"], name)
    return refused, cmdlets, play(right, SET)


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named_with_its_cure(ran, name):
    _unused, _unused, says, cure = CASES[name]
    message = ran[0].of("set", name).failed()
    assert says in message
    assert cure in message
    assert "\n" not in message


def test_nothing_ran_on_any_server(ran):
    assert ran[1] == 0


@pytest.mark.parametrize("name", CASES)
def test_the_same_host_then_succeeds(ran, labs, name):
    assert ran[2].of("set", name).ok()["changed"]
    assert labs[CASES[name][0]].shells(SERVERS[name]) == 0


# Management roles -----------------------------------------------------------------------------------------------------

EX1 = "ex1.contoso.test"


@pytest.fixture(scope="module")
def roles(new_lab, play) -> tuple[Background, playbook.Run, list[dict[str, Any]], playbook.Run]:
    """What a viewer, and an administrator without one parameter, may do; then both with all roles."""
    lab = new_lab(accounts=("viewer",))
    rbac = lab.world.rbac
    rbac.hide("Set-EcpVirtualDirectory", "InternalUrl")
    hosts = {
        "viewer": lab.inventory_vars(EX1, "viewer"),
        "administrator": lab.inventory_vars(EX1),
    }
    ecp = {"protocol": "ecp", "internal_url": "https://mail.contoso.test/ecp", "server": EX1}
    tasks = (
        task("look", "exchange_vdir", SET["mailops.exchange.exchange_vdir"] | {"server": EX1}, check_mode=True),
        SET | {"when": "inventory_hostname == 'viewer'", "vars": {"its_server": EX1}},
        task("set one", "exchange_vdir", ecp, when="inventory_hostname == 'administrator'"),
    )
    refused = play(hosts, *tasks)
    written = lab_log.carried_out(lab, EX1)
    rbac.assign("viewer", ["Organization Management"])
    rbac._hidden.clear()
    return lab, refused, written, play(hosts, *tasks)


def test_a_hidden_cmdlet_is_named(roles):
    message = roles[1].of("set", "viewer").failed()
    assert "Set-OwaVirtualDirectory is not available to this user on ex1.contoso.test." in message
    assert "management role is missing" in message


def test_a_hidden_parameter_is_named(roles):
    message = roles[1].of("set one", "administrator").failed()
    assert "A parameter of Set-EcpVirtualDirectory is not available to this user" in message
    assert "'InternalUrl'" in message


def test_reading_needs_no_more_than_a_viewer_has(roles):
    assert roles[1].of("look", "viewer").ok()["changed"]
    assert not roles[2]


def test_with_the_roles_the_same_users_succeed(roles):
    assert roles[3].of("set", "viewer").ok()["changed"]
    assert roles[3].of("set one", "administrator").ok()["changed"]
    assert roles[0].shells(EX1) == 0
