# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate state=present: where a certificate comes from, and that none arrives without its key.

Laws I1 to I9 and X1 to X5. What it serves is tested beside.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from certificate_files import der, p7b, pem, pem_key, rsa_key
from certificate_life import (
    AUTODISCOVER,
    MAIL,
    NAMES,
    PFX_PASSWORD,
    Life,
    quiet,
    row,
    thumbprint_of,
    without_windows,
)
from cryptography.hazmat.primitives.serialization import Encoding
from in_process import InProcessSession

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import (
    CommandFailed,
    DeadlineExceeded,
    Interrupted,
)
from exchange_lab.cmdlets.windows.certificates import LiveCertificate, MyStore
from exchange_lab.world.certificates import StoreEntry

SERVERS = ["EX1", "EX2", "EX3", "EX4"]


def sent_to(result: Any, cmdlet: str) -> list[str]:
    """The servers that a command went to and was carried out on."""
    return [record["parameters"]["Server"] for record in result.written if record["cmdlet"] == cmdlet]


IMPORT, EXPORT = "Import-ExchangeCertificate", "Export-ExchangeCertificate"


# Completing a request

ANSWERS: dict[str, Callable[[Any, Any], bytes]] = {
    "der": lambda made, ca: der(made),
    "pem": lambda made, ca: pem(made),
    "pem_with_chain": lambda made, ca: pem(made, ca.intermediate, ca.root),
    "pkcs7": lambda made, ca: p7b(made, ca.intermediate),
    "pkcs7_pem": lambda made, ca: p7b(ca.intermediate, made, encoding=Encoding.PEM),
    "base64": lambda made, ca: base64.b64encode(der(made)),
}


