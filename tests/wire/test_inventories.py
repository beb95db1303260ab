# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as users have them: delegation, vault, loops, other connections, default addresses, candidates."""

from __future__ import annotations

from typing import Any

import lab_log
import playbook
import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from playbook import Vaulted, task

from exchange_lab.background import Background
from exchange_lab.world import estates

EX1, EX2, EX3, EX4, EX5, EX6, EX7, EX8 = (f"ex{number}.contoso.test" for number in range(1, 9))
VAULT_PASSWORD = "open-sesame"
CLOSED_PORT = 9  # discard: nothing listens there


FOR_EX2 = {"group/mailops.exchange.exchange": {"server": EX2}}


def wish(protocol: str = "owa", **options: object) -> dict[str, object]:
    return {"protocol": protocol, "internal_url": PATHS[protocol], **options}


PATHS = {
    "owa": "https://mail.contoso.test/owa",
    "ecp": "https://mail.contoso.test/ecp",
    "oab": "https://mail.contoso.test/OAB",
    "mapi": "https://mail.contoso.test/mapi",
}


def url(lab: Background, server: str, protocol: str = "owa") -> str:
    """What the lab's directory says."""
    short = server.partition(".")[0].upper()
    return str(lab.world.snapshot()[f"AD {short}\\{protocol} (Default Web Site)"]["InternalUrl"])


@pytest.fixture(scope="module")
def lab(new_lab) -> Background:
    return new_lab(estates.generate(6))


# From a host that is no Exchange server -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def from_linux(lab, play, tmp_path_factory) -> playbook.Run:
    """Every task on a Linux host, whose own variables would lead nowhere."""
    secret = tmp_path_factory.mktemp("vault") / "secret"
    secret.write_text(VAULT_PASSWORD, encoding="ascii")
    hosts = {name: lab.inventory_vars(name) for name in lab.world.servers}
    hosts[EX2] |= {"ansible_connection": "winrm"}
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    hosts[EX3]["ansible_password"] = Vaulted(vault.encrypt(hosts[EX3]["ansible_password"]).decode())
    elsewhere = {"exchange_host": "192.0.2.1", "exchange_port": CLOSED_PORT, "exchange_auth": "ntlm"}
    hosts["linux"] = {"ansible_connection": "ssh", "ansible_host": "192.0.2.1", "ansible_user": "tux"} | elsewhere
    hosts["here"] = {"ansible_connection": "local"}
    return play(
        hosts,
        task("not delegated", "exchange_vdir", wish()),
        task("delegated to local", "exchange_vdir", wish(), delegate_to="here"),
        task("in the background", "exchange_vdir", wish(), delegate_to=EX1, **{"async": 30, "poll": 1}),
        task("delegated to psrp", "exchange_vdir", wish(), delegate_to=EX1),
        task("delegated to winrm", "exchange_vdir", wish(), delegate_to=EX2),
        task("delegated to a vaulted password", "exchange_vdir", wish(), delegate_to=EX3),
        task(
            "loop over protocols",
            "exchange_vdir",
            {"protocol": "{{ item.key }}", "internal_url": "{{ item.value }}"},
            delegate_to=EX4,
            loop="{{ paths | dict2items }}",
        ),
        task("loop over servers", "exchange_vdir", wish(), delegate_to="{{ item }}", loop=[EX5, EX6, EX1]),
        task("by the defaults of the group", "exchange_vdir", wish("ecp"), delegate_to=EX1, module_defaults=FOR_EX2),
        task("by the defaults of the group, overridden", "exchange_vdir", wish("ecp", server=EX3), delegate_to=EX1)
        | {"module_defaults": FOR_EX2},
        arguments=("--vault-password-file", str(secret)),
        on="linux",
        vars={"paths": PATHS},
    )


@pytest.mark.parametrize(("name", "kind"), [("not delegated", "ssh"), ("delegated to local", "local")])
def test_another_connection_is_refused_with_the_cure(from_linux, name, kind):
    message = from_linux.of(name, "linux").failed()
    assert f"not of '{kind}'" in message
    assert "Set ansible_connection to ansible.builtin.psrp for the host, or delegate the task" in message


def test_async_is_refused(from_linux):
    message = from_linux.of("in the background", "linux").failed()
    assert "support" in message
    assert "async" in message


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("delegated to psrp", EX1),
        ("delegated to winrm", EX2),
        ("delegated to a vaulted password", EX3),
    ],
)
def test_a_delegated_task_takes_the_other_hosts_variables_and_connection(from_linux, lab, name, server):
    result = from_linux.of(name, "linux").ok()
    assert (result["changed"], result["server"]) == (True, server)
    assert url(lab, server) == PATHS["owa"]


