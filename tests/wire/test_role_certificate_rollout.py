# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout by the unmodified ansible-playbook: clients are served all the time, and a killed run is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import certificate_files
import lab_log
import pytest
import rollout
import yaml
from client_load import LONGEST_REQUEST, Load
from haproxy import Check, Haproxy
from places import client_places
from rollout import MAIL, NAMES

from exchange_lab import sign
from exchange_lab.background import Background
from exchange_lab.world import exchange_setup
from exchange_lab.world.certificates.outside import pfx

PASSWORD = "hunter2-of-the-file"
POP_SERVICES = ("MSExchangePOP3", "MSExchangePOP3BE")
CHANGING = ("Import-ExchangeCertificate", "Enable-ExchangeCertificate", "Restart-WebAppPool")

NewLab = Callable[..., Background]


@pytest.fixture
def new_lab() -> Iterator[NewLab]:
    """new_lab(servers, **keys of the estate): a lab for one test."""
    with ExitStack() as stack:
        yield lambda servers, **estate: stack.enter_context(rollout.lab(servers, **estate))


@pytest.fixture(scope="module")
def wrong_lab() -> Iterator[Background]:
    """One server, for runs that must not change it."""
    with rollout.lab(1) as running:
        yield running


def written(lab: Background) -> list[dict[str, Any]]:
    return [record for server in rollout.fqdns(lab) for record in lab_log.writes(lab, server)]


# Nobody notices -------------------------------------------------------------------------------------------------------


@contextmanager
def watched(lab: Background) -> Iterator[list[str]]:
    """What is wrong for clients after any write, of certificate-laws 9 T; 444 and the transport default among it."""
    seen: list[str] = []
    before = lab.world.log

    def look(record: dict[str, Any]) -> None:
        before(record)
        if record.get("write"):
            seen.extend(lab.world.serving_problems(NAMES))

    lab.world.log = look
    try:
        yield seen
    finally:
        lab.world.log = before


PHASES = {
    "/PowerShell": (
        "See that every server answers through its own endpoint",
        "Give the server the certificate and its services",
    ),
    "/wsman": (
        "See whether its application pools run, and which of them began before 443 got its certificate",
        "Give the binding of the loopback address the same certificate",
        "Recycle the application pools that keep the old key",
    ),
}
"""The tasks that open a session, one on every server."""
FOR_ALL = (
    "Look at the certificates of all servers",
    "Request the certificate, or find the request that waits",
    "Ask every server whether it refuses",
    "Bring the certificate to every server",
)
"""The tasks that reach every server through one session with the first."""


def expected_sessions(lab: Background) -> dict[tuple[str, str, str], int]:
    """One for each server and phase, which is a task."""
    servers = rollout.fqdns(lab)
    own = [(server, path, task) for server in servers for path, tasks in PHASES.items() for task in tasks]
    once = dict.fromkeys([*own, *((servers[0], "/PowerShell", task) for task in FOR_ALL)], 1)
    return {**once, (servers[0], "/PowerShell", "Ask every server whether it refuses"): 2}


def anchor(server: str) -> dict[str, str]:
    """Headers of a client whose mailbox is active on a server, whichever server it asks."""
    return {"X-AnchorMailbox": f"someone@{server}"}


def recycled(lab: Background, server: str) -> list[tuple[float, float]]:
    """While a server's pools were cold, the last time: front ends of all servers need those that it shares (H10)."""
    pools = lab.world.machines[server].pools.values()
    return [(pool.recycled_at, pool.ready_at) for pool in pools]


