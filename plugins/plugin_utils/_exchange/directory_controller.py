# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The domain controller at which a directory is recreated: that of the run that began, as others learn later (V9)."""

from __future__ import annotations

from .._converge.resource import Read
from .._remoting.errors import BadInput, CommandFailed, ObjectMissing
from .directory_place import Place
from .directory_undo import Saved
from .servers import find_server


def domain_controller_for(read: Read, place: Place, saved: Saved | None, named: str) -> str:
    """Choose the domain controller that every command of a run names.

    Args:
        saved: what an earlier run saved, and where.
        named: the user's choice; empty for none.

    Raises:
        BadInput: that of the earlier run does not answer, or the user's does not know yet what was done there.
        ExchangeError: as Session.invoke.
    """
    if saved is None or not saved.domain_controller:
        return named or place.server.domain_controller
    if named and named.lower() != saved.domain_controller.lower():
        _refuse_behind(read, place, saved.domain_controller, named)
        return named
    try:
        find_server(read, place.server.name, saved.domain_controller)
    except CommandFailed as exc:
        raise BadInput(
            f"The earlier run wrote at the domain controller {saved.domain_controller}, which does not answer: "
            f"{exc.sentence}",
            "Wait until it does; or once its changes have replicated, name another one with domain_controller. "
            "Nothing was changed.",
        ) from exc
    return saved.domain_controller


def _refuse_behind(read: Read, place: Place, earlier: str, named: str) -> None:
    """Refuse a domain controller that shows another directory than that of the earlier run, as far as that answers."""
    try:
        there = _guid(read, place.at(earlier))
    except CommandFailed:
        return
    if there != _guid(read, place.at(named)):
        raise BadInput(
            f"{named} does not know yet what an earlier run did at {earlier}.",
            "Leave out domain_controller, or wait until it has replicated. Nothing was changed.",
        )


def _guid(read: Read, place: Place) -> str:
    """Of the directory that Active Directory has there; empty for none."""
    try:
        facts = place.resource({}).observe(lambda command: read(command.with_parameters(**place.pinned)), full=False)
    except ObjectMissing:
        return ""
    return str(facts.record["Guid"])
