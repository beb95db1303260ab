# SPDX-License-Identifier: GPL-3.0-or-later
"""What iis_binding_info says of keys' files, ECC certificates and clocks: one fault at a time, until it is cured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from binding_estate import SITE, codes, look, repair
from in_process import Converge, Result

from ansible_collections.mailops.exchange.plugins.action import (
    exchange_certificate,
    exchange_certificate_info,
    iis_binding,
    iis_binding_info,
)
from exchange_lab.world import World
from exchange_lab.world.windows.faults import break_binding

FQDN, MAIL = "ex1.contoso.test", "mail.contoso.test"
SETUP = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;NS)"
DIAGNOSTICS = "HKLM:\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Diagnostics"
KEY_FILES = "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\"
RIGHTS, CLOSED, SHORT = (
    "binding_certificate_key_rights",
    "binding_certificate_key_closed",
    "binding_certificate_key_short_for_setup",
)
ECC_OFF, ECC_UNKNOWN = "binding_certificate_ecc_off", "binding_certificate_ecc_unknown"
APART, DRIFTS, NEWER = "server_clock_apart", "server_clock_drifts", "binding_certificate_newer_than_clock"


@pytest.fixture(autouse=True)
def _the_worlds_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, world.clock.now)


def set_clock(monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
    """The control node's clock, in seconds since 1970."""
    clock = staticmethod(lambda: datetime.fromtimestamp(now(), UTC))
    for action in (exchange_certificate, exchange_certificate_info, iis_binding, iis_binding_info):
        monkeypatch.setattr(action.ActionModule, "now", clock)


def entry_on(world: World, address: str = "0.0.0.0", port: int = 443) -> Any:
    """The certificate of a port, as the store has it."""
    machine = world.machines[FQDN]
    return world.certificates.of("EX1").find(machine.http_sys.entries[address, port].thumbprint)


def allow(entry: Any, sddl: str) -> None:
    """As icacls does with the file of its key."""
    entry.key = replace(entry.key, access=sddl)


def serve(world: World, **options: Any) -> Any:
    """A bought certificate on 443; 444 keeps its own."""
    issued = {"names": (MAIL, FQDN), "services": ("IIS",)} | options
    return world.certificates.of("EX1").find(world.certificates.issue("EX1", **issued))


def key_of(found: Result, thumbprint: str) -> dict[str, Any]:
    return next(one for one in found.certificates if one["thumbprint"] == thumbprint)


# Keys (G13)


def test_the_key_that_setup_made_is_as_it_should_be(world, converge) -> None:
    found = look(converge)
    assert (found.findings, found.errors) == ([], [])
    own = key_of(found, entry_on(world).thumbprint)
    assert own["key_rights"] == {"system": "full", "administrators": "full", "network_service": "full"}
    assert own["key_file"] == KEY_FILES + entry_on(world).key.file_name
    assert found.read.count("Get-Acl") == 1


@pytest.mark.parametrize(
    ("sddl", "says"),
    [
        ("D:PAI(A;;FA;;;SY)(A;;FR;;;BA)(A;;FA;;;NS)", "Administrators must"),
        ("D:PAI(D;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;NS)", "SYSTEM must"),
        ("D:PAI(A;;FR;;;SY)(A;;FR;;;BA)(A;;FA;;;NS)", "SYSTEM and Administrators must"),
    ],
)
@pytest.mark.parametrize("port", [443, 444])
def test_full_control_for_system_and_administrators(world, converge, sddl: str, says: str, port: int) -> None:
    other = serve(world) if port == 444 else None
    if other:
        allow(other, SETUP)
    allow(entry_on(world, port=port), sddl)
    (finding,) = look(converge).findings
    assert (finding["code"], finding["severity"]) == (RIGHTS, "high")
    assert finding["sentence"].startswith(says) and KEY_FILES in finding["sentence"]
    assert "*S-1-5-18:F *S-1-5-32-544:F" in finding["cure"]
    allow(entry_on(world, port=port), SETUP)
    assert look(converge).findings == []


def test_network_service_may_read_once_smtp_is_enabled(world, converge) -> None:
    bought = serve(world)
    found = look(converge)
    assert [(one["code"], one["severity"]) for one in found.findings] == [(CLOSED, "info")]
    assert found.healthy is True, "the web sites work"
    converge("exchange_certificate", thumbprint=bought.thumbprint, services=["SMTP"], server=FQDN).ok()
    found = look(converge)
    assert [(one["code"], one["severity"]) for one in found.findings] == [(SHORT, "info")]
    assert found.healthy is True
    allow(bought, SETUP)
    assert look(converge).findings == []