def serve_all_the_time(
    lab: Background, longest: float, pause: float, check_ms: int, patience: float = LONGEST_REQUEST, **given: Any
) -> None:
    """A rollout with HAProxy in front, clients at every door, and one session a server and phase.

    Args:
        longest: seconds that the run may take.
        pause: seconds between two requests of a client.
        patience: seconds that a client waits for an answer, which a busy lab of many servers may need.
        check_ms: between two checks of HAProxy; also what a check has for its handshake, however busy the lab is.
    """
    places = client_places({server: lab.inventory_vars(server) for server in rollout.fqdns(lab)})
    ca = lab.client_ca()
    first, *_others = rollout.fqdns(lab)
    with Haproxy(places, Check(MAIL, ca, interval=check_ms)) as haproxy, watched(lab) as problems:
        mailbox = Load([haproxy.place], MAIL, ca, path="/owa/", headers=anchor(first), pause=pause, patience=patience)
        with mailbox, Load([haproxy.place, *places], MAIL, ca, pause=pause, patience=patience) as load:
            load.wait_for_answers()
            mailbox.wait_for_answers()
            done = rollout.run(
                lab,
                hook="haproxy",
                haproxy_sockets=[{"socket": str(haproxy.socket)}],
                haproxy_backends=["exchange"],
                longest=longest,
                **given,
            )
            assert done.code == 0, done.output
            load.wait_for_answers()
            mailbox.wait_for_answers()
        assert mailbox.failed(haproxy.place.name, outside=recycled(lab, first)) == []
        new = rollout.thumbprint_of(lab.world, rollout.fqdns(lab)[0])
        assert rollout.on_443(lab) == {new}
        assert problems == []
        assert load.failed(haproxy.place.name) == [], haproxy.log[-2000:]
        assert load.thumbprints(haproxy.place.name)[-1] == new
        for place in places:
            assert len(haproxy.drains(place.name)) == 1
            assert load.failed(place.name, outside=haproxy.drains(place.name)) == []
            assert load.thumbprints(place.name)[-1] == new
    assert done.sessions(lab) == expected_sessions(lab)


@pytest.mark.haproxy
def test_clients_of_four_servers_notice_nothing(new_lab: NewLab) -> None:
    lab = new_lab(4)
    serve_all_the_time(lab, 300.0, pause=0.1, check_ms=1000)
    again = rollout.run(lab)
    assert again.code == 0, again.output
    assert again.changes == ()


@pytest.mark.nightly
@pytest.mark.haproxy
def test_clients_of_fifty_servers_notice_nothing(new_lab: NewLab) -> None:
    serve_all_the_time(new_lab(50), 3000.0, pause=1.0, check_ms=5000, patience=60.0, probe_protocols=["owa"])


# Ways of a certificate ------------------------------------------------------------------------------------------------


def test_signed_by_hand_between_two_runs(new_lab: NewLab, tmp_path: Path) -> None:
    lab, request, answer = new_lab(2), tmp_path / "request.csr", tmp_path / "answer.pem"
    checked = rollout.run(lab, sign_tasks="", request_file=str(request), arguments=["--check"])
    assert checked.code == 0, checked.output
    assert written(lab) == [] and not request.exists()
    asked = rollout.run(lab, sign_tasks="", request_file=str(request))
    assert asked.code == 0 and "certificate_rollout_file=FILE" in asked.output, asked.output
    assert [one["cmdlet"] for one in written(lab)] == ["New-ExchangeCertificate"]
    sign.main([str(request), "--dir", str(lab.folder), "--out", str(answer)])
    before = len(written(lab))
    checked = rollout.run(lab, file=str(answer), arguments=["--check"])
    assert checked.code == 0, checked.output
    assert len(written(lab)) == before
    done = rollout.run(lab, file=str(answer))
    assert done.code == 0, done.output
    assert rollout.on_443(lab) == {rollout.thumbprint_of(lab.world, "ex1")}
    again = rollout.run(lab, sign_tasks="")
    assert again.code == 0 and again.changes == (), again.output


@pytest.mark.nightly
def test_n7_the_request_that_is_answered_is_completed_although_another_waits(new_lab: NewLab, tmp_path: Path) -> None:
    """Its common name is none of the names, it is not on the first server, and connectors choose the answer at once."""
    lab, request, answer = new_lab(2), tmp_path / "request.csr", tmp_path / "answer.pem"
    for connector in lab.world.receive_connectors:
        if connector.object.name.startswith("Default Frontend"):
            connector.object.initial["Fqdn"] = MAIL
    given = {"sign_tasks": "", "request_file": str(request), "subject": "CN=contoso.test"}
    asked = rollout.run(lab, **given, arguments=["--limit", "ex2.contoso.test"], mixed=True)
    assert asked.code == 0, asked.output
    lab.world.certificates.request("ex1", NAMES)
    sign.main([str(request), "--dir", str(lab.folder), "--out", str(answer)])
    done = rollout.run(lab, **given, file=str(answer))
    assert done.code == 0, done.output
    assert len(rollout.on_443(lab)) == 1
    assert lab.world.serving_problems(NAMES) == []


