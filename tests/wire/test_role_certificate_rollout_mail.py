# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout by the unmodified ansible-playbook proves TLS of mail on each server (certificate-laws L3c, L7, Y1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import rollout
from rollout import MAIL, NAMES

from exchange_lab.background import Background
from exchange_lab.world.certificates.outside import pfx

PASSWORD = "hunter2-of-the-file"
POP_SERVICES = ("MSExchangePOP3", "MSExchangePOP3BE")

NewLab = Callable[[int], Background]


@pytest.fixture
def new_lab() -> Iterator[NewLab]:
    """new_lab(servers): a lab for one test."""
    with ExitStack() as stack:
        yield lambda servers: stack.enter_context(rollout.lab(servers))


def on_25(lab: Background) -> list[str | None]:
    """The thumbprint after STARTTLS on each server; None where it does not work."""
    shown = (lab.world.mail_tls.starttls_certificate(server) for server in lab.world.servers.values())
    return [entry.thumbprint if entry else None for entry in shown]


def test_y1_a_certificate_of_the_same_name_without_smtp_on_one_server_stops_the_rollout_there(
    new_lab: NewLab, tmp_path: Path
) -> None:
    """It was imported there by hand, is newer than that of the rollout, and breaks STARTTLS (S3)."""
    lab = new_lab(3)
    for connector in lab.world.receive_connectors:
        if connector.object.name.startswith("Default Frontend"):
            connector.object.initial["Fqdn"] = MAIL
    path, drained = tmp_path / "new.pfx", tmp_path / "drained"
    path.write_bytes(pfx(lab.world.certificates, list(NAMES), PASSWORD))
    drained.mkdir()
    old = rollout.thumbprint_of(lab.world, "ex3")
    stray = lab.world.certificates.issue("ex2", names=[MAIL], starts_in_days=0)
    given: dict[str, Any] = {
        "file": str(path),
        "password": PASSWORD,
        "mail_names": [MAIL],
        "hook": str(rollout.HOOK),
        "extra": {"drained_folder": str(drained)},
    }
    stopped = rollout.run(lab, probe_deadline=3, **given)
    new = rollout.thumbprint_of(lab.world, "ex1")
    assert stopped.code != 0 and "cuts the TLS handshake off" in stopped.output, stopped.output
    assert on_25(lab) == [new, None, old]
    assert [one.name for one in drained.iterdir()] == ["ex2.contoso.test"]
    lab.world.certificates.remove("ex2", stray)
    done = rollout.run(lab, **given)
    assert done.code == 0, done.output
    assert on_25(lab) == [new] * 3 and rollout.on_443(lab) == {new} and list(drained.iterdir()) == []
    assert not any(change.startswith("ex1.") for change in done.changes)
    again = rollout.run(lab, **given)
    assert again.code == 0 and again.changes == (), again.output


def test_servers_whose_port_25_is_out_of_reach_are_not_switched(new_lab: NewLab) -> None:
    lab = new_lab(2)
    old = rollout.by_server(lab)
    machine = lab.world.machines["ex2.contoso.test"]
    machine.stop_service("MSExchangeFrontEndTransport")
    lab.follow("ex2.contoso.test")
    refused = rollout.run(lab)
    assert refused.code != 0 and "Nothing was imported" in refused.output, refused.output
    assert {one["cmdlet"] for one in lab.log.records("cmdlet", write=True)} == {"New-ExchangeCertificate"}
    assert "nothing listens on" in refused.output and "certificate_rollout_mail_probe" in refused.output
    assert rollout.by_server(lab) == old
    unproved = rollout.run(lab, mail_probe=False)
    assert unproved.code == 0, unproved.output
    assert (
        len(rollout.on_443(lab)) == 1 and not lab.log.records("mail", host="ex1.contoso.test", command="STARTTLS")[4:]
    )


@pytest.mark.nightly
def test_pop_shows_a_renewed_certificate_although_its_name_stays(new_lab: NewLab) -> None:
    lab = new_lab(1)
    machine = lab.world.machines["ex1.contoso.test"]
    lab.world.certificates.enable("ex1", rollout.thumbprint_of(lab.world, "ex1"), ["POP"])
    for service in POP_SERVICES:
        machine.start_service(service)
    lab.follow("ex1.contoso.test")
    given = {"services": ["IIS", "SMTP", "POP"], "mail_protocols": ["smtp", "pop3", "pop3s"]}
    done = rollout.run(lab, **given)
    assert done.code == 0, done.output
    presented = lab.world.mail_tls.protocol_certificate(lab.world.server("ex1"), "POP")
    assert presented is not None and {presented.thumbprint} == rollout.on_443(lab)
    assert {record["port"] for record in lab.log.records("mail", command="STLS")} == {110}
    again = rollout.run(lab, **given)
    assert again.code == 0 and again.changes == (), again.output


@pytest.mark.nightly
@pytest.mark.parametrize(("cache", "restarts"), [("per_session", 0), ("until_restart", 1)])
def test_l8_transport_is_restarted_once_where_it_still_shows_the_old_certificate(
    new_lab: NewLab, cache: str, restarts: int
) -> None:
    lab = new_lab(1)
    lab.world.switches["smtp_cert_cache"] = cache
    for connector in lab.world.receive_connectors:
        if connector.object.name.startswith("Default Frontend"):
            connector.object.initial["Fqdn"] = MAIL
    done = rollout.run(lab, mail_names=[MAIL], probe_deadline=10)
    assert done.code == 0, done.output
    assert {*on_25(lab)} == rollout.on_443(lab) == {rollout.thumbprint_of(lab.world, "ex1")}
    restarted = [one["parameters"]["Name"] for one in lab.log.records("cmdlet", cmdlet="Restart-Service")]
    assert restarted == ["MSExchangeFrontEndTransport"] * restarts
    again = rollout.run(lab, mail_names=[MAIL])
    assert again.code == 0 and again.changes == (), again.output