@pytest.mark.parametrize("port", [443, None])
def test_with_what_exchange_tells_a_closed_key_of_smtp_is_a_fault(world, converge, port: int | None) -> None:
    """Whether the certificate is bound in IIS does not matter."""
    services = ("IIS", "SMTP") if port else ("SMTP",)
    bought = serve(world, names=(MAIL, "autodiscover.contoso.test", FQDN), services=services)
    allow(bought, "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)")

    def found() -> list[dict[str, Any]]:
        windows = look(converge).keys
        findings = converge("exchange_certificate_info", bindings=[windows]).ok().findings
        return [finding for finding in findings if "key" in finding["code"]]

    (finding,) = found()
    assert (finding["code"], finding["severity"]) == ("certificate_key_closed_to_smtp", "high")
    assert bought.key.file_name in finding["sentence"] and "*S-1-5-20:R" in finding["cure"]
    allow(bought, "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)")
    assert found() == []
    allow(bought, "not to be understood")
    assert found() == []


def test_what_only_444_has_need_not_be_read_by_network_service(world, converge) -> None:
    spare = world.certificates.issue("EX1", names=("EX1", FQDN), issuer="self")
    world.machines[FQDN].bind_certificate(SITE, spare)
    found = look(converge)
    assert (found.findings, key_of(found, spare)["key_rights"]["network_service"]) == ([], "none")


def test_where_cng_keeps_keys_nothing_is_said_of_their_rights(world, converge) -> None:
    serve(world, provider="cng")
    found = look(converge)
    assert codes(found) == {"binding_certificate_key_unfit"}
    assert {one["key_rights"] is None for one in found.certificates if one["key_storage"] == "other"} == {True}
    assert found.errors == []


@pytest.mark.parametrize("sddl", ["D:(XA;;FA;;;WD;(@User.x==1))", "D:(A;;ZZ;;;SY)", ""])
def test_a_list_that_is_not_understood_is_an_error_and_no_finding(world, converge, sddl: str) -> None:
    bought = serve(world)
    allow(bought, sddl)
    found = look(converge)
    assert (found.findings, len(found.errors)) == ([], 1)
    assert bought.key.file_name in found.errors[0]
    assert key_of(found, bought.thumbprint)["key_rights"] is None


def test_what_it_costs(world, converge) -> None:
    """As the module's notes say."""

    def commands() -> int:
        look(converge)
        return converge.sessions[-1].traffic.commands

    keys = sum(entry.key is not None for entry in world.certificates.of("EX1").my)
    assert commands() == 14 + keys
    world.certificates.issue("EX1", names=(MAIL,))
    assert commands() == 14 + keys + 1
    world.certificates.issue("EX1", names=(MAIL,), key="ec256")
    assert commands() == 14 + keys + 3


# Elliptic curves (G14)


def test_an_ecc_certificate_wants_the_switch(world, converge) -> None:
    curve = serve(world, key="ec256")
    found = look(converge)
    assert [(one["code"], one["severity"]) for one in found.findings] == [(ECC_OFF, "critical")]
    assert curve.thumbprint in found.findings[0]["sentence"]
    assert found.ecc_supported is False
    world.certificates.of("EX1").ecc_supported = True
    found = look(converge)
    assert (found.findings, found.ecc_supported, found.healthy) == ([], True, True)
    assert (found.repairs, found.undecided) == ([], [])


def test_an_ecc_certificate_without_its_key_has_a_worse_fault(world, converge) -> None:
    world.certificates.lose_key("EX1", serve(world, key="ec256").thumbprint)
    assert codes(look(converge)) == {"binding_certificate_without_key"}


def test_the_switch_is_asked_for_only_where_such_a_certificate_could_serve(world, converge) -> None:
    assert (look(converge).ecc_supported, look(converge, http_sys_source="registry").findings) == (None, [])
    before = look(converge).read
    unbound = world.certificates.issue("EX1", names=(MAIL,), key="ec256")
    found = look(converge)
    assert (found.findings, found.ecc_supported) == ([], False)
    assert key_of(found, unbound)["key_algorithm"] == "ECDSA"
    assert found.read.count("Get-ItemProperty") == before.count("Get-ItemProperty") + 1
    world.certificates.lose_key("EX1", unbound)
    assert look(converge).ecc_supported is None


def test_a_switch_that_cannot_be_read_is_told(world, converge) -> None:
    serve(world, key="ec256")
    world.machines[FQDN].denied.add(DIAGNOSTICS.lower())
    found = look(converge)
    assert [(one["code"], one["severity"]) for one in found.findings] == [(ECC_UNKNOWN, "warning")]
    assert (found.ecc_supported, len(found.errors)) == (None, 1)
    assert "registry" in found.errors[0]


# Clocks (G4)


@pytest.mark.parametrize(
    ("skew", "expected"),
    [
        (0, []),
        (150, []),
        (-150, []),
        (151, [DRIFTS]),
        (-300, [DRIFTS]),
        (301, [APART]),
        (-301, [APART]),
    ],
)
def test_how_far_clocks_may_be_apart(world, converge, skew: float, expected: list[str]) -> None:
    world.machines[FQDN].clock_skew, world.machines[FQDN].time_zone = skew, 3600.0
    found = look(converge)
    assert [finding["code"] for finding in found.findings] == expected
    assert found.clock["ahead"] == skew
    for finding in found.findings:
        assert ("ahead of" in finding["sentence"]) is (skew > 0)
        assert f"{timedelta(seconds=abs(skew))} (" in finding["sentence"]
    assert found.healthy is (APART not in expected)


