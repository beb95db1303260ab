# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate state=absent release_connectors=true: Send connectors that name a certificate let it go.

Law R3. They are cleared and named again, wherever a run breaks off.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from certificate_life import NAMES, Life, quiet, row
from in_process import InProcessSession, Result

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import DeadlineExceeded, Interrupted
from exchange_lab.cmdlets import connectors
from exchange_lab.world import transport
from exchange_lab.world.certificates.distinguished_names import tls_name

SERVERS = ["EX1", "EX2", "EX3"]
SET, REMOVE = "Set-SendConnector", "Remove-ExchangeCertificate"


class Renewal(Life):
    """An old and a new certificate with the same issuer and subject on three servers, and connectors that name them."""

    old: str
    new: str

    def begin(self) -> Renewal:
        issue = self.world.certificates.issue
        self.old = issue(*SERVERS, names=NAMES, services=["SMTP"], starts_in_days=-100)
        self.new = issue(*SERVERS, names=NAMES, services=["SMTP", "IIS"], starts_in_days=-1)
        for name, servers in (("Internet", ["EX1"]), ("Partner", ["EX1", "EX2"])):
            self.connector(name, servers, self.name)
        self.connector("Other", ["EX1"], "<I>CN=CA<S>CN=other.contoso.test")
        self.connector("Nameless", ["EX3"], None)
        return self

    @property
    def name(self) -> str:
        return str(tls_name(self.entry("EX1", self.new).certificate))

    def connector(self, name: str, servers: list[str], tls_certificate_name: str | None) -> None:
        row = {"name": name, "servers": servers, "tls_certificate_name": tls_certificate_name}
        self.world.send_connectors.append(transport.send_connector(self.world.directory, row, self.world.installed))

    def named(self) -> dict[str, str | None]:
        read = self.world.directory.newest
        return {item.name: read(item)["TlsCertificateName"] for item in self.world.send_connectors}

    @property
    def undo(self) -> Path:
        return self.folder / "undo.json"

    def release(self, thumbprint: str = "", **more: Any) -> Result:
        options = {"servers": SERVERS, "release_connectors": True, "undo_path": str(self.undo), **more}
        return self.task(state="absent", thumbprint=thumbprint or self.old, **options)


@pytest.fixture
def renewal(life: Callable[..., Life]) -> Callable[..., Renewal]:
    def new(**switches: str) -> Renewal:
        made = life(**switches)
        return Renewal(made.world, made.folder).begin()

    return new


@pytest.fixture
def one(renewal: Callable[..., Renewal]) -> Renewal:
    return renewal()


def cmdlets(commands: list[str]) -> list[str]:
    return [command.partition(" ")[0] for command in commands]


WHOLE = [SET, SET, REMOVE, REMOVE, REMOVE, SET, SET]


@pytest.mark.parametrize(
    "switches",
    [{}, {"set_tls_name_check": "checked"}, {"smtp_pick": "not_after"}, {"remove_key": "deleted"}],
    ids=str,
)
def test_the_old_one_of_a_renewal_goes_and_the_connectors_are_as_before(
    renewal: Callable[..., Renewal], switches: dict[str, str]
) -> None:
    one = renewal(**switches)
    before, names = one.world.snapshot(), one.named()
    done = one.release().ok()
    assert one.holders(one.old) == [] and one.holders(one.new) == SERVERS
    assert cmdlets(done.commands) == WHOLE
    assert sum("-TlsCertificateName $null" in command for command in done.commands) == 2
    assert sum(f"-TlsCertificateName '{one.name}'" in command for command in done.commands) == 2
    assert one.named() == names
    changed = {name for name, *_rest in one.world.changes(before, one.world.snapshot())}
    assert changed == {f"certificates {server}" for server in SERVERS}
    assert [found["identity"] for found in done.released_connectors] == ["Internet", "Partner"]
    assert {found["tls_certificate_name"] for found in done.released_connectors} == {one.name}
    assert done.changed is True and cmdlets(row(done, "EX2")["commands"]) == [REMOVE]
    quiet(one.converge.again())


