# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that is taken back, or finished server by server with --limit (certificate-laws L11, L12, G16)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import rollout
from rollout import NAMES, OLD_NAME

from exchange_lab.background import Background

EX1, EX2, EX3 = (f"ex{number}.contoso.test" for number in (1, 2, 3))
NEW_NAME = OLD_NAME.replace("Issuing CA 1", "Issuing CA 2")
ANOTHER_CA = {"extra": {"lab_intermediate": 2}}
CHANGES_UNTIL_BOUND = 4
"""Of a rollout to one server: requested, kept, completed, enabled."""
LISTENERS = ("winrm", "winrms", "http", "https")
NewLab = Callable[..., Background]


@pytest.fixture
def new_lab() -> Iterator[NewLab]:
    """new_lab(servers, **keys of the estate): a lab for one test; a Send connector names its servers' certificate."""
    with ExitStack() as stack:
        yield lambda servers, **estate: stack.enter_context(
            rollout.lab(servers, **{"send_connectors": [rollout.CONNECTOR], **estate})
        )


def run(lab: Background, **given: Any) -> rollout.Rollout:
    """A run that comes to its end."""
    done = rollout.run(lab, **given)
    assert done.code == 0, done.output
    return done


def refused(lab: Background, said: str, **given: Any) -> str:
    """The output of a run that is refused with a sentence, and neither writes nor changes anything."""
    before = written(lab)
    done = rollout.run(lab, **given)
    assert done.code == 2 and said in one_line(done.output), done.output
    assert written(lab) == before
    return done.output


def one_line(output: str) -> str:
    return " ".join(output.split())


def written(lab: Background) -> list[tuple[str, str]]:
    """Each write: the server that it was about, and the cmdlet."""
    return [
        (str(record["parameters"].get("Server") or record["server"]), record["cmdlet"])
        for record in lab.log.records("cmdlet", write=True, what_if=False)
    ]


def changed_servers(done: rollout.Rollout) -> set[str]:
    return {change.partition(" ")[0] for change in done.changes}


def tls_name(lab: Background) -> str:
    return str(lab.world.snapshot()["AD SendConnector Internet"]["TlsCertificateName"])


def old_and_new(lab: Background) -> tuple[str, str]:
    return rollout.thumbprint_of(lab.world, "ex1", newest=False), rollout.thumbprint_of(lab.world, "ex1")


# Back -----------------------------------------------------------------------------------------------------------------


def test_l11_the_thumbprint_of_the_old_certificate_brings_every_server_back(new_lab: NewLab, tmp_path: Path) -> None:
    lab, undo = new_lab(2), {"undo_folder": str(tmp_path)}
    away = run(lab, connectors=[OLD_NAME], **undo, **ANOTHER_CA)
    old, new = old_and_new(lab)
    assert rollout.on_443(lab) == {new} and tls_name(lab) == NEW_NAME
    assert one_line(away.output).count(f"Back: -e certificate_rollout_thumbprint={old}, for this server alone") == 4
    shown = away.output.index("Back: -e"), away.output.index("TASK [mailops.exchange.certificate_rollout : Bring the")
    assert shown == tuple(sorted(shown))
    kept = tmp_path / f"{EX1}-before-{new}.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text()) == {
        "thumbprint": old,
        "pop_certificate_name": "EX1.contoso.test",
        "imap_certificate_name": "EX1.contoso.test",
        "connectors": {"Internet": OLD_NAME},
        "outlook_providers": {"EXCH": None, "EXPR": None, "WEB": None},
    }
    again = run(lab, connectors=[OLD_NAME], **undo, **ANOTHER_CA)
    assert again.changes == ()
    assert one_line(again.output).count(f"Back: -e certificate_rollout_thumbprint={old}, ") == 4

    back = {"thumbprint": old.lower(), "connectors": [NEW_NAME]}
    run(lab, **back)
    assert rollout.on_443(lab) == {old} and tls_name(lab) == OLD_NAME
    assert rollout.pools_with_old_keys(lab) == []
    assert lab.world.serving_problems(NAMES) == []
    assert run(lab, **back).changes == ()


