# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Makefile needs before and around the gates."""

from __future__ import annotations

import subprocess
import sys

import check_python
import collection_tree
import galaxy_import
import pytest
import seed_get_pip


def test_this_python_is_good_enough():
    assert check_python.lacking() == ""


def test_an_old_python_and_a_python_without_venv_are_named_with_the_cure(monkeypatch):
    monkeypatch.setattr(check_python, "OLDEST", (99, 0))
    assert "too old: install Python" in check_python.lacking()
    monkeypatch.setattr(check_python, "OLDEST", (3, 11))
    monkeypatch.setattr(
        check_python.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object()
    )
    assert "-venv)" in check_python.lacking()


def test_the_collection_is_found_under_its_name():
    link = collection_tree.link_collection() / "ansible_collections" / "mailops" / "exchange"
    assert link.resolve() == collection_tree.CHECKOUT
    assert (link / "galaxy.yml").exists()


def test_get_pip_is_put_where_ansible_test_looks_unless_it_is_there(tmp_path):
    path = seed_get_pip.seed(tmp_path / "cache")
    assert path.name.startswith("get_pip_") and path.read_text() == seed_get_pip.GET_PIP
    compile(path.read_text(), str(path), "exec")
    path.write_text("the original")
    assert seed_get_pip.seed(tmp_path / "cache").read_text() == "the original"


@pytest.mark.parametrize(
    ("returncode", "output", "expected"),
    [
        (0, "Importer processing completed successfully", 0),
        (0, "WARNING: No changelog found.", 1),
        (0, "ERROR: The import failed", 1),
        (1, "", 1),
    ],
)
def test_a_warning_of_the_importer_is_a_failure(monkeypatch, returncode, output, expected):
    finished = subprocess.CompletedProcess([sys.executable], returncode, stdout=output)
    monkeypatch.setattr(galaxy_import.subprocess, "run", lambda *arguments, **options: finished)
    assert galaxy_import.main("mailops-exchange-0.1.0.tar.gz") == expected
