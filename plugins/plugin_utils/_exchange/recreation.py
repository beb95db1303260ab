# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing a virtual directory, and creating it anew with the settings that it had (exchange-procedures 3).

Remove- loses every setting, so they are saved first. What stands there is told from what stood there by its GUID.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from .._converge.converge import Convergence, Outcome
from .._converge.proposal import Proposal
from .._converge.resource import Facts
from .._procedure.procedure import Phase, carry_out
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ExchangeError, ObjectMissing
from .._remoting.session import Reply
from .._run.runner import Runner
from .._run.step import Step
from .._run.undo_state import UndoState
from .directory_place import Place
from .directory_undo import Saved, restorable
from .extended_protection_findings import BY_DEFAULT_FROM, TOKEN_CHECKING
from .offline_address_books import AddressBook, address_books
from .virtual_directories import OAB
from .virtual_directory import BACK_END


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


@dataclass
class Recreated:
    """What was done, or in check mode would be done.

    Attributes:
        outcome: of putting the settings back; None where nothing is there to be read, as after a removal.
        resumed: an earlier run had begun.
        not_restored: attributes that are not what they were and that no setting of ours holds.
    """

    outcome: Outcome | None = None
    resumed: bool = False
    not_restored: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Recreation:
    """One directory's removal and creation.

    Attributes:
        given: settings of the task, as canonical values. They stand before the saved ones.
        path: the folder of the new directory; empty for the one that it had.
        accept_unread: go on although settings in IIS cannot be read, and so are lost.
        verify: ``fail`` or ``warn`` when the read-back shows another value.
    """

    runner: Runner
    place: Place
    undo: UndoState
    given: Mapping[str, Any]
    path: str = ""
    accept_unread: bool = False
    verify: str = "fail"

    def remove(self) -> Recreated:
        """Save the directory's settings, and remove it. Nothing to do when there is none.

        One that IIS has lost is removed too: the cmdlet is the cure for it (page of Remove-OwaVirtualDirectory).

        Raises:
            BadInput: the settings cannot be saved.
            ExchangeError: as Session.invoke.
        """
        view = self._observe()
        if view.present is None:
            return Recreated()
        saved = Saved.load(self.undo) or self._saved(view)
        if saved.guid != view.guid:
            raise self._another_directory()
        if view.unread:
            self.runner.warnings.append(f"Settings of {self.place.identity} in IIS were not saved: {view.unread}")
        self.runner.require([self.place.removal()])
        saved.save(self.undo)
        carry_out(self.runner, [self._removed(saved)], self._observe)
        return Recreated()

    def recreate(self) -> Recreated:
        """Save, remove, create, put the settings back and attach the address books; go on where a run broke off.

        What an earlier run saved stays as it is: the first values count (peers.md 41).

        Raises:
            BadInput: it would be refused half way, or the settings cannot be saved.
            NotReached: what was put back does not read so.
            ExchangeError: as Session.invoke.
        """
        view = self._observe()
        found = Saved.load(self.undo)
        if found and found.recreated_as:
            if found.recreated_as != view.guid:
                raise self._another_directory()
            return Recreated(self._configure(self.given))
        if view.unread and not found:
            self._refuse_unread(view)
        saved = found or self._saved(view)
        wish = {**restorable(saved.settings, self.place.noun), **self.given}
        self._refuse(view, saved, wish)
        self._warn(view, saved)
        saved.save(self.undo)
        with self._undo_state_named(begun=bool(found)):
            carry_out(self.runner, [self._removed(saved), self._created(saved)], self._observe)
            if self.runner.check_mode:
                return Recreated(self._announced(view, saved, wish), resumed=bool(found))
            outcome = self._configure(wish)
            last = carry_out(self.runner, [self._attached(saved)], self._observe)
        saved.recreated_as = last.guid
        saved.save(self.undo)
        differences = saved.differences(last.present, self.place.noun, wish) if last.present else ()
        return Recreated(outcome, bool(found), list(differences))

    # What is there

    def _observe(self) -> View:
        """Read the directory, from Active Directory alone where IIS does not know it: its Path is empty then."""
        errors: list[CommandFailed] = []

        def read(command: Command) -> Reply:
            reply = self.runner.read(command.with_parameters(**self.place.pinned), keep_errors=True)
            errors.extend(reply.errors)
            return reply

        resource = self.place.resource({})
        is_oab = self.place.noun.name == OAB.name
        books = address_books(self.runner.read, self.place.pinned) if is_oab else ()
        try:
            facts = resource.observe(read, full=True)
            if facts.record.get("Path"):
                return View(facts, books=books)
        except ObjectMissing:
            pass
        try:
            facts = resource.observe(read, full=False)
        except ObjectMissing:
            return View(None, books=books)
        return View(facts, errors[0].sentence if errors else "The server does not say why.", books)

    def _saved(self, view: View) -> Saved:
        if view.present is None:
            return Saved()
        return Saved.of(view.present, [book.identity for book in view.books if book.lists(self.place.identity)])

    # What is refused and remarked before anything is done

    def _refuse_unread(self, view: View) -> None:
        if not self.accept_unread:
            raise BadInput(
                f"The settings of {self.place.identity} in IIS cannot be read, so they would be lost: {view.unread}",
                "If IIS has really lost the directory, set accept_unread_settings to true and give the settings that "
                "it had. Nothing was changed.",
            )

    def _refuse(self, view: View, saved: Saved, wish: Mapping[str, Any]) -> None:
        """Let the rules judge what will be put back, and make sure of what the later steps need."""
        if view.present and saved.settings:
            known = {option: value for option, value in wish.items() if option in saved.settings}
            Proposal(self.place.resource(known), Facts(self.place.identity, saved.settings, record=view.present.record))
        if self.place.role == BACK_END and not (self.path or saved.path):
            raise BadInput(
                f"The folder of {self.place.identity} is not known.",
                f"Set path; Setup's is <install folder>\\ClientAccess\\{self.place.noun.directory}. "
                "Nothing was changed.",
            )
        still_there = [self.place.removal()] if saved.guid and view.guid == saved.guid else []
        books = [book.attach(self.place.identity, self.place.pinned) for book in _named(view, saved)]
        self.runner.require([*still_there, self._creation(saved), *books])

    def _warn(self, view: View, saved: Saved) -> None:
        moved = saved.moved(view.present, self.place.noun) if view.present and view.guid == saved.guid else []
        if moved:
            self.runner.warnings.append(
                f"{', '.join(moved)} of {self.place.identity} changed after {self.undo.path} was written; what it "
                "holds is put back."
            )
        if self.place.server.version >= BY_DEFAULT_FROM and saved.settings.get(TOKEN_CHECKING) == "None":
            self.runner.warnings.append(
                f"Extended Protection of {self.place.identity} reads None, though this version turns it on. Whether "
                "the cmdlets show what IIS holds is not known: compare it in IIS afterwards."
            )

    # The phases

    def _removed(self, saved: Saved) -> Phase[View]:
        return Phase(
            f"{self.place.identity} is removed.",
            reached=lambda view: view.guid != saved.guid or not saved.guid,
            steps=lambda view: [Step(self.place.removal(), "its settings are saved")],
        )

    def _created(self, saved: Saved) -> Phase[View]:
        return Phase(
            f"{self.place.identity} is created anew.",
            reached=lambda view: bool(view.present) and view.guid != saved.guid,
            steps=lambda view: [Step(self._creation(saved), "it is removed")],
        )

    def _attached(self, saved: Saved) -> Phase[View]:
        def missing(view: View) -> list[AddressBook]:
            return [book for book in _named(view, saved) if not (book.everywhere or book.lists(self.place.identity))]

        return Phase(
            f"Every offline address book that named {self.place.identity} names it again.",
            reached=lambda view: not missing(view),
            steps=lambda view: [self._attachment(book) for book in missing(view)],
        )

    def _creation(self, saved: Saved) -> Command:
        return self.place.creation(self.path or ("" if self.place.is_default else saved.path))

    def _attachment(self, book: AddressBook) -> Step:
        return Step(book.attach(self.place.identity, self.place.pinned), "its directory is a new one")

    def _configure(self, wish: Mapping[str, Any]) -> Outcome:
        """Put settings back: those that the new directory has otherwise. It alone is read."""
        resource = replace(self.place.resource(wish), select={"Identity": self.place.identity})
        return Convergence(self.runner, [resource], pinned=self.place.pinned, verify=self.verify).run()

    def _announced(self, view: View, saved: Saved, wish: Mapping[str, Any]) -> Outcome:
        """What check mode can tell: the directory as it will be, but not what a new one has otherwise."""
        self.runner.run([self._attachment(book) for book in _named(view, saved)])
        self.runner.warnings.append(
            "The settings that the new directory has otherwise are set then; which ones only the new one tells."
        )
        label = self.place.noun.label
        return Outcome(facts={label: dict(wish)}, identities={label: self.place.identity})

    # What an error adds

    @contextmanager
    def _undo_state_named(self, begun: bool) -> Iterator[None]:
        """Tell where the settings are, once the directory may be gone."""
        try:
            yield
        except ExchangeError as exc:
            if not (begun or self.runner.may_have_written):
                raise
            cure = (
                f"{exc.cure} {self._leftovers(exc)}The settings are saved in {self.undo.path}; the next run with this "
                "undo_path goes on from here."
            )
            raise ExchangeError(exc.sentence, cure.strip()) from exc

    def _leftovers(self, exc: ExchangeError) -> str:
        """What to do when New- stumbles: a directory lives in three places (peers.md 40)."""
        if not isinstance(exc, CommandFailed) or f"New-{self.place.noun.name}" not in exc.sentence:
            return ""
        return (
            f"If something of {self.place.name} is left in IIS (IIS Manager, or the metabase of IIS 6) or in Active "
            "Directory (under CN=HTTP,CN=Protocols of the server), remove that by hand. "
        )

    def _another_directory(self) -> BadInput:
        return BadInput(
            f"{self.undo.path} tells of an earlier directory; another stands there, or none.",
            "Name a new file as undo_path. Nothing was changed.",
        )


def _named(view: View, saved: Saved) -> list[AddressBook]:
    return [book for book in view.books if book.identity in saved.books]
