# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Set does to a virtual directory: rules first, then one write to AD and one to IIS."""
from __future__ import annotations

from typing import Any

from .change import Change
from .nouns.attributes import IIS
from .refused import Refused
from .servers import Server
from .virtual_directory import VirtualDirectory
from .world import World


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
    for rule in item.noun.rules:
        rule(change)
    if what_if:
        return change.warnings
    differing = change.differing
    if not differing:
        if world.switches["noop_warning_for_iis"] == "warn" or any(item.noun.by_name[name].held != IIS for name in named):
            change.warn(not_modified(item.identity))
        return change.warnings
    _write(change, differing)
    return change.warnings


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
    """A full read, or the AD values of a directory that IIS has lost when the switch lets Set go on (client-access-laws 2.18)."""
    lost = world.faults.find("missing_in_iis", item.server.name, item.noun.name)
    if lost and world.switches["set_without_iis"] == "works_for_ad_values":
        return world.read_ad_only(item, domain_controller)
    return world.read_fully(item, domain_controller)


def _write(change: Change, differing: set[str]) -> None:
    world, item = change.world, change.directory
    held = item.noun.by_name
    in_iis = {name: change.wanted[name] for name in differing if held[name].held == IIS}
    in_ad = {name: change.wanted[name] for name in differing if held[name].held != IIS}
    if in_iis:
        world.check_iis(item)
        item.iis.update(in_iis)
    in_ad.update(_echo(change))
    if in_ad:
        world.directory.write(item.object, change.domain_controller, in_ad)


def _echo(change: Change) -> dict[str, Any]:
    """InternalAuthenticationMethods repeats the authentication booleans in AD (client-access-laws 1.0)."""
    noun = change.directory.noun
    if not noun.echo.keys() & change.differing:
        return {}
    methods = tuple(method for name, shown in noun.echo.items() if name in change.current and change.after(name) for method in shown)
    follows = noun.external_follows and change.switches["external_methods_follow"] == "ews_oab_mapi_follow"
    return {"InternalAuthenticationMethods": methods, **({"ExternalAuthenticationMethods": methods} if follows else {})}
