# SPDX-License-Identifier: GPL-3.0-or-later
"""What iis_binding_info must not call healthy, or mend by a guess: one fault at a time, until it is cured."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from binding_estate import ESTATE, FRONT, SITE, codes, look, repair, server_of
from in_process import Converge, InProcessSession

from ansible_collections.mailops.exchange.plugins.action import iis_binding, iis_binding_info
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import CommandFailed
from exchange_lab.world import World
from exchange_lab.world.windows import Machine
from exchange_lab.world.windows.sites import Binding, WebSite

OTHER_PROGRAM = "{afebb9ad-9b97-4a91-9ab5-daf4d59122f6}"
INFORMATION = {"http_event_15021", "binding_certificate_key_closed"}


@pytest.fixture(params=[{}])
def world(lab: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> World:
    """A fresh estate, whose time the control node has."""
    made: World = lab(ESTATE, **request.param)
    clock = staticmethod(lambda: datetime.fromtimestamp(made.clock.now(), UTC))
    for action in (iis_binding, iis_binding_info):
        monkeypatch.setattr(action.ActionModule, "now", clock)
    return made


def machine_of(world: World) -> Machine:
    return world.machines[server_of(world).fqdn]


def usable(world: World) -> str:
    """Why front ends cannot use 444; empty if they can."""
    return world.back_end_usable(server_of(world), server_of(world))


def found(world: World, **options: Any) -> Any:
    result = look(Converge(world), **options)
    assert result.healthy is not bool(codes(result) - INFORMATION)
    return result


def refuse(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Let commands fail that have this in them."""
    invoke = InProcessSession.invoke

    def refusing(self: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        if part in str(command):
            raise CommandFailed(f"{command.name} failed.", "Mend it.")
        return invoke(self, command, keep_errors)

    monkeypatch.setattr(InProcessSession, "invoke", refusing)


# Certificates


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"days": 9, "starts_in_days": -10}, "binding_certificate_not_current"),
        ({"provider": "cng"}, "binding_certificate_key_unfit"),
        ({"usages": ["client_auth"]}, "binding_certificate_not_for_servers"),
    ],
)
def test_an_unfit_443_does_not_get_the_loopbacks(world: World, more: dict[str, Any], code: str) -> None:
    issued = world.certificates.issue(server_of(world), names=["mail.contoso.test"], **more)
    machine_of(world).http_sys.put("0.0.0.0", 443, issued)
    result = found(world)
    assert codes(result) - INFORMATION == {code, "loopback_certificate_differs"}
    assert result.repairs == [] and issued in result.undecided[0]
    renewed = world.certificates.issue(server_of(world), names=["mail.contoso.test"])
    converge = Converge(world)
    wished = look(converge, front_end_thumbprint=renewed)
    repair(converge, wished)
    assert found(world).undecided == []
    assert machine_of(world).http_sys.entries["0.0.0.0", 443].thumbprint == renewed


def test_a_certificate_of_the_machine_for_clients_alone_is_never_bound(world: World) -> None:
    server, machine = server_of(world), machine_of(world)
    for one in list(machine.certificates.my):
        world.certificates.lose_key(server, one.thumbprint)
    world.certificates.issue(server, names=[server.fqdn], usages=["client_auth"])
    del machine.http_sys.entries["0.0.0.0", 443], machine.http_sys.entries["127.0.0.1", 443]
    result = found(world)
    assert result.repairs == [] and len(result.undecided) == 2
    assert [one["eku"] for one in result.certificates][-1] == ["1.3.6.1.5.5.7.3.2"]
    good = world.certificates.issue(server, names=[server.fqdn, "mail.contoso.test"])
    again = found(world)
    assert {one["args"]["thumbprint"] for one in again.repairs} == {good}
    assert len(again.repairs) == 3 and again.undecided == []


def test_an_entry_that_looks_into_another_store_is_found(world: World) -> None:
    machine = machine_of(world)
    own = machine.http_sys.entries["0.0.0.0", 444].thumbprint
    machine.http_sys.put("0.0.0.0", 444, own, store="WebHosting")
    assert "no usable certificate" in usable(world)
    result = found(world)
    assert codes(result) - INFORMATION == {"binding_certificate_other_store"}
    (mend,) = result.repairs
    assert (mend["args"]["port"], mend["args"]["thumbprint"]) == (444, own)
    machine.http_sys.put("0.0.0.0", 444, own, store="my")
    assert usable(world) == "" and found(world).healthy


# What hides 444


def test_an_entry_of_another_program_for_one_address_is_told_and_left(world: World) -> None:
    machine = machine_of(world)
    machine.http_sys.put(machine.address, 444, "B" * 40, app_id=OTHER_PROGRAM)
    assert "no usable certificate" in usable(world)
    result = found(world)
    assert codes(result) - INFORMATION == {"http_sys_entry_hides"}
    assert result.repairs == [] and f"ipport={machine.address}:444" in result.undecided[0]
    machine.http_sys.delete(machine.address, 444)
    assert usable(world) == "" and found(world).undecided == []


