# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets ansible-test build its environments where only a Python package index can be reached.

ansible-test bootstraps pip with a get-pip.py that it downloads from its project's own file host into a cache below
the home directory. A file that is already there is used as it is; this one does the same work with ensurepip.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

CACHE = Path.home() / ".ansible" / "test" / "cache"

GET_PIP = '''\
"""Installs pip by ensurepip, then the packages named as arguments. Each in a process of its own: ensurepip changes
the environment of the process it runs in."""
import subprocess
import sys

packages = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *packages], check=True)
'''


def pip_version() -> str:
    """Return the version of pip that the installed ansible-test asks for.

    Raises RuntimeError when this ansible-test states it elsewhere.
    """
    package = find_spec("ansible_test")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("ansible-test is not installed: run make venv.")
    source = Path(package.submodule_search_locations[0], "_internal", "python_requirements.py").read_text(
        encoding="utf-8"
    )
    version = re.search(r"pip='([\d.]+)'", source)
    if version is None:
        raise RuntimeError("This ansible-test does not say which pip it needs: correct tests/tools/seed_get_pip.py.")
    return version[1]


def seed(cache: Path = CACHE) -> Path:
    """Write the file unless it is there, and return its path."""
    path = cache / f"get_pip_{pip_version().replace('.', '_')}.py"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        path.write_text(GET_PIP, encoding="utf-8")
    return path


if __name__ == "__main__":
    seed()