@pytest.mark.parametrize("encode", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_any_kind_completes_the_request(life, encode: Callable[[Any, Any], bytes]) -> None:
    one = life()
    csr = one.request("EX2", friendly_name="Mail 2026").ok().csr
    made = one.ca.answer(csr, begins=one.now - timedelta(hours=1))
    done = one.present(one.file(encode(made, one.ca), "cer"), servers=["EX2"]).ok()
    assert done.changed is True and done.thumbprint == thumbprint_of(made)
    assert one.holders(done.thumbprint) == ["EX2"] and one.world.certificates.of("EX2").requests == []
    entry = one.entry("EX2", done.thumbprint)
    assert entry.key.exportable is True and entry.friendly_name == "Mail 2026"
    assert row(done, "EX2")["certificate"]["private_key_exportable"] is True
    with_chain = len(encode(made, one.ca)) > len(pem(made)) + 100
    assert row(done, "EX2")["certificate"]["status"] == ("Valid" if with_chain else "Untrusted")
    quiet(one.converge.again())


def test_a_certificate_can_be_given_inline(life) -> None:
    one = life()
    made = one.ca.answer(one.request().ok().csr, begins=one.now - timedelta(hours=1))
    done = one.task(content=pem(made, one.ca.intermediate).decode(), servers=["EX1"]).ok()
    assert one.holders(done.thumbprint) == ["EX1"]
    path, thumbprint = one.pfx()
    inline = base64.b64encode(path.read_bytes()).decode()
    one.task(content=inline, password=PFX_PASSWORD, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"]


def test_the_chain_is_imported_but_never_a_root(life) -> None:
    """Law I4: a root in the file would be trusted without anybody having decided that."""
    one = life()
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    held = one.world.certificates.of("EX1")
    assert one.ca.intermediate in held.intermediates
    assert all(root.root_ca_type != "Registry" or root.certificate != one.ca.root for root in held.roots)


def test_of_two_requests_only_the_answered_one_is_completed(life) -> None:
    """Law N7, schedule Y4."""
    one = life()
    first = one.request().ok()
    second = one.request(names=[MAIL, "other.contoso.test"]).ok()
    path, thumbprint = one.answer(first.csr)
    one.present(path, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"]
    assert [entry.thumbprint for entry in one.world.certificates.of("EX1").requests] == [second.thumbprint]


def test_the_answer_is_refused_where_the_key_is_not_and_the_server_is_named(life) -> None:
    """Law I5, schedule Y3: Exchange would take it, hide it, and refuse the right file afterwards."""
    one = life()
    path, thumbprint = one.answer(one.request("EX3").ok().csr)
    before = one.world.snapshot()
    message = one.present(path, servers=["EX1"]).refused()
    assert "not on EX1" in message and "waits on EX3" in message
    assert one.world.snapshot() == before and one.entry("EX1", thumbprint) is None

    one.present(path, servers=["EX3"]).ok()
    message = one.present(path, servers=["EX1"]).refused()
    assert "EX3 has it" in message and "source_server" in message
    one.present(path, servers=["EX1"], source_server="EX3").ok()
    assert one.holders(thumbprint) == ["EX1", "EX3"]


def test_an_answer_whose_request_is_gone_says_so(life) -> None:
    """Law N8, schedule Y4: the key was lost with the request."""
    one = life()
    request = one.request().ok()
    path, _thumbprint = one.answer(request.csr)
    one.task(state="absent", thumbprint=request.thumbprint, servers=["EX1"]).ok()
    message = one.present(path, servers=["EX1"]).refused()
    assert "no server of the organization has it or its request" in message and "PFX" in message
    path, thumbprint = one.answer(one.request().ok().csr)
    one.present(path, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"]


# From a PFX file


def test_a_pfx_goes_to_every_server_even_where_windows_is_old(life) -> None:
    """Laws I2 and I7, schedule Y5: the file is in today's ciphers, which Windows Server 2016 cannot read."""
    one = life("coexistence")
    path, thumbprint = one.pfx()
    servers = ["EX1", "EX3", "EX4", "EX5"]
    done = one.present(path, password=PFX_PASSWORD, servers=servers).ok()
    assert one.holders(thumbprint) == servers
    for server in servers:
        assert one.entry(server, thumbprint).key.provider_type == 12
        assert row(done, server)["certificate"]["key_storage"] == "csp"
        assert row(done, server)["certificate"]["private_key_exportable"] is True
    quiet(one.converge.again())


@pytest.mark.parametrize("switches", [{"pfx_no_csp": "ksp"}, {"import_chain": "my_only"}, {"import_chain": "ignored"}])
def test_however_the_server_imports(life, switches: dict[str, str]) -> None:
    one = life(**switches)
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=SERVERS).ok()
    assert one.holders(thumbprint) == SERVERS
    assert {one.entry(server, thumbprint).key.provider_type for server in SERVERS} == {12}
    quiet(one.converge.again())


def test_the_key_stays_where_that_is_wanted(life) -> None:
    one = life()
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"], private_key_exportable=False).ok()
    assert one.entry("EX1", thumbprint).key.exportable is False


def test_a_pem_file_with_its_key_is_as_good(life) -> None:
    one = life()
    key = rsa_key("pem")
    made = one.ca.issue(NAMES, key.public_key(), begins=one.now - timedelta(hours=1))
    path = one.file(pem_key(key) + pem(made, one.ca.intermediate), "pem")
    one.present(path, servers=["EX1"], friendly_name="From ACME").ok()
    assert one.entry("EX1", thumbprint_of(made)).friendly_name == "From ACME"


# From server to server


def test_one_task_completes_and_distributes(life) -> None:
    """The server with the request first, whatever the order; the others from there in memory (laws X1, X5)."""
    one = life("coexistence")
    path, thumbprint = one.answer(one.request("EX5").ok().csr)
    servers = ["EX1", "EX4", "EX5"]
    done = one.present(path, servers=servers).ok()
    assert one.holders(thumbprint) == servers
    assert [found["server"] for found in done.servers] == servers
    assert sent_to(done, IMPORT) == ["ex5.contoso.test", "ex1.contoso.test", "ex4.contoso.test"]
    assert len(one.converge.sessions) == 2  # the request's and this one's
    quiet(one.converge.again())


@pytest.mark.parametrize("switches", [{"complete_exportable": "parameter"}, {"export_chain": "leaf"}])
def test_it_is_distributed_whatever_the_switches(life, switches: dict[str, str]) -> None:
    one = life(**switches)
    path, thumbprint = one.answer(one.request("EX1").ok().csr)
    one.present(path, servers=SERVERS).ok()
    assert one.holders(thumbprint) == SERVERS


UNFIT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "name": ({}, {"domain_name": ["other.contoso.test"]}, "does not hold other.contoso.test"),
    "wildcard": ({}, {"domain_name": ["*.contoso.test"]}, "does not hold *.contoso.test"),
    "expired": ({"days": 9, "starts_in_days": -10}, {}, "ended on"),
    "future": ({"starts_in_days": 1}, {}, "begins on"),
    "client": ({"usages": ("client_auth",)}, {}, "serverAuth"),
    "weak": ({"key": "rsa1024"}, {}, "1024 bits"),
}


@pytest.mark.parametrize(("made", "options", "said"), UNFIT.values(), ids=UNFIT)
@pytest.mark.parametrize("servers", [["EX1"], ["EX2"], ["EX1", "EX2"]], ids=str)
def test_what_a_server_has_is_judged_like_a_file(
    life, made: dict[str, Any], options: dict[str, Any], said: str, servers: list[str]
) -> None:
    """Laws L1 and E2: the key does not travel for a certificate that is of no use."""
    one = life()
    thumbprint = one.world.certificates.issue("EX1", **{"names": NAMES, **made})
    source = {"source_server": "EX1"} if servers == ["EX2"] else {}
    message = one.task(thumbprint=thumbprint, servers=servers, **source, **options).refused()
    assert message.count(said) == len(servers)
    good = one.world.certificates.issue("EX1", names=NAMES)
    one.task(thumbprint=good, servers=servers, domain_name=NAMES, **source).ok()
    assert one.holders(good) == ["EX1", *(["EX2"] if "EX2" in servers else [])]


def test_what_its_server_calls_revoked_is_not_brought_to_others(life) -> None:
    """Law E2: imported there, a connector could choose it at once."""
    one = life()
    thumbprint = one.world.certificates.issue("EX1", names=NAMES)
    one.world.certificates.revoked.add(thumbprint)
    for servers in (["EX2"], ["EX1", "EX2"]):
        done = one.task(thumbprint=thumbprint, servers=servers, source_server="EX1", services=["SMTP"])
        assert "EX1 calls the certificate" in done.refused() and "Revoked, so it is not brought" in done.msg
        assert one.holders(thumbprint) == ["EX1"]
    one.world.certificates.revoked.clear()
    one.converge.again().ok()
    assert one.holders(thumbprint) == ["EX1", "EX2"]


def test_by_its_thumbprint_alone_it_goes_from_one_server_to_another(life) -> None:
    one = life()
    path, thumbprint = one.answer(one.request("EX1").ok().csr)
    one.present(path, servers=["EX1"]).ok()
    message = one.task(thumbprint=thumbprint, servers=["EX2"]).refused()
    assert "EX1 has it" in message
    one.task(thumbprint=thumbprint, servers=["EX2"], source_server="ex1.contoso.test").ok()
    one.task(thumbprint=f" {thumbprint.lower()}\u200e", servers=["EX3", "EX2"]).ok()
    assert one.holders(thumbprint) == ["EX1", "EX2", "EX3"]


def test_a_key_that_may_not_leave_is_refused_beforehand(life) -> None:
    """Law X2."""
    one = life()
    path, thumbprint = one.answer(one.request("EX1", private_key_exportable=False).ok().csr)
    one.present(path, servers=["EX1"], private_key_exportable=False).ok()
    message = one.present(path, servers=["EX2"], source_server="EX1").refused()
    assert "cannot be exported from EX1" in message and "issued again" in message
    assert one.holders(thumbprint) == ["EX1"]

    path, thumbprint = one.answer(one.request("EX1", names=[AUTODISCOVER]).ok().csr)
    one.present(path, servers=["EX1"]).ok()
    one.present(path, servers=["EX2"], source_server="EX1").ok()
    assert one.holders(thumbprint) == ["EX1", "EX2"]


def test_of_several_sources_one_that_gives_the_key_away_is_taken(life) -> None:
    one = life()
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"], private_key_exportable=False).ok()
    one.present(path, password=PFX_PASSWORD, servers=["EX2"]).ok()
    one.task(thumbprint=thumbprint, servers=["EX1", "EX2", "EX3"]).ok()
    assert one.holders(thumbprint) == ["EX1", "EX2", "EX3"]


def test_a_source_without_it_is_refused(life) -> None:
    one = life()
    path, thumbprint = one.answer(one.request("EX1").ok().csr)
    one.present(path, servers=["EX1"]).ok()
    assert "EX2 does not have" in one.present(path, servers=["EX3"], source_server="EX2").refused()
    one.present(path, servers=["EX3"], source_server="EX1").ok()


# A leftover without its key


def leftover(one: Life, *servers: str) -> tuple[Path, str]:
    """A file whose certificate the servers have without its key."""
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=list(servers)).ok()
    for server in servers:
        one.world.certificates.lose_key(server, thumbprint)
    return path, thumbprint


def test_a_leftover_without_its_key_is_replaced(life) -> None:
    """Laws I6 and O18: Exchange lists nothing, and calls the import of the good file a duplicate."""
    one = life()
    path, thumbprint = leftover(one, "EX1", "EX3")
    for server in ("ex1.contoso.test", "ex3.contoso.test"):
        one.world.machines[server].bind_certificate("Default Web Site", thumbprint)
    before = one.world.snapshot()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1", "EX2", "EX3"]).ok()
    assert one.holders(thumbprint) == ["EX1", "EX2", "EX3"]
    for server in ("EX1", "EX3"):
        cmdlets = [command.partition(" ")[0] for command in row(done, server)["commands"]]
        assert cmdlets == [IMPORT, "Remove-Item", IMPORT]
        assert f"'Cert:\\LocalMachine\\My\\{thumbprint}'" in row(done, server)["commands"][1]
        assert row(done, server)["changed"] is True and row(done, server)["certificate"]["thumbprint"] == thumbprint
    assert len(row(done, "EX2")["commands"]) == 1
    changed = {name for name, *_rest in one.world.changes(before, one.world.snapshot())}
    assert changed == {f"certificates {server}" for server in ("EX1", "EX2", "EX3")}, "bindings are as they were"
    assert one.bound("EX1") == thumbprint
    quiet(one.converge.again())


def test_what_another_tool_completed_on_the_wrong_server_is_replaced(life) -> None:
    """Law I5, schedule Y3: the answer was imported where its request is not."""
    one = life()
    path, thumbprint = one.answer(one.request("EX3").ok().csr)
    one.present(path, servers=["EX3"]).ok()
    one.world.certificates.of("EX1").my.append(
        StoreEntry(one.entry("EX3", thumbprint).certificate, None, "", one.world.clock.now())
    )
    done = one.present(path, servers=["EX1"], source_server="EX3").ok()
    assert one.holders(thumbprint) == ["EX1", "EX3"]
    assert [command.partition(" ")[0] for command in done.commands] == [EXPORT, IMPORT, "Remove-Item", EXPORT, IMPORT]


def test_a_leftover_stays_where_the_answer_alone_is_at_hand(life) -> None:
    """Its key may wait in the request: certutil joins both, and nothing is taken away."""
    one = life()
    made = one.ca.answer(one.request("EX1").ok().csr, begins=one.now - timedelta(hours=1))
    held = one.world.certificates.of("EX1")
    held.my.append(StoreEntry(made, None, "", one.world.clock.now()))
    path = one.file(p7b(made, one.ca.intermediate), "p7b")
    message = one.present(path, servers=["EX1"]).rejected()
    assert "without its private key" in message and "certlm.msc" in message and "-repairstore my" in message
    assert held.my[-1].certificate == made
    held.my.pop()
    one.converge.again().ok()
    assert one.holders(thumbprint_of(made)) == ["EX1"]


def test_a_leftover_with_a_key_is_never_removed(life) -> None:
    """It is not listed for another reason: here it is archived."""
    one = life()
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    entry = one.entry("EX1", thumbprint)
    entry.archived = True
    message = one.present(path, password=PFX_PASSWORD, servers=["EX1"]).rejected()
    assert "with a private key" in message and "certutil -repairstore my" in message and "delete" not in message
    assert one.entry("EX1", thumbprint) is entry
    entry.archived = False
    quiet(one.converge.again())


@pytest.mark.parametrize("told", [None, "False"])
def test_a_store_that_does_not_tell_of_the_key_loses_nothing(life, monkeypatch: Any, told: Any) -> None:
    one = life()
    path, thumbprint = leftover(one, "EX1")
    with monkeypatch.context() as patch:
        inside = LiveCertificate.inside
        patch.setattr(LiveCertificate, "inside", lambda self: {**inside(self), "HasPrivateKey": told})
        assert "does not tell whether" in one.present(path, password=PFX_PASSWORD, servers=["EX1"]).rejected()
    assert one.entry("EX1", thumbprint) is not None
    one.converge.again().ok()


def test_a_store_without_the_leftover_is_left_alone(life, monkeypatch: Any) -> None:
    """Somebody took it away meanwhile."""
    one = life()
    path, _thumbprint = leftover(one, "EX1")
    with monkeypatch.context() as patch:
        patch.setattr(MyStore, "item", lambda self, name: None)
        message = one.present(path, password=PFX_PASSWORD, servers=["EX1"]).rejected()
    assert "its store does not have it" in message and "certlm.msc" in message
    one.converge.again().ok()


def test_without_the_windows_endpoint_the_leftover_is_told_with_its_cure(life, monkeypatch: Any) -> None:
    one = life()
    path, thumbprint = leftover(one, "EX1")
    options: dict[str, Any] = {"password": PFX_PASSWORD, "servers": ["EX1", "EX2"]}
    with monkeypatch.context() as patch:
        without_windows(patch)
        done = one.present(path, **options)
    message = row(done, "EX1")["msg"]
    assert "without its private key" in message and "certlm.msc" in message and "-repairstore my" in message
    assert "could not be removed by the Windows endpoint: Access is denied." in message
    assert [found["failed"] for found in done.servers] == [True, False]
    one.converge.again().ok()
    assert one.holders(thumbprint) == ["EX1", "EX2"]


def test_check_mode_does_not_look_for_leftovers(life) -> None:
    """Exchange tells of them by refusing the import, which check mode does not send."""
    one = life()
    path, _thumbprint = leftover(one, "EX1")
    before = one.world.snapshot()
    planned = one.present(path, password=PFX_PASSWORD, servers=["EX1"], check_mode=True).ok()
    assert [command.partition(" ")[0] for command in planned.commands] == [IMPORT]
    assert one.world.snapshot() == before and len(one.converge.sessions) == 2


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("error", [Interrupted, DeadlineExceeded])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_run_that_breaks_off_around_the_removal_is_finished(
    life, monkeypatch: Any, nth: int, error: type[Exception], carried_out: bool
) -> None:
    """At the refused import, at the removal, at the second import; the next run has only to import."""
    one = life()
    path, thumbprint = leftover(one, "EX1")
    options: dict[str, Any] = {"password": PFX_PASSWORD, "servers": ["EX1"]}
    real, seen = InProcessSession.invoke, []

    def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        if command.writes:
            seen.append(command.cmdlet)
        if not command.writes or len(seen) != nth:
            return real(session, command, keep_errors)
        if carried_out:
            with suppress(CommandFailed):
                real(session, command, keep_errors)
        raise error(f"{command.cmdlet} was interrupted.", "Look at the network.")

    with monkeypatch.context() as patch:
        patch.setattr(InProcessSession, "invoke", invoke)
        broken = one.present(path, **options)
    assert bool(broken.failed) is (error is DeadlineExceeded)
    assert seen[nth - 1] == (IMPORT, "Remove-Item", IMPORT)[nth - 1]
    one.present(path, **options).ok()
    assert one.holders(thumbprint) == ["EX1"]
    quiet(one.converge.again())


# One server's failure is its own


def test_a_server_that_fails_leaves_the_others_alone(life) -> None:
    one = life()
    path, thumbprint = one.pfx()
    fault = one.world.faults.add("service_host_down", server="EX2")
    done = one.present(path, password=PFX_PASSWORD, servers=SERVERS)
    assert done.failed and done.changed is True
    assert done.msg.startswith("1 of 4 servers failed. EX2: ")
    assert [found["failed"] for found in done.servers] == [False, True, False, False]
    assert [found["changed"] for found in done.servers] == [True, False, True, True]
    assert one.holders(thumbprint) == ["EX1", "EX3", "EX4"]
    one.world.faults.remove(fault)
    again = one.converge.again().ok()
    assert [found["changed"] for found in again.servers] == [False, True, False, False]
    assert sent_to(again, IMPORT) == ["ex2.contoso.test"]


def test_the_others_get_it_although_the_first_cannot_serve_with_it(life) -> None:
    one = life()
    made = one.ca.answer(one.request("EX1").ok().csr, begins=one.now - timedelta(hours=1))
    one.world.certificates.of("EX2").intermediates.append(one.ca.intermediate)
    alone = one.file(der(made), "cer")
    done = one.present(alone, servers=["EX1", "EX2"], services=["SMTP"])
    assert done.failed and done.changed is True
    assert "Untrusted" in row(done, "EX1")["msg"] and row(done, "EX2")["failed"] is False
    assert one.holders(done.thumbprint) == ["EX1", "EX2"]
    assert (one.services("EX1", done.thumbprint), one.services("EX2", done.thumbprint)) == ([], ["SMTP"])
    one.world.certificates.of("EX1").intermediates.append(one.ca.intermediate)
    one.converge.again().ok()
    assert one.services("EX1", done.thumbprint) == ["SMTP"]


# Check mode


def test_check_mode_sends_nothing_and_says_the_same(life) -> None:
    one = life()
    csr = one.request("EX2").ok().csr
    path, thumbprint = one.answer(csr)
    options: dict[str, Any] = {"servers": ["EX1", "EX2", "EX3"], "services": ["SMTP", "IIS", "POP", "IMAP"]}
    before = one.world.snapshot()
    planned = one.present(path, check_mode=True, **options).ok()
    assert planned.sent == [] and one.world.snapshot() == before
    assert EXPORT not in planned.read, "a key leaves no server in check mode"
    done = one.present(path, **options).ok()

    def without_sizes(commands: list[str]) -> list[str]:
        return [command.partition(" -FileData")[0] for command in commands]

    assert without_sizes(planned.commands) == without_sizes(done.commands)
    assert planned.changed is done.changed is True
    assert planned.diff == done.diff
    for server in options["servers"]:
        assert row(planned, server)["services_to_restart"] == row(done, server)["services_to_restart"] != []
        assert row(planned, server)["restart_needed"] == row(done, server)["restart_needed"] != []
    for again in (one.present(path, check_mode=True, **options), one.present(path, **options)):
        quiet(again)


# Bad input


def bad(one: Life) -> dict[str, tuple[dict[str, Any], str]]:
    path, thumbprint = one.pfx()
    good = {"path": str(path), "password": PFX_PASSWORD}
    expired, _unused = one.pfx(begins=one.now - timedelta(days=100))
    future, _unused = one.pfx(begins=one.now + timedelta(days=2))
    key = rsa_key("other")
    foreign = one.file(pem_key(key) + pem(one.ca.issue(NAMES, rsa_key("third").public_key(), begins=one.now)), "pem")
    return {
        "nothing": ({}, "needs path, content or thumbprint"),
        "wrong password": ({**good, "password": "another"}, "or its password is wrong"),
        "no password": ({"path": str(path)}, "needs a password"),
        "no file": ({"path": str(path) + "x"}, "cannot be read"),
        "folder": ({"path": str(path.parent)}, "cannot be read"),
        "both": ({**good, "content": "QUJDREVGRw=="}, "exclude each other"),
        "garbage": ({"content": "Hello, world"}, "neither DER, PEM"),
        "foreign key": ({"path": str(foreign)}, "belongs to none"),
        "expired": ({"path": str(expired), "password": PFX_PASSWORD}, "ended on"),
        "future": ({"path": str(future), "password": PFX_PASSWORD}, "begins on"),
        "missing name": ({**good, "domain_name": [MAIL, "pop.contoso.test"]}, "does not hold pop.contoso.test"),
        "bad name": ({**good, "domain_name": ["a b"]}, "not a host name"),
        "other thumbprint": ({**good, "thumbprint": "A" * 40}, "not " + "A" * 40),
        "short thumbprint": ({"thumbprint": "ABC"}, "40 hexadecimal digits"),
        "thumbprint with letters": ({"thumbprint": "G" * 40}, "40 hexadecimal digits"),
        "password for nothing": ({"thumbprint": thumbprint, "password": "x"}, "belongs to a file"),
        "no such server": ({**good, "servers": ["EX1", "EX9"]}, "no Exchange server ex9"),
        "no such source": ({**good, "source_server": "EX9"}, "no Exchange server ex9"),
        "federation": ({**good, "services": ["Federation"]}, "services"),
        "default without smtp": (
            {**good, "services": ["IIS"], "replace_default_smtp": True},
            "needs SMTP among services",
        ),
        "name without pop": ({**good, "services": ["IIS"], "x509_certificate_name": MAIL}, "needs POP or IMAP"),
        "ssl without iis": ({**good, "services": ["SMTP"], "do_not_require_ssl": False}, "needs IIS among services"),
        "subject": ({**good, "subject_name": "CN=x"}, "subject_name cannot be used with state present"),
        "unknown option": ({**good, "overwrite": True}, "overwrite"),
    }


CASES = (
    *("nothing", "wrong password", "no password", "no file", "folder", "both", "garbage", "foreign key", "expired"),
    *("future", "missing name", "bad name", "other thumbprint", "short thumbprint", "thumbprint with letters"),
    *("password for nothing", "no such server", "no such source", "federation", "default without smtp"),
    *("name without pop", "ssl without iis", "subject", "unknown option"),
)


@pytest.mark.parametrize("case", CASES)
def test_bad_input_changes_nothing_and_good_input_then_works(life, case: str) -> None:
    one = life()
    cases = bad(one)
    assert set(cases) == set(CASES)
    options, said = cases[case]
    before = one.world.snapshot()
    message = one.task(**{"servers": ["EX1"], **options}).refused()
    assert said in message, message
    assert one.world.snapshot() == before
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"]


def test_servers_that_keep_their_certificates_to_themselves(life) -> None:
    """Law S19."""
    estate = {
        "sites": {"London": ["dc1"]},
        "servers": [
            {"name": "ex1", "site": "London", "build": "15.2.1258.12"},
            {"name": "edge1", "site": "London", "build": "15.2.1258.12", "roles": ["Edge"]},
        ],
        "users": {"administrator": ["Organization Management"]},
    }
    one = life(estate)
    path, thumbprint = one.pfx()
    assert (
        "EDGE1 cannot be managed from here"
        in one.present(path, password=PFX_PASSWORD, servers=["EX1", "EDGE1"]).refused()
    )
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"]


def test_who_lacks_the_role_is_told_and_changes_nothing(life) -> None:
    one = life()
    path, thumbprint = one.pfx()
    message = one.present(path, password=PFX_PASSWORD, servers=["EX1"], user="viewer@CONTOSO.TEST").rejected()
    assert "not available to this user" in message
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"]


def test_the_tasks_own_server_is_the_default(life) -> None:
    one = life()
    path, thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, on="ex3.contoso.test").ok()
    assert one.holders(thumbprint) == ["EX3"]


