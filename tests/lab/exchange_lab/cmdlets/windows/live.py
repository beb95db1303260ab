# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects inside a pipeline, and what is left of them when they leave it (iis-over-remoting 0.B)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from psrpcore.types import PSDateTime, PSEnumBase, PSInt, PSNoteProperty, PSObject, PSType

CUSTOM_OBJECT = "System.Management.Automation.PSCustomObject"


class CannotCall(Exception):
    """A method that failed inside; the text is the inner exception's."""


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A value of a .NET enumeration."""

    type_name: str
    name: str
    number: int

    def __str__(self) -> str:
        return self.name


class Live:
    """An object with a .NET type. Families override what their objects have; names are looked up case-blind."""

    types: tuple[str, ...] = ()

    def properties(self) -> Mapping[str, Any]:
        """The adapted .NET properties."""
        return {}

    def notes(self) -> Mapping[str, Any]:
        """The note properties attached to it."""
        return {}

    def inside(self) -> Mapping[str, Any]:
        """Further properties that only the server itself can read."""
        return {}

    def call(self, method: str, arguments: Sequence[Any]) -> Any:
        """Call a method. Raises LookupError when there is none, CannotCall when it fails, NotImplementedError."""
        if method.lower() == "tostring":
            return str(self)
        raise LookupError(method)

    def __str__(self) -> str:
        return self.types[0] if self.types else ""


@dataclass(slots=True)
class Selected(Live):
    """What Select-Object makes: note properties of a PSCustomObject."""

    of: str
    values: dict[str, Any]

    def notes(self) -> Mapping[str, Any]:
        return self.values

    def __str__(self) -> str:
        return "@{" + "; ".join(f"{name}={_text(value)}" for name, value in self.values.items()) + "}"


def member(value: Any, name: str) -> tuple[str, Any] | None:
    """A property's true name and value; None when there is no such property."""
    if isinstance(value, Live):
        for found, held in (*value.notes().items(), *value.properties().items(), *value.inside().items()):
            if found.lower() == name.lower():
                return found, held
    return None


def type_name(value: Any) -> str:
    """The .NET name of a value's type."""
    if isinstance(value, Selected):
        return CUSTOM_OBJECT
    if isinstance(value, Live):
        return value.types[0]
    names = {bool: "System.Boolean", str: "System.String", int: "System.Int32", bytes: "System.Byte[]"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "System.Object")


def sent(value: Any) -> Any:
    """What leaves the pipeline: adapted properties flattened to text, note properties whole."""
    if isinstance(value, Selected):
        return _built((f"Selected.{value.of}", CUSTOM_OBJECT), {}, value.notes(), None)
    if isinstance(value, Live):
        return _built(value.types, value.properties(), value.notes(), str(value))
    return _note(value)


def _built(types: Sequence[str], adapted: Mapping[str, Any], notes: Mapping[str, Any], text: str | None) -> PSObject:
    made = PSObject()
    made.PSObject.type_names = [*types, "System.Object"]
    made.PSObject.adapted_properties = [_property(made, name, _flat(value)) for name, value in adapted.items()]
    made.PSObject.extended_properties = [_property(made, name, _note(value)) for name, value in notes.items()]
    if text is not None:
        made.PSObject.to_string = text
    return made


def _property(owner: PSObject, name: str, value: Any) -> PSNoteProperty:
    note = PSNoteProperty(name)
    note.set_value(value, owner)
    return note


def _flat(value: Any) -> Any:
    """The value of an adapted property, at depth 1: a primitive or a text, or a list of texts."""
    if isinstance(value, (list, tuple)):
        return [_text(item) for item in value]
    return _text(value) if isinstance(value, (Live, EnumValue)) else _primitive(value)


def _note(value: Any) -> Any:
    """The value of a note property: nested objects survive, an enumeration is an object with its number."""
    if isinstance(value, EnumValue):
        return _enumeration(value)
    if isinstance(value, Live):
        return sent(value)
    if isinstance(value, (list, tuple)):
        return [_note(item) for item in value]
    return _primitive(value)


def _primitive(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        return PSDateTime(*parts, tzinfo=UTC)
    if isinstance(value, int) and not isinstance(value, (bool, PSInt, PSObject)):
        return PSInt(value)
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


@cache
def _enumeration(value: EnumValue) -> PSEnumBase:
    short = value.type_name.rpartition(".")[2]
    made = PSEnumBase(short, {value.name: value.number})  # type: ignore[arg-type]  # the functional form of an Enum
    return PSType([value.type_name], rehydrate=False)(made)[value.name]  # type: ignore[type-var]


def seconds_of(moment: Any) -> float:
    """A System.DateTime argument, or a text that becomes one, as seconds since 1970; the servers live in UTC.

    Raises ValueError.
    """
    found = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
