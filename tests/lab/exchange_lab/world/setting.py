# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Set does to a virtual directory: rules first, then one write to AD and one to IIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .change import Change, same
from .directory import AdObject
from .nouns.attributes import IIS, Noun
from .nouns.rules import (
    cleared_hosts_may_read_empty,
    gzip_level_is_no_error,
    protection_is_consistent,
    urls_are_absolute,
)
from .refused import Refused
from .servers import Server
from .virtual_directory import VirtualDirectory
from .world import World

EVERY_NOUN = (urls_are_absolute, cleared_hosts_may_read_empty, gzip_level_is_no_error, protection_is_consistent)


def set_virtual_directory(
    world: World,
    item: VirtualDirectory,
    named: dict[str, Any],
    *,
    session_server: Server,
    domain_controller: str,
    what_if: bool = False,
    forced: bool = False,
) -> list[str]:
    """Change the named attributes and what they imply; returns the warnings.

    Raises Refused, and then nothing has been written. With ``what_if`` nothing is written either way.
    """
    check_versions(world, item, session_server)
    current = _current(world, item, domain_controller)
    change = Change(world, item, session_server, domain_controller, named, current, forced)
    if what_if and world.switches["whatif_validates"] == "no":
        return []
    for rule in (*EVERY_NOUN, *item.noun.rules):
        rule(change)
    repeat_authentication_in_ad(change)
    if what_if:
        return change.warnings
    differing = change.differing
    if not differing:
        if world.switches["noop_warning_for_iis"] == "warn" or any(
            item.noun.by_name[name].held != IIS for name in change.wanted
        ):
            change.warn(not_modified(item.identity))
        return change.warnings
    write_change(change, differing)
    return change.warnings


def set_ad_object(
    world: World,
    item: AdObject,
    identity: str,
    named: Mapping[str, Any],
    *,
    domain_controller: str,
    what_if: bool = False,
) -> list[str]:
    """Change an object that AD alone holds; returns the warnings."""
    if what_if:
        return []
    current = world.directory.read(item, domain_controller)
    differing = {name: value for name, value in named.items() if not same(value, current[name])}
    if not differing:
        return [not_modified(identity)]
    world.directory.write(item, domain_controller, differing)
    return []


def not_modified(identity: str) -> str:
    """The warning of client-access-laws 2.15."""
    return f"The command completed successfully but no settings of '{identity}' have been modified."


def check_versions(world: World, item: VirtualDirectory, session_server: Server) -> None:
    """An older server does not write a newer one's objects (client-access-laws 3.7)."""
    newer = item.server.version.generation > session_server.version.generation
    if newer and world.switches["cross_version_set"] == "refuse_newer":
        raise Refused(
            f"The object '{item.identity}' is read-only because it belongs to a newer version of Exchange "
            f"({item.server.version.display}) than this server's. Run the command on a server of that version.",
            "Microsoft.Exchange.Data.Directory.InvalidObjectOperationException",
            target=item.identity,
        )


def _current(world: World, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
    """A full read, or AD's values for a directory that IIS has lost (client-access-laws 2.18, switch)."""
    if world.lost_in_iis(item) and world.switches["set_without_iis"] == "works_for_ad_values":
        return world.read_ad_only(item, domain_controller)
    return world.read_fully(item, domain_controller)


def write_change(change: Change, differing: set[str]) -> None:
    """Write what differs to where it is held. Raises Refused when IIS is out of reach."""
    world, item = change.world, change.directory
    held = item.noun.by_name
    in_iis = {name: change.wanted[name] for name in differing if held[name].held == IIS}
    in_ad = {name: change.wanted[name] for name in differing if held[name].held != IIS}
    if in_iis:
        world.check_iis(item)
        item.iis.update(in_iis)
    if in_ad:
        world.directory.write(item.object, change.domain_controller, in_ad)
    world.copy_later(item, {name: in_ad[name] for name in item.noun.copied_to_iis if name in in_ad})


def repeat_authentication_in_ad(change: Change) -> None:
    """InternalAuthenticationMethods repeats the authentication booleans in AD (client-access-laws 1.0)."""
    noun = change.directory.noun
    if not noun.echo.keys() & change.differing:
        return
    shown = repeated_methods(noun, {name: change.after(name) for name in noun.echo if name in change.current})
    change.force("InternalAuthenticationMethods", shown)
    if noun.external_follows and change.switches["external_methods_follow"] == "ews_oab_mapi_follow":
        change.force("ExternalAuthenticationMethods", shown)


def repeated_methods(noun: Noun, booleans: Mapping[str, Any]) -> tuple[str, ...]:
    """The methods that AD lists for these authentication booleans."""
    return tuple(method for name, shown in noun.echo.items() if booleans.get(name) for method in shown)