def test_owners_that_cannot_be_read_hide_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = machine_of(world)
    machine.http_sys.put(machine.address, 444, "B" * 40)
    (mend,) = found(world).repairs
    assert (mend["args"]["address"], mend["args"]["state"]) == (machine.address, "absent")
    with monkeypatch.context() as patch:
        refuse(patch, "SslBindingInfo")
        result = found(world)
        assert "http_sys_entry_hides" in codes(result)
        assert result.repairs == [] and "program unknown" in result.undecided[0]
    repair(Converge(world), found(world))
    assert usable(world) == "" and found(world).healthy


def test_another_site_on_444_is_told_and_left(world: World) -> None:
    machine = machine_of(world)
    shop = WebSite(3, "Shop", "C:\\shop", "DefaultAppPool", [Binding("https", f"{machine.address}:444:")])
    machine.sites = {"Shop": shop, **machine.sites}
    machine.http_sys.put(machine.address, 444, machine.certificates.my[0].thumbprint)
    assert "belongs to Shop" in usable(world)
    result = found(world)
    assert codes(result) - INFORMATION == {"back_end_port_shared"}
    assert result.repairs == [] and "of Shop" in result.undecided[0]
    shop.bindings[0].information = f"{machine.address}:445:"
    machine.http_sys.put(machine.address, 445, machine.certificates.my[0].thumbprint)
    machine.http_sys.delete(machine.address, 444)
    assert usable(world) == "" and found(world).healthy


# What was not told


@pytest.mark.parametrize("world", [{"states_without_iis": "error"}, {}], ids=str, indirect=True)
@pytest.mark.parametrize("service", ["WAS", "W3SVC"])
def test_where_iis_does_not_run_its_services_come_first(world: World, service: str) -> None:
    world.break_binding(server_of(world), "moved_to_445")
    machine_of(world).stop_service(service)
    error = world.switches["states_without_iis"] == "error"
    converge = Converge(world)
    first = look(converge)
    assert first.healthy is False and first.look_again is error
    assert "windows_service_stopped" in codes(first)
    assert ("windows_not_told" in codes(first)) is error is bool(first.errors)
    assert first.repairs[0] == {
        "module": "iis_service",
        "args": {"state": "started"},
        "why": f"{'WAS and W3SVC' if service == 'WAS' else 'W3SVC'} must run.",
    }
    assert (len(first.repairs) == 1) is error
    repair(converge, first)
    second = look(converge)
    assert (bool(second.repairs), second.look_again, second.errors) == (error, False, [])
    repair(converge, second)
    world.clock.advance(60)
    assert usable(world) == "" and found(world).healthy


@pytest.mark.parametrize(
    ("part", "what"), [("AppPools", "application pools"), ("Get-Website", "web sites")], ids=["pools", "sites"]
)
def test_while_sites_or_pools_are_not_told_nothing_is_repaired(
    world: World, monkeypatch: pytest.MonkeyPatch, part: str, what: str
) -> None:
    world.break_binding(server_of(world), "certificate_dropped")
    site = machine_of(world).sites[FRONT]
    site.bindings = [binding for binding in site.bindings if binding.protocol != "https"]
    with monkeypatch.context() as patch:
        refuse(patch, part)
        result = found(world)
        assert (result.repairs, result.look_again) == ([], False)
        assert what in result.undecided[0] and len(result.errors) == 1
        assert "windows_not_told" in codes(result) and "http_sys_orphan" not in codes(result)
    told = found(world)
    assert [mend["args"]["site"] for mend in told.repairs] == [SITE, FRONT, FRONT]
    assert told.undecided == []


@pytest.mark.parametrize(
    ("part", "code"), [("Get-Service", "windows_not_told"), ("Get-Process", "setup_unknown")], ids=["services", "setup"]
)
def test_services_and_setup_that_are_not_told_are_not_good(
    world: World, monkeypatch: pytest.MonkeyPatch, part: str, code: str
) -> None:
    with monkeypatch.context() as patch:
        refuse(patch, part)
        result = found(world)
        assert codes(result) == {code} and len(result.errors) == 1
        assert result.setup_running is (None if part == "Get-Process" else False)
    told = found(world)
    assert (told.healthy, told.setup_running, told.errors) == (True, False, [])
    machine_of(world).processes.append("ExSetup")
    assert found(world).setup_running is True


# Where bindings of another kind break the reading of all


@pytest.mark.parametrize("world", [{"web_binding_reads": "by_protocol"}], ids=str, indirect=True)
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("iis_binding_info", {}),
        ("iis_site", {}),
        ("iis_binding", {"site": SITE, "port": 8443}),
    ],
)
def test_bindings_are_read_by_protocol_where_others_break_the_reading(
    world: World, module: str, options: dict[str, Any]
) -> None:
    before = world.snapshot()
    refused = Converge(world)(module, **options).refused()
    assert "0x8007000D" in refused and world.snapshot() == before
    read = Converge(world)(module, bindings_source="by_protocol", **options).ok()
    assert read.errors in (None, [])
    named = {text for site in read.sites or () for one in site.get("bindings", ()) for text in [one["information"]]}
    named |= {one["information"] for one in read.bindings or ()}
    assert not named or named >= {"*:80:", ":443:", "127.0.0.1:443:", "*:81:", "*:444:"}
