# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Send connectors named before they were cleared: what the next run puts back if this one breaks off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .._remoting.errors import BadInput
from .._run.undo_state import UndoState

SCHEMA = 1


@dataclass(frozen=True)
class SavedConnectors:
    """The undo state of one release.

    Attributes:
        names: TlsCertificateName by the connector's identity.
        domain_controller: where they were cleared; another one may not know of it yet.
        restored: they were read back as they had been.
    """

    names: Mapping[str, str]
    domain_controller: str
    restored: bool = False

    @classmethod
    def load(cls, undo: UndoState) -> SavedConnectors | None:
        """What an earlier run saved. Raises BadInput for a file that is something else."""
        values = undo.load()
        if values is None:
            return None
        try:
            saved = cls(**values["send_connectors"])
            return replace(saved, names=dict(saved.names))
        except (KeyError, TypeError, ValueError) as exc:
            raise BadInput(f"{undo.path} is no undo state of Send connectors.", "Name another file.") from exc

    def save(self, undo: UndoState) -> None:
        """Write it down. Raises BadInput when that fails."""
        undo.save({"send_connectors": vars(self)})
