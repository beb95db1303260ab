# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates: which servers, sites and users a world starts with, as plain data or YAML."""

from __future__ import annotations

import copy
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml


def load(name_or_path: str) -> dict[str, Any]:
    """The estate of that name (``one_server``), or in that file. Raises ValueError when there is none."""
    return copy.deepcopy(_load(name_or_path))


@cache
def _load(name_or_path: str) -> dict[str, Any]:
    folder = files("exchange_lab") / "estates"
    shipped = {entry.name.removesuffix(".yml") for entry in folder.iterdir() if entry.name.endswith(".yml")}
    if name_or_path in shipped:
        text = (folder / f"{name_or_path}.yml").read_text(encoding="utf-8")
    elif Path(name_or_path).is_file():
        text = Path(name_or_path).read_text(encoding="utf-8")
    else:
        raise ValueError(f"There is no estate '{name_or_path}'. Name a file or one of: {', '.join(sorted(shipped))}.")
    return yaml.safe_load(text)


def generate(count: int, build: str = "15.2.1258.12") -> dict[str, Any]:
    """An estate of ``count`` servers ex1 ... in two sites; raises ValueError for less than one."""
    if count < 1:
        raise ValueError(f"An estate needs at least one server, not {count}.")
    sites = {"London": ["dc1"], "Paris": ["dc2"]}
    return {
        "sites": sites,
        "servers": [
            {"name": f"ex{number}", "site": "London" if number % 2 else "Paris", "build": build}
            for number in range(1, count + 1)
        ],
    }
