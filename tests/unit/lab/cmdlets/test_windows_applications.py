# SPDX-License-Identifier: GPL-3.0-or-later
"""W26 to W28: applications, settings by location and modules of IIS."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from exchange_lab.cmdlets import Stopped
from exchange_lab.cmdlets.windows import WindowsInterpreter
from exchange_lab.world import World, recreation

FRONT, BACK = "Default Web Site", "Exchange Back End"
APP_HOST = "MACHINE/WEBROOT/APPHOST"
AUTHENTICATION = "system.webServer/security/authentication/"


@pytest.fixture
def world() -> World:
    return World.from_estate("one_server")


def run(world: World, cmdlet: str, **parameters: Any) -> list[Any]:
    """The objects that left the pipeline: texts, or properties of objects."""
    interpreter = WindowsInterpreter(world, world.servers["ex1.contoso.test"], "administrator")
    command = SimpleNamespace(
        command_text=cmdlet,
        is_script=False,
        parameters=[*parameters.items(), ("ErrorAction", "Stop")],
        end_of_statement=True,
    )
    found: list[Any] = []
    interpreter.run([command], lambda stream, value: found.append(value) if stream == "output" else None)
    return [value if isinstance(value, (str, bool)) else properties(value) for value in found]


def properties(value: Any) -> dict[str, Any]:
    bags = (value.PSObject.adapted_properties, value.PSObject.extended_properties)
    return {prop.name: prop.get_value(value) for bag in bags for prop in bag}


def at(world: World, location: str, section: str, name: str = "enabled") -> Any:
    (value,) = run(world, "Get-WebConfigurationProperty", PSPath=APP_HOST, Location=location, Filter=section, Name=name)
    return value if isinstance(value, str) else value["Value"]


def directory(world: World, noun: str, site: str = FRONT) -> Any:
    return next(item for item in world.virtual_directories(noun) if item.web_site == site)


def test_w26_applications_with_their_pools(world: World) -> None:
    front = {row["path"]: row for row in run(world, "Get-WebApplication", Site=FRONT)}
    back = {row["path"]: row["applicationPool"] for row in run(world, "Get-WebApplication", Site=BACK)}
    assert front["/PowerShell"]["applicationPool"] == "MSExchangePowerShellFrontEndAppPool"
    assert front["/owa"]["PhysicalPath"].endswith("\\FrontEnd\\HttpProxy\\owa")
    assert back["/PowerShell"] == "MSExchangePowerShellAppPool" and back["/owa"] == "MSExchangeOWAAppPool"
    assert "/Rpc" in front and "/mapi" not in back
    assert front["/owa/Calendar"]["applicationPool"] == "MSExchangeOWACalendarAppPool"
    assert back["/mapi/nspi"] == "MSExchangeMapiAddressBookAppPool" and back["/RpcWithCert"] == back["/Rpc"]
    assert "/API" in front and "/API" in back and "/RpcWithCert" not in front
    assert not any(path.endswith(("/Proxy", "/auth")) for path in (*front, *back))
    assert run(world, "Get-WebApplication", Site="Nowhere") == []
    recreation.leave(world, directory(world, "OwaVirtualDirectory"), "AD")
    left = [row["path"] for row in run(world, "Get-WebApplication", Site=FRONT)]
    assert not any(path.startswith("/owa") for path in left) and "/API" in left
    api = next(item for item in world.machines["ex1.contoso.test"].further_applications if item.path == "API")
    api.lost = True
    assert "/API" not in [row["path"] for row in run(world, "Get-WebApplication", Site=api.web_site)]


@pytest.mark.parametrize(
    ("build", "there", "not_there"),
    [
        ("15.0.516.32", {"/RpcWithCert", "/owa/oma"}, {"/API", "/mapi/nspi", "/mapi"}),
        ("15.0.1497.48", {"/RpcWithCert", "/mapi/nspi"}, {"/API", "/PushNotifications"}),
        ("15.1.2507.39", {"/API", "/PushNotifications", "/mapi/emsmdb"}, set()),
    ],
)
def test_w26_applications_of_older_versions(build: str, there: set[str], not_there: set[str]) -> None:
    server = {"name": "ex1", "site": "London", "build": build}
    world = World.from_estate({"sites": {"London": ["dc1"]}, "servers": [server]})
    paths = {row["path"] for site in (FRONT, BACK) for row in run(world, "Get-WebApplication", Site=site)}
    assert there <= paths and not not_there & paths
    front = {row["path"] for row in run(world, "Get-WebApplication", Site=FRONT)}
    assert ("/RpcWithCert" in front) is build.startswith("15.0")


@pytest.mark.parametrize(
    ("location", "section", "value"),
    [
        ("Default Web Site/owa", "basicAuthentication", True),
        ("Default Web Site/owa", "anonymousAuthentication", False),
        ("Default Web Site/EWS", "anonymousAuthentication", True),
        ("Default Web Site/mapi", "windowsAuthentication", True),
        ("Default Web Site/PowerShell", "windowsAuthentication", False),
        ("Exchange Back End/PowerShell", "windowsAuthentication", True),
        ("Exchange Back End/mapi/nspi", "windowsAuthentication", True),
        ("Default Web Site/owa/Calendar", "anonymousAuthentication", True),
        ("Default Web Site/owa/auth", "anonymousAuthentication", True),
        ("Default Web Site/owa/oma", "digestAuthentication", False),
        ("Default Web Site/Microsoft-Server-ActiveSync/Proxy", "windowsAuthentication", True),
    ],
)
def test_w27_authentication_by_location(world: World, location: str, section: str, value: bool) -> None:
    assert at(world, location, AUTHENTICATION + section) is value


def test_w27_flags_and_enumerations_are_bare_text(world: World) -> None:
    assert at(world, "Default Web Site/OAB", "system.webServer/security/access", "sslFlags") == "Ssl,Ssl128"
    assert at(world, "Default Web Site/Rpc", "system.webServer/security/access", "sslFlags") is False
    name = "extendedProtection.tokenChecking"
    assert at(world, "Default Web Site/owa", AUTHENTICATION + "windowsAuthentication", name) == "None"


@pytest.mark.parametrize(
    ("build", "location", "value"),
    [
        ("15.2.1258.12", "Exchange Back End/mapi/nspi", "None"),
        ("15.2.1544.4", "Exchange Back End/mapi/nspi", "Require"),
        ("15.2.1544.4", "Default Web Site/Microsoft-Server-ActiveSync/Proxy", "Allow"),
        ("15.2.1544.4", "Default Web Site/API", "Require"),
        ("15.2.1544.4", "Default Web Site/owa/Integrated", "None"),
    ],
)
def test_w27_extended_protection_of_further_applications(build: str, location: str, value: str) -> None:
    server = {"name": "ex1", "site": "London", "build": build}
    world = World.from_estate({"sites": {"London": ["dc1"]}, "servers": [server]})
    assert at(world, location, AUTHENTICATION + "windowsAuthentication", "extendedProtection.tokenChecking") == value


def test_w27_a_change_by_hand_does_not_reach_the_cmdlets(world: World) -> None:
    owa = directory(world, "OwaVirtualDirectory")
    owa.by_hand[AUTHENTICATION + "basicAuthentication", "enabled"] = False
    assert at(world, "Default Web Site/owa", AUTHENTICATION + "basicAuthentication") is False
    assert owa.iis["BasicAuthentication"] is True


def test_w27_what_is_not_there_or_not_known(world: World) -> None:
    with pytest.raises(Stopped, match="does not exist"):
        at(world, "Default Web Site/nothing", AUTHENTICATION + "basicAuthentication")
    with pytest.raises(Stopped, match="does not simulate"):
        at(world, "Default Web Site/owa", "system.webServer/defaultDocument")


def modules(world: World, *path: str) -> list[str]:
    rows = run(
        world,
        "Get-WebConfigurationProperty",
        PSPath="\\".join(("IIS:\\Sites", *path)),
        Filter="system.webServer/modules",
        Name="Collection",
    )
    return [row["name"] for row in rows]


def test_w28_kerbauth_is_native_and_on_powershell_alone(world: World) -> None:
    machine = world.machines["ex1.contoso.test"]
    images = {row["Name"]: row["Image"] for row in run(world, "Get-WebGlobalModule")}
    assert images["kerbauth"].endswith("\\Bin\\kerbauth.dll") and "cafe_exppw" in images
    everywhere = ["HttpLoggingModule", "Session"]
    assert modules(world, FRONT, "PowerShell") == modules(world, BACK, "PowerShell") == [*everywhere, "kerbauth"]
    assert modules(world, FRONT, "owa") == modules(world, BACK, "mapi", "emsmdb") == modules(world, FRONT) == everywhere
    directory(world, "PowerShellVirtualDirectory").modules_lost.add("kerbauth")
    directory(world, "OwaVirtualDirectory").modules_added.add("kerbauth")
    assert modules(world, FRONT, "PowerShell") == everywhere
    assert modules(world, FRONT, "owa") == [*everywhere, "kerbauth"]
    assert modules(world, FRONT, "owa", "Calendar") == everywhere
    machine.sites[BACK].modules_added.add("kerbauth")
    assert modules(world, BACK) == modules(world, BACK, "mapi", "nspi") == [*everywhere, "kerbauth"]
    machine.modules_lost.add("kerbauth")
    assert "kerbauth" not in [row["Name"] for row in run(world, "Get-WebGlobalModule")]
    for nothing in ((FRONT, "nothing"), ("Nowhere",)):
        with pytest.raises(Stopped, match="does not exist"):
            modules(world, *nothing)
