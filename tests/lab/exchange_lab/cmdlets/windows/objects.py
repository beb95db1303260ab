# SPDX-License-Identifier: GPL-3.0-or-later
"""Cmdlets of PowerShell itself, which work on any object (iis-over-remoting 0.A, 1, 12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import AUTOMATION, not_simulated
from .call import CORE, WEB_ADMINISTRATION, Call, Failure, cmdlet
from .live import CannotCall, Live, Selected, member, type_name


@cmdlet("Import-Module", CORE + "ImportModuleCommand", "Name")
def import_module(call: Call) -> None:
    """WebAdministration is on every server that Exchange runs on; its drive IIS: exists from now on."""
    for name in call.get("Name"):
        if name.lower() != WEB_ADMINISTRATION.lower():
            raise not_simulated(f"the module {name}")
        call.runspace.modules.add(WEB_ADMINISTRATION)


@cmdlet("Select-Object", CORE + "SelectObjectCommand", "Property", "ExpandProperty", "First", piped="InputObject")
def select_object(call: Call) -> Iterator[Any]:
    """-Property makes an object of note properties, a missing one reads null; -ExpandProperty walks one level."""
    given = call.input[: call.get("First", len(call.input))]
    for value in given:
        if expand := call.get("ExpandProperty"):
            yield from _expanded(call, value, expand)
        elif names := call.get("Property"):
            chosen = names if isinstance(names, (list, tuple)) else [names]
            yield Selected(type_name(value), dict(_chosen(value, str(name)) for name in chosen))
        else:
            yield value


def _chosen(value: Any, name: str) -> tuple[str, Any]:
    """The spelling is that of the object, or that of the command where the object has no such property."""
    if "*" in name:
        raise not_simulated("wildcards in the properties of Select-Object")
    return member(value, name) or (name, None)


def _expanded(call: Call, value: Any, name: str) -> Iterator[Any]:
    found = member(value, name)
    if found is None:
        text = f'Property "{name}" cannot be found.'
        call.fail(
            Failure(
                text, "ExpandPropertyNotFound", "InvalidArgument", "System.Management.Automation.PSArgumentException"
            )
        )
    elif isinstance(found[1], (list, tuple)):
        yield from found[1]
    elif found[1] is not None:
        yield found[1]


@cmdlet("Where-Object", CORE + "WhereObjectCommand", "Property", "EQ", "Value", piped="InputObject")
def where_object(call: Call) -> Iterator[Any]:
    """-Property p -EQ -Value v, without regard to case; other comparisons are not simulated."""
    if not call.get("EQ") or "Property" not in call.bound:
        raise not_simulated("Where-Object without -Property and -EQ")
    wanted = str(call.get("Value")).lower()
    for value in call.input:
        found = member(value, call.get("Property"))
        if found and str(found[1]).lower() == wanted:
            yield value


@cmdlet("ForEach-Object", CORE + "ForEachObjectCommand", "MemberName", "ArgumentList", piped="InputObject", writes=True)
def for_each_object(call: Call) -> Iterator[Any]:
    """-MemberName calls a method, or reads a property: null where the object has neither (iis-over-remoting 0.A)."""
    if "MemberName" not in call.bound:
        raise not_simulated("ForEach-Object without -MemberName")
    name, arguments = call.get("MemberName"), call.get("ArgumentList", ())
    arguments = arguments if isinstance(arguments, (list, tuple)) else (arguments,)
    for value in call.input:
        if not arguments and (found := member(value, name)):
            yield found[1]
        elif not call.what_if:
            yield from _called(call, value, name, arguments)


def _called(call: Call, value: Any, name: str, arguments: Any) -> Iterator[Any]:
    try:
        if isinstance(value, Live):
            made = value.call(name, [getattr(item, "value", item) for item in arguments])
        elif name.lower() == "tostring":
            made = str(value)
        else:
            raise LookupError(name)
    except LookupError:
        made = None
    except CannotCall as problem:
        text = f'Exception calling "{name}" with "{len(arguments)}" argument(s): "{problem}"'
        call.fail(Failure(text, "MethodInvocationError", exception=AUTOMATION + "MethodInvocationException"))
        return
    if made is not None or not arguments:
        yield made


@cmdlet("Out-Null", CORE + "OutNullCommand", piped="InputObject")
def out_null(call: Call) -> None:
    """Nothing."""


@cmdlet("Set-Variable", CORE + "SetVariableCommand", "Name", "Value", "Scope")
def set_variable(call: Call) -> None:
    """Of the runspace; only ProgressPreference would matter, and the lab reports no progress."""
    for name in call.get("Name"):
        call.runspace.variables[name] = call.get("Value")
