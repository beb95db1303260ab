# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the repository that no tool checks: what a module, an action and a task must have."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import module_docs
import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from collection_tree import CHECKOUT

HEADER = (
    "# Copyright: (c) 2026, mailops.exchange contributors",
    "# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
)
# Joined here, so that this file passes its own test.
FOREIGN_FOLDERS = (
    "w" + "ork",
    "r" + "oot",
    "tmp/" + "brief",
    "opt/" + r"pypi[\w-]*",
    "opt/" + "wheels",
    "home/" + r"\w+",
)
FOREIGN_PATHS = re.compile(rf"(?<![\w./-])/(?:{'|'.join(FOREIGN_FOLDERS)})(?:/|\b)")
PLUGINS = CHECKOUT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
PLAYS = sorted(
    path
    for folder in ("roles", "playbooks", "extensions", "tests/wire", "tests/benchmarks")
    for suffix in ("yml", "yaml")
    for path in (CHECKOUT / folder).rglob(f"*.{suffix}")
)


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if path.stat().st_size)


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#!")]


def documented_options(module: str) -> module_docs.Options:
    return module_docs.documentation(module)["options"]


def test_the_action_group_has_every_module_that_takes_connection_options_and_nothing_else():
    """Defaults of the group are connection options, which any other module would refuse."""
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    connecting = [module for module in MODULES if "exchange_host" in documented_options(module)]
    assert sorted(runtime["action_groups"]["exchange"]) == connecting


def test_every_module_has_its_action_and_every_action_its_module():
    actions = sorted(path.stem for path in (PLUGINS / "action").glob("*.py") if path.stem != "__init__")
    assert actions == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_file_is_documentation_only(module):
    statements = [
        line for line in lines_of(PLUGINS / "modules" / f"{module}.py") if re.match(r"(import|from|def|class)\b", line)
    ]
    assert statements == ["from __future__ import annotations"]


@pytest.mark.parametrize("module", MODULES)
def test_defaults_are_among_the_choices(module):
    assert module_docs.defaults_outside_choices(documented_options(module)) == []


@pytest.mark.parametrize("module", MODULES)
def test_options_that_look_like_secrets_are_listed_as_such_or_not(module):
    action = importlib.import_module(f"ansible_collections.mailops.exchange.plugins.action.{module}").ActionModule
    assert module_docs.unlisted_secrets(documented_options(module), action.secrets, action.not_secret) == []


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_would_be_accepted(module):
    used = list(module_docs.tasks(yaml.safe_load(module_docs.documentation(module)["examples"])))
    assert module in [name for name, _arguments in used]
    for name, arguments in used:
        assert module_docs.wrong_arguments(arguments, documented_options(name)) == []


@pytest.mark.parametrize("path", PLAYS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_the_tasks_of_roles_and_playbooks_would_be_accepted(path):
    for name, arguments in module_docs.tasks(DataLoader().load_from_file(str(path))):
        if name in MODULES:
            assert module_docs.wrong_arguments(arguments, documented_options(name)) == [], f"{name} in {path}"


def test_shared_code_lies_in_packages():
    folders = {path.parent for path in (PLUGINS / "plugin_utils").rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_plugin_file_has_the_licence_header():
    assert [str(path) for path in python_files(PLUGINS) if tuple(lines_of(path)[:3]) != HEADER] == []


def test_every_test_file_names_its_licence():
    assert [str(path) for path in python_files(CHECKOUT / "tests") if lines_of(path)[0] != HEADER[2]] == []


def test_no_file_names_a_path_of_somebodys_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = CHECKOUT / name
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}: {match[0]}" for match in FOREIGN_PATHS.finditer(text)]
    assert found == []
