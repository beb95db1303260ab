# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in one sentence what this machine lacks for building the virtual environment. Runs on any Python 3."""

from __future__ import annotations

import importlib.util
import sys

OLDEST = (3, 11)


def lacking() -> str:
    """Return the sentence with its cure, or an empty text."""
    version = "%d.%d" % sys.version_info[:2]  # noqa: UP031
    if sys.version_info < OLDEST:
        return f"Python {version} is too old: install Python 3.11 or newer, or name it by make PYTHON=/path/to/python3."
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        return (
            f"Python {version} lacks its venv package: install it (Debian, Ubuntu: apt install python{version}-venv)."
        )
    return ""


if __name__ == "__main__":
    sys.exit(lacking() or None)
