# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs galaxy-importer on a built collection and fails on its warnings too, which it lets pass.

python tests/tools/galaxy_import.py COLLECTION.tar.gz
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = """\
[galaxy-importer]
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_ANSIBLE_TEST = False
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
REQUIRE_V1_OR_GREATER = False
"""


def main(tarball: str) -> int:
    """Import the tarball, show the importer's output, and return 0 only when it has no error and no warning."""
    path = Path(tarball).resolve()
    with tempfile.TemporaryDirectory() as directory:
        settings = Path(directory, "galaxy-importer.cfg")
        settings.write_text(SETTINGS, encoding="utf-8")
        result = subprocess.run(
            [sys.executable, "-m", "galaxy_importer.main", str(path)],
            check=False,
            cwd=directory,
            env=os.environ | {"GALAXY_IMPORTER_CONFIG": str(settings)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    print(result.stdout)
    warned = "WARNING" in result.stdout or "ERROR" in result.stdout
    return 1 if warned or result.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
