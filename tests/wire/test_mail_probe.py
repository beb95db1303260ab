# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_mail_probe by the unmodified ansible-playbook, against the lab's mail ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playbook import Run, task

from exchange_lab.background import Background
from exchange_lab.world.clock import WallClock
from exchange_lab.world.world import World

MAIL = "mail.contoso.test"
EX1, EX2, EX3, EX4 = SERVERS = [f"ex{number}.contoso.test" for number in range(1, 5)]
PROTOCOLS = ("smtp", "submission", "pop3", "pop3s", "imap4", "imap4s")
POP_AND_IMAP = ("MSExchangePOP3", "MSExchangeIMAP4")
ON_THE_CONTROL_NODE = {"localhost": {}}


@pytest.fixture
def lab() -> Iterator[Background]:
    """Four servers that serve every mail protocol with one certificate for the name that clients use."""
    with Background(World.from_estate("two_datacenters", clock=WallClock())) as running:
        new = running.world.certificates.issue(*SERVERS, names=[MAIL], services=["SMTP", "POP", "IMAP"])
        assert new
        for connector in running.world.receive_connectors:
            connector.object.initial["Fqdn"] = MAIL
        for server in SERVERS:
            for service in POP_AND_IMAP:
                running.world.machines[server].start_service(service)
            running.follow(server)
        yield running


def about(lab: Background, *servers: str, **more: Any) -> dict[str, Any]:
    """Options that reach servers of the lab."""
    known = {server: lab.inventory_vars(server) for server in servers}
    ports = {protocol: known[servers[0]][f"exchange_{protocol}_port"] for protocol in PROTOCOLS}
    return {
        "servers": list(servers),
        "names": [MAIL],
        "addresses": {server: found["exchange_host"] for server, found in known.items()},
        "protocols": list(PROTOCOLS),
        "ports": ports,
        "ca_cert": str(lab.client_ca()),
        "retries": 0,
        **more,
    }


def test_each_fault_is_told_apart_and_nothing_is_sent_to_exchange(lab: Background, play: Any) -> None:
    world = lab.world
    (shown,) = {entry.thumbprint for entry in world.certificates.of(EX1).my if MAIL in entry.names}
    import_alone = world.certificates.issue(EX2, names=[MAIL], starts_in_days=0)
    world.certificates.of(EX3).intermediates.clear()
    world.machines[EX4].stop_service("MSExchangePOP3")
    lab.follow(EX4)
    before = world.snapshot()
    run: Run = play(
        ON_THE_CONTROL_NODE,
        task("all", "exchange_mail_probe", about(lab, *SERVERS, thumbprint=shown)),
        task("check", "exchange_mail_probe", about(lab, EX1, thumbprint=shown), check_mode=True),
        task("renewed", "exchange_mail_probe", about(lab, EX2, protocols=["imap4s"], thumbprint=import_alone)),
        task("untrusted", "exchange_mail_probe", about(lab, EX1, ca_cert=str(lab.lab.ca_file), protocols=["smtp"])),
        task("blind", "exchange_mail_probe", about(lab, EX3, validate_certs=False, protocols=["pop3s"])),
    )
    result = run.of("all", "localhost").ok()
    assert sorted((one["code"], one["subject"], one["sentence"].partition(":")[0]) for one in result["findings"]) == [
        ("mail_pop_imap_chain_incomplete", EX3, "imap4"),
        ("mail_pop_imap_chain_incomplete", EX3, "imap4s"),
        ("mail_pop_imap_chain_incomplete", EX3, "pop3"),
        ("mail_pop_imap_chain_incomplete", EX3, "pop3s"),
        ("mail_pop_imap_port_refused", EX4, "pop3"),
        ("mail_pop_imap_port_refused", EX4, "pop3s"),
        ("mail_smtp_no_tls", EX3, "smtp"),  # nothing fits whose chain can be built (S2)
        ("mail_smtp_no_tls", EX3, "submission"),
        ("mail_smtp_tls_cut", EX2, "smtp"),  # chosen without SMTP (S3)
        ("mail_smtp_tls_cut", EX2, "submission"),
    ]
    assert {one["subject"] for one in result["probes"] if one["fault"] is None and one["protocol"] == "smtp"} == {
        EX1,
        EX4,
    }
    assert {len(one["chain"]) for one in result["probes"] if one["subject"] == EX1} == {2}
    found = run.of("check", "localhost").ok()
    assert found["healthy"] and not found["changed"], found["findings"]
    codes = {
        "renewed": ["mail_pop_imap_certificate_other"],
        "untrusted": ["mail_smtp_certificate_untrusted"],
        "blind": [],
    }
    for name, wanted in codes.items():
        assert [one["code"] for one in run.of(name, "localhost").ok()["findings"]] == wanted
    assert world.snapshot() == before
    assert lab.log.records("request") == []
    commands = {record["command"] for record in lab.log.records("mail")}
    assert commands == {"EHLO", "STARTTLS", "CAPA", "STLS", "CAPABILITY", "QUIT", "LOGOUT"}


def test_what_was_wrong_is_right_after_its_cure(lab: Background, play: Any) -> None:
    world = lab.world
    new = world.certificates.issue(EX2, names=[MAIL], starts_in_days=0)
    broken = play(ON_THE_CONTROL_NODE, task("broken", "exchange_mail_probe", about(lab, EX2, thumbprint=new)))
    assert broken.of("broken", "localhost").ok()["healthy"] is False
    world.certificates.enable(EX2, new, ["SMTP"])
    for service in POP_AND_IMAP:
        world.machines[EX2].stop_service(service)
        world.machines[EX2].start_service(service)
    lab.follow(EX2)
    cured = play(ON_THE_CONTROL_NODE, task("cured", "exchange_mail_probe", about(lab, EX2, thumbprint=new)))
    result = cured.of("cured", "localhost").ok()
    assert result["healthy"], result["findings"]


def test_with_it_exchange_certificate_info_finds_what_was_not_restarted(lab: Background, play: Any) -> None:
    """Under the server's own name, whatever the certificate is, and until the restart."""
    world = lab.world
    ports = about(lab, EX2, names=[], protocols=["pop3", "imap4s"], validate_certs=False)

    def found() -> list[tuple[str, str, str]]:
        run: Run = play(
            {EX2: lab.inventory_vars(EX2)},
            task("mail", "exchange_mail_probe", ports, register="mail"),
            task("info", "exchange_certificate_info", {"servers": [EX2], "mail_probes": ["{{ mail }}"]}),
        )
        findings = run.of("info", EX2).ok()["findings"]
        return [
            (one["code"], one["subject"], one["sentence"].partition(" ")[0])
            for one in findings
            if one["code"].startswith("pop_imap_certificate")
        ]

    assert found() == []
    new = world.certificates.issue(EX2, names=[MAIL], services=["POP", "IMAP"], starts_in_days=0)
    assert found() == [("pop_imap_certificate_outdated", "EX2", protocol) for protocol in ("IMAP", "POP")]
    for service in POP_AND_IMAP:
        world.machines[EX2].stop_service(service)
        world.machines[EX2].start_service(service)
    loaded = world.mail_tls.protocol_certificate(world.servers[EX2], "POP")
    assert loaded and loaded.thumbprint == new
    assert found() == []