def expected_by_outlook(lab: Background) -> set[str | None]:
    state = lab.world.snapshot()
    return {state[f"AD OutlookProvider {name}"]["CertPrincipalName"] for name in ("EXPR", "EXCH")}


def test_a_wildcard_with_its_key_and_every_service(new_lab: NewLab, tmp_path: Path) -> None:
    lab, path = new_lab(2), tmp_path / "wildcard.pfx"
    path.write_bytes(pfx(lab.world.certificates, ["*.contoso.test"], PASSWORD))
    given = {
        "names": ["*.contoso.test"],
        "probe_names": list(NAMES),
        "file": str(path),
        "password": PASSWORD,
        "services": ["IIS", "SMTP", "POP", "IMAP"],
        "x509_certificate_name": MAIL,
    }
    machine = lab.world.machines["ex2.contoso.test"]
    for service in POP_SERVICES:  # as Microsoft's page on POP says
        machine.services[service].start_type = "Automatic"
        machine.start_service(service)
    refused = rollout.run(lab, **given | {"services": ["IIS"], "x509_certificate_name": ""})
    assert refused.code != 0 and "Add SMTP to certificate_rollout_services" in refused.output, refused.output
    assert written(lab) == []
    before = expected_by_outlook(lab)
    first = rollout.run(lab, arguments=["--limit", "ex1.contoso.test"], mixed=True, **given)
    assert first.code == 0 and "msstd:*.contoso.test before all servers show" in first.output, first.output
    assert expected_by_outlook(lab) == before
    done = rollout.run(lab, arguments=["-vvvvv"], **given)
    assert done.code == 0, done.output[-3000:]
    assert PASSWORD not in done.output
    (new,) = rollout.on_443(lab)
    presented = lab.world.mail_tls.protocol_certificate(lab.world.server("ex2"), "POP")
    assert presented is not None and presented.thumbprint == new
    assert [machine.services[name].running for name in (*POP_SERVICES, "MSExchangeIMAP4")] == [True, True, False]
    assert rollout.entry(lab.world, "ex2", new).names == ("*.contoso.test",)
    state = lab.world.snapshot()
    assert state["AD EX2 POP settings"]["X509CertificateName"] == MAIL
    assert expected_by_outlook(lab) == {"msstd:*.contoso.test"}
    assert lab.world.serving_problems(NAMES) == []
    again = rollout.run(lab, **given)
    assert again.code == 0 and again.changes == (), again.output
    machine.stop_service("MSExchangePOP3")  # as a run would that died in between
    resumed = rollout.run(lab, **given)
    assert resumed.code == 0 and [change.partition(" : ")[2] for change in resumed.changes] == [
        "Start POP and IMAP where they ran"
    ]
    assert machine.services["MSExchangePOP3"].running
    back = {
        "names": list(NAMES),
        "services": given["services"],
        "thumbprint": rollout.thumbprint_of(lab.world, "ex1"),
        "drop_names": ["*.contoso.test"],
    }
    returned = rollout.run(lab, **back)
    assert returned.code == 0, returned.output
    told = " ".join(returned.output.split())
    assert rollout.on_443(lab) == {back["thumbprint"]}
    assert "Outlook provider EXPR expects msstd:*.contoso.test, which the certificate does not hold." in told
    assert f"POP of EX2, IMAP of EX2 will use {new}" in told and "POP had X509CertificateName mail.contoso.test" in told
    presented = lab.world.mail_tls.protocol_certificate(lab.world.server("ex2"), "POP")
    assert presented is not None and presented.thumbprint == new


