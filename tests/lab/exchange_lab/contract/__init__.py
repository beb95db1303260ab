# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented cmdlets that the lab knows. cmdlets.json is made by tests/tools/slice_contract.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from . import holes
from .core_cmdlets import CORE_CMDLETS


@dataclass(frozen=True, slots=True)
class Parameter:
    """One documented parameter.

    ``type`` is the .NET type as the page names it, ``accepted_values`` are the names of its enumeration (of an
    element, for lists), ``position`` counts from 1, empty ``sets`` means every parameter set.
    """

    name: str
    type: str
    applicable: tuple[str, ...]
    accepted_values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    position: int | None = None
    sets: tuple[str, ...] = ()
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Cmdlet:
    """One documented cmdlet.

    ``sets`` maps the name of a parameter set to its mandatory parameters, ``default_set`` is the one that values
    without a name go to; empty where only one can take them.
    """

    name: str
    applicable: tuple[str, ...]
    sets: dict[str, tuple[str, ...]]
    parameters: dict[str, Parameter]
    default_set: str = ""

    @property
    def writes(self) -> bool:
        """Whether the cmdlet can change something."""
        return not self.name.startswith("Get-")


@cache
def documented() -> dict[str, Cmdlet]:
    """Every cmdlet of the slice, and those of PowerShell itself, by its name in lower case."""
    rows = CORE_CMDLETS | json.loads(files(__name__).joinpath("cmdlets.json").read_text(encoding="utf-8"))
    return {name.lower(): _cmdlet(name, row) for name, row in rows.items()}


def _cmdlet(name: str, row: dict[str, Any]) -> Cmdlet:
    applicable = (*((holes.WINDOWS_2012_R2,) if name in holes.ON_2012_R2 else ()), *row["applicable"])
    return Cmdlet(
        name,
        applicable,
        {title: tuple(mandatory) for title, mandatory in row["sets"].items()},
        {key: _parameter(name, key, facts, applicable) for key, facts in _parameters(name, row).items()},
        holes.DEFAULT_SETS.get(name, ""),
    )


def _parameters(name: str, row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {**row["parameters"], **{key: {"type": kind} for key, kind in holes.PARAMETERS.get(name, {}).items()}}


def _parameter(cmdlet: str, name: str, facts: dict[str, Any], applicable: tuple[str, ...]) -> Parameter:
    return Parameter(
        name,
        facts["type"],
        tuple(facts.get("applicable", holes.applicable_parameter(cmdlet, name, applicable))),
        tuple(holes.ACCEPTED_VALUES.get((cmdlet, name)) or facts.get("accepted_values", ())),
        tuple(facts.get("aliases", ())),
        facts.get("position"),
        tuple(facts.get("parameter_sets", ())),
        (cmdlet, name) in holes.NULLABLE,
    )