def test_a_loop_over_protocols(from_linux, lab):
    results = from_linux.of("loop over protocols", "linux").ok()["results"]
    assert [result["changed"] for result in results] == [True] * len(PATHS)
    assert {protocol: url(lab, EX4, protocol if protocol != "oab" else "OAB") for protocol in PATHS} == PATHS


def test_a_loop_over_servers_by_delegation(from_linux, lab):
    results = from_linux.of("loop over servers", "linux").ok()["results"]
    assert [(result["server"], result["changed"]) for result in results] == [(EX5, True), (EX6, True), (EX1, False)]
    assert all(len(lab_log.carried_out(lab, server)) == 1 for server in (EX5, EX6))


def test_the_defaults_of_the_group_hold_for_a_module_unless_the_task_says_more(from_linux):
    assert from_linux.of("by the defaults of the group", "linux").ok()["server"] == EX2
    assert from_linux.of("by the defaults of the group, overridden", "linux").ok()["server"] == EX3


def test_no_shell_is_left_open_after_delegation(from_linux, lab):
    assert not any(lab.shells(server) for server in lab.world.servers)


# Where a session goes -------------------------------------------------------------------------------------------------


def without(variables: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if name not in names}


@pytest.fixture(scope="module")
def estate(new_lab) -> Background:
    """Another lab, so that its log holds the requests of these plays alone."""
    return new_lab(estates.generate(8))


@pytest.fixture(scope="module")
def addressed(estate, play) -> playbook.Run:
    port = estate.inventory_vars(EX1)["exchange_port"]
    address = {name: estate.inventory_vars(name)["exchange_host"] for name in estate.world.servers}
    url_of = {name: f"https://{address[name]}:{port}/PowerShell" for name in address}
    known = {name: estate.inventory_vars(name) for name in address}
    nobody = f"https://{address[EX4]}:{CLOSED_PORT}/PowerShell"
    hosts = {
        EX1: without(known[EX1], "exchange_host", "exchange_version"),
        "name in ansible_host": without(known[EX2], "exchange_host") | {"ansible_host": EX2},
        "address only": without(known[EX3], "exchange_host", "exchange_version"),
        EX4: known[EX4] | {"exchange_endpoint_candidates": [nobody, url_of[EX5], url_of[EX4]]},
        EX6: known[EX6] | {"exchange_endpoint_candidates": [url_of[EX6], url_of[EX7]]},
        EX8: known[EX8] | {"exchange_endpoint_candidates": [url_of[EX8], url_of[EX7]], "ansible_password": "wrong"},
    }
    names = {"name in ansible_host": EX2, "address only": EX3}
    for name in hosts:
        hosts[name]["its_server"] = names.get(name, name)
    estate.faults.add("drop", host=EX6, operation="Command", cmdlet="Set-*")
    return play(
        hosts,
        task("set", "exchange_vdir", wish(server="{{ its_server }}")),
        task(
            "with the address", "exchange_vdir", wish(exchange_host=address[EX1]), when=f"inventory_hostname == '{EX1}'"
        ),
    )


@pytest.mark.parametrize(("host", "name"), [(EX1, EX1), ("name in ansible_host", EX2)])
def test_the_address_is_the_fqdn_among_ansible_host_and_the_inventory_name(addressed, host, name):
    """The lab's names are in no DNS, so the message tells where the session was to go."""
    message = addressed.of("set", host).failed()
    assert message.startswith(f"https://{name}:")
    assert "cannot be reached" in message
    assert "Check the name" in message


def test_the_option_exchange_host_stands_before_them(addressed):
    assert addressed.of("with the address", EX1).ok()["server"] == EX1


def test_without_an_fqdn_it_is_ansible_host(addressed, estate):
    assert addressed.of("set", "address only").ok()["server"] == EX3
    assert lab_log.requests(estate, EX3, "Create")


def test_candidates_are_tried_in_order_until_one_answers(addressed, estate):
    assert addressed.of("set", EX4).ok()["changed"]
    assert url(estate, EX4) == PATHS["owa"]
    assert lab_log.requests(estate, EX5, "Create")
    assert not lab_log.requests(estate, EX4)


def test_another_candidate_is_never_taken_once_the_session_is_open(addressed, estate):
    result = addressed.of("set", EX6).ok()
    assert "was interrupted" in " ".join(result["warnings"])
    assert lab_log.requests(estate, EX6)


def test_another_candidate_is_not_tried_with_credentials_that_were_refused(addressed, estate):
    assert "refused user administrator@CONTOSO.TEST" in addressed.of("set", EX8).failed()
    assert not lab_log.requests(estate, EX7)


def test_the_version_goes_along_where_it_is_known(addressed, estate):
    sent = {server: {record["path"] for record in lab_log.requests(estate, server)} for server in (EX3, EX6)}
    assert sent[EX3] == {"/PowerShell/?serializationLevel=Full"}
    assert sent[EX6] == {"/PowerShell/?serializationLevel=Full;ExchClientVer=15.2.1258.12"}