@pytest.mark.nightly
def test_a_loopback_binding_with_another_certificate_gets_that_of_the_others(new_lab: NewLab) -> None:
    lab = new_lab(1)
    old = rollout.thumbprint_of(lab.world, "ex1")
    assert rollout.run(lab).code == 0
    entries = lab.world.machines["ex1.contoso.test"].http_sys.entries
    loopback = "127.0.0.1", 443
    new = entries[loopback].thumbprint
    entries[loopback] = replace(entries[loopback], thumbprint=old)
    done = rollout.run(lab)
    assert done.code == 0, done.output
    assert done.changes[0].endswith("Give the binding of the loopback address the same certificate")
    assert entries[loopback].thumbprint == new != old
    again = rollout.run(lab)
    assert again.code == 0 and again.changes == (), again.output


# Stopped in time ------------------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_y1_y17_one_server_that_refuses_keeps_the_rollout_from_starting(new_lab: NewLab) -> None:
    lab = new_lab(2, send_connectors=[rollout.CONNECTOR])
    connector = next(one for one in lab.world.receive_connectors if one.object.name == "Client Proxy EX2")
    kept, connector.object.initial["Fqdn"] = connector.object.initial["Fqdn"], "mail_relay.contoso.test"
    asked = rollout.run(lab)
    assert asked.code != 0 and "underscore" in asked.output, asked.output
    assert [one["cmdlet"] for one in written(lab)] == ["New-ExchangeCertificate"]  # nothing was imported anywhere
    connector.object.initial["Fqdn"] = kept
    done = rollout.run(lab)
    assert done.code == 0, done.output
    assert lab.world.serving_problems(NAMES) == []


@pytest.mark.nightly
def test_exchange_setup_on_one_server_keeps_the_rollout_from_starting(new_lab: NewLab) -> None:
    lab = new_lab(2)
    exchange_setup.begin(lab.world, "ex2")
    refused = rollout.run(lab)
    said = " ".join(refused.output.split())
    assert refused.code != 0 and "EX2: The requester Functional has made Monitoring" in said, refused.output
    assert written(lab) == []
    exchange_setup.end(lab.world, "ex2")
    done = rollout.run(lab)
    assert done.code == 0, done.output
    assert lab.world.serving_problems(NAMES) == []


def test_y13_a_server_that_refuses_the_certificate_once_it_is_there_is_found_before_one_is_drained(
    new_lab: NewLab, tmp_path: Path
) -> None:
    lab = new_lab(2)
    old = rollout.on_443(lab)
    lab.world.machines["ex2.contoso.test"].clock_skew = -7200
    given = {"hook": str(rollout.HOOK), "extra": {"drained_folder": str(tmp_path)}}
    for _run in range(2):
        refused = rollout.run(lab, **given)
        assert refused.code != 0 and "DateInvalid" in refused.output, refused.output
    assert {one["cmdlet"] for one in written(lab)}.isdisjoint({"Enable-ExchangeCertificate", "Restart-WebAppPool"})
    assert rollout.on_443(lab) == old and list(tmp_path.iterdir()) == []
    lab.world.machines["ex2.contoso.test"].clock_skew = 0
    done = rollout.run(lab, **given)
    assert done.code == 0, done.output
    assert len(rollout.on_443(lab)) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("serial", [1, 2])
def test_the_first_server_that_does_not_get_there_stays_drained(new_lab: NewLab, tmp_path: Path, serial: int) -> None:
    """Another one of its batch comes to the end of its turn."""
    lab = new_lab(3)
    old = rollout.thumbprint_of(lab.world, "ex1")
    machine = lab.world.machines["ex2.contoso.test"]
    machine.pools["MSExchangeOABAppPool"].state = "Stopped"
    given = {"hook": str(rollout.HOOK), "extra": {"drained_folder": str(tmp_path), "rollout_serial": serial}}
    stopped = rollout.run(lab, probe_deadline=3, **given)
    assert stopped.code != 0 and "503" in stopped.output, stopped.output
    assert [path.name for path in tmp_path.iterdir()] == ["ex2.contoso.test"]
    shown = rollout.by_server(lab)
    assert shown["ex3.contoso.test"] == old != shown["ex1.contoso.test"]
    machine.start_pool("MSExchangeOABAppPool")
    done = rollout.run(lab, **given)
    assert done.code == 0, done.output
    assert len(rollout.on_443(lab)) == 1 and list(tmp_path.iterdir()) == []
    assert not any(change.startswith("ex1.") for change in done.changes)