@pytest.mark.nightly
def test_l11_one_server_goes_back_alone_when_clients_may_meet_both(new_lab: NewLab) -> None:
    lab = new_lab(3)
    run(lab)
    old, new = old_and_new(lab)
    alone = {"thumbprint": old, "arguments": ["--limit", EX2]}
    refused(
        lab, f"for the same names: {EX1} {new}, {EX3} {new}. Include them, or set certificate_rollout_mixed", **alone
    )
    before = len(written(lab))
    done = run(lab, mixed=True, **alone)
    assert rollout.by_server(lab) == {EX1: new, EX2: old, EX3: new}
    assert changed_servers(done) == {EX2}
    assert {server for server, _cmdlet in written(lab)[before:]} == {EX2}
    assert lab.world.serving_problems(NAMES) == []


@pytest.mark.nightly
def test_l11_what_a_server_had_first_is_kept_though_the_run_dies(new_lab: NewLab, tmp_path: Path) -> None:
    lab = new_lab(1)
    died = rollout.run(lab, die_after=CHANGES_UNTIL_BOUND, undo_folder=str(tmp_path))
    old, new = old_and_new(lab)
    assert died.code == -9 and rollout.on_443(lab) == {new}
    assert f"Back: -e certificate_rollout_thumbprint={old}," in one_line(run(lab, undo_folder=str(tmp_path)).output)
    assert "Back: -e" not in run(lab).output
    assert json.loads((tmp_path / f"{EX1}-before-{new}.json").read_text())["thumbprint"] == old


@pytest.mark.nightly
def test_s4_what_stays_with_the_newer_certificate_is_said(new_lab: NewLab) -> None:
    lab = new_lab(2)
    assert "which is newer" not in run(lab).output
    old, new = old_and_new(lab)
    back = run(lab, thumbprint=old)
    assert f"Whatever is enabled, Internet will use {new}, which is newer and fits as well." in one_line(back.output)
    assert rollout.on_443(lab) == {old}
    assert lab.world.serving_problems(NAMES) == []


@pytest.mark.nightly
def test_a_server_that_lacks_the_named_certificate_gets_it_from_another(new_lab: NewLab) -> None:
    lab = new_lab(2)
    run(lab, arguments=["--limit", EX1], mixed=True)
    _old, new = old_and_new(lab)
    assert rollout.by_server(lab)[EX2] != new
    run(lab, thumbprint=new, arguments=["--limit", EX2])
    assert rollout.on_443(lab) == {new}


@pytest.mark.nightly
def test_what_is_named_must_be_there_and_serve_the_names(new_lab: NewLab, tmp_path: Path) -> None:
    expired = {"names": list(NAMES), "days": 20, "starts_in_days": -30, "services": []}
    lab = new_lab(1, certificates=[*rollout.estate(1)["certificates"], expired])
    good, ended = (rollout.thumbprint_of(lab.world, "ex1", newest=newest) for newest in (False, True))
    refused(lab, f"No server of the organization lists the certificate {'A' * 40}.", thumbprint="A" * 40)
    refused(lab, "It has 40 hexadecimal digits. Nothing was changed.", thumbprint="A1")
    refused(lab, f"The certificate {ended} on {EX1} is DateInvalid, so it is not rolled out.", thumbprint=ended)
    refused(lab, "does not hold other.contoso.test", thumbprint=good, names=[*NAMES, "other.contoso.test"])
    refused(lab, "exclude each other: leave one out.", thumbprint=good, file="answer.p7b")
    for folder in (tmp_path / "absent", Path("absent")):
        refused(lab, "give the absolute path of a folder that is there", thumbprint=good, undo_folder=str(folder))
    assert run(lab, thumbprint=good, undo_folder=str(tmp_path)).changes == ()


