# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate by the unmodified ansible-playbook: secrets travel encrypted and are shown nowhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from certificate_files import Ca, pem_key, rsa_key
from certificate_files import pfx as pfx_file
from certificate_life import NAMES, PFX_PASSWORD, Life, thumbprint_of
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from playbook import Run, task

from exchange_lab.background import Background
from exchange_lab.world.certificates import importing

HOST = "ex1.contoso.test"
SERVERS = ["EX1", "EX2", "EX3"]
LOUD = ["-vvvvv"]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, str]]:
    """The data and password of every import, as the lab's server understood them."""
    found: list[tuple[bytes, str]] = []
    real = importing.bring_in

    def bring_in(certificates: Any, server: Any, data: bytes, wanted: Any, **more: Any) -> Any:
        found.append((data, wanted.password or ""))
        return real(certificates, server, data, wanted, **more)

    monkeypatch.setattr(importing, "bring_in", bring_in)
    return found


@pytest.fixture
def life(new_lab: Any, tmp_path: Path) -> tuple[Background, Life]:
    lab = new_lab("two_datacenters")
    return lab, Life(lab.world, tmp_path)


def long_lived(one: Life, ca: Ca, label: str) -> tuple[Path, str, Any]:
    """A PFX file that is valid by the lab's clock and by this computer's."""
    key = rsa_key(label)
    made = ca.issue(NAMES, key.public_key(), begins=one.now - timedelta(days=1), days=3650)
    data = pfx_file(made, key, ca.intermediate, password=PFX_PASSWORD)
    return one.file(data, "pfx"), thumbprint_of(made), key


def in_pieces(data: bytes) -> Iterator[str]:
    """What of secret bytes could be seen in a text, in Base64 of any alignment and in hex."""
    for start in range(64, len(data) - 96, 96):
        for shift in range(3):
            yield base64.b64encode(data[start + shift : start + shift + 48]).decode()[4:60]
        yield data[start : start + 32].hex()


def test_secrets_are_nowhere_to_be_seen(life: Any, play: Any, seen: list[tuple[bytes, str]], tmp_path: Path) -> None:
    lab, one = life
    path, thumbprint, key = long_lived(one, one.ca, "wire")
    exported = tmp_path / "exported.pfx"
    content = base64.b64encode(path.read_bytes()).decode()
    second = {"thumbprint": thumbprint, "servers": ["EX4"], "source_server": "EX1"}
    ran: Run = play(
        {HOST: lab.inventory_vars(HOST)},
        task("wrong", "exchange_certificate", {"path": str(path), "password": f"{PFX_PASSWORD}!", "servers": SERVERS}),
        task("inline", "exchange_certificate", {"content": content, "password": PFX_PASSWORD, "servers": ["EX1"]}),
        task(
            "present",
            "exchange_certificate",
            {"path": str(path), "password": PFX_PASSWORD, "servers": SERVERS, "services": ["SMTP", "IIS"]},
            diff=True,
        ),
        task("again", "exchange_certificate", {**second, "servers": SERVERS, "services": ["SMTP", "IIS"]}),
        task("distributed", "exchange_certificate", second),
        task(
            "exported",
            "exchange_certificate",
            {"state": "exported", "thumbprint": thumbprint, "path": str(exported), "password": PFX_PASSWORD},
        ),
        arguments=LOUD,
        environment={"ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log")},
    )
    assert "password is wrong" in ran.of("wrong", HOST).failed()
    for name in ("inline", "present", "distributed", "exported"):
        assert ran.of(name, HOST).ok()["changed"] is True, name
    assert ran.of("again", HOST).ok()["changed"] is False
    assert one.holders(thumbprint) == [*SERVERS, "EX4"]
    assert [one.default(server) == one.own(server) for server in SERVERS] == [True] * 3
    opened = pkcs12.load_pkcs12(exported.read_bytes(), PFX_PASSWORD.encode())
    assert opened.key.private_numbers() == key.private_numbers()

    assert len(seen) == 4 and len({password for _data, password in seen}) == 4
    assert all(len(password) > 30 for _data, password in seen)
    shown = ran.output + (tmp_path / "ansible.log").read_text() + repr(ran.results) + repr(lab.log.records())
    assert "-FileData <" in shown and "-Password ********" in shown
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    hidden = [PFX_PASSWORD, *(password for _data, password in seen), pem_key(key).decode().splitlines()[5]]
    for data in (secret, path.read_bytes(), exported.read_bytes(), *(data for data, _password in seen)):
        hidden.extend(in_pieces(data))
    hidden += [content[at : at + 60] for at in range(0, len(content) - 60, 60)]
    assert [text for text in hidden if text in shown] == []