def test_kerberos_makes_it_critical(world, converge) -> None:
    world.machines[FQDN].clock_skew = 400
    (finding,) = look(converge, windows_auth="kerberos").findings
    assert (finding["code"], finding["severity"]) == ("server_clock_apart_with_kerberos", "critical")
    (finding,) = look(converge, windows_auth="ntlm").findings
    assert (finding["code"], finding["severity"]) == (APART, "warning")
    world.machines[FQDN].clock_skew = 0
    assert look(converge, windows_auth="kerberos").findings == []


def test_two_servers_that_are_too_far_apart_cannot_both_be_quiet(lab, monkeypatch) -> None:
    world = lab("two_datacenters")
    set_clock(monkeypatch, world.clock.now)
    first, second, *_others = world.machines
    for skew in range(-400, 401, 25):
        world.machines[first].clock_skew, world.machines[second].clock_skew = skew, skew + 301
        seen = [look(Converge(world), on=fqdn).findings for fqdn in (first, second)]
        assert any(seen), skew


def test_a_slow_answer_is_no_wrong_clock(world, converge, monkeypatch) -> None:
    """The control node's clock goes on by ten minutes each time that it is looked at."""
    times = iter(range(0, 100_000, 600))
    set_clock(monkeypatch, lambda: world.clock.now() + next(times))
    world.machines[FQDN].clock_skew = 900
    found = look(converge)
    assert (codes(found), found.clock["ahead"], found.clock["within"]) == (set(), 0, 600.0)


@pytest.mark.parametrize(
    ("begins", "skew", "expected", "says"),
    [
        (60, 120, [NEWER], "ahead by the clock of the control node, and past by that of the server"),
        (-60, -120, [NEWER], "ahead by the clock of the server, and past by that of the control node"),
        (60, 30, ["binding_certificate_not_current"] * 2, "and that is not now"),
        (60, 0, ["binding_certificate_not_current"] * 2, "and that is not now"),
        (-60, -30, [], ""),
    ],
)
def test_a_fresh_certificate_may_be_newer_than_a_clock(
    world, converge, begins: float, skew: float, expected: list[str], says: str
) -> None:
    allow(serve(world, starts_in_days=begins / 86400), SETUP)
    world.machines[FQDN].clock_skew = skew
    found = look(converge)
    assert [finding["code"] for finding in found.findings] == expected
    assert all(says in finding["sentence"] for finding in found.findings)
    world.clock.advance(130)
    assert look(converge).findings == [], "waiting cures it"


def test_what_has_ended_by_the_control_nodes_clock_has_ended(world, converge) -> None:
    allow(serve(world, days=9), SETUP)
    world.clock.advance(10 * 86400)
    world.machines[FQDN].clock_skew = -3 * 86400
    assert codes(look(converge)) == {"binding_certificate_not_current", APART}


# What cannot be read keeps nothing else from being done


@pytest.mark.parametrize("fault", ["moved_to_445", "stale_hash", "front_certificate_dropped", "no_binding"])
def test_repairs_work_where_access_lists_and_the_registry_are_refused(world, converge, fault: str) -> None:
    world.certificates.issue("EX1", names=(MAIL,), key="ec256", issuer="self")
    machine = world.machines[FQDN]
    for entry in machine.certificates.my:
        machine.denied.add((KEY_FILES + entry.key.file_name).lower())
    machine.denied.add(DIAGNOSTICS.lower())
    break_binding(world, machine.server, fault)
    found = look(converge)
    assert any("registry" in error for error in found.errors)
    repair(converge, found)
    after = look(converge)
    assert (codes(after) - {"http_event_15021"}, after.repairs, after.undecided) == (set(), [], [])
    refused = sum(bool(one["key_file"]) for one in after.certificates)
    assert len(after.errors) == refused + 1 and refused == sum("Get-Acl" in error for error in after.errors)
    assert list(machine.violations()) == []


def test_a_server_without_these_cmdlets_is_read_all_the_same(world, converge, monkeypatch) -> None:
    """As an endpoint that was made to offer few cmdlets."""
    from exchange_lab.cmdlets.windows import interpreter

    known = dict(interpreter.documented())
    for name in ("get-acl", "get-date"):
        known.pop(name)
    monkeypatch.setattr(interpreter, "documented", lambda: known)
    found = look(converge)
    assert (found.findings, found.clock) == ([], None)
    assert len(found.errors) == 3 and "clock" in found.errors[-1]
    assert found.warnings == ["3 reads failed; see errors in the result."]
