# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing a virtual directory, and creating it anew with the settings that it had (exchange-procedures 3).

Remove- loses every setting, so they are saved first. What stands there is told from what stood there by its GUID.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .._converge.converge import Convergence, Outcome
from .._converge.resource import refuse_newer
from .._procedure.phase import Phase
from .._procedure.procedure import Outcome as Done
from .._procedure.procedure import Procedure
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ExchangeError, ObjectMissing
from .._remoting.session import Reply
from .._run.runner import Runner
from .._run.undo_state import UndoState
from .directory_controller import domain_controller_for
from .directory_phases import Attached, Created, Removed, View
from .directory_place import Place
from .directory_undo import Saved, restorable
from .offline_address_books import address_books
from .recreation_preflight import Preflight, refuse_unread, refuse_without_folder
from .virtual_directories import OAB


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
        place: where the user says that it stands; then as the server spells it, at the domain controller that is asked.
        given: settings of the task, as canonical values. They stand before the saved ones.
        path: the folder of the new directory; empty for the one that it had.
        accept_unread: go on although settings in IIS cannot be read, and so are lost.
        verify: ``fail`` or ``warn`` when the read-back shows another value.
        domain_controller: the user's choice; empty for none.
    """

    runner: Runner
    place: Place
    undo: UndoState
    given: Mapping[str, Any]
    path: str = ""
    accept_unread: bool = False
    verify: str = "fail"
    domain_controller: str = ""

    def remove(self) -> Recreated:
        """Save the directory's settings, and remove it. Nothing to do when there is none.

        One that IIS has lost is removed too: the cmdlet is the cure for it (page of Remove-OwaVirtualDirectory).

        Raises:
            BadInput: the settings cannot be saved.
            ExchangeError: as Session.invoke.
        """
        view, found = self._begin()
        if view.present is None:
            return Recreated()
        saved = found or self._saved(view)
        half_created = bool(view.unread) and not saved.recreated_as
        if saved.guid != view.guid and not half_created:
            raise self._another_directory(saved)
        if view.unread and not found:
            self.runner.warnings.append(f"Settings of {self.place.identity} in IIS were not saved: {view.unread}")
        self.runner.require([self.place.removal()])
        self._save(saved)
        self._carry_out([Removed(self.runner, self.place, saved)], view)
        return Recreated()

    def recreate(self) -> Recreated:
        """Save, remove, create, put the settings back and attach the address books; go on where a run broke off.

        What an earlier run saved stays as it is: the first values count (peers.md 41).

        Raises:
            BadInput: it would be refused half way, or the settings cannot be saved.
            NotReached: what was put back does not read so.
            ExchangeError: as Session.invoke.
        """
        product, subject = self.place.server.product, self.place.resource({}).subject
        refuse_newer(self.place.noun, self.given, product, str(product), subject)
        view, found = self._begin()
        if found and found.recreated_as:
            if found.recreated_as != view.guid:
                raise self._another_directory(found)
            self._refuse_lost_again(view)
            return Recreated(self._configure(self.given))
        if not found:
            refuse_unread(self.place, view, self.accept_unread)
        saved = found or self._saved(view)
        wish = {**restorable(saved.settings, self.place.noun), **self.given}
        phases = self._phases(saved, wish)
        preflight = Preflight(self.runner, self.place, saved, wish)
        preflight.refuse()
        refuse_without_folder(self.place, self.path or saved.path)
        self._require(phases, view, saved)
        preflight.warn(view, self.given, str(self.undo.path))
        self._save(saved)
        with self._undo_state_named(begun=bool(found)):
            done = self._carry_out(phases, view)
            if self.runner.check_mode and any(isinstance(phase, Created) for phase in done.done):
                return Recreated(self._announced(wish), resumed=bool(found))
            outcome = self._configure(wish)
        if self.runner.check_mode:
            return Recreated(outcome, resumed=bool(found))
        saved.recreated_as = done.after.guid
        self._save(saved)
        now = self._observe().present
        differences = saved.differences(now, self.place.noun, wish) if now else ()
        return Recreated(outcome, bool(found), list(differences))

    # What is there

    def _begin(self) -> tuple[View, Saved | None]:
        """What stands there, and what an earlier run saved; from here on the place is complete."""
        found = Saved.load(self.undo)
        self.place = self.place.at(domain_controller_for(self.runner.read, self.place, found, self.domain_controller))
        view = self._observe()
        if name := view.name or (found.attributes.get("Name") if found else ""):
            self.place = self.place.spelled(name)
        if found and view.present and view.guid == found.guid and not view.unread:
            found.fill(view.present)
        return view, found

    def _observe(self) -> View:
        """Read the directory, from Active Directory alone where IIS does not know it: its Path is empty then."""
        errors: list[CommandFailed] = []

        def read(command: Command) -> Reply:
            reply = self.runner.read(command.with_parameters(**self.place.pinned), keep_errors=True)
            errors.extend(reply.errors)
            return reply

        resource = self.place.resource(self.given)
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

    def _save(self, saved: Saved) -> None:
        saved.domain_controller = self.place.domain_controller
        saved.save(self.undo)

    # What is done

    def _phases(self, saved: Saved, wish: Mapping[str, Any]) -> list[Phase[View]]:
        runner, place = self.runner, self.place
        return [
            Removed(runner, place, saved),
            Created(runner, place, saved, self._folder(saved), wish),
            Attached(runner, place, saved),
        ]

    def _require(self, phases: list[Phase[View]], view: View, saved: Saved) -> None:
        """Make sure that the user has what the steps to come need."""
        removal = [] if phases[0].reached(view) else [self.place.removal()]
        books = [book.attach(self.place.identity, self.place.pinned) for book in view.named_in(saved)]
        self.runner.require([*removal, self.place.creation(self._folder(saved)), self.place.setting_back(), *books])

    def _carry_out(self, phases: list[Phase[View]], view: View) -> Done[View]:
        return Procedure(self.runner, self._observe).run(phases, view)

    def _folder(self, saved: Saved) -> str:
        return self.path or ("" if self.place.is_default else saved.path)

    def _configure(self, wish: Mapping[str, Any]) -> Outcome:
        """Put settings back: those that the new directory has otherwise."""
        resource = self.place.alone(wish)
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
            cure = exc.cure
            if self.runner.may_have_written:
                cure = cure.replace("Nothing was changed.", "").strip()
            saved = f"The settings are saved in {self.undo.path}; the next run with this undo_path goes on from here."
            raise ExchangeError(exc.sentence, f"{cure} {saved}".strip()) from exc

    def _refuse_lost_again(self, view: View) -> None:
        if view.unread:
            raise BadInput(
                f"{self.place.identity} was recreated to the end, but its settings in IIS cannot be read any more: "
                f"{view.unread}",
                "If IIS has lost it again, name a new file as undo_path, set accept_unread_settings to true and give "
                f"the settings that {self.undo.path} still holds. Nothing was changed.",
            )

    def _another_directory(self, saved: Saved) -> BadInput:
        if not saved.recreated_as:
            return BadInput(
                f"{self.undo.path} tells of an earlier directory, which is not recreated to the end.",
                "Finish that with state recreated and this undo_path. Nothing was changed.",
            )
        return BadInput(
            f"{self.undo.path} tells of an earlier directory; another stands there, or none.",
            "Name a new file as undo_path. Nothing was changed.",
        )