def test_what_they_named_is_saved_before_anything_is_cleared(one: Renewal, monkeypatch: Any) -> None:
    real, seen = InProcessSession.invoke, []

    def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
        if command.writes and "WhatIf" not in command.parameters:
            seen.append(json.loads(one.undo.read_text())["send_connectors"])
        return real(session, command, keep_errors)

    monkeypatch.setattr(InProcessSession, "invoke", invoke)
    one.release(domain_controller="dc1.contoso.test").ok()
    saved = {"names": {"Internet": one.name, "Partner": one.name}, "domain_controller": "dc1.contoso.test"}
    assert seen == [{**saved, "restored": False}] * len(WHOLE)
    assert json.loads(one.undo.read_text())["send_connectors"] == {**saved, "restored": True}
    assert stat.S_IMODE(one.undo.stat().st_mode) == 0o600


def test_check_mode_lists_all_and_writes_nothing(one: Renewal) -> None:
    before = one.world.snapshot()
    planned = one.release(check_mode=True).ok()
    assert planned.changed is True and planned.sent == [] and one.world.snapshot() == before
    assert not one.undo.exists()
    assert one.release().ok().commands == planned.commands


def test_the_new_one_can_go_as_well_while_the_old_one_is_good(one: Renewal) -> None:
    """Law L11: the way back of a rollout."""
    for server in SERVERS:
        one.world.certificates.enable(server, one.old, ["IIS"])
    names = one.named()
    one.release(one.new).ok()
    assert one.holders(one.new) == [] and one.holders(one.old) == SERVERS and one.named() == names


def test_without_connectors_that_name_it_nothing_is_released(one: Renewal) -> None:
    other = one.world.certificates.issue("EX1", names=["spare.contoso.test"])
    done = one.release(other).ok()
    assert cmdlets(done.commands) == [REMOVE] and done.released_connectors == [] and not one.undo.exists()


def test_without_the_option_it_stays_and_the_option_is_named(one: Renewal) -> None:
    message = one.task(state="absent", thumbprint=one.old, servers=SERVERS).rejected()
    assert "Send connectors name its issuer and subject" in message and "set release_connectors" in message
    one.release().ok()


# Refused beforehand


def test_nothing_is_released_for_a_certificate_that_has_to_stay(one: Renewal) -> None:
    one.world.certificates.enable("EX3", one.old, ["IIS"])
    before = one.world.snapshot()
    message = one.release().refused()
    assert "still in use on EX3" in message and "EX1" not in message and "No connector was released" in message
    assert one.world.snapshot() == before and not one.undo.exists()
    one.world.certificates.enable("EX3", one.new, ["IIS"])
    one.release().ok()


def test_a_connector_that_offers_it_by_its_own_name_keeps_it(one: Renewal) -> None:
    """It names no certificate, so it is not among the released."""
    lone = one.world.certificates.issue("EX1", names=["relay.contoso.test"], services=["SMTP"])
    one.world.send_connectors[0].initial["Fqdn"] = "relay.contoso.test"
    one.world.send_connectors[0].initial["TlsCertificateName"] = None
    assert "connectors offer it (Internet)" in one.release(lone).refused()
    one.world.send_connectors[0].initial["Fqdn"] = None
    one.release(lone).ok()


@pytest.mark.parametrize("numbers", ["documented_order", "unknown_numbers"])
@pytest.mark.parametrize("spoiled", ["missing", "unmarked", "expired"])
def test_a_source_server_must_have_the_other_one(renewal: Callable[..., Renewal], spoiled: str, numbers: str) -> None:
    """Law S6: its mail would wait there once the connector names the certificate again."""
    one = renewal(status_numbers=numbers)
    held = one.world.certificates.of("EX2").my
    entry = one.entry("EX2", one.new)
    if spoiled == "missing":
        held.remove(entry)
    elif spoiled == "unmarked":
        entry.marks.discard("SMTP")
    else:
        held.remove(entry)
        one.world.certificates.issue("EX2", names=NAMES, services=["SMTP"], starts_in_days=-90, days=10)
    machine = one.world.machines["ex2.contoso.test"]
    machine.bind_certificate("Default Web Site", one.own("EX2"))
    before = one.world.snapshot()
    message = one.release().refused()
    assert "Partner on EX2" in message and "no valid certificate" in message
    assert one.world.snapshot() == before
    if entry not in held:
        held.append(entry)
    entry.marks.add("SMTP")
    one.release().ok()


