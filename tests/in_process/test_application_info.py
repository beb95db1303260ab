# SPDX-License-Identifier: GPL-3.0-or-later
"""iis_application_info, and a comparison of snapshots that holds it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World, recreation

FRONT, BACK = "Default Web Site", "Exchange Back End"
ANONYMOUS = "system.webServer/security/authentication/anonymousAuthentication"
BASIC = "system.webServer/security/authentication/basicAuthentication"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def iis(converge: Converge, **options: Any) -> dict[str, Any]:
    result = converge("iis_application_info", **options).ok()
    assert (result.changed, result.sent, result.commands) == (False, [], [])
    return result.iis


def directory(world: World, noun: str, site: str = FRONT) -> Any:
    return next(item for item in world.virtual_directories(noun) if item.web_site == site)


def differences(converge: Converge, path: Path) -> list[tuple[str, str, Any, Any]]:
    compared = converge("exchange_vdir_snapshot", state="compared", path=str(path), iis=iis(converge)).ok()
    assert compared.not_compared == []
    return [tuple(found.values()) for found in compared.differences]


def test_pools_authentication_and_modules_are_told(converge: Converge) -> None:
    found = iis(converge)
    assert found["unread"] == {}
    settings = found["settings"]
    assert settings["application Exchange Back End/PowerShell"]["application_pool"] == "MSExchangePowerShellAppPool"
    assert settings["location Default Web Site/owa"] == {
        "anonymous_authentication": False,
        "basic_authentication": True,
        "digest_authentication": False,
        "windows_authentication": False,
        "extended_protection_token_checking": "None",
        "ssl_flags": ["Ssl", "Ssl128"],
    }
    assert settings["location Default Web Site/Rpc"]["ssl_flags"] == []
    assert settings["modules of Default Web Site/PowerShell"]["names"] == ["HttpLoggingModule", "Session", "kerbauth"]
    assert settings["native modules"]["kerbauth"].endswith("kerbauth.dll")


def test_what_somebody_changed_in_iis_manager_shows(world: World, converge: Converge, path: Path) -> None:
    converge("exchange_vdir_snapshot", path=str(path), iis=iis(converge)).ok()
    assert differences(converge, path) == []
    directory(world, "OwaVirtualDirectory").by_hand[BASIC, "enabled"] = False
    directory(world, "PowerShellVirtualDirectory").modules_lost.add("kerbauth")
    directory(world, "OabVirtualDirectory", BACK).app_pool = "DefaultAppPool"
    assert differences(converge, path) == [
        ("application Exchange Back End/OAB", "application_pool", "MSExchangeOABAppPool", "DefaultAppPool"),
        ("location Default Web Site/owa", "basic_authentication", True, False),
        (
            "modules of Default Web Site/PowerShell",
            "names",
            ["HttpLoggingModule", "Session", "kerbauth"],
            ["HttpLoggingModule", "Session"],
        ),
    ]


def further(world: World, site: str, path: str) -> Any:
    machine = world.machines["ex1.contoso.test"]
    return next(item for item in machine.further_applications if (item.web_site, item.path) == (site, path))


def test_what_is_below_a_directory_shows_too(world: World, converge: Converge, path: Path) -> None:
    converge("exchange_vdir_snapshot", path=str(path), iis=iis(converge)).ok()
    further(world, BACK, "mapi/nspi").app_pool = "DefaultAppPool"
    further(world, FRONT, "API").by_hand["system.webServer/security/access", "sslFlags"] = ""
    further(world, FRONT, "Microsoft-Server-ActiveSync/Proxy").by_hand[BASIC, "enabled"] = True
    further(world, FRONT, "owa/auth").by_hand[ANONYMOUS, "enabled"] = False
    further(world, BACK, "RpcWithCert").lost = True
    assert differences(converge, path) == [
        ("application Exchange Back End/RpcWithCert", "present", True, False),
        (
            "application Exchange Back End/mapi/nspi",
            "application_pool",
            "MSExchangeMapiAddressBookAppPool",
            "DefaultAppPool",
        ),
        ("location Default Web Site/API", "ssl_flags", ["Ssl", "Ssl128"], []),
        ("location Default Web Site/Microsoft-Server-ActiveSync/Proxy", "basic_authentication", False, True),
        ("location Default Web Site/owa/auth", "anonymous_authentication", True, False),
        ("location Exchange Back End/RpcWithCert", "present", True, False),
        ("modules of Exchange Back End/RpcWithCert", "present", True, False),
    ]


def test_a_native_module_that_is_lost_or_where_it_should_not_be_shows(
    world: World, converge: Converge, path: Path
) -> None:
    converge("exchange_vdir_snapshot", path=str(path), iis=iis(converge)).ok()
    everywhere = ["HttpLoggingModule", "Session"]
    directory(world, "PowerShellVirtualDirectory").modules_lost.add("kerbauth")
    further(world, FRONT, "owa/oma").modules_added.add("kerbauth")
    assert differences(converge, path) == [
        ("modules of Default Web Site/PowerShell", "names", [*everywhere, "kerbauth"], everywhere),
        ("modules of Default Web Site/owa/oma", "names", everywhere, [*everywhere, "kerbauth"]),
    ]
    world.machines["ex1.contoso.test"].sites[FRONT].modules_added.add("kerbauth")
    assert ("modules of Default Web Site", "names", everywhere, [*everywhere, "kerbauth"]) in differences(
        converge, path
    )


def test_a_list_without_modules_is_not_called_equal(world: World, converge: Converge, path: Path) -> None:
    further(world, FRONT, "API").modules_lost |= {"HttpLoggingModule", "Session"}
    name, why = "modules of Default Web Site/API", "IIS lists no modules there, not even its own."
    facts = iis(converge)
    assert facts["unread"] == {name: why} and name not in facts["settings"]
    saved = converge("exchange_vdir_snapshot", path=str(path), iis=facts).ok()
    assert saved.not_compared == [f"{name}: {why}"]


def test_applications_of_other_products_are_left_out(world: World, converge: Converge) -> None:
    further(world, FRONT, "API").fresh = replace(further(world, FRONT, "API").fresh, path="certsrv")
    assert not any("certsrv" in name for name in iis(converge)["settings"])


def test_a_lost_application_and_a_lost_native_module_show(world: World, converge: Converge, path: Path) -> None:
    converge("exchange_vdir_snapshot", path=str(path), iis=iis(converge)).ok()
    recreation.leave(world, directory(world, "EcpVirtualDirectory"))
    world.machines["ex1.contoso.test"].modules_lost.add("kerbauth")
    shown = differences(converge, path)
    assert ("application Default Web Site/ecp", "present", True, False) in shown
    assert [found[:2] for found in shown if found[0] == "native modules"] == [("native modules", "kerbauth")]


def test_a_recreated_directory_is_like_the_old_one_in_iis_too(converge: Converge, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    converge("exchange_vdir_snapshot", path=str(path), iis=iis(converge)).ok()
    undo = str(tmp_path / "undo.json")
    converge("exchange_vdir", protocol="ews", state="recreated", undo_path=undo).ok()
    assert differences(converge, path) == []


def test_what_could_not_be_read_is_not_called_equal(converge: Converge, path: Path) -> None:
    facts = iis(converge)
    converge("exchange_vdir_snapshot", path=str(path), iis=facts).ok()
    less = json.loads(json.dumps(facts))
    del less["settings"]["location Default Web Site/owa"]
    less["unread"]["location Default Web Site/owa"] = "Access is denied."
    result = converge("exchange_vdir_snapshot", state="compared", path=str(path), iis=less).ok()
    assert result.differences == []
    assert result.not_compared == ["location Default Web Site/owa: Access is denied."]


def test_without_facts_iis_is_not_compared(converge: Converge, path: Path) -> None:
    converge("exchange_vdir_snapshot", path=str(path), iis=iis(converge)).ok()
    result = converge("exchange_vdir_snapshot", state="compared", path=str(path)).ok()
    assert result.not_compared == ["IIS: there are no facts of ex1.contoso.test from iis_application_info."]


def test_a_2013_server_with_one_role_has_one_site(lab: Any) -> None:
    server = {"name": "mbx", "site": "London", "build": "15.0.1497.48", "roles": ["Mailbox"]}
    converge = Converge(lab({"sites": {"London": ["dc1"]}, "servers": [server]}))
    found = iis(converge)
    assert found["unread"] == {}
    assert not any(FRONT in name for name in found["settings"])
