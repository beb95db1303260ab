# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing a virtual directory, and creating it anew with the settings that it had (exchange-procedures 3).

Remove- loses every setting, so they are saved first. What stands there is told from what stood there by its GUID.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from .._converge.converge import Convergence, Outcome
from .._converge.proposal import Proposal
from .._converge.resource import Facts
from .._procedure.phase import Phase
from .._procedure.procedure import Outcome as Done
from .._procedure.procedure import Procedure
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ExchangeError, ObjectMissing
from .._remoting.session import Reply
from .._run.runner import Runner
from .._run.undo_state import UndoState
from .directory_phases import Attached, Created, Removed, View
from .directory_place import Place
from .directory_undo import Saved, restorable
from .extended_protection_findings import BY_DEFAULT_FROM, TOKEN_CHECKING
from .offline_address_books import address_books
from .virtual_directories import OAB
from .virtual_directory import BACK_END


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
        saved = self._found(view) or self._saved(view)
        if saved.guid != view.guid:
            raise self._another_directory()
        if view.unread:
            self.runner.warnings.append(f"Settings of {self.place.identity} in IIS were not saved: {view.unread}")
        self.runner.require([self.place.removal()])
        saved.save(self.undo)
        self._carry_out([Removed(self.runner.session, self.place, saved)], view)
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
        found = self._found(view)
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
            done = self._carry_out(self._phases(saved, wish), view)
            if self.runner.check_mode and any(isinstance(phase, Created) for phase in done.done):
                return Recreated(self._announced(wish), resumed=bool(found))
            outcome = self._configure(wish)
        if self.runner.check_mode:
            return Recreated(outcome, resumed=bool(found))
        saved.recreated_as = done.after.guid
        saved.save(self.undo)
        now = self._observe().present
        differences = saved.differences(now, self.place.noun, wish) if now else ()
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

    def _found(self, view: View) -> Saved | None:
        """What an earlier run saved."""
        found = Saved.load(self.undo)
        if found and view.present and view.guid == found.guid and not view.unread:
            found.fill(view.present)
        return found

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
        books = [book.attach(self.place.identity, self.place.pinned) for book in view.named_in(saved)]
        self.runner.require([*still_there, self.place.creation(self._folder(saved)), self.place.setting_back(), *books])

    def _warn(self, view: View, saved: Saved) -> None:
        moved = saved.moved(view.present, self.place.noun) if view.present and view.guid == saved.guid else []
        if moved:
            self.runner.warnings.append(
                f"{', '.join(moved)} of {self.place.identity} changed after {self.undo.path} was written; what it "
                "holds is put back."
            )
        lost = [setting.option for setting in saved.unread(self.place.noun) if setting.option not in self.given]
        if lost:
            self.runner.warnings.append(
                f"IIS did not tell {', '.join(lost)} of {self.place.identity}, so the values of a new directory hold."
            )
        if self.place.server.version >= BY_DEFAULT_FROM and saved.settings.get(TOKEN_CHECKING) == "None":
            self.runner.warnings.append(
                f"Extended Protection of {self.place.identity} reads None, though this version turns it on. Whether "
                "the cmdlets show what IIS holds is not known: compare it in IIS afterwards."
            )

    # What is done

    def _phases(self, saved: Saved, wish: Mapping[str, Any]) -> list[Phase[View]]:
        session, place = self.runner.session, self.place
        return [
            Removed(session, place, saved),
            Created(session, place, saved, self._folder(saved), wish),
            Attached(session, place, saved),
        ]

    def _carry_out(self, phases: list[Phase[View]], view: View) -> Done[View]:
        return Procedure(self.runner, self._observe).run(phases, view)

    def _folder(self, saved: Saved) -> str:
        return self.path or ("" if self.place.is_default else saved.path)

    def _configure(self, wish: Mapping[str, Any]) -> Outcome:
        """Put settings back: those that the new directory has otherwise. It alone is read."""
        resource = replace(self.place.resource(wish), select={"Identity": self.place.identity})
        return Convergence(self.runner, [resource], pinned=self.place.pinned, verify=self.verify).run()

    def _announced(self, wish: Mapping[str, Any]) -> Outcome:
        """What check mode can tell: the directory as it will be, but not what a new one has otherwise."""
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
                f"{exc.cure} The settings are saved in {self.undo.path}; the next run with this "
                "undo_path goes on from here."
            )
            raise ExchangeError(exc.sentence, cure.strip()) from exc

    def _another_directory(self) -> BadInput:
        return BadInput(
            f"{self.undo.path} tells of an earlier directory; another stands there, or none.",
            "Name a new file as undo_path. Nothing was changed.",
        )