def test_the_question_is_answered_over_the_wire(life: Any, play: Any) -> None:
    """And where the endpoint cannot ask, the default is the same afterwards."""
    lab, one = life
    path, thumbprint, _key = long_lived(one, one.ca, "wire")
    options = {"path": str(path), "password": PFX_PASSWORD, "services": ["SMTP"]}
    hosts = {HOST: lab.inventory_vars(HOST)}
    ran = play(hosts, task("asked", "exchange_certificate", {**options, "servers": ["EX1"]}))
    assert "# answer: No" in ran.of("asked", HOST).ok()["commands"][1]
    one.world.switches["prompt"] = "fails_noninteractive"
    ran = play(hosts, task("mute", "exchange_certificate", {**options, "servers": ["EX2"]}))
    assert sum("-Force" in command for command in ran.of("mute", HOST).ok()["commands"]) == 2
    for server in ("EX1", "EX2"):
        assert one.services(server, thumbprint) == ["SMTP"] and one.default(server) == one.own(server)


def test_an_unexpected_question_ends_the_command_and_the_task_goes_on(
    life: Any, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The waiting command is left behind with its shell, so that the other servers are not kept waiting."""
    from exchange_lab.world.certificates import enabling

    lab, one = life
    path, thumbprint, _key = long_lived(one, one.ca, "wire")
    real = enabling.overwrite_question

    def other(certificates: Any, server: Any, *given: Any) -> str:
        return "Delete every mailbox?" if server.name == "EX1" else real(certificates, server, *given)

    monkeypatch.setattr(enabling, "overwrite_question", other)
    options = {"path": str(path), "password": PFX_PASSWORD, "services": ["SMTP"], "servers": ["EX1", "EX2"]}
    ran = play({HOST: lab.inventory_vars(HOST)}, task("asked", "exchange_certificate", options))
    assert ran.of("asked", HOST).status == "failed" and "Delete every mailbox?" in ran.of("asked", HOST).message
    assert (one.services("EX1", thumbprint), one.services("EX2", thumbprint)) == ([], ["SMTP"])
    assert one.default("EX2") == one.own("EX2")
    assert not [shells for host in lab.lab.wire.hosts.values() for shells in host.shells]


def test_a_request_and_its_answer(life: Any, play: Any) -> None:
    lab, one = life
    hosts = {HOST: lab.inventory_vars(HOST)}
    wish = {
        "state": "requested",
        "servers": ["EX2"],
        "subject_name": "C=US, CN=mail.contoso.test",
        "domain_name": NAMES,
    }
    ran = play(
        hosts,
        task("check", "exchange_certificate", wish, check_mode=True),
        task("request", "exchange_certificate", wish),
        task("again", "exchange_certificate", wish),
    )
    assert ran.of("check", HOST).ok()["csr"] is None
    made, again = ran.of("request", HOST).ok(), ran.of("again", HOST).ok()
    assert (made["changed"], again["changed"], again["csr"]) == (True, False, made["csr"])
    path, thumbprint = one.answer(made["csr"], days=3650)
    ran = play(hosts, task("complete", "exchange_certificate", {"path": str(path), "servers": ["EX3", "EX2"]}))
    assert ran.of("complete", HOST).ok()["changed"] is True and one.holders(thumbprint) == ["EX2", "EX3"]


def test_leftovers_go_by_the_windows_endpoint_of_each_server(life: Any, play: Any) -> None:
    """EX1 at its connection's address, EX2 at that of the inventory; EX3 cannot be found and says so."""
    lab, one = life
    path, thumbprint, _key = long_lived(one, one.ca, "wire")
    options = {"path": str(path), "password": PFX_PASSWORD, "servers": SERVERS}
    hosts = {HOST: lab.inventory_vars(HOST)}
    assert play(hosts, task("first", "exchange_certificate", options)).of("first", HOST).ok()["changed"] is True
    for server in SERVERS:
        one.world.certificates.lose_key(server, thumbprint)
    reachable = {"EX2.contoso.test": lab.inventory_vars("ex2.contoso.test")}
    ran = play({**hosts, **reachable}, task("again", "exchange_certificate", options, run_once=True))
    rows = {row["server"]: row for row in ran.of("again", HOST).result["servers"]}
    assert [rows[server]["failed"] for server in SERVERS] == [False, False, True], rows
    assert "could not be removed by the Windows endpoint" in rows["EX3"]["msg"] and "certlm.msc" in rows["EX3"]["msg"]
    assert one.holders(thumbprint) == ["EX1", "EX2"]
    opened = [(found["host"], found["path"]) for found in lab.log.records("request", action="Create")]
    assert [host for host, where in opened if "wsman" in where] == [HOST, "ex2.contoso.test"]
    assert not [host for host in lab.lab.wire.hosts if lab.shells(host)]
