# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be refused after the removal is refused before it (V1 to V9; client-access-laws 2.2, 2.12, 3.6, 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from in_process import Converge, InProcessSession
from recreations import BACK, MODERN, NOUNS, crashes, directory, recreate

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import DeadlineExceeded
from exchange_lab.world import World, recreation

ADFS = {
    "adfs_authentication": True,
    **dict.fromkeys(
        [f"{name}_authentication" for name in ("basic", "forms", "windows", "digest", "oauth")],
        False,
    ),
}
ADFS_OF_ORGANIZATION = {
    "AdfsIssuer": "https://adfs.contoso.test/adfs/ls",
    "AdfsAudienceUris": ("https://mail.contoso.test/owa/", "https://mail.contoso.test/ecp/"),
    "AdfsSignCertificateThumbprints": ("88970C64278A15D642934DC2961D9CCA5E28DA6B",),
}


def built(build: str) -> dict[str, Any]:
    return {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": build}]}


@pytest.fixture
def undo(tmp_path: Path) -> Path:
    return tmp_path / "undo.json"


# Versions


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize(
    ("build", "protocol", "option", "value"),
    [
        ("15.1.2507.39", "ecp", "oauth_authentication", True),
        ("15.0.1497.48", "owa", "external_download_host_name", "download.contoso.test"),
    ],
)
def test_what_the_version_lacks_is_refused_beforehand(
    lab: Any, undo: Path, build: str, protocol: str, option: str, value: Any, given: bool
) -> None:
    world = lab(built(build))
    if not given:
        recreation.leave(world, directory(world, protocol))
    converge, before = Converge(world), world.snapshot()
    assert f"{option} of" in (refused := recreate(converge, undo, protocol, **{option: value}).refused())
    assert "does not exist on Exchange 201" in refused
    assert world.snapshot() == before and not undo.exists()
    recreate(converge, undo, protocol).ok()
    newer = Converge(lab(MODERN))
    recreate(newer, undo.with_name("newer.json"), protocol, **{option: value}).ok()


# AD FS and the other logon page


def test_adfs_without_the_organizations_settings_is_refused_beforehand(
    world: World, converge: Converge, undo: Path
) -> None:
    assert "the organization has no adfs_issuer" in recreate(converge, undo, "ecp", **ADFS).refused()
    world.organization_config.initial.update(ADFS_OF_ORGANIZATION)
    assert recreate(converge, undo, "ecp", **ADFS).ok().virtual_directory["adfs_authentication"] is True


@pytest.mark.parametrize("ecp", ["whole", "missing", "lost in IIS"])
def test_adfs_goes_on_in_the_admin_center_first(world: World, converge: Converge, undo: Path, ecp: str) -> None:
    world.organization_config.initial.update(ADFS_OF_ORGANIZATION)
    if ecp != "whole":
        recreation.leave(world, directory(world, "ecp"), *(["AD"] if ecp == "lost in IIS" else []))
    assert "must be on in the Exchange admin center first" in recreate(converge, undo, **ADFS).refused()
    assert not undo.exists()
    recreate(converge, undo.with_name("ecp.json"), "ecp", accept_unread_settings=True, **ADFS).ok()
    assert recreate(converge, undo, **ADFS).ok().virtual_directory["adfs_authentication"] is True


def test_adfs_that_was_on_comes_back_and_not_where_the_admin_center_has_lost_it(
    world: World, converge: Converge, undo: Path
) -> None:
    world.organization_config.initial.update(ADFS_OF_ORGANIZATION)
    for protocol in ("ecp", "owa"):
        converge("exchange_vdir", protocol=protocol, **ADFS).ok()
    before = world.snapshot()
    for protocol in ("owa", "ecp"):
        recreate(converge, undo.with_name(protocol), protocol).ok()
    assert world.changes(before, world.snapshot()) == []
    off = {"adfs_authentication": False, "forms_authentication": True, "basic_authentication": True}
    assert "must be off in Outlook on the web first" in recreate(converge, undo, "ecp", **off).refused()
    directory(world, "ecp").iis["AdfsAuthentication"] = False
    assert "must be on in the Exchange admin center first" in recreate(converge, undo).refused()
    recreate(converge, undo, **off).ok()


def test_the_back_end_has_no_logon_page_beside_it(lab: Any, undo: Path) -> None:
    world = lab()
    directory(world, "owa", BACK).iis["OAuthAuthentication"] = True
    recreate(Converge(world), undo, role="Mailbox").ok()


# What could not be read


@pytest.mark.parametrize("left", [(), ("AD",)])
def test_a_wish_that_nothing_was_read_for_is_judged_too(
    world: World, converge: Converge, undo: Path, left: tuple[str, ...]
) -> None:
    recreation.leave(world, directory(world, "owa"), *left)
    before, wish = world.snapshot(), {"logon_format": "UserName", "accept_unread_settings": True}
    assert "UserName needs a default_domain" in recreate(converge, undo, **wish).refused()
    assert world.snapshot() == before
    recreate(converge, undo, default_domain="contoso", **wish).ok()


def test_a_refusal_after_the_removal_does_not_say_that_nothing_was_changed(
    world: World, converge: Converge, undo: Path
) -> None:
    """A new directory of the lab has the server's own name in its URL, which nobody can know beforehand."""
    recreation.leave(world, directory(world, "owa"))
    result = recreate(converge, undo, external_download_host_name="ex1.contoso.test")
    assert result.failed and result.changed is True
    assert "Nothing was changed" not in result.msg and str(undo) in result.msg
    recreate(converge, undo, external_download_host_name="download.contoso.test").ok()
    refused = recreate(converge, undo.with_name("other"), external_download_host_name="ex1.contoso.test").refused()
    assert "Nothing was changed" in refused


# Web sites


def partners(lab: Any) -> World:
    server = {"name": "ex1", "site": "London", "build": "15.2.1258.12", "extra_web_sites": ["Partners"]}
    return lab({"sites": {"London": ["dc1"]}, "servers": [server]})  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("spelled", "options"),
    [("default web site", {}), (" Default Web Site ", {}), ("EXCHANGE BACK END", {"role": "Mailbox"})],
)
def test_setups_web_sites_are_known_whatever_the_case(
    world: World, converge: Converge, undo: Path, spelled: str, options: dict[str, Any]
) -> None:
    before = world.snapshot()
    recreate(converge, undo, web_site=spelled, **options).ok()
    assert world.changes(before, world.snapshot()) == []
    assert recreate(converge, undo, **options).ok().changed is False


