# SPDX-License-Identifier: GPL-3.0-or-later
"""One binding and its certificate: what is changed, what is kept, what is refused and then succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from binding_estate import FRONT, SITE, look

from ansible_collections.mailops.exchange.plugins.action import iis_binding, iis_binding_info
from exchange_lab.world import World
from exchange_lab.world.windows import Binding, Machine

ANY = ("0.0.0.0", 444)
WEB_MANAGEMENT = ("0.0.0.0", 8172)
WINRM = ("0.0.0.0", 5986)
IIS_APP_ID = "{4dc3e181-e14b-4a21-b022-59fc669b0914}"
NO_APP_ID = "{00000000-0000-0000-0000-000000000000}"
WINRM_APP_ID = "{afebb9ad-9b97-4a91-9ab5-daf4d59122f6}"
BACK = {"site": SITE, "port": 444}


@pytest.fixture(autouse=True)
def _the_worlds_time(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    clock = staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC))
    for action in (iis_binding, iis_binding_info):
        monkeypatch.setattr(action.ActionModule, "now", clock)
    yield


@pytest.fixture
def machine(world: World) -> Machine:
    return next(iter(world.machines.values()))


def issued(world: World, **more: Any) -> str:
    """A new certificate of the server, with its key."""
    server = next(iter(world.servers.values()))
    return world.certificates.issue(server, **{"names": (server.name, server.fqdn), "issuer": "self", **more})


def informations(machine: Machine, site: str) -> list[tuple[str, str, int]]:
    return [(one.protocol, one.information, one.ssl_flags) for one in machine.sites[site].bindings]


# What is there already


@pytest.mark.parametrize("address", ["", "*", "0.0.0.0"])
@pytest.mark.parametrize(("site", "port"), [(FRONT, 443), (SITE, 444)])
def test_a_binding_that_is_there_stays_as_it_is_written(converge, world, address: str, site: str, port: int) -> None:
    before = world.snapshot()
    result = converge("iis_binding", site=site, address=address, port=port).ok()
    assert (result.changed, result.sent, result.commands) == (False, [], [])
    assert result.binding["information"] == (":443:" if port == 443 else "*:444:")
    assert (result.iis_restart_needed, result.server) == (False, next(iter(world.servers)))
    assert world.snapshot() == before


def test_the_sites_name_may_be_written_in_any_case(converge) -> None:
    assert converge("iis_binding", **{**BACK, "site": "exchange back END"}).ok().changed is False


def test_its_own_thumbprint_changes_nothing_however_it_is_written(converge, machine) -> None:
    own = machine.http_sys.entries[ANY].thumbprint
    pasted = "\u200e" + " ".join(own.lower()[at : at + 2] for at in range(0, 40, 2))
    assert converge("iis_binding", **BACK, thumbprint=pasted).ok().changed is False


# Certificates


def test_a_living_certificate_is_replaced_in_place(converge, world, machine) -> None:
    wanted, old = issued(world), machine.http_sys.entries[ANY].thumbprint
    checked = converge("iis_binding", check_mode=True, **BACK, thumbprint=wanted).ok()
    result = converge("iis_binding", **BACK, thumbprint=wanted).ok()
    (command,) = result.commands
    assert "RebindSslCertificate" in command and "| Out-Null" in command
    assert (checked.commands, checked.diff, checked.sent) == (result.commands, result.diff, [])
    assert result.diff["before"] == {
        "http.sys 0.0.0.0:444": old,
        f"https *:444: of {SITE}": f"sslFlags 0, certificate {old}",
    }
    assert result.diff["after"]["http.sys 0.0.0.0:444"] == wanted
    assert (result.binding["thumbprint"], result.iis_restart_needed) == (wanted, True)
    assert machine.http_sys.entries[ANY].thumbprint == wanted
    assert converge.again().changed is False


def test_a_dead_hash_is_deleted_first_and_the_entry_added(converge, world, machine) -> None:
    world.break_binding(next(iter(world.servers.values())), "stale_hash")
    result = converge("iis_binding", **BACK, thumbprint=issued(world)).ok()
    assert ["Remove-Item" in result.commands[0], "AddSslCertificate" in result.commands[1]] == [True, True]
    assert converge.again().changed is False


def test_the_drive_of_iis_is_the_other_way_to_attach(converge, world, machine) -> None:
    wanted = issued(world)
    result = converge("iis_binding", **BACK, thumbprint=wanted, attach_with="provider").ok()
    assert [command.split()[0] for command in result.commands] == ["Remove-Item", "New-Item"]
    assert f"-Thumbprint '{wanted}'" in result.commands[1]
    assert machine.http_sys.entries[ANY].thumbprint == wanted
    assert converge.again().changed is False


@pytest.mark.parametrize("fault", ["absent", "no key", "expired", "not yet valid"])
def test_a_certificate_that_cannot_serve_is_refused(converge, world, fault: str) -> None:
    server = next(iter(world.servers.values()))
    good = issued(world)
    if fault == "absent":
        bad, says = "0" * 40, "no certificate"
    elif fault == "no key":
        bad, says = issued(world), "no private key"
        world.certificates.lose_key(server, bad)
    else:
        start = -10 if fault == "expired" else 5
        bad, says = issued(world, days=9, starts_in_days=start), "that is not now"
    message = converge("iis_binding", **BACK, thumbprint=bad).refused()
    assert says in message and bad in message
    assert converge("iis_binding", check_mode=True, **BACK, thumbprint=bad).refused() == message
    assert converge("iis_binding", **BACK, thumbprint=good).ok().changed is True


def test_an_expired_certificate_that_is_bound_already_is_no_reason_to_fail(converge, world, machine) -> None:
    world.break_binding(next(iter(world.servers.values())), "expired")
    bound = machine.http_sys.entries[ANY].thumbprint
    assert converge("iis_binding", **BACK, thumbprint=bound).ok().changed is False


def test_a_certificate_that_other_sites_share_is_refused_with_their_names(converge, world, machine) -> None:
    machine.sites[SITE].bindings.append(Binding("https", "*:443:old.contoso.test"))
    wanted = issued(world)
    task = {"site": FRONT, "port": 443, "thumbprint": wanted}
    message = converge("iis_binding", **task).refused()
    assert SITE in message and "0.0.0.0:443" in message and "shared" in message
    checked = converge("iis_binding", check_mode=True, **task).ok()
    assert checked.changed and any(SITE in warning for warning in checked.warnings)
    assert converge("iis_binding", **task, shared=True).ok().changed is True
    assert converge("iis_binding", **task).ok().changed is False, "nothing is shared anew"


def test_a_check_can_ask_the_server_which_then_changes_nothing(converge, world, machine) -> None:
    wanted, before = issued(world), world.snapshot()
    result = converge("iis_binding", check_mode=True, server_check=True, **BACK, thumbprint=wanted).ok()
    asked = [record for record in world.records if record.get("what_if")]
    assert [record["cmdlet"] for record in asked] == ["ForEach-Object"]
    assert (world.snapshot(), result.sent, result.warnings) == ({**before}, [], [])
    result = converge("iis_binding", check_mode=True, server_check=True, **BACK, state="absent").ok()
    assert world.snapshot() == before
    assert any("Remove-Item" in warning and "-WhatIf" in warning for warning in result.warnings)


# Places


def test_a_new_binding_gets_its_certificate(converge, world, machine) -> None:
    wanted = issued(world)
    before = informations(machine, FRONT)
    result = converge("iis_binding", site=FRONT, address="10.0.0.7", port=443, thumbprint=wanted).ok()
    assert [command.split()[0] for command in result.commands] == ["Add-WebConfigurationProperty", "Get-WebBinding"]
    assert informations(machine, FRONT) == [*before, ("https", "10.0.0.7:443:", 0)]
    assert machine.http_sys.entries["10.0.0.7", 443].thumbprint == wanted
    assert converge.again().changed is False


def test_ipv6_is_written_in_brackets_and_found_again(converge, world, machine) -> None:
    wanted = issued(world)
    for attach_with in ("method", "provider"):
        task = {"site": FRONT, "address": "2001:DB8:0::1", "port": 443, "attach_with": attach_with}
        assert converge("iis_binding", **task, thumbprint=wanted).ok().changed is True
        assert machine.http_sys.entries["[2001:db8::1]", 443].thumbprint == wanted
        assert converge.again().changed is False
        assert converge("iis_binding", state="absent", **task).ok().changed is True
        assert ("[2001:db8::1]", 443) not in machine.http_sys.entries


def test_a_moved_binding_takes_certificate_and_flags_along(converge, world, machine) -> None:
    machine.sites[SITE].https[0].ssl_flags = 4 | 32
    world.break_binding(next(iter(world.servers.values())), "moved_to_445")
    own = machine.http_sys.entries["0.0.0.0", 445].thumbprint
    result = converge("iis_binding", **BACK, replaces="*:445:").ok()
    assert informations(machine, SITE)[-1] == ("https", "*:444:", 36)
    assert machine.http_sys.entries[ANY].thumbprint == own
    assert ("0.0.0.0", 445) not in machine.http_sys.entries
    assert "Set-WebConfigurationProperty" in result.commands[0] and "Remove-Item" in result.commands[-1]
    assert converge.again().changed is False


@pytest.mark.parametrize("written", [":445:", "*:445:", "0.0.0.0:445:"])
def test_what_gives_way_is_found_however_its_address_is_written(converge, world, machine, written: str) -> None:
    world.break_binding(next(iter(world.servers.values())), "moved_to_445")
    own = machine.http_sys.entries["0.0.0.0", 445].thumbprint
    assert converge("iis_binding", **BACK, replaces=written).ok().binding["thumbprint"] == own
    assert [one.information for one in machine.sites[SITE].https] == ["*:444:"]
    assert converge.again().changed is False


def test_what_gives_way_and_is_there_twice_is_refused(converge, machine) -> None:
    machine.sites[SITE].bindings += [Binding("https", "*:445:"), Binding("https", ":445:")]
    message = converge("iis_binding", **BACK, replaces="*:445:").refused()
    assert "more than once (*:445:, :445:)" in message
    machine.sites[SITE].bindings.pop()
    assert converge("iis_binding", **BACK, replaces="*:445:").ok().changed is True


@pytest.mark.parametrize("left", ["dead", "keyless", "in another store"])
def test_a_moved_binding_does_not_end_with_an_entry_that_cannot_serve(converge, world, machine, left: str) -> None:
    server = next(iter(world.servers.values()))
    world.break_binding(server, "moved_to_445")
    own, bad = machine.http_sys.entries["0.0.0.0", 445].thumbprint, issued(world)
    if left == "keyless":
        world.certificates.lose_key(server, bad)
    elif left == "dead":
        world.certificates.remove(server, bad)
    machine.http_sys.put(*ANY, bad, store="WebHosting" if left == "in another store" else "MY")
    assert converge("iis_binding", **BACK, replaces="*:445:").ok().binding["thumbprint"] == own
    assert (machine.http_sys.entries[ANY].thumbprint, machine.http_sys.entries[ANY].store.upper()) == (own, "MY")
    assert ("0.0.0.0", 445) not in machine.http_sys.entries
    assert look(converge).healthy is True


@pytest.mark.parametrize("kept_by", ["its own life", "another binding", "another program"])
def test_a_moved_binding_takes_what_is_kept_in_its_new_place(converge, world, machine, kept_by: str) -> None:
    server = next(iter(world.servers.values()))
    world.break_binding(server, "moved_to_445")
    there = issued(world)
    if kept_by != "its own life":
        world.certificates.remove(server, there)
    machine.http_sys.put(*ANY, there, app_id=WINRM_APP_ID if kept_by == "another program" else IIS_APP_ID)
    if kept_by == "another binding":
        machine.sites[SITE].bindings.append(Binding("https", "*:444:other.contoso.test"))
    assert converge("iis_binding", **BACK, replaces="*:445:").ok().binding["thumbprint"] == there
    assert machine.http_sys.entries[ANY].thumbprint == there


def test_a_binding_that_gives_way_to_one_that_is_there_is_removed_alone(converge, machine) -> None:
    machine.sites[SITE].bindings.append(Binding("https", "*:445:"))
    machine.http_sys.put("0.0.0.0", 445, machine.http_sys.entries[ANY].thumbprint)
    for other in (443, 8443):
        machine.http_sys.put("0.0.0.0", other, machine.http_sys.entries[ANY].thumbprint)
    entries = dict(machine.http_sys.entries)
    converge("iis_binding", **BACK, replaces="*:445:").ok()
    assert [information for _protocol, information, _flags in informations(machine, SITE)] == ["*:81:", "*", "*:444:"]
    assert machine.http_sys.entries == {key: entry for key, entry in entries.items() if key != ("0.0.0.0", 445)}


@pytest.mark.parametrize("replaces", ["*:445:", "*:444:", ":444:"])
def test_what_is_to_give_way_and_is_not_there_or_is_the_binding_itself_is_no_error(converge, replaces: str) -> None:
    assert converge("iis_binding", **BACK, replaces=replaces).ok().changed is False


def test_a_place_that_another_site_has_is_refused(converge, machine) -> None:
    message = converge("iis_binding", site=SITE, port=443).refused()
    assert FRONT in message and "*:443:" in message
    assert converge("iis_binding", site=SITE, port=9443).ok().changed is True


def test_a_binding_that_a_site_has_twice_is_refused(converge, machine) -> None:
    machine.sites[FRONT].bindings.append(Binding("https", "*:443:"))
    assert "more than once (:443:, *:443:)" in converge("iis_binding", site=FRONT, port=443).refused()
    machine.sites[FRONT].bindings.pop()
    assert converge("iis_binding", site=FRONT, port=443).ok().changed is False


@pytest.mark.parametrize("remove_with", ["configuration", "binding"])
def test_an_absent_binding_takes_its_own_entry_along(converge, world, machine, remove_with: str) -> None:
    task = {"site": FRONT, "address": "127.0.0.1", "port": 443}
    before = informations(machine, FRONT)
    result = converge("iis_binding", state="absent", remove_with=remove_with, **task).ok()
    assert result.binding is None
    first = {"configuration": "Clear-WebConfiguration", "binding": "Remove-WebBinding"}[remove_with]
    assert [command.split()[0] for command in result.commands] == [first, "Remove-Item"]
    assert informations(machine, FRONT) == [one for one in before if one[1] != "127.0.0.1:443:"]
    assert ("127.0.0.1", 443) not in machine.http_sys.entries
    assert ("0.0.0.0", 443) in machine.http_sys.entries
    assert converge.again().changed is False


def test_an_entry_that_another_site_uses_stays(converge, machine) -> None:
    machine.sites[SITE].bindings.append(Binding("https", "*:443:old.contoso.test"))
    entries = dict(machine.http_sys.entries)
    converge("iis_binding", site=SITE, port=443, host_name="old.contoso.test", state="absent").ok()
    assert machine.http_sys.entries == entries


@pytest.mark.parametrize("key", [WEB_MANAGEMENT, WINRM])
def test_entries_that_something_else_than_iis_made_are_left_alone(converge, machine, key: tuple[str, int]) -> None:
    machine.http_sys.put(*WINRM, machine.http_sys.entries[ANY].thumbprint, app_id=WINRM_APP_ID)
    assert look(converge).findings == []
    assert converge("iis_binding", site=SITE, port=key[1], state="absent").ok().changed is False
    assert key in machine.http_sys.entries


@pytest.mark.parametrize("app_id", [WINRM_APP_ID, NO_APP_ID])
@pytest.mark.parametrize("move", [{"port": 5986, "state": "absent"}, {"port": 444, "replaces": "*:5986:"}], ids=str)
def test_a_binding_that_goes_leaves_the_entry_of_another_program(converge, machine, move: Any, app_id: str) -> None:
    machine.sites[SITE].bindings.append(Binding("https", "*:5986:"))
    own = machine.http_sys.entries[ANY].thumbprint
    machine.http_sys.put(*WINRM, own, app_id=app_id)
    result = converge("iis_binding", **{**BACK, **move}).ok()
    assert (result.changed, machine.http_sys.entries[WINRM].thumbprint) == (True, own)
    assert [one.information for one in machine.sites[SITE].https] == ["*:444:"]
    assert converge.again().changed is False
    machine.sites[SITE].bindings.append(Binding("https", "*:5986:"))
    machine.http_sys.put(*WINRM, own)
    converge("iis_binding", **{**BACK, **move}).ok()
    assert WINRM not in machine.http_sys.entries, "that one was of IIS"


def test_an_entry_that_no_binding_has_used_wants_no_restart_when_it_goes(converge, world, machine) -> None:
    world.break_binding(next(iter(world.servers.values())), "http_sys_orphan")
    orphan = converge("iis_binding", site=SITE, port=446, state="absent").ok()
    assert (orphan.changed, orphan.iis_restart_needed) == (True, False)
    used = converge("iis_binding", site=FRONT, address="127.0.0.1", port=443, state="absent").ok()
    assert (used.changed, used.iis_restart_needed) == (True, True)


# Stores


def test_the_right_hash_in_the_wrong_store_is_bound_anew(converge, machine) -> None:
    own = machine.http_sys.entries[ANY].thumbprint
    for store in ("MY", "My", ""):
        machine.http_sys.put(*ANY, own, store=store)
        assert converge("iis_binding", **BACK, thumbprint=own).ok().changed is False, store
    machine.http_sys.put(*ANY, own, store="WebHosting")
    result = converge("iis_binding", **BACK, thumbprint=own).ok()
    assert ["Remove-Item" in result.commands[0], "AddSslCertificate" in result.commands[1]] == [True, True]
    assert result.diff["before"]["http.sys 0.0.0.0:444"] == f"{own} in WebHosting"
    assert (machine.http_sys.entries[ANY].thumbprint, machine.http_sys.entries[ANY].store.upper()) == (own, "MY")
    assert converge.again().changed is False


def test_a_right_hash_in_the_wrong_store_is_not_changed_for_other_sites_unasked(converge, machine) -> None:
    machine.sites[FRONT].bindings.append(Binding("https", "*:444:old.contoso.test"))
    own = machine.http_sys.entries[ANY].thumbprint
    machine.http_sys.put(*ANY, own, store="WebHosting")
    assert "shared" in converge("iis_binding", **BACK, thumbprint=own).refused()
    assert converge("iis_binding", **BACK, thumbprint=own, shared=True).ok().changed is True


def test_the_drive_of_iis_takes_certificates_from_my_alone(converge, world) -> None:
    task = {**BACK, "thumbprint": issued(world), "attach_with": "provider"}
    assert "WebHosting" in converge("iis_binding", **task, store="WebHosting").refused()
    assert converge("iis_binding", **task, store="MY").ok().changed is True


# Flags and host names


def test_bits_that_were_not_named_are_kept(converge, machine) -> None:
    machine.sites[SITE].https[0].ssl_flags = 36
    assert converge("iis_binding", **BACK).ok().changed is False
    result = converge("iis_binding", **BACK, ssl_flags=4).ok()
    assert (result.binding["ssl_flags"], machine.sites[SITE].https[0].ssl_flags) == (4, 4)
    assert len(result.commands) == 1
    assert converge.again().changed is False


def test_sni_moves_the_certificate_to_the_host_name_and_back(converge, world, machine) -> None:
    task = {"site": FRONT, "port": 8443, "host_name": "Mail.contoso.test"}
    wanted = issued(world)
    converge("iis_binding", **task, thumbprint=wanted).ok()
    assert machine.http_sys.entries["0.0.0.0", 8443].thumbprint == wanted
    converge("iis_binding", **task, ssl_flags=1).ok()
    assert machine.http_sys.entries["mail.contoso.test", 8443].thumbprint == wanted
    assert ("0.0.0.0", 8443) not in machine.http_sys.entries
    converge("iis_binding", **task, ssl_flags=0).ok()
    assert machine.http_sys.entries["0.0.0.0", 8443].thumbprint == wanted
    assert ("mail.contoso.test", 8443) not in machine.http_sys.entries


def test_sni_on_443_is_found_and_repaired(converge, world, machine) -> None:
    binding = machine.sites[SITE].https[0]
    binding.ssl_flags = 1 | 4
    found = look(converge)
    assert "binding_with_host_name" in {finding["code"] for finding in found.findings}
    (item,) = found.repairs
    converge(item["module"], **item["args"]).ok()
    assert binding.ssl_flags == 4
    assert look(converge).healthy is True


# http


def test_http_has_no_certificate(converge, machine) -> None:
    entries = dict(machine.http_sys.entries)
    result = converge("iis_binding", site=SITE, protocol="http", port=8081).ok()
    assert (result.changed, result.iis_restart_needed) == (True, False)
    assert informations(machine, SITE)[-1] == ("http", "*:8081:", 0)
    assert converge.again().changed is False
    assert converge("iis_binding", site=SITE, protocol="http", port=8081, state="absent").ok().changed is True
    assert machine.http_sys.entries == entries


# A fresh certificate


def test_a_server_without_any_good_certificate_gets_a_new_one_only_when_asked(converge, world, machine) -> None:
    server = next(iter(world.servers.values()))
    for entry in list(machine.certificates.my):
        world.certificates.lose_key(server, entry.thumbprint)
    found = look(converge)
    assert any("new_certificate" in sentence for sentence in found.undecided)
    back = [item for item in found.repairs if item["args"].get("site") == SITE]
    assert back == []

    (item,) = [one for one in look(converge, new_certificate=True).repairs if one["args"].get("site") == SITE]
    assert item["args"]["new_certificate"] is True
    stored = len(machine.certificates.my)
    checked = converge("iis_binding", check_mode=True, **item["args"]).ok()
    assert (len(machine.certificates.my), checked.sent) == (stored, [])
    assert "New-SelfSignedCertificate" in checked.commands[0] and checked.binding["thumbprint"] == "0" * 40

    result = converge("iis_binding", **item["args"]).ok()
    made = machine.certificates.my[-1]
    assert len(machine.certificates.my) == stored + 1
    assert (made.friendly_name, made.key.exportable, set(made.names)) == (
        "Microsoft Exchange",
        False,
        {server.name.lower(), server.fqdn} if server.name.islower() else {server.fqdn.partition(".")[0], server.fqdn},
    )
    assert result.binding["thumbprint"] == machine.http_sys.entries[ANY].thumbprint == made.thumbprint
    assert converge.again().changed is False
    assert "444" not in " ".join(look(converge).undecided)


def test_a_good_certificate_is_kept_although_a_new_one_is_allowed(converge, world, machine) -> None:
    assert converge("iis_binding", **BACK, new_certificate=True).ok().changed is False
    own = machine.http_sys.entries[ANY].thumbprint
    world.break_binding(next(iter(world.servers.values())), "moved_to_445")
    moved = converge("iis_binding", **BACK, replaces="*:445:", new_certificate=True).ok()
    assert moved.binding["thumbprint"] == own


# Proof


def test_a_change_that_somebody_else_makes_meanwhile_is_told(converge, world, machine, monkeypatch) -> None:
    put = machine.http_sys.put

    def meddling(*given: Any, **more: Any) -> None:
        put(*given, **more)
        machine.sites[FRONT].bindings.append(Binding("https", "*:9443:"))

    monkeypatch.setattr(type(machine.http_sys), "put", lambda _self, *given, **more: meddling(*given, **more))
    result = converge("iis_binding", **BACK, thumbprint=issued(world))
    assert result.failed and f"https *:9443: of {FRONT} is" in result.msg
    assert result.changed is True and result.commands


# Bad input


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"site": "Nope"}, "Exchange Back End"),
        ({"site": "*"}, "interpret"),
        ({"site": "a[1]"}, "interpret"),
        ({"port": 0}, "1 to 65535"),
        ({"port": 65536}, "1 to 65535"),
        ({"address": "mail.contoso.test"}, "IP address"),
        ({"host_name": "a b"}, "host name"),
        ({"thumbprint": "12"}, "40 hex digits"),
        ({"thumbprint": "G" * 40}, "40 hex digits"),
        ({"store": "..\\My"}, "store"),
        ({"replaces": "445"}, "*:445:"),
        ({"replaces": "*:445:", "state": "absent"}, "absent"),
        ({"thumbprint": "0" * 40, "state": "absent"}, "absent"),
        ({"thumbprint": "0" * 40, "protocol": "http"}, "https"),
        ({"thumbprint": "0" * 40, "new_certificate": True}, "exclude"),
        ({"ssl_flags": 128}, "0 to 127"),
        ({"ssl_flags": -1}, "0 to 127"),
        ({"ssl_flags": 2}, "central store"),
        ({"ssl_flags": 1}, "host_name"),
        ({"protocol": "net.tcp"}, "http, https"),
        ({"nonsense": 1}, "nonsense"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence_with_the_cure(converge, world, options: dict[str, Any], says: str) -> None:
    before = world.snapshot()
    message = converge("iis_binding", **{**BACK, **options}).refused()
    assert says in message and "\n" not in message
    assert world.snapshot() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [({"peers": ["ex2"]}, "FQDN"), ({"peers": ["10.0.0.1"]}, "FQDN"), ({"back_end_thumbprint": "x"}, "40 hex digits")],
)
def test_bad_input_of_the_facts(converge, options: dict[str, Any], says: str) -> None:
    assert says in converge("iis_binding_info", **options).refused()
