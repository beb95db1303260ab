# SPDX-License-Identifier: GPL-3.0-or-later
"""Web sites, application pools and the services of IIS: started, stopped, recycled, each once and only on change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from binding_estate import FRONT, SITE
from in_process import InProcessSession

from ansible_collections.mailops.exchange.plugins.action import iis_binding_info
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import Interrupted, NotReached
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows import run_state
from exchange_lab.world.windows import Machine

OWA = "MSExchangeOWAAppPool"
STARTED, STOPPED = "Started", "Stopped"


@pytest.fixture
def machine(world) -> Machine:
    return next(iter(world.machines.values()))


@pytest.fixture(autouse=True)
def _some_time_has_passed(world) -> None:
    world.clock.advance(60)


# Pools


def test_all_pools_are_told_without_a_state(converge, machine) -> None:
    result = converge("iis_app_pool").ok()
    assert result.app_pools == dict.fromkeys(machine.pools, STARTED)
    assert (result.changed, result.sent, result.missing) == (False, [], [])
    assert converge("iis_app_pool", name=[OWA]).ok().app_pools == {OWA: STARTED}


def test_what_a_change_of_client_access_wants_recycled_is_taken_as_it_is(converge, world, machine) -> None:
    vdir = converge("exchange_vdir", protocol="owa", logon_format="PrincipalName", default_domain="contoso.test").ok()
    assert vdir.restart_needed or vdir.iis_restart_needed
    pools = vdir.restart_needed or [OWA]
    untouched = {name: pool.recycled_at for name, pool in machine.pools.items() if name not in pools}
    checked = converge("iis_app_pool", check_mode=True, name=pools, state="recycled").ok()
    assert checked.changed and checked.sent == []
    result = converge("iis_app_pool", name=pools, state="recycled").ok()
    assert checked.commands == result.commands
    assert [command.split()[0] for command in result.commands] == ["Restart-WebAppPool"] * len(pools)
    assert all(machine.pools[name].recycled_at == world.clock.now() for name in pools)
    assert {name: machine.pools[name].recycled_at for name in untouched} == untouched


@pytest.mark.parametrize("port", [443, 444])
def test_only_what_began_before_the_port_got_its_certificate_is_recycled(converge, world, machine, port) -> None:
    other = "MSExchangeECPAppPool"
    machine.bind_certificate(FRONT if port == 443 else "Exchange Back End", machine.certificates.my[0].thumbprint)
    world.clock.advance(60)
    machine.start_pool(other)
    wish = {"name": [OWA, other, "MSExchangeOABAppPool"], "state": "recycled", "older_than_binding": port}
    machine.pools["MSExchangeOABAppPool"].state = STOPPED
    checked = converge("iis_app_pool", check_mode=True, **wish).ok()
    assert checked.changed and checked.sent == [] and checked.app_pools[OWA] == STARTED
    result = converge("iis_app_pool", **wish).ok()
    assert [command.split(" -")[1] for command in result.commands] == [f"Name '{OWA}'"]
    assert result.app_pools == {OWA: STARTED, other: STARTED, "MSExchangeOABAppPool": STOPPED}
    again = converge("iis_app_pool", **wish | {"older_than_binding": 887 - port}).ok()
    assert again.changed is False and converge("iis_app_pool", **wish).ok().changed is False


def test_what_the_event_log_does_not_tell_is_not_recycled_and_without_the_option_it_is(
    converge, world, machine
) -> None:
    world.switches["binding_events"] = "none"
    machine.bind_certificate(FRONT, machine.certificates.my[0].thumbprint)
    wish = {"name": [OWA], "state": "recycled"}
    assert converge("iis_app_pool", **wish, older_than_binding=443).ok().changed is False
    assert converge("iis_app_pool", **wish).ok().changed


def test_a_port_chooses_among_pools_that_are_recycled(converge) -> None:
    assert "Set state to recycled" in converge("iis_app_pool", name=[OWA], older_than_binding=443).refused()
    assert converge("iis_app_pool", name=[OWA], state="recycled", older_than_binding=443).ok().changed is False


def test_nothing_to_recycle_changes_nothing(converge) -> None:
    assert converge("iis_app_pool", name=[], state="recycled").ok().changed is False


def test_each_pool_is_recycled_once_however_often_it_is_named(converge) -> None:
    assert len(converge("iis_app_pool", name=[OWA, OWA.upper(), OWA], state="recycled").ok().commands) == 1


def test_pools_of_other_versions_are_reported_and_the_others_recycled(converge) -> None:
    result = converge("iis_app_pool", name=["Nope", OWA, "nope too"], state="recycled").ok()
    assert (result.missing, len(result.commands)) == (["Nope", "nope too"], 1)
    assert any("Nope" in warning for warning in result.warnings)


def test_a_pool_is_stopped_and_started_once(converge, machine) -> None:
    for state, end in (("stopped", STOPPED), ("started", STARTED)):
        checked = converge("iis_app_pool", check_mode=True, name=[OWA], state=state).ok()
        assert checked.changed and machine.pools[OWA].state != end
        result = converge("iis_app_pool", name=[OWA], state=state).ok()
        assert (result.changed, result.app_pools, machine.pools[OWA].state) == (True, {OWA: end}, end)
        assert result.diff["after"] == {OWA: end} != result.diff["before"]
        assert converge.again().changed is False


def test_a_stopped_pool_is_not_started_by_recycling(converge, machine) -> None:
    machine.pools[OWA].state = STOPPED
    result = converge("iis_app_pool", name=[OWA], state="recycled").ok()
    assert (result.changed, machine.pools[OWA].state) == (False, STOPPED)
    assert any("was not recycled" in warning for warning in result.warnings)


# Sites


def test_all_sites_are_told_without_a_state(converge) -> None:
    result = converge("iis_site").ok()
    assert [(site["id"], site["name"], site["state"]) for site in result.sites] == [
        (1, FRONT, STARTED),
        (2, SITE, STARTED),
    ]
    assert [one["information"] for one in result.sites[1]["bindings"]] == ["*:81:", "*:444:"]
    assert (result.changed, result.sent) == (False, [])


def test_a_site_is_stopped_and_started_once(converge, machine) -> None:
    for state, end in (("stopped", STOPPED), ("started", STARTED)):
        checked = converge("iis_site", check_mode=True, name=[SITE], state=state).ok()
        assert checked.changed and machine.sites[SITE].state != end
        result = converge("iis_site", name=[SITE.upper()], state=state).ok()
        assert [site["state"] for site in result.sites] == [machine.sites[SITE].state] == [end]
        assert machine.sites[FRONT].state == STARTED
        assert converge.again().changed is False


def test_a_recycled_site_is_stopped_and_started_every_time(converge, machine) -> None:
    for _unused in range(2):
        result = converge("iis_site", name=[SITE], state="recycled").ok()
        assert [command.split()[0] for command in result.commands] == ["Stop-Website", "Start-Website"]
        assert machine.sites[SITE].state == STARTED
    machine.sites[SITE].state = STOPPED
    assert converge("iis_site", name=[SITE], state="recycled").ok().changed is False


def test_a_site_that_was_stopped_and_not_started_again_comes_with_its_cure(converge, machine, monkeypatch) -> None:
    def lost(self: Any, command: Any, keep_errors: bool = False) -> Any:
        if command.name == "Start-Website":
            raise Interrupted("The connection broke.", "Run again.")
        return invoke(self, command, keep_errors)

    invoke = InProcessSession.invoke
    with monkeypatch.context() as breaking:
        breaking.setattr(InProcessSession, "invoke", lost)
        broken = converge("iis_site", name=[FRONT, SITE], state="recycled")
    assert broken.failed and broken.changed and f"{FRONT} runs" in broken.msg and "state started" in broken.msg
    assert (machine.sites[FRONT].state, machine.sites[SITE].state) == (STOPPED, STARTED)
    again = converge("iis_site", name=[FRONT], state="recycled").ok()
    assert not again.changed and any("state started" in warning for warning in again.warnings)
    assert converge("iis_site", name=[FRONT], state="started").ok().changed is True
    assert converge("iis_site", name=[FRONT], state="recycled").ok().warnings == []


def test_the_cure_of_a_broken_recycling_is_for_nothing_else(converge, machine, monkeypatch) -> None:
    def lost(self: Any, command: Any, keep_errors: bool = False) -> Any:
        if command.writes:
            raise Interrupted("The connection broke.", "Run again.")
        return invoke(self, command, keep_errors)

    invoke = InProcessSession.invoke
    monkeypatch.setattr(InProcessSession, "invoke", lost)
    for module, name, state in (("iis_site", FRONT, "stopped"), ("iis_app_pool", OWA, "recycled")):
        assert converge(module, name=[name], state=state).msg == "The connection broke. Run again."


def test_a_site_that_collides_with_a_running_one_is_refused_with_its_name(converge, world, machine) -> None:
    world.break_binding(next(iter(world.servers.values())), "443_on_back_end")
    message = converge("iis_site", name=[SITE], state="started").refused()
    assert FRONT in message and ":443:" in message
    checked = converge("iis_site", check_mode=True, name=[SITE], state="started").ok()
    assert any(FRONT in warning for warning in checked.warnings)
    converge("iis_binding", site=SITE, port=444, replaces="*:443:").ok()
    assert converge("iis_site", name=[SITE], state="started").ok().changed is True


@pytest.mark.parametrize("name", ["Nope", "*", "a[1]"])
@pytest.mark.parametrize("module", ["iis_site", "iis_app_pool"])
def test_names_that_are_none(converge, module: str, name: str) -> None:
    if (module, name) == ("iis_app_pool", "Nope"):
        assert converge(module, name=[name], state="started").ok().missing == [name]
    else:
        message = converge(module, name=[name], state="started").refused()
        assert name in message and "\n" not in message


@pytest.mark.parametrize("module", ["iis_site", "iis_app_pool", "iis_service"])
def test_a_state_that_is_none_is_refused(converge, module: str) -> None:
    assert "state must be one of" in converge(module, state="rebooted").refused()


def test_while_iis_does_not_run_the_server_says_what_to_do(converge, machine, monkeypatch) -> None:
    clock = staticmethod(lambda: datetime.fromtimestamp(machine.now, UTC))
    monkeypatch.setattr(iis_binding_info.ActionModule, "now", clock)
    machine.stop_service("WAS")
    result = converge("iis_site", name=[SITE], state="started")
    assert result.failed and "iis_service" in result.msg
    found = converge("iis_binding_info").ok()
    assert {finding["code"] for finding in found.findings} == {"windows_service_stopped"}
    assert [item["module"] for item in found.repairs] == ["iis_service"]
    converge(found.repairs[0]["module"], **found.repairs[0]["args"]).ok()
    assert converge("iis_binding_info").ok().healthy is True


# Services


def test_the_services_are_told_and_started_only_when_they_do_not_run(converge, machine) -> None:
    running = {"WAS": "Running", "W3SVC": "Running"}
    assert converge("iis_service").ok().services == running
    assert converge("iis_service", state="started").ok().changed is False
    machine.stop_service("WAS")
    checked = converge("iis_service", check_mode=True, state="started").ok()
    assert checked.changed and not machine.services["WAS"].running
    result = converge("iis_service", state="started").ok()
    assert (result.changed, result.services) == (True, running)
    assert result.diff["before"] == {"WAS": "Stopped", "W3SVC": "Stopped"}


def test_the_services_are_restarted_by_one_command(converge, world, machine) -> None:
    checked = converge("iis_service", check_mode=True, state="restarted").ok()
    assert checked.changed and machine.services["WAS"].started_at < world.clock.now()
    result = converge("iis_service", state="restarted").ok()
    assert result.commands == checked.commands == ["Restart-Service -Name 'WAS','W3SVC' -Force -ErrorAction 'Stop'"]
    assert machine.services["WAS"].started_at == machine.services["W3SVC"].started_at == world.clock.now()


# Waiting


def test_states_are_waited_for_and_not_for_ever() -> None:
    slept: list[float] = []
    readings = iter([{"a": STOPPED}, {"a": "Starting"}, {"a": STARTED}])
    run_state.await_states(run_state.POOL, ["a"], "started", lambda: next(readings), slept.append)
    assert len(slept) == 2
    with pytest.raises(NotReached, match="the application pool a is Stopped, not Started"):
        run_state.await_states(run_state.POOL, ["a"], "started", lambda: {"a": STOPPED}, slept.append)
    assert sum(slept) == 2 + run_state.PATIENCE_S


def test_the_patience_is_seconds_whatever_the_pause(monkeypatch: Any) -> None:
    monkeypatch.setattr(run_state, "PATIENCE_S", 6.0)
    monkeypatch.setattr(run_state, "PAUSE_S", 2.0)
    slept: list[float] = []
    with pytest.raises(NotReached, match="after 6 s the web site a is gone, not Stopped"):
        run_state.await_states(run_state.SITE, ["a"], "stopped", dict, slept.append)
    assert slept == [2.0] * 3


def test_a_pool_that_does_not_start_is_told(converge, machine, monkeypatch: Any) -> None:
    monkeypatch.setattr(run_state, "PATIENCE_S", 0)
    machine.pools[OWA].state = STOPPED
    monkeypatch.setattr(type(machine), "start_pool", lambda self, name: None)
    result = converge("iis_app_pool", name=[OWA], state="started")
    assert result.failed and result.changed is True
    assert f"{OWA} is Stopped" in result.msg and "event log" in result.msg