@pytest.mark.parametrize("first", ["partners", "PARTNERS"])
@pytest.mark.parametrize("second", ["partners", "Partners"])
def test_a_further_web_site_is_named_as_the_server_spells_it(
    lab: Any, undo: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    world = partners(lab)
    converge, before = Converge(world), world.snapshot()
    crashes(monkeypatch, 1, True, DeadlineExceeded)
    assert recreate(converge, undo, web_site=first).failed
    monkeypatch.undo()
    result = recreate(converge, undo, web_site=second).ok()
    (new,) = [record["parameters"] for record in result.written if record["cmdlet"].startswith("New-")]
    assert new["WebSiteName"] == "Partners"
    assert world.changes(before, world.snapshot()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"web_site": "exchange back end"}, "Set role to Mailbox"),
        ({"web_site": "default web site", "role": "Mailbox"}, "The back end is the web site"),
        ({"web_site": "Partners", "protocol": "ews"}, "stands in Default Web Site only"),
        ({"web_site": "Part*"}, "holds wildcards"),
    ],
)
def test_a_web_site_that_cannot_hold_it_is_refused(lab: Any, undo: Path, options: dict[str, Any], words: str) -> None:
    converge = Converge(partners(lab))
    assert words in recreate(converge, undo, **options).refused()
    recreate(converge, undo, web_site="Partners").ok()
    recreate(converge, undo.with_name("ews"), "ews").ok()


# Where the session runs


def test_a_session_that_does_not_tell_its_server_is_remarked(
    lab: Any, undo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converge = Converge(lab())
    told = recreate(converge, undo, "ecp").ok()
    real = InProcessSession.to

    def silent(world: World, candidates: Any, user: str) -> InProcessSession:
        session = real(world, candidates, user)
        session.answered_by = ""
        return session

    monkeypatch.setattr(InProcessSession, "to", staticmethod(silent))
    silently = recreate(converge, undo.with_name("owa")).ok()
    words = "does not tell on which server it runs"
    assert [any(words in warning for warning in result.warnings) for result in (told, silently)] == [False, True]


# server_check


@pytest.mark.parametrize("state", ["recreated", "absent"])
@pytest.mark.parametrize("validates", ["yes", "no"])
def test_server_check_asks_about_every_cmdlet_and_writes_nothing(
    lab: Any, undo: Path, state: str, validates: str
) -> None:
    world = lab(whatif_validates=validates)
    converge, before = Converge(world), world.snapshot()
    check = {"state": state, "check_mode": True, "server_check": True}
    planned = recreate(converge, undo, "oab", **check).ok()
    asked = [record["cmdlet"] for record in world.records if record["write"]]
    assert [record for record in world.records if record["write"] and not record["what_if"]] == []
    assert asked.count("Remove-OabVirtualDirectory") == 1
    assert asked.count("New-OabVirtualDirectory") == (state == "recreated")
    assert world.snapshot() == before
    world.rbac.hide("Remove-OabVirtualDirectory")
    assert "Remove-OabVirtualDirectory is not available" in recreate(converge, undo, "oab", **check).rejected()
    world.rbac._hidden.clear()
    done = recreate(converge, undo, "oab", state=state).ok()
    assert planned.commands[:2] == done.commands[: len(planned.commands[:2])]
    assert NOUNS["oab"] in planned.commands[0]