def test_a_server_that_sends_nothing_needs_no_other_one(one: Renewal) -> None:
    one.world.machines["ex3.contoso.test"].bind_certificate("Default Web Site", one.own("EX3"))
    one.world.certificates.remove("EX3", one.new)
    one.release().ok()
    assert one.holders(one.old) == []


def test_what_a_connector_would_offer_meanwhile_must_work(one: Renewal) -> None:
    """Law S4: by its host name it chooses another certificate, which is not enabled for SMTP."""
    one.world.send_connectors[0].initial["Fqdn"] = "relay.contoso.test"
    relay = one.world.certificates.issue("EX1", names=["relay.contoso.test"])
    before = one.world.snapshot()
    message = one.release().refused()
    assert f"EX1 would offer relay.contoso.test ({relay})" in message and "not enabled for SMTP" in message
    assert one.world.snapshot() == before
    one.world.certificates.enable("EX1", relay, ["SMTP"])
    done = one.release().ok()
    assert any(f"EX1 offers relay.contoso.test ({relay})" in warning for warning in done.warnings)


def test_what_is_not_known_of_the_meantime_is_said(one: Renewal) -> None:
    one.connector("Far", ["EX4"], one.name)
    one.world.send_connectors[1].initial["Fqdn"] = "nowhere.contoso.test"
    warnings = " ".join(one.release().ok().warnings)
    assert "While Far names no certificate, what EX4 offers was not looked at." in warnings
    assert "While Partner names no certificate, EX1 offers none." in warnings


@pytest.mark.parametrize("hidden", [SET, REMOVE])
def test_without_the_rights_nothing_is_cleared(one: Renewal, hidden: str) -> None:
    before = one.world.snapshot()
    one.world.rbac.hide(hidden)
    assert hidden in one.release().refused()
    assert one.world.snapshot() == before
    one.world.rbac._hidden.clear()
    one.release().ok()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"undo_path": None}, "Set undo_path to a file"),
        ({"undo_path": "undo.json"}, "not an absolute path"),
        ({"release_connectors": False}, "undo_path needs release_connectors"),
        ({"undo_path": "/nowhere/at/all/undo.json"}, "its folder does not exist"),
    ],
)
def test_bad_input(one: Renewal, options: dict[str, Any], said: str) -> None:
    before = one.world.snapshot()
    assert said in one.release(**options).refused()
    assert one.world.snapshot() == before
    one.release().ok()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"schema": 1, "thumbprint": "%s"}',
        '{"schema": 1, "thumbprint": "%s", "send_connectors": {}}',
        '{"schema": 1, "thumbprint": "%s", "send_connectors": {"names": [1], "domain_controller": "dc1"}}',
    ],
)
def test_a_file_that_is_something_else_is_refused_and_kept(one: Renewal, content: str) -> None:
    text = content % one.old if "%s" in content else content
    one.undo.write_text(text)
    assert "is no undo state" in one.release().refused()
    assert one.undo.read_text() == text
    one.undo.unlink()
    one.release().ok()


def test_a_file_about_another_certificate_is_refused(one: Renewal) -> None:
    one.release().ok()
    assert "is about another thumbprint" in one.release("A" * 40).refused()


# Failures and interruptions