def test_reads_are_few(life) -> None:
    """One list of servers, one of certificates a server, and nothing that was not asked for."""
    one = life()
    path, _thumbprint = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=SERVERS).ok()
    again = quiet(one.converge.again())
    assert again.read == ["Get-ExchangeServer", *["Get-ExchangeCertificate"] * 4]


def test_a_path_is_found_beside_the_playbook_and_may_be_vaulted(life, tmp_path: Path, monkeypatch: Any) -> None:
    from ansible.constants import DEFAULT_VAULT_ID_MATCH  # noqa: F401 # the vault is configured as in a run
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.vault import VaultLib, VaultSecret

    one = life()
    path, thumbprint = one.pfx()
    secrets = [("default", VaultSecret(b"vault password"))]
    path.write_bytes(VaultLib(secrets).encrypt(path.read_bytes()))
    plain = DataLoader.__init__

    def with_vault(self: Any) -> None:
        plain(self)
        self.set_vault_secrets(secrets)

    monkeypatch.setattr(DataLoader, "__init__", with_vault)
    before = set(tmp_path.iterdir())
    one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    assert one.holders(thumbprint) == ["EX1"] and set(tmp_path.iterdir()) == before


def test_nothing_of_a_pfx_can_be_read_in_what_is_sent_but_by_the_one_off_password(life) -> None:
    one = life()
    path, _thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=SERVERS).ok()
    shown = repr(done.keys) + repr(one.world.records)
    assert PFX_PASSWORD not in shown
    for command in done.commands:
        assert "-Password ********" in command and "bytes>" in command
