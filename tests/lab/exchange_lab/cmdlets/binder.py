# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameter binder: names, positions, sets and types from the contract, the way PowerShell does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..contract import Cmdlet, Parameter
from .conversion import CannotConvert, convert
from .errors import Stopped, binding

# Common parameters and their aliases; only those with a meaning here are looked at.
COMMON = {
    "Verbose": ("vb",),
    "Debug": ("db",),
    "ErrorAction": ("ea",),
    "WarningAction": ("wa",),
    "InformationAction": ("infa",),
    "ErrorVariable": ("ev",),
    "WarningVariable": ("wv",),
    "InformationVariable": ("iv",),
    "OutVariable": ("ov",),
    "OutBuffer": ("ob",),
    "PipelineVariable": ("pv",),
}
SWITCHES = ("Verbose", "Debug")
ACTIONS = {0: "SilentlyContinue", 1: "Stop", 2: "Continue", 3: "Inquire", 4: "Ignore"}

Visible = Callable[[str, str], bool]


@dataclass(slots=True)
class Bound:
    """A call whose parameters fit. ``values`` holds the given ones by their full name, ``common`` the common ones."""

    cmdlet: Cmdlet
    values: dict[str, Any] = field(default_factory=dict)
    common: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    @property
    def what_if(self) -> bool:
        return bool(self.values.get("WhatIf", False))

    def action(self, name: str) -> str:
        """ErrorAction or WarningAction as its name; ``Continue`` when not given."""
        return self.common.get(name, "Continue")


def bind(cmdlet: Cmdlet, given: Sequence[tuple[str | None, Any]], product: str, visible: Visible) -> Bound:
    """Bind a call.

    ``product`` is the version of the session's server and ``visible`` says what RBAC shows of a cmdlet's parameters.
    Raises Stopped with the binder's own error.
    """
    known = {
        name: parameter
        for name, parameter in cmdlet.parameters.items()
        if product in parameter.applicable and visible(cmdlet.name, name)
    }
    bound = Bound(cmdlet)
    for name, value in _named(cmdlet, given, known):
        if name in bound.values or name in bound.common:
            raise binding(
                cmdlet.name,
                "ParameterAlreadyBound",
                f"Cannot bind parameter because parameter '{name}' is specified more than once. To provide multiple "
                "values to "
                'parameters that can accept multiple values, use the array syntax. For example, "-parameter '
                'value1,value2,value3".',
            )
        if name in known:
            bound.values[name] = _converted(cmdlet, known[name], value)
        else:
            bound.common[name] = _common(cmdlet, name, value)
    _check_sets(bound, known)
    return bound


def _named(
    cmdlet: Cmdlet, given: Sequence[tuple[str | None, Any]], known: dict[str, Parameter]
) -> list[tuple[str, Any]]:
    """Every argument with the full name of its parameter; named ones first, as the real binder does."""
    named = [(_full_name(cmdlet, name, known), value) for name, value in given if name is not None]
    taken = {name for name, _unused in named}
    by_position = iter(
        sorted(
            (parameter.position, name)
            for name, parameter in known.items()
            if parameter.position and name not in taken and _in_default_set(cmdlet, parameter)
        )
    )
    for value in (value for name, value in given if name is None):
        position = next(by_position, None)
        if position is None:
            raise binding(
                cmdlet.name,
                "PositionalParameterNotFound",
                f"A positional parameter cannot be found that accepts argument '{value}'.",
            )
        named.append((position[1], value))
    return named


def _in_default_set(cmdlet: Cmdlet, parameter: Parameter) -> bool:
    return not cmdlet.default_set or not parameter.sets or cmdlet.default_set in parameter.sets


def _full_name(cmdlet: Cmdlet, name: str, known: dict[str, Parameter]) -> str:
    """Exact names and aliases first, then a prefix that only one parameter has."""
    wanted = name.strip("-:").lower()
    aliases = {known_name: known[known_name].aliases for known_name in known} | COMMON
    for full, others in aliases.items():
        if wanted == full.lower() or wanted in (other.lower() for other in others):
            return full
    hits = [full for full in aliases if full.lower().startswith(wanted)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise binding(
            cmdlet.name,
            "AmbiguousParameter",
            f"Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches "
            "include: "
            f"{' '.join('-' + hit for hit in hits)}.",
        )
    raise binding(
        cmdlet.name, "NamedParameterNotFound", f"A parameter cannot be found that matches parameter name '{name}'."
    )


def _converted(cmdlet: Cmdlet, parameter: Parameter, value: Any) -> Any:
    if value is None and any(parameter.name in mandatory for mandatory in cmdlet.sets.values()):
        raise _null_not_allowed(cmdlet, parameter)
    try:
        return convert(parameter, value)
    except CannotConvert as problem:
        raise _cannot_convert(cmdlet, parameter, problem) from None


def _cannot_convert(cmdlet: Cmdlet, parameter: Parameter, problem: CannotConvert) -> Stopped:
    if problem.error_id == "ParameterArgumentValidationErrorNullNotAllowed":
        return _null_not_allowed(cmdlet, parameter)
    if problem.error_id == "ParameterArgumentTransformationError":
        return binding(
            cmdlet.name,
            problem.error_id,
            f"Cannot process argument transformation on parameter '{parameter.name}'. {problem}",
            "ParameterBindingArgumentTransformationException",
            "InvalidData",
        )
    return binding(cmdlet.name, problem.error_id, f"Cannot bind parameter '{parameter.name}'. {problem}")


def _null_not_allowed(cmdlet: Cmdlet, parameter: Parameter) -> Stopped:
    return binding(
        cmdlet.name,
        "ParameterArgumentValidationErrorNullNotAllowed",
        f"Cannot bind argument to parameter '{parameter.name}' because it is null.",
        "ParameterBindingValidationException",
        "InvalidData",
    )


def _common(cmdlet: Cmdlet, name: str, value: Any) -> Any:
    if name in SWITCHES:
        return value is None or bool(value)
    if not name.endswith("Action"):
        return value
    number = value if isinstance(value, int) else None
    for key, action in ACTIONS.items():
        if number == key or str(value).lower() == action.lower():
            return action
    raise binding(
        cmdlet.name,
        "CannotConvertArgumentNoMessage",
        f"Cannot bind parameter '{name}'. Cannot convert value \"{value}\" to type "
        '"System.Management.Automation.ActionPreference".',
    )


def _check_sets(bound: Bound, known: dict[str, Parameter]) -> None:
    """One parameter set must hold everything given, and its mandatory parameters must be there."""
    cmdlet = bound.cmdlet
    fitting = {
        title: mandatory
        for title, mandatory in cmdlet.sets.items()
        if all(not known[name].sets or title in known[name].sets for name in bound.values)
    }
    if not fitting:
        raise binding(
            cmdlet.name,
            "AmbiguousParameterSet",
            "Parameter set cannot be resolved using the specified named parameters.",
        )
    missing = [[name for name in mandatory if name not in bound.values] for mandatory in fitting.values()]
    if all(missing):
        raise binding(
            cmdlet.name,
            "MissingMandatoryParameter",
            f"Cannot process command because of one or more missing mandatory parameters: {' '.join(missing[0])}.",
        )
