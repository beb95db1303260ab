# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual directory removed, created anew, and named by its offline address books again (exchange-procedures 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._converge.resource import Facts
from .._procedure.phase import Phase, Steps
from .._remoting.errors import CommandFailed, NotReached
from .._remoting.record import Record
from .._run.runner import Runner
from .._run.step import Step
from .directory_place import Place, refuse_elsewhere
from .directory_undo import Saved
from .offline_address_books import AddressBook


@dataclass(frozen=True)
class View:
    """What stands there now.

    Attributes:
        present: the directory, None when Active Directory has none.
        unread: why its settings in IIS could not be read; empty when they could.
        books: the organization's offline address books; read for the protocol ``oab`` only.
    """

    present: Facts | None
    unread: str = ""
    books: Sequence[AddressBook] = ()

    @property
    def guid(self) -> str:
        return str(self.present.record["Guid"]) if self.present else ""

    @property
    def name(self) -> str:
        """As the server spells it; empty when there is none."""
        return str(self.present.record.get("Name") or "") if self.present else ""

    def named_in(self, saved: Saved) -> list[AddressBook]:
        """The books that named the directory when its settings were saved."""
        return [book for book in self.books if book.identity in saved.books]


class DirectoryPhase(Phase[View]):
    """What is done on the server itself only; a connection that breaks may come back on another server.

    Args:
        runner: its session tells where it runs.
        saved: what stood there at first.
    """

    ending: str

    def __init__(self, runner: Runner, place: Place, saved: Saved) -> None:
        self.title = f"{place.identity} {self.ending}"
        self._runner = runner
        self._place = place
        self._saved = saved

    def check(self, view: View) -> list[str]:
        return refuse_elsewhere(self._place.server, self._runner.session.answered_by)

    def is_new(self, view: View) -> bool:
        """Whether a whole directory stands there that is not the one whose settings are saved.

        A New that was cut off may have written to AD alone (V11): that half is none.
        """
        return view.present is not None and not view.unread and view.guid != self._saved.guid


class Removed(DirectoryPhase):
    """The directory whose settings are saved is gone."""

    ending = "removed"

    def reached(self, view: View) -> bool:
        return view.present is None or self.is_new(view)

    def steps(self, view: View) -> Steps:
        yield Step(self._place.removal(), "its settings are saved")

    def expected(self, view: View) -> View:
        return View(None, books=[book.without(self._place.identity) for book in view.books])


class Created(DirectoryPhase):
    """Another directory stands in its place.

    Args:
        path: its folder; empty for the server's choice.
        wish: the settings that it will get.
    """

    ending = "created anew"

    def __init__(self, runner: Runner, place: Place, saved: Saved, path: str, wish: Mapping[str, Any]) -> None:
        super().__init__(runner, place, saved)
        self._path = path
        self._wish = wish

    def reached(self, view: View) -> bool:
        return self.is_new(view)

    def steps(self, view: View) -> Steps:
        try:
            yield Step(self._place.creation(self._path), "it is removed")
        except CommandFailed as exc:
            self._runner.may_have_written = True  # half of it may be there (V11)
            raise CommandFailed(
                exc.sentence,
                f"{exc.cure} If something of {self._place.name} is left in IIS (IIS Manager, or the metabase of IIS 6) "
                "or in Active Directory (under CN=HTTP,CN=Protocols of the server), remove that by hand.".strip(),
                reason=exc.reason,
                where=exc.where,
            ) from exc

    def expected(self, view: View) -> View:
        return replace(view, present=Facts(self._place.identity, self._wish, Record({"Guid": "of the new one"})))

    def missed(self, view: View) -> NotReached:
        if not view.unread:
            return super().missed(view)
        return NotReached(
            f"{self._place.identity} was created, but IIS does not show it: {view.unread}",
            f"Make sure that IIS of {self._place.server.name} can be reached, and run again: the half that is there is "
            "removed and created once more.",
        )


class Attached(DirectoryPhase):
    """Every offline address book that named the directory names it again, or goes out by all directories."""

    ending = "named by its offline address books"

    def check(self, view: View) -> list[str]:
        return []  # books are written from any server

    def reached(self, view: View) -> bool:
        return not self._missing(view)

    def steps(self, view: View) -> Steps:
        for book in self._missing(view):
            yield Step(book.attach(self._place.identity, self._place.pinned), "its directory is a new one")

    def expected(self, view: View) -> View:
        return view

    def _missing(self, view: View) -> list[AddressBook]:
        return [book for book in view.named_in(self._saved) if not book.hands_out_by(self._place.identity)]
