# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating and removing virtual directories: New-, Remove-, and what is left where one was not removed whole."""

from __future__ import annotations

from typing import Any

from . import fresh_install, offline_address_books
from .change import Change
from .nouns.attributes import BACK, FRONT, IIS, Noun, Place
from .refused import Refused
from .servers import BACK_END, DEFAULT_WEB_SITE, Server
from .setting import EVERY_NOUN, repeat_authentication_in_ad, write_change
from .virtual_directory import VirtualDirectory
from .world import World

SIDES = {"ClientAccess": FRONT, "Mailbox": BACK}
"""-Role and where it puts a directory (V1)."""
PLACES = ("AD", "IIS", "metabase")
LOCAL_ONLY = ("EcpVirtualDirectory",)


def create(
    world: World,
    noun: Noun,
    place: Place,
    named: dict[str, Any],
    *,
    session_server: Server,
    domain_controller: str,
    path: str | None = None,
    app_pool: str = "",
    what_if: bool = False,
    forced: bool = False,
) -> tuple[VirtualDirectory | None, list[str]]:
    """A fresh directory with the named settings, and the warnings; no directory with ``what_if``.

    Raises Refused, and then nothing was created; where IIS does not answer, a switch may leave the object in AD (V11).
    """
    _check_place(noun, place, session_server)
    if what_if and world.switches["whatif_validates"] == "no":
        return None, []
    earlier = world.places(noun.name, place.server, place.web_site)
    _check_leftovers(world, earlier, domain_controller)
    item = fresh_install.create(noun, place, world.clock.now(), domain_controller, len(earlier))
    _write_to_iis(world, item, what_if)
    current = {a.name: (item.iis if a.held == IIS else item.object.initial)[a.name] for a in item.attributes}
    change = Change(world, item, session_server, domain_controller, named, current, forced)
    for rule in (*EVERY_NOUN, *noun.rules):
        rule(change)
    repeat_authentication_in_ad(change)
    if what_if:
        return None, change.warnings
    world.add(item)
    write_change(change, change.differing)
    if path:
        item.iis["Path"] = path
    item.app_pool = app_pool
    return item, change.warnings


def remove(
    world: World, item: VirtualDirectory, *, session_server: Server, domain_controller: str, what_if: bool = False
) -> None:
    """Take a directory out of AD and IIS, with every setting of it (V2).

    One that IIS has lost is taken out of AD alone: what the metabase still says of it stays (V3).

    Raises Refused, and then it is still whole.
    """
    if item.noun.name in LOCAL_ONLY and item.server is not session_server:
        raise _only_local(item.noun, item.server)
    world.check_iis_answers(item)
    if what_if:
        return
    offline_address_books.forget(world, item, domain_controller)
    world.directory.remove(item.object, domain_controller)
    if item.in_iis:
        item.in_iis = item.in_metabase = False


def leave(world: World, item: VirtualDirectory, *places: str) -> None:
    """Damage for tests: of a directory only these of PLACES are left. Raises ValueError for another name."""
    if unknown := set(places) - set(PLACES):
        raise ValueError(f"A virtual directory lives in {', '.join(PLACES)}, not in {', '.join(sorted(unknown))}.")
    controller = world.default_domain_controller(item.server)
    if "AD" not in places:
        offline_address_books.forget(world, item, controller)
        world.directory.remove(item.object, controller)
    item.in_iis = "IIS" in places
    item.in_metabase = "metabase" in places or item.in_iis


def web_sites(server: Server) -> list[str]:
    """The web sites of a server (client-access-laws 3.5, 3.6)."""
    front = [DEFAULT_WEB_SITE, *server.extra_web_sites] if server.has_front_end else []
    return [*front, *([BACK_END] if server.has_back_end else [])]


def _check_place(noun: Noun, place: Place, session_server: Server) -> None:
    server = place.server
    if noun.name in LOCAL_ONLY and server is not session_server:
        raise _only_local(noun, server)
    if server.version.generation > session_server.version.generation:
        raise Refused(f"A virtual directory of {server.name}, a newer server, can't be created from this one.")
    if place.web_site not in web_sites(server):
        raise Refused(
            f"The web site '{place.web_site}' couldn't be found on '{server.fqdn}'.",
            "System.ArgumentException",
            category="InvalidArgument",
            target=place.web_site,
        )


def _check_leftovers(world: World, earlier: list[VirtualDirectory], domain_controller: str) -> None:
    """What is left of an earlier one is in the way, and each place says so in its own words (V3)."""
    for item in earlier:
        if item.in_iis:
            raise Refused(
                f"The virtual directory '{item.noun.directory}' already exists under "
                f"'{item.server.fqdn}/{item.web_site}'.\r\nParameter name: VirtualDirectoryName",
                "System.ArgumentException",
                category="InvalidArgument",
                target=item.identity,
            )
        if item.in_metabase:
            raise Refused(
                f"An error occurred while creating the IIS virtual directory '{item.metabase_path}' on "
                f"'{item.server.name}'.",
                category="InvalidOperation",
                target=item.identity,
            )
        if world.directory.exists(item.object, domain_controller):
            raise Refused(
                f"Active Directory operation failed on {domain_controller}. The object '{item.object.dn}' already "
                "exists.",
                "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException",
                category="NotSpecified",
                target=item.identity,
            )


def _write_to_iis(world: World, item: VirtualDirectory, what_if: bool) -> None:
    """AD comes first, so a New that IIS refuses may leave half a directory (V11)."""
    try:
        world.check_iis_answers(item)
    except Refused:
        if world.switches["new_without_iis"] == "leaves_ad_object" and not what_if:
            item.in_iis = item.in_metabase = False
            world.add(item)
        raise


def _only_local(noun: Noun, server: Server) -> Refused:
    return Refused(
        f"An {noun.directory.upper()} virtual directory can be created and removed on the local computer only. Run the "
        f"command on {server.fqdn}.",
        target=server.name,
    )
