# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that only its owner can read."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from .._remoting.errors import BadInput

OWNER_ONLY = 0o600
_CURE = "Name a file in a folder of yours."


def write_private(path: Path, content: bytes, dry: bool) -> bool:
    """Write a file with mode 0600, in one step: a reader sees the old one or the new one.

    Args:
        dry: only say whether something would change.

    Returns:
        Whether the file's content or mode is another than before.

    Raises:
        BadInput: it cannot be written there.
    """
    if _is_there(path, content):
        return False
    try:
        if path.is_dir() or not path.parent.is_dir():
            reason = "it is a folder" if path.is_dir() else "its folder does not exist"
            raise BadInput(f"{path} cannot be written: {reason}.", _CURE)
        if not dry:
            _replace(path, content)
    except OSError as exc:
        raise BadInput(f"{path} cannot be written: {exc.strerror}.", _CURE) from exc
    return True


def _is_there(path: Path, content: bytes) -> bool:
    try:
        same_mode = stat.S_IMODE(path.lstat().st_mode) == OWNER_ONLY
        return same_mode and not path.is_symlink() and path.read_bytes() == content
    except OSError:
        return False


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