# --limit --------------------------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_l12_a_server_that_was_down_is_finished_alone(new_lab: NewLab, tmp_path: Path) -> None:
    lab = new_lab(3)
    down = lab.world.faults.add("service_host_down", server="EX3", noun="ExchangeCertificate")
    for listener in LISTENERS:
        lab.close_listener(EX3, listener, cut=True)
    told = refused(lab, f"fatal: [{EX3}]")
    assert "Look at the certificates of all servers" not in told
    others = run(lab, arguments=["--limit", f"{EX1},{EX2}"])
    assert f"The certificates of {EX3} could not be read." in one_line(others.output)
    _old, new = old_and_new(lab)
    shown = rollout.by_server(lab)
    assert (shown[EX1], shown[EX2]) == (new, new) and shown[EX3] != new

    lab.world.faults.remove(down)
    for listener in LISTENERS:
        lab.open_listener(EX3, listener)
    before = len(written(lab))
    hook = {"hook": str(rollout.HOOK), "extra": {"drained_folder": str(tmp_path)}}
    done = run(lab, arguments=["--limit", EX3], **hook)
    assert rollout.on_443(lab) == {new} and list(tmp_path.iterdir()) == []
    assert changed_servers(done) == {EX3}
    assert {server for server, cmdlet in written(lab)[before:] if cmdlet != "Export-ExchangeCertificate"} == {EX3}
    twice = [task for (_host, _path, task), count in done.sessions(lab).items() if count > 1]
    assert twice == ["Ask every server whether it refuses"]
    assert rollout.pools_with_old_keys(lab) == []
    assert run(lab).changes == ()


@pytest.mark.nightly
def test_g16_a_server_is_kept_from_clients_when_the_others_have_changed_meanwhile(
    new_lab: NewLab, tmp_path: Path
) -> None:
    lab = new_lab(2)
    run(lab, arguments=["--limit", EX1], mixed=True)
    old, new = old_and_new(lab)
    log, machine = lab.world.log, lab.world.machines[EX1]

    def take_the_other_back(record: dict[str, Any]) -> None:
        log(record)
        if record["cmdlet"] == "Enable-ExchangeCertificate":
            machine.bind_certificate("Default Web Site", old)

    given = {
        "arguments": ["--limit", EX2],
        "hook": str(rollout.HOOK),
        "extra": {"drained_folder": str(tmp_path)},
    }
    lab.world.log = take_the_other_back
    stopped = rollout.run(lab, **given)
    lab.world.log = log
    assert stopped.code == 2 and f"{EX2} is not let back to clients." in one_line(stopped.output), stopped.output
    assert [path.name for path in tmp_path.iterdir()] == [EX2]
    assert rollout.by_server(lab) == {EX1: old, EX2: new}
    machine.bind_certificate("Default Web Site", new)
    run(lab, **given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.nightly
def test_a_send_connector_follows_when_its_other_source_servers_have_the_certificate(new_lab: NewLab) -> None:
    lab = new_lab(2)
    run(lab, arguments=["--limit", EX1], mixed=True, **ANOTHER_CA)
    alone = rollout.run(lab, arguments=["--limit", EX1], mixed=True, connectors=[OLD_NAME])
    assert alone.code == 2 and "that lack the certificate, and their mail would wait there: EX2." in one_line(
        alone.output
    )
    assert tls_name(lab) == OLD_NAME
    run(lab, arguments=["--limit", EX2], connectors=[OLD_NAME])
    assert tls_name(lab) == NEW_NAME


# POP and IMAP ---------------------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_pop_takes_a_certificate_of_the_same_name_up(new_lab: NewLab) -> None:
    lab = new_lab(1)
    machine, server = lab.world.machines[EX1], lab.world.server("ex1")
    given = {"services": ["IIS", "SMTP", "POP"]}
    for service in ("MSExchangePOP3", "MSExchangePOP3BE"):
        machine.start_service(service)
    run(lab, thumbprint=rollout.thumbprint_of(lab.world, "ex1"), **given)
    run(lab, **given)
    _old, new = old_and_new(lab)
    presented = lab.world.mail_tls.protocol_certificate(server, "POP")
    assert presented is not None and presented.thumbprint == new
