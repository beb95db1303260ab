# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was there before a procedure destroyed it: a private file that a later run goes on from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._remoting.errors import BadInput
from .._report.private_file import write_private

MAX_BYTES = 4 * 2**20


class UndoState:
    """A JSON file of mode 0600. What it holds is written once; only marks are added afterwards.

    Args:
        path: where, on the control node. The user names it as lasting.
        about: what the file is about, such as a directory's identity, whatever its case. A file about something else is
            refused.
        schema: the version of its layout.
        dry: write nothing.
    """

    def __init__(self, path: str, about: Mapping[str, Any], schema: int, dry: bool = False) -> None:
        self.path = Path(path).expanduser()
        if not self.path.is_absolute():
            raise BadInput(f"{path} is not an absolute path.", "Name a file that outlasts this control node's run.")
        self._about = {"schema": schema, **about}
        self._dry = dry

    def load(self) -> dict[str, Any] | None:
        """What was saved, or None when there is no file yet.

        Raises:
            BadInput: the file is unreadable, too long, no undo state, or about something else.
        """
        try:
            with self.path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise BadInput(f"{self.path} cannot be read: {exc.strerror}.", "Name another file.") from exc
        try:
            saved = json.loads(text) if len(text) <= MAX_BYTES else None
        except ValueError:
            saved = None
        if not isinstance(saved, dict) or "schema" not in saved:
            raise BadInput(f"{self.path} is no undo state.", "Name another file. Nothing was changed.")
        for name, value in self._about.items():
            if str(saved.get(name)).lower() != str(value).lower():
                raise BadInput(
                    f"{self.path} is about another {name}: {saved.get(name)!r} instead of {value!r}.",
                    "Name one file for each object. Nothing was changed.",
                )
        return saved

    def save(self, values: Mapping[str, Any]) -> None:
        """Write the file and read it back.

        Raises:
            BadInput: it cannot be written, or reads otherwise.
        """
        saved = {**self._about, **values}
        text = json.dumps(saved, indent=2, sort_keys=True) + "\n"
        write_private(self.path, text.encode(), dry=self._dry)
        if not self._dry and self.load() != json.loads(json.dumps(saved)):
            raise BadInput(f"{self.path} does not hold what was written to it.", "Name another file.")
