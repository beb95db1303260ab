# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused and remarked before a directory is removed: a refusal half way would leave none, or a bare one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._converge.proposal import Proposal
from .._converge.resource import Facts
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed
from .._remoting.record import Record
from .._remoting.session import Reply
from .._run.runner import Runner
from .directory_phases import View
from .directory_place import Place
from .directory_undo import Saved
from .extended_protection_findings import TOKEN_CHECKING
from .logon_pages import ORDERED_METHODS, logon_methods_agree
from .organization_config import refuse_adfs_without_settings
from .virtual_directories import AUTODISCOVER, twin
from .virtual_directory import BACK_END, FRONT_END


@dataclass(frozen=True)
class Preflight:
    """The look at what will be put back.

    Attributes:
        wish: every setting that the new directory will get.
        saved: what the directory had.
    """

    runner: Runner
    place: Place
    saved: Saved
    wish: Mapping[str, Any]

    def refuse(self) -> None:
        """Let the rules judge the wish beside what the directory had, and beside what a new one has.

        What was not read counts as wished; what was neither read nor wished as empty.

        Raises:
            BadInput: the server would refuse it after the removal (client-access-laws 2, 7).
            ExchangeError: as Session.invoke.
        """
        empty = {setting.option: setting.kind.read(None) for setting in self.place.noun.settings}
        before = {**empty, **self.wish, **self.saved.settings}
        refuse_adfs_without_settings(self.runner.read, [self.wish], self.place.pinned)
        other = self._twin()
        for facts in (before, {**before, **dict.fromkeys(ORDERED_METHODS, False)}):
            proposal = Proposal(self.place.resource(self.wish), Facts(self.place.identity, facts, Record({})))
            if other:
                logon_methods_agree({self.place.noun.label: proposal, other.resource.noun.label: other})

    def _twin(self) -> Proposal | None:
        """The other logon page of the web site; one that cannot be read counts as having no method on."""
        noun = twin(self.place.noun.label, self.wish) if self.place.role == FRONT_END else None
        if noun is None:
            return None
        resource = noun.on(self.place.server, self.place.web_site, {})
        try:
            return Proposal(resource, resource.observe(self._read, full=True))
        except CommandFailed:
            return Proposal(resource, Facts("", dict.fromkeys(ORDERED_METHODS, False), Record({})))

    def _read(self, command: Command) -> Reply:
        return self.runner.read(command.with_parameters(**self.place.pinned), keep_errors=True)

    def warn(self, view: View, given: Mapping[str, Any], undo_path: str) -> None:
        """Tell what changed after it was saved, what is lost, and what may be hidden.

        Args:
            given: settings of the task; they stand before the saved ones.
        """
        noun, identity, warnings = self.place.noun, self.place.identity, self.runner.warnings
        moved = self.saved.moved(view.present, noun) if view.present and view.guid == self.saved.guid else []
        if moved:
            warnings.append(
                f"{', '.join(moved)} of {identity} changed after {undo_path} was written; what it holds is put back."
            )
        lost = [setting.option for setting in self.saved.unread(noun) if setting.option not in given]
        if lost:
            warnings.append(f"IIS did not tell {', '.join(lost)} of {identity}, so the values of a new directory hold.")
        if noun.name != AUTODISCOVER.name and self.saved.settings.get(TOKEN_CHECKING) == "None":
            warnings.append(
                f"Extended Protection of {identity} reads None. Whether the cmdlets show what IIS holds is not known: "
                "compare what iis_application_info tells before and afterwards."
            )


def refuse_unread(place: Place, view: View, accept: bool) -> None:
    """Refuse a directory whose settings in IIS cannot be saved.

    Args:
        accept: the user accepts their loss.

    Raises:
        BadInput: as said.
    """
    if view.unread and not accept:
        raise BadInput(
            f"The settings of {place.identity} in IIS cannot be read, so they would be lost: {view.unread}",
            "If IIS has really lost the directory, set accept_unread_settings to true and give the settings that "
            "it had. Nothing was changed.",
        )


def refuse_without_folder(place: Place, folder: str) -> None:
    """Refuse a back end directory whose folder nobody knows: New- would take the front end's.

    Raises:
        BadInput: as said.
    """
    if place.role == BACK_END and not folder:
        raise BadInput(
            f"The folder of {place.identity} is not known.",
            f"Set path; Setup's is <install folder>\\ClientAccess\\{place.noun.directory}. Nothing was changed.",
        )
