# SPDX-License-Identifier: GPL-3.0-or-later
"""What a converging module promises, whatever the estate and the wish: one function that looks for broken promises.

Its ideas of equality, of what may follow what, and of where an object stands in a world are its own: it must notice
when the collection's own are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from in_process import Converge, Result

from exchange_lab.world import World

LOGON = ("basic", "digest", "forms", "windows", "oauth")
MAY_FOLLOW: Mapping[str, tuple[str, ...]] = {
    "forms_authentication": ("basic_authentication", "digest_authentication", "windows_authentication"),
    "adfs_authentication": tuple(f"{method}_authentication" for method in LOGON),
    "ssl_offloading": ("internal_clients_require_ssl", "external_clients_require_ssl"),
    "internal_hostname": ("internal_clients_require_ssl",),
    "external_hostname": ("external_clients_require_ssl",),
    "default_authentication_method": (
        "internal_client_authentication_method",
        "external_client_authentication_method",
        "iis_authentication_methods",
    ),
}
"""Options that one option may bring along (client-access-laws 1.6, 2.1, 2.2, 2.6, 2.7)."""

WRITE_ONLY: Mapping[str, Mapping[str, Any]] = {
    "DefaultAuthenticationMethod": {
        "InternalClientAuthenticationMethod": lambda method: method,
        "ExternalClientAuthenticationMethod": lambda method: method,
        "IISAuthenticationMethods": lambda method: (method,),
    }
}
"""Parameters that no attribute shows: what their value makes of others (client-access-laws 2.7)."""

_BOTH = ("InternalAuthenticationMethods", "ExternalAuthenticationMethods")
ECHOES: Mapping[str, tuple[str, ...]] = {
    "owa": _BOTH[:1],
    "ecp": _BOTH[:1],
    "ews": _BOTH,
    "oab": _BOTH,
    "mapi": _BOTH,
    "autodiscover": _BOTH,
}
"""Lists that the server itself keeps in step with the authentication settings (client-access-laws 1.0, 1.5)."""


@dataclass(frozen=True)
class Wish:
    """A task: what each object, by its label, shall have.

    Attributes:
        arguments: the task's arguments beside the wishes.
        wanted: options by label. A module for one object takes them flat, the bulk module as a tree.
        attributes: the server's attribute of each option, by label.
    """

    module: str
    host: str
    wanted: Mapping[str, Mapping[str, Any]]
    arguments: Mapping[str, Any]
    attributes: Mapping[str, Mapping[str, str]] = field(repr=False)

    def run(self, converge: Converge, check_mode: bool = False, respelled: bool = False) -> Result:
        wanted = {
            label: {name: respell(name, value) if respelled else value for name, value in options.items()}
            for label, options in self.wanted.items()
        }
        options = wanted if self.module == "exchange_client_access" else next(iter(wanted.values()))
        return converge(self.module, on=self.host, check_mode=check_mode, **self.arguments, **options)


def respell(option: str, value: Any) -> Any:
    """The same value as another administrator would write it: lists in another order, hosts in another case."""
    if isinstance(value, list):
        return value[::-1]
    if isinstance(value, str) and "://" in value:
        scheme, _unused, rest = value.partition("://")
        return f"{scheme.upper()}://{rest.upper()}/"
    return value.upper() if option.endswith(("hostname", "host_name", "thumbprint")) else value


def broken(world: World, wish: Wish) -> Iterator[str]:
    """Run the wish in check mode, for real and again; yield each promise that does not hold, as a sentence."""
    converge = Converge(world)
    before, wrong_before = world.snapshot(), set(world.violations())

    planned = wish.run(converge, check_mode=True)
    if planned.sent or world.changes(before, world.snapshot()):
        yield "check mode wrote"
    done = wish.run(converge)
    changes = world.changes(before, world.snapshot())
    if done.failed:
        if changes or done.changed:
            yield f"a task failed and left changes: {done.msg} {changes}"
        return
    if planned.failed or (planned.changed, planned.commands) != (done.changed, done.commands):
        yield f"check mode announced {planned.msg or planned.commands}, but the run did {done.commands}"
    if bool(changes) != bool(done.changed):
        yield f"changed is {done.changed}, but the world changed in {changes}"
    yield from _beyond_the_wish(wish, done, changes)
    yield from _not_reached(wish, done, world)
    yield from (f"the world breaks a law: {text}" for text in sorted(set(world.violations()) - wrong_before))
    yield from _unpinned(world)

    for again in (wish.run(converge), wish.run(converge, respelled=True)):
        if again.failed or again.changed or again.sent or again.commands:
            yield f"a second run was not quiet: {again.msg or again.diff}"
    if world.changes(before, world.snapshot()) != changes:
        yield "a second run changed the world"


def _objects(wish: Wish, done: Result) -> dict[str, str]:
    """The identity of each object by its label, from the result."""
    described = done.client_access
    if described is None:
        (label,) = wish.wanted
        described = {label: done.keys.get(label) or done.virtual_directory}
    return {label: facts["identity"] for label, facts in described.items()}


def _in_world(label: str, identity: str) -> tuple[str, ...]:
    """The names of an object in a snapshot."""
    if label == "service_connection_point":
        return (f"AD {identity} service connection point",)
    if label == "outlook_provider":
        return (f"AD OutlookProvider {identity}",)
    if label == "organization_config":
        return (f"AD OrganizationConfig {identity}",)
    if label == "connector":
        return (f"AD ReceiveConnector {identity}",)
    return (f"IIS {identity}", f"AD {identity}")


def _beyond_the_wish(wish: Wish, done: Result, changes: list[tuple[str, str, Any, Any]]) -> Iterator[str]:
    """Nothing but what was named or implied has changed, and what was implied is shown as such."""
    labels = {name: label for label, identity in _objects(wish, done).items() for name in _in_world(label, identity)}
    for name, attribute, old, new in changes:
        label = labels.get(name)
        options = wish.wanted.get(label or "")
        if label is None or options is None:
            yield f"{name} was not asked for, but its {attribute} changed from {old!r} to {new!r}"
            continue
        option = next((option for option, known in wish.attributes[label].items() if known == attribute), "")
        if option in options or attribute in ECHOES.get(label, ()):
            continue
        causes = [cause for cause in options if option in MAY_FOLLOW.get(cause, ())]
        if not causes:
            yield f"{attribute} of {name} changed from {old!r} to {new!r} without a wish for it"
        elif causes == ["external_hostname"] and not new:
            continue  # the server itself follows a host name that goes, client-access-laws 1.6
        elif not any(shown.startswith(f"{option} (implied by ") for shown in done.diff["after"].get(label, {})):
            yield f"{attribute} of {name} changed along with {causes}, but the diff does not show it"


def _not_reached(wish: Wish, done: Result, world: World) -> Iterator[str]:
    """Every wish came true."""
    shot = world.snapshot()
    for label, identity in _objects(wish, done).items():
        present = {key: value for name in _in_world(label, identity) for key, value in shot[name].items()}
        for option, value in wish.wanted.get(label, {}).items():
            attribute = wish.attributes[label][option]
            if option == "external_clients_require_ssl" and not present["ExternalHostname"]:
                continue  # reads false without a host name, client-access-laws 1.6
            for shown, made in WRITE_ONLY.get(attribute, {attribute: lambda wanted: wanted}).items():
                if _meaning(made(value)) != _meaning(present[shown]):
                    yield f"{option} of {identity} shall be {value!r}, but {shown} is {present[shown]!r}"


SPELT: Mapping[str, Any] = {"true": True, "false": False, "unset": None}
"""How a value of three is wished."""


def _meaning(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return frozenset(_meaning(item) for item in value) - {None} or None
    if isinstance(value, str) and value in SPELT:
        return SPELT[value]
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d:\d\d", value):
        hours, minutes, seconds = map(int, value.split(":"))
        return hours * 3600 + minutes * 60 + seconds
    if isinstance(value, str):
        folded = value.lower().rstrip("/") if "://" in value or "." in value else value
        return folded if folded not in ("", "None") else None
    return value


ABOUT_EVERYTHING = (
    "Get-ADSite",
    "Get-OrganizationConfig",
    "Set-OrganizationConfig",
    "Get-OwaVirtualDirectory",
    "Get-MapiVirtualDirectory",
)
"""Cmdlets of the organization, and reads of all that a switch of the organization needs ready."""


def _unpinned(world: World) -> Iterator[str]:
    """No command that is about every server, and none that asks another domain controller."""
    controllers = set()
    for record in world.records:
        given = record["parameters"]
        named = given.get("Identity") or given.get("Server")
        if record["cmdlet"] not in ABOUT_EVERYTHING and (not named or set("*?[]") & set(named)):
            yield f"{record['cmdlet']} names no single object: {given}"
        if record["cmdlet"] != "Get-ExchangeServer":
            controllers.add(given.get("DomainController"))
    if None in controllers or len(controllers) > 1:
        yield f"the domain controller was not pinned: {controllers}"
