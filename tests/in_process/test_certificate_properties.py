# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever servers have and whatever is wished: no key is lost or made twice, no server left worse than it was.

The state of a world, its unknowns and the task are drawn at random; the promises are looked for in the world itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from certificate_life import AUTODISCOVER, MAIL, MODULE, NAMES, PFX_PASSWORD, Life
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_process import Result

from ansible_collections.mailops.exchange.plugins.action.exchange_certificate import ActionModule
from exchange_lab.world import World
from exchange_lab.world.certificates.distinguished_names import tls_name

SERVERS = ("EX1", "EX2", "EX3")
SERVICES = ("SMTP", "POP", "IMAP", "IIS")
UNKNOWNS = {
    "prompt": ("host_call", "fails_noninteractive"),
    "popimap_flag": ("name_match", "stored"),
    "popimap_name": ("cn", "first_san", "untouched"),
    "complete_exportable": ("request", "parameter"),
    "import_chain": ("ca_and_root", "ca_and_root", "ca_and_root", "my_only", "ignored"),
    "export_chain": ("full", "leaf"),
    "enable_checks": ("key_only", "status_valid"),
    "enable_atomic": ("no", "yes"),
    "no_default_present": ("set_without_prompt", "prompt"),
    "remove_checks_receive": ("no", "yes"),
    "smtp_pick": ("not_before", "not_after"),
    "data_signing": ("plain", "envelope"),
}
HOLDS = ("nothing", "nothing", "certificate", "certificate", "kept_key", "no_key", "request", "request")
"""What a server has of the certificate at first."""


@dataclass(frozen=True)
class Case:
    """One task against one world."""

    switches: dict[str, str]
    holds: tuple[str, ...]
    origin: str
    names: tuple[str, ...]
    options: dict[str, Any]
    dead_default: bool
    named: bool
    faults: tuple[str, ...]
    thumbprint: list[str] = field(default_factory=list)


