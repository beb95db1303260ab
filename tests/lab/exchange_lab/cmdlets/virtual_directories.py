# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set- of the virtual directory nouns (client-access-laws 1 to 3)."""

from __future__ import annotations

from functools import partial
from typing import Any

from psrpcore.types import PSObject

from ..world.identities import DirectoryIdentity
from ..world.nouns import NOUNS
from ..world.nouns.attributes import Noun
from ..world.refused import Refused, not_found
from ..world.setting import set_virtual_directory
from ..world.virtual_directory import VirtualDirectory
from ..world.world import missing_in_iis
from .call import Call, cmdlet
from .conversion import AddRemove
from .errors import not_simulated
from .shapes import virtual_directory_types, without, without_values

NOT_SETTINGS = ("Identity", "DomainController", "WhatIf", "Confirm", "Force")


def get(noun: Noun, call: Call) -> None:
    """Every object that can be read, and an error for each that cannot (client-access-laws 2.18)."""
    controller = call.domain_controller
    for item in find(noun, call, controller):
        try:
            call.write(shaped(call, item, read(call, item, controller), controller))
        except Refused as refused:
            call.error(refused)


def find(noun: Noun, call: Call, controller: str) -> list[VirtualDirectory]:
    """The directories that -Server or -Identity name (client-access-laws 3.1, 3.3, 3.4). Raises Refused for none."""
    everything = call.world.virtual_directories(noun.name, controller)
    listed = [item for item in everything if item.is_front_end or call.bound.get("ShowMailboxVirtualDirectories")]
    if "Server" in call.bound:
        server = call.world.server(call.bound.get("Server"))
        if server is None:
            raise not_found(call.bound.get("Server"), controller)
        return [item for item in listed if item.server is server]
    if call.bound.get("Identity") is None:
        return listed
    meant = everything if call.world.switches["identity_of_back_end"] == "finds" else listed
    return DirectoryIdentity(call.bound.get("Identity"), call.world).among(meant, call.server, controller)


def read(call: Call, item: VirtualDirectory, controller: str) -> dict[str, Any]:
    """The attributes, from AD alone when -ADPropertiesOnly was given. Raises Refused when IIS cannot be read."""
    if call.bound.get("ADPropertiesOnly"):
        return call.world.read_ad_only(item, controller)
    if call.world.lost_in_iis(item) and call.world.switches["missing_iis_on_full_get"] == "warning_with_ad_values":
        call.warn(str(missing_in_iis(item)))
        return call.world.read_ad_only(item, controller)
    return call.world.read_fully(item, controller)


def shaped(call: Call, item: VirtualDirectory, values: dict[str, Any], controller: str) -> PSObject:
    """The object on the wire, damaged by the faults that hold."""
    shapes = call.shapes
    noun, server = item.noun, item.server
    built = shapes.bag(
        virtual_directory_types(noun.type_name, noun.parents),
        [
            *((a.name, shapes.value(a, values[a.name])) for a in item.attributes),
            ("Name", item.object.name),
            ("MetabasePath", item.metabase_path),
            ("AdminDisplayVersion", shapes.server_version(server.version)),
            ("Server", shapes.ad_object_id(server.object.dn, server.name)),
            *shapes.directory_tail(item.object, item.identity, controller, noun.exchange_version, "Changed"),
        ],
        item.identity,
    )
    return damaged(call, server.name, noun.name, built)


def damaged(call: Call, server: str, noun: str, built: PSObject) -> PSObject:
    """Empty properties where signing fails, and what faults do."""
    return without_values(built) if call.world.signing_fails(call.server) else with_faults(call, server, noun, built)


def with_faults(call: Call, server: str, noun: str, built: PSObject) -> PSObject:
    """Empty properties and absent attributes, where those faults hold."""
    if call.world.faults.find("empty_properties", server, noun):
        return without_values(built)
    return without(built, (fault.attribute for fault in call.world.faults.find_all("absent_attribute", server, noun)))


def set_(noun: Noun, call: Call) -> None:
    """Find the one object, convert what was named, let the world decide."""
    controller = call.domain_controller
    items = DirectoryIdentity(call.bound.get("Identity"), call.world).among(
        call.world.virtual_directories(noun.name, controller),
        call.server,
        controller,
        one=True,
    )
    item = items[0]
    warnings = set_virtual_directory(
        call.world,
        item,
        settings(call, item),
        session_server=call.server,
        domain_controller=controller,
        what_if=call.bound.what_if,
        forced=bool(call.bound.get("Force", False)),
    )
    for text in warnings:
        call.warn(text)


def settings(call: Call, item: VirtualDirectory) -> dict[str, Any]:
    """What was named, as attributes of the noun; lists with Add and Remove are worked out. Raises Stopped."""
    named: dict[str, Any] = {}
    for name, value in call.bound.values.items():
        if name in NOT_SETTINGS:
            continue
        attribute = item.noun.by_name.get(name)
        if name in item.noun.write_only:
            named[name] = value
            continue
        if attribute is None or attribute not in item.attributes:
            raise not_simulated(f"-{name} of {call.bound.cmdlet.name}")
        if isinstance(value, AddRemove):
            value = value.applied_to(call.world.values(item, call.domain_controller)[name])
        elif value is None and attribute.kind == "text" and attribute.fresh == "":
            value = ""
        named[name] = value
    return named


for _noun in NOUNS:
    cmdlet(f"Get-{_noun.name}")(partial(get, _noun))
    cmdlet(f"Set-{_noun.name}")(partial(set_, _noun))
