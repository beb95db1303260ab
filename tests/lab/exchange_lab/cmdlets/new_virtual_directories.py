# SPDX-License-Identifier: GPL-3.0-or-later
"""New- and Remove- of the virtual directory nouns (V1 to V8)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..world.identities import DirectoryIdentity
from ..world.nouns import NOUNS
from ..world.nouns.attributes import BACK, Noun, Place
from ..world.recreation import SIDES, create, remove
from ..world.refused import not_found
from ..world.servers import DEFAULT_WEB_SITE
from .call import Call, cmdlet
from .errors import not_simulated, prompt_without_host
from .virtual_directories import shaped

NOT_SETTINGS = (
    "AppPoolId",
    "Confirm",
    "DomainController",
    "Force",
    "Name",
    "Path",
    "Role",
    "Server",
    "WebSiteName",
    "WhatIf",
)
ASK_THROUGH_FORCE = ("OabVirtualDirectory", "WebServicesVirtualDirectory")
"""Nouns whose Remove- asks a second question that only -Force answers (V2, switch)."""
CANNOT_BE_MADE = ("OutlookAnywhere",)


def new(noun: Noun, call: Call) -> None:
    """Create a directory in a web site of this server, or of -Server. Raises Stopped for what the lab lacks."""
    controller = call.domain_controller
    place = _place(noun, call, controller)
    item, warnings = create(
        call.world,
        noun,
        place,
        _settings(noun, call),
        session_server=call.server,
        domain_controller=controller,
        path=call.bound.get("Path"),
        app_pool=call.bound.get("AppPoolId") or "",
        what_if=call.bound.what_if,
        forced=bool(call.bound.get("Force", False)),
    )
    for text in warnings:
        call.warn(text)
    if item is not None:
        call.write(shaped(call, item, call.world.read_fully(item, controller), controller))


def remove_(noun: Noun, call: Call) -> None:
    """Remove the one directory of -Identity. Raises Stopped when nobody answers its questions."""
    controller = call.domain_controller
    known = call.world.virtual_directories(noun.name, controller)
    item = DirectoryIdentity(call.bound.get("Identity"), call.world).among(known, call.server, controller, one=True)[0]
    if not call.bound.what_if:
        _ask(noun, call)
    remove(call.world, item, session_server=call.server, domain_controller=controller, what_if=call.bound.what_if)


def _ask(noun: Noun, call: Call) -> None:
    """A Remove- pauses unless -Confirm:$false, and some ask once more."""
    asks = noun.name in ASK_THROUGH_FORCE and call.world.switches["remove_asks"] == "prompt_without_force"
    if call.bound.get("Confirm", True) or (asks and not call.bound.get("Force", False)):
        raise prompt_without_host(call.bound.cmdlet.name)


def _place(noun: Noun, call: Call, controller: str) -> Place:
    """Where: this server, the default web site and the front end unless named otherwise (V1)."""
    server = call.server
    if named := call.bound.get("Server"):
        found = call.world.server(named)
        if found is None:
            raise not_found(named, controller)
        server = found
    side = SIDES[call.bound.get("Role", "ClientAccess")]
    if side == BACK and not noun.back_end:
        raise not_simulated(f"a back end {noun.directory} directory")
    if call.bound.get("Name", noun.directory).lower() != noun.directory.lower():
        raise not_simulated("a PowerShell directory of another name")
    return Place(server, side, call.bound.get("WebSiteName", DEFAULT_WEB_SITE), call.world.switches, by_setup=False)


def _settings(noun: Noun, call: Call) -> dict[str, Any]:
    """What was named, as attributes of the noun. Raises Stopped for one that the lab lacks."""
    named = {name: value for name, value in call.bound.values.items() if name not in NOT_SETTINGS}
    for name in named:
        if name not in noun.by_name:
            raise not_simulated(f"-{name} of {call.bound.cmdlet.name}")
    return named


for _noun in NOUNS:
    if _noun.name not in CANNOT_BE_MADE:
        cmdlet(f"New-{_noun.name}")(partial(new, _noun))
        cmdlet(f"Remove-{_noun.name}")(partial(remove_, _noun))