@st.composite
def cases(draw: Any) -> Case:
    state = draw(st.sampled_from(["present", "present", "present", "absent"]))
    options: dict[str, Any] = {"state": state}
    options["servers"] = draw(st.lists(st.sampled_from(SERVERS), min_size=1, unique=True))
    names = draw(st.sampled_from([tuple(NAMES), (AUTODISCOVER, MAIL), ("*.contoso.test",), ("*.contoso.test", MAIL)]))
    if state == "present":
        options["services"] = draw(st.lists(st.sampled_from(SERVICES), unique=True))
        if "SMTP" in options["services"] and draw(st.booleans()):
            options["replace_default_smtp"] = True
        if {"POP", "IMAP"} & {*options["services"]} and draw(st.booleans()):
            options["x509_certificate_name"] = draw(st.sampled_from([MAIL, AUTODISCOVER, "other.example"]))
        options["private_key_exportable"] = draw(st.booleans())
        if draw(st.integers(0, 3)) == 0:
            options["source_server"] = draw(st.sampled_from(SERVERS))
    return Case(
        switches={name: draw(st.sampled_from(values)) for name, values in UNKNOWNS.items()},
        holds=tuple(draw(st.sampled_from(HOLDS)) for _server in SERVERS),
        origin=draw(st.sampled_from(["pfx", "answer", "thumbprint"])),
        names=names,
        options=options,
        dead_default=draw(st.integers(0, 5)) == 0,
        named=draw(st.integers(0, 3)) == 0,
        faults=tuple(draw(st.lists(st.sampled_from(SERVERS), max_size=1))),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("properties")


NUMBERS = itertools.count()


def prepared(case: Case, folder: Path) -> tuple[Life, dict[str, Any]]:
    """The world of a case, and the options of its task."""
    own = folder / str(next(NUMBERS))
    own.mkdir()
    one = Life(World.from_estate("two_datacenters", case.switches), own)
    requesting = [name for name, held in zip(SERVERS, case.holds, strict=True) if held == "request"]
    options = dict(case.options)
    if requesting:  # the certificate of the case is the answer to the first request; the others wait for their own
        with mock.patch.object(ActionModule, "now", staticmethod(lambda: one.now)):
            csrs = [one.request(name, list(case.names)).ok().csr for name in requesting]
        path, thumbprint = one.answer(csrs[0])
        given_path: dict[str, Any] = {"path": str(path)}
    else:
        path, thumbprint = one.pfx(list(case.names))
        given_path = {"path": str(path), "password": PFX_PASSWORD}
    for server, held in zip(SERVERS, case.holds, strict=True):
        if held in ("certificate", "kept_key", "no_key") and not requesting:
            with mock.patch.object(ActionModule, "now", staticmethod(lambda: one.now)):
                one.present(path, password=PFX_PASSWORD, servers=[server], private_key_exportable=held == "certificate")
            if held == "no_key":
                one.world.certificates.lose_key(server, thumbprint)
    case.thumbprint[:] = [thumbprint]
    if case.options["state"] == "present" and case.origin != "thumbprint":
        options |= given_path
    else:
        options["thumbprint"] = thumbprint
    if case.named and (entry := next((one.entry(name, thumbprint) for name in SERVERS), None)):
        one.world.receive_connectors[0].object.initial["TlsCertificateName"] = tls_name(entry.certificate)
    if case.dead_default:
        held = one.world.certificates.of("EX1")
        held.my.remove(one.entry("EX1", one.own("EX1")))
    for server in case.faults:
        one.world.faults.add("service_host_down", server=server)
    return one, options


def back_ends(one: Life) -> list[str | None]:
    return [one.bound(server, "Exchange Back End") for server in SERVERS]


def keys(one: Life) -> set[tuple[str, str]]:
    """Every private key, by server and public key."""
    return {
        (server, str(entry.key.private.public_key().public_numbers()))
        for server in SERVERS
        for held in [one.world.certificates.of(server)]
        for entry in (*held.my, *held.requests)
        if entry.key is not None
    }


def keyless(one: Life) -> set[tuple[str, str]]:
    return {
        (server, entry.thumbprint)
        for server in SERVERS
        for entry in one.world.certificates.of(server).my
        if entry.key is None and entry.certificate.issuer != entry.certificate.subject
    }


def broken(case: Case, folder: Path) -> Iterator[str]:
    """Each promise that does not hold, as a sentence."""
    one, options = prepared(case, folder)
    thumbprint = case.thumbprint[0]
    with mock.patch.object(ActionModule, "now", staticmethod(lambda: one.now)):
        before, wrong = one.world.snapshot(), set(one.world.violations())
        defaults, bindings, had, lacked = (
            [one.default(name) for name in SERVERS],
            back_ends(one),
            keys(one),
            keyless(one),
        )
        planned = one.converge(MODULE, check_mode=True, **options)
        if planned.sent or one.world.snapshot() != before or "Export-ExchangeCertificate" in planned.read:
            yield f"check mode did something: {planned.sent}"
        done = one.converge(MODULE, **options)
        after = one.world.snapshot()
        changed = bool(one.world.changes(before, after))
        if changed and not done.changed:
            yield f"the world changed in {one.world.changes(before, after)}, but the task does not say so"
        if not done.failed and done.changed and not changed:
            yield "the task says that it changed something, but nothing did"
        if not planned.failed and not done.failed and _shapes(planned, case) != _shapes(done, case):
            yield f"check mode announced {planned.commands}, but {done.commands} ran"
        yield from _worse(one, options, thumbprint, defaults, bindings)
        if wrong_now := set(one.world.violations()) - wrong:
            yield f"laws are broken: {wrong_now}"
        if options["state"] == "present" and had - keys(one):
            yield "a key was lost"
        if more := keyless(one) - lacked:
            chains = {item for item in more if item[1] != thumbprint}
            if more - chains or case.switches["import_chain"] != "my_only":
                yield f"a certificate arrived without its key: {more}"
        if done.failed:
            yield from _explained(done, one, options, before)
        else:
            again = one.converge(MODULE, **options)
            if again.failed or again.changed or again.commands or one.world.snapshot() != after:
                yield f"a second run was not quiet: {again.msg or again.commands}"
            yield from _not_reached(one, options, thumbprint)


def _shapes(result: Result, case: Case) -> list[str]:
    """Commands without the size of files. That an endpoint cannot ask shows only when it is to ask (law E8)."""
    mute = case.switches["prompt"] == "fails_noninteractive"
    kept = [command for command in result.commands if not (mute and " -Services 'SMTP' " in command)]
    shapes = [command.partition(" -FileData")[0] for command in kept]
    return _without_leftovers(shapes) if "no_key" in case.holds else shapes


def _without_leftovers(shapes: list[str]) -> list[str]:
    """That a leftover without its key goes, and what was tried before comes again, shows only when it is tried (I6)."""
    return list(dict.fromkeys(shape for shape in shapes if not shape.startswith("Remove-Item ")))


def _worse(
    one: Life, options: dict[str, Any], thumbprint: str, defaults: list[str | None], bindings: list[str | None]
) -> Iterator[str]:
    for server, was in zip(SERVERS, defaults, strict=True):
        wanted = options.get("replace_default_smtp") and server in options["servers"]
        if one.default(server) != was and not (wanted and one.default(server) == thumbprint):
            yield f"the default of transport on {server} moved"
    if back_ends(one) != bindings:
        yield "444 was touched"


def _explained(done: Result, one: Life, options: dict[str, Any], before: Any) -> Iterator[str]:
    if not done.msg or "Traceback" in done.msg:
        yield "a failure says nothing"
    for row in done.servers or ():
        if row["failed"] and not row["changed"] and not done.changed and one.world.snapshot() != before:
            yield f"{row['server']} failed without a change, but the world is another"
        if row["failed"] and not row["msg"]:
            yield f"{row['server']} does not say why"


def _not_reached(one: Life, options: dict[str, Any], thumbprint: str) -> Iterator[str]:
    for server in options["servers"]:
        there = server in one.holders(thumbprint)
        if there != (options["state"] == "present"):
            yield f"{server} {'has' if there else 'does not have'} it"
            continue
        shown = one.services(server, thumbprint)
        for service in options.get("services", ()):
            if service == "IIS" and one.bound(server) != thumbprint:
                yield f"443 of {server} serves another"
            if service == "SMTP" and "SMTP" not in shown:
                yield f"SMTP does not have it on {server}"
            if service in ("POP", "IMAP") and not one.entry(server, thumbprint).covers(one.name_of(service, server)):
                yield f"{service} on {server} looks for {one.name_of(service, server)}"


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_promises(case: Case, folder: Path) -> None:
    assert list(broken(case, folder)) == [], case