@pytest.mark.nightly
@pytest.mark.parametrize("serial", [1, 2])
def test_a_balancer_that_is_unreachable_stops_the_rollout(new_lab: NewLab, tmp_path: Path, serial: int) -> None:
    lab = new_lab(3)
    unreachable = {"ansible_connection": "psrp", "ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_user": "x"}
    ask = {
        "name": "Ask a load balancer about the first server",
        "ansible.builtin.raw": "hostname",
        "delegate_to": "lb1",
        "vars": {**unreachable, "ansible_password": "x"},
        "when": "certificate_rollout_fqdn == 'ex1.contoso.test'",
    }
    hook = tmp_path / "hook.yml"
    hook.write_text(yaml.safe_dump([ask]))
    batches = ["-e", f"rollout_serial={serial}"]
    stopped = rollout.run(lab, hook=str(hook), arguments=batches)
    assert stopped.code != 0 and "UNREACHABLE" in stopped.output, stopped.output
    new = rollout.thumbprint_of(lab.world, "ex1")
    shown = rollout.by_server(lab)
    assert new not in (shown["ex1.contoso.test"], shown["ex3.contoso.test"])
    done = rollout.run(lab, arguments=batches)
    assert done.code == 0, done.output
    assert rollout.on_443(lab) == {new}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"names": []}, "Say which names clients use"),
        ({"names": ["*.contoso.test"]}, "certificate_rollout_probe_names"),
        ({"names": [MAIL]}, "autodiscover.contoso.test. Have it issued with them"),
        ({"file": "absent.pfx"}, "absent.pfx cannot be read"),
        ({"services": ["UM"]}, "UM"),
        ({"services": ["SMTP"]}, "Add IIS, or use the module exchange_certificate"),
        ({"hook": "nowhere.yml"}, "certificate_rollout_hook names no file"),
        ({"sign_tasks": "nowhere.yml"}, "certificate_rollout_sign_tasks names no file"),
        ({"hook": "haproxy", "haproxy_sockets": [{"socket": "/x"}]}, "certificate_rollout_haproxy_backends is needed"),
    ],
)
def test_bad_input_changes_nothing(wrong_lab: Background, given: dict[str, Any], said: str) -> None:
    refused = rollout.run(wrong_lab, **given)
    assert refused.code != 0 and said in refused.output, refused.output
    assert not any(one["cmdlet"] in CHANGING for one in written(wrong_lab))


@pytest.mark.nightly
def test_g1_a_file_whose_certificate_no_client_trusts_never_reaches_443(new_lab: NewLab, tmp_path: Path) -> None:
    lab, path, key = new_lab(1), tmp_path / "own.pfx", certificate_files.rsa_key()
    old = rollout.on_443(lab)
    own = certificate_files.name(MAIL)
    alone = certificate_files.sign(own, key.public_key(), own, key, names=NAMES)
    path.write_bytes(certificate_files.pfx(alone, key, password=PASSWORD))
    given = {"file": str(path), "password": PASSWORD}
    refused = rollout.run(lab, **given)
    assert refused.code != 0 and "is self-signed, and clients do not trust it" in refused.output, refused.output
    assert written(lab) == []
    issued = certificate_files.Ca.create("Nobody knows it").issue(NAMES, key.public_key())
    path.write_bytes(certificate_files.pfx(issued, key, password=PASSWORD))
    refused = rollout.run(lab, **given)
    assert refused.code != 0 and "Untrusted" in refused.output, refused.output
    assert [one["cmdlet"] for one in written(lab)] == ["Import-ExchangeCertificate"]
    path.write_bytes(pfx(lab.world.certificates, list(NAMES), PASSWORD))
    done = rollout.run(lab, **given)
    assert done.code == 0 and rollout.on_443(lab) != old, done.output