def test_a_removal_that_fails_leaves_the_connectors_as_they_were(one: Renewal) -> None:
    """The others are removed, and the next run needs the same file only."""
    names, real, thumbprint = one.named(), one.world.faults, one.old

    class Down:
        """EX2's service host dies once the connectors are cleared."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def find(self, kind: str, server: str, noun: str) -> Any:
            if kind == "service_host_down" and server == "EX2" and one.named()["Internet"] is None:
                return True
            return real.find(kind, server, noun)

    one.world.faults = Down()  # type: ignore[assignment]
    done = one.release()
    assert done.failed and done.changed is True and one.holders(thumbprint) == ["EX2"]
    assert one.named() == names
    one.world.faults = real
    done = one.release().ok()
    assert cmdlets(done.commands) == [SET, SET, REMOVE, SET, SET] and one.named() == names
    assert one.holders(thumbprint) == []


def test_a_server_of_a_site_that_has_not_heard_of_it_says_so(renewal: Callable[..., Renewal]) -> None:
    """Law R3: to replicate is a step of the documented way."""
    one = renewal(remove_asks_controller="own")
    names = one.named()
    done = one.release()
    assert one.holders(one.old) == ["EX3"] and one.named() == names
    message = row(done, "EX3")["msg"]
    assert "tagged with following Send Connectors" in message and "set to one of its site" in message
    assert one.release(domain_controller="dc2.contoso.test").ok().changed is True
    assert one.holders(one.old) == [] and one.named() == names


def test_when_one_cannot_be_cleared_the_others_are_named_again(one: Renewal, monkeypatch: Any) -> None:
    before, real = one.world.snapshot(), connectors.set_ad_object

    def set_ad_object(world: Any, item: Any, *given: Any, what_if: bool, **more: Any) -> Any:
        if item.name == "Partner" and not what_if and one.named()["Internet"] is None:
            raise connectors.Refused("The connector is locked.", target=item.name)
        return real(world, item, *given, what_if=what_if, **more)

    with monkeypatch.context() as patch:
        patch.setattr(connectors, "set_ad_object", set_ad_object)
        done = one.release()
    assert done.failed and "The connector is locked." in done.msg and done.changed is True
    assert one.world.snapshot() == before
    one.release().ok()


def test_when_one_cannot_be_named_again_the_next_run_does_it(one: Renewal, monkeypatch: Any) -> None:
    """The last server had nothing to remove, and yet something was changed."""
    names, real = one.named(), connectors.set_ad_object

    def set_ad_object(world: Any, item: Any, *given: Any, **more: Any) -> Any:
        if one.named()[item.name] is None:
            raise connectors.Refused("The connector is locked.", target=item.name)
        return real(world, item, *given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(connectors, "set_ad_object", set_ad_object)
        done = one.release(servers=[*SERVERS, "EX4"])
    assert done.failed and done.changed is True
    assert "The connector is locked." in done.msg and str(one.undo) in done.msg
    assert [found["changed"] for found in done.servers] == [True, True, True, False]
    assert [found["identity"] for found in done.released_connectors] == ["Internet", "Partner"]
    assert one.holders(one.old) == [] and one.named()["Internet"] is None
    one.release().ok()
    assert one.named() == names


@pytest.fixture
def cut(request: pytest.FixtureRequest) -> Callable[..., pytest.MonkeyPatch]:
    """Cuts the nth write off; nothing that follows comes through either when the control node dies."""

    def schedule(nth: int, carried_out: bool, error: type[Exception], dies: bool = False) -> pytest.MonkeyPatch:
        real, count = InProcessSession.invoke, 0

        def invoke(session: InProcessSession, command: Any, keep_errors: bool = False) -> Any:
            nonlocal count
            if dies and count >= nth:
                raise error("The power went.", "Wait.")
            count += command.writes and "WhatIf" not in command.parameters
            if count != nth or not command.writes or "WhatIf" in command.parameters:
                return real(session, command, keep_errors)
            if carried_out:
                real(session, command, keep_errors)
            raise error("The power went.", "Wait.")

        patch = pytest.MonkeyPatch()
        request.addfinalizer(patch.undo)
        patch.setattr(InProcessSession, "invoke", invoke)
        return patch

    return schedule


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("nth", range(1, len(WHOLE) + 1))
@pytest.mark.parametrize("dies", [False, True])
def test_wherever_a_run_breaks_off_the_next_one_ends_it(
    one: Renewal, cut: Any, nth: int, carried_out: bool, dies: bool
) -> None:
    """A command that outlasts its time, or a control node that dies: the next run with the same file ends it."""
    names = one.named()
    power = cut(nth, carried_out, DeadlineExceeded, dies)
    broken = one.release()
    power.undo()
    assert broken.failed and broken.changed is True
    cleared = [name for name, found in one.named().items() if names[name] and not found]
    if cleared:
        assert "may be without their TlsCertificateName" in broken.msg and str(one.undo) in broken.msg
    done = one.release().ok()
    assert one.named() == names and one.holders(one.old) == []
    assert (
        done.commands[: len(cleared)]
        == [command for command in done.commands if f"-TlsCertificateName '{one.name}'" in command][: len(cleared)]
    ), "first of all they are named again"
    assert json.loads(one.undo.read_text())["send_connectors"]["restored"] is True
    quiet(one.converge.again())


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("nth", range(1, len(WHOLE) + 1))
def test_a_connection_that_breaks_is_survived(one: Renewal, cut: Any, nth: int, carried_out: bool) -> None:
    names = one.named()
    power = cut(nth, carried_out, Interrupted)
    one.release().ok()
    power.undo()
    assert one.named() == names and one.holders(one.old) == []
    quiet(one.release())


def test_a_run_that_broke_off_is_ended_although_nothing_is_left_to_remove(one: Renewal, cut: Any) -> None:
    names = one.named()
    power = cut(6, False, DeadlineExceeded, True)
    assert one.release().failed
    power.undo()
    assert one.holders(one.old) == [] and one.named()["Internet"] is None
    before = one.world.snapshot()
    planned = one.release(check_mode=True).ok()
    assert cmdlets(planned.commands) == [SET, SET] and one.world.snapshot() == before
    done = one.release().ok()
    assert done.changed is True and done.commands == planned.commands and one.named() == names
    assert [found["identity"] for found in done.released_connectors] == ["Internet", "Partner"]


def test_check_mode_after_a_run_that_broke_off_says_what_the_next_one_does(one: Renewal, cut: Any) -> None:
    power = cut(3, False, DeadlineExceeded, True)
    assert one.release().failed
    power.undo()
    planned = one.release(check_mode=True).ok()
    assert cmdlets(planned.commands) == [SET, SET, *WHOLE]
    assert one.release().ok().commands == planned.commands


def test_connectors_are_named_again_before_anything_is_refused(one: Renewal, cut: Any) -> None:
    names = one.named()
    power = cut(4, True, DeadlineExceeded, True)
    assert one.release().failed
    power.undo()
    one.world.certificates.enable("EX3", one.old, ["IIS"])
    done = one.release()
    assert "still in use on EX3" in done.msg and done.changed is True
    assert one.named() == names and one.holders(one.old) == ["EX3"]


def test_what_somebody_else_decided_meanwhile_is_left_alone(one: Renewal, cut: Any) -> None:
    """Law L8."""
    power = cut(3, False, DeadlineExceeded, True)
    assert one.release().failed
    power.undo()
    other = "<I>CN=CA<S>CN=chosen.contoso.test"
    internet, partner = one.world.send_connectors[:2]
    one.world.directory.write(internet, "dc1.contoso.test", {"TlsCertificateName": other})
    one.world.send_connectors.remove(partner)
    done = one.release().ok()
    warnings = " ".join(done.warnings)
    assert f"Internet named {one.name} and now names {other}: it was left alone" in warnings
    assert f"Partner named {one.name} and is gone: it was left alone" in warnings
    assert one.named()["Internet"] == other and one.holders(one.old) == []


def test_the_next_run_stays_with_the_domain_controller_of_the_one_that_broke_off(one: Renewal, cut: Any) -> None:
    """What was cleared at one controller may not have arrived at another, where all would seem well."""
    names = one.named()
    power = cut(3, False, DeadlineExceeded, True)
    assert one.release(domain_controller="dc2.contoso.test").failed
    power.undo()
    before = len(one.world.records)
    one.release().ok()
    controllers = {record["parameters"].get("DomainController") for record in one.world.records[before:]}
    assert controllers - {None} == {"dc2.contoso.test"}
    assert one.named() == names

    power = cut(3, False, DeadlineExceeded, True)
    again = one.world.certificates.issue(*SERVERS, names=NAMES, services=["SMTP"], starts_in_days=-50)
    assert one.release(again, undo_path=str(one.folder / "b.json"), domain_controller="dc2.contoso.test").failed
    power.undo()
    done = one.release(again, undo_path=str(one.folder / "b.json"), domain_controller="dc1.contoso.test").ok()
    assert any("That run wrote at dc2.contoso.test" in warning for warning in done.warnings)
