# SPDX-License-Identifier: GPL-3.0-or-later
"""How PowerShell turns what arrives into the type of a parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from psrpcore.types import PSCredential, PSDict, PSObject, PSSecureString

from ..contract import Parameter

ENUMERATIONS = frozenset(
    (
        "AuthenticationMethod",
        "ExtendedProtectionTokenCheckingMode",
        "GzipLevel",
        "LogonFormats",
        "AttachmentBlockingActions",
        "ClientAuthCleanupLevels",
        "WebBeaconFilterLevels",
        "AllowOfflineOnEnum",
        "WebPartsFrameOptions",
        "OutboundCharsetOptions",
        "InstantMessagingTypeOptions",
        "RemoteDocumentsActions",
        "ClientCertAuthTypes",
        "OutlookProviderFlags",
        "VirtualDirectoryRole",
        "AllowedServices",
        "EwsApplicationAccessPolicy",
    )
)
INTEGERS = ("Int32", "UInt32", "Int64")
AS_THEY_ARE = ("Object", "Object[]", "PSObject", "Hashtable", "DateTime")
"""Types whose values a cmdlet of Windows looks at itself."""
HOST_NAME = re.compile(r"[^\s/\\:?#@]+")


@dataclass(frozen=True, slots=True)
class AddRemove:
    """``@{Add=...; Remove=...}`` of a multivalued parameter (client-access-laws 2.14)."""

    add: tuple[str, ...]
    remove: tuple[str, ...]

    def applied_to(self, current: tuple[str, ...]) -> tuple[str, ...]:
        """The list after the change, without regard to case."""
        gone = {value.lower() for value in (*self.remove, *self.add)}
        return (*(value for value in current if value.lower() not in gone), *self.add)


class CannotConvert(Exception):
    """The value does not fit; ``error_id`` is the binder's."""

    def __init__(self, message: str, error_id: str = "CannotConvertArgumentNoMessage") -> None:
        super().__init__(message)
        self.error_id = error_id


def convert(parameter: Parameter, value: Any) -> Any:
    """A plain Python value of the parameter's type: bool, int, str, tuple of str, AddRemove or None.

    Raises CannotConvert.
    """
    kind = parameter.type
    if kind == "SwitchParameter":
        return value is None or bool(getattr(value, "IsPresent", value))
    if value is None:
        return _null(parameter)
    if kind in AS_THEY_ARE:
        return value
    if kind == "Boolean":
        return _boolean(value)
    if kind in INTEGERS:
        return _integer(value)
    if kind in ("MultiValuedProperty", "String[]", "VirtualDirectoryIdParameter[]"):
        return _multivalued(parameter, value)
    if kind in ("OutlookProviderFlags", "AllowedServices"):
        return _flags(parameter, value)
    if kind == "Byte[]":
        return _octets(value)
    if kind == "SecureString":
        return _secret(value)
    if kind == "Uri":
        return _uri(_scalar(value, "System.Uri"))
    if kind in ENUMERATIONS:
        return _enumeration(parameter, _scalar(value, kind))
    if kind == "PSCredential[]":
        return _credentials(value)
    if kind == "EnhancedTimeSpan":
        return _time_span(_scalar(value, kind))
    text = _scalar(value, kind)
    if kind == "Hostname" and not HOST_NAME.fullmatch(text):
        raise CannotConvert(
            f'Cannot convert value "{text}" to type "Microsoft.Exchange.Data.Hostname". Error: "\'{text}\' isn\'t a '
            "valid "
            'host name."'
        )
    if kind == "SmtpX509Identifier":
        return _certificate_name(text)
    if kind.endswith("IdParameter") and not text:
        raise CannotConvert(f'Cannot convert value "" to type "{kind}". Error: "The identity can\'t be empty."')
    return text


def _null(parameter: Parameter) -> Any:
    if parameter.type in ("MultiValuedProperty", "VirtualDirectoryIdParameter[]"):
        return ()
    if parameter.nullable:
        return None
    if parameter.type in ("Boolean", "Int32", "EnhancedTimeSpan"):
        raise CannotConvert("because it is null", "ParameterArgumentValidationErrorNullNotAllowed")
    if parameter.type in ENUMERATIONS:
        raise CannotConvert(
            f'Cannot convert null to type "{parameter.type}" due to enumeration values that are not valid. Specify '
            "one of "
            f"the following enumeration values and try again. The possible enumeration values are "
            f'"{",".join(parameter.accepted_values)}".'
        )
    return None


def _boolean(value: Any) -> bool:
    if isinstance(value, (bool, int, float)):
        return bool(value)
    raise CannotConvert(
        f'Cannot convert value "{_type_of(value)}" to type "System.Boolean". Boolean parameters accept only Boolean '
        "values and numbers, "
        "such as $True, $False, 1 or 0.",
        "ParameterArgumentTransformationError",
    )


def _integer(value: Any) -> int:
    try:
        number = int(_scalar(value, "System.Int32") if not isinstance(value, (int, float)) else value)
    except ValueError:
        raise CannotConvert(
            f'Cannot convert value "{value}" to type "System.Int32". Error: "Input string was not in a correct format."'
        ) from None
    if not -(2**31) <= number < 2**31:
        raise CannotConvert(
            f'Cannot convert value "{value}" to type "System.Int32". Error: "Value was either too large or too small '
            'for an Int32."'
        )
    return number


def _multivalued(parameter: Parameter, value: Any) -> tuple[str, ...] | AddRemove:
    if isinstance(value, (dict, PSDict)):
        parts = {str(key).lower(): item for key, item in value.items()}
        if not parts or set(parts) - {"add", "remove"}:
            raise CannotConvert('Cannot convert the hashtable: it may hold the keys "Add" and "Remove" only.')
        return AddRemove(_elements(parameter, parts.get("add", ())), _elements(parameter, parts.get("remove", ())))
    return _elements(parameter, value)


def _elements(parameter: Parameter, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else [value]
    texts = [_scalar(item, "System.String") for item in items]
    return tuple(dict.fromkeys(_enumeration(parameter, text) for text in texts) if parameter.accepted_values else texts)


def _flags(parameter: Parameter, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else str(value).split(",")
    chosen = tuple(dict.fromkeys(_enumeration(parameter, str(item).strip()) for item in items))
    return tuple(name for name in chosen if name != "None")


def _enumeration(parameter: Parameter, text: str) -> str:
    for name in parameter.accepted_values:
        if name.lower() == text.lower():
            return name
    raise CannotConvert(
        f'Cannot convert value "{text}" to type "{parameter.type}". Error: "Unable to match the identifier name '
        f"{text} to a valid "
        "enumerator name. Specify one of the following enumerator names and try again: "
        f'{", ".join(parameter.accepted_values)}"',
    )


def _uri(text: str) -> str:
    """Relative text is a System.Uri as well; the task decides whether it is stored (client-access-laws 4.2)."""
    problem = ""
    if not text:
        problem = "Invalid URI: The URI is empty."
    elif "://" in text:
        try:
            parts = urlsplit(text)
            if not parts.hostname or any(c in parts.hostname for c in ' *<>|^"'):
                problem = "Invalid URI: The hostname could not be parsed."
            elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", parts.scheme):
                problem = "Invalid URI: The URI scheme is not valid."
            else:
                _unused = parts.port
        except ValueError:
            problem = "Invalid URI: Invalid port specified."
    if problem:
        raise CannotConvert(f'Cannot convert value "{text}" to type "System.Uri". Error: "{problem}"')
    return text


def _time_span(text: str) -> int:
    """Seconds, from ``[days.]hours:minutes[:seconds]`` or a number of days."""
    parts = re.fullmatch(r"(?:(\d+)\.)?([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d))?|(\d+)", text)
    if parts is None:
        raise CannotConvert(
            f'Cannot convert value "{text}" to type "Microsoft.Exchange.Data.EnhancedTimeSpan". Error: "String was not '
            'recognized as a valid TimeSpan."'
        )
    days, hours, minutes, seconds = (int(part or 0) for part in (parts[1] or parts[5], parts[2], parts[3], parts[4]))
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _credentials(value: Any) -> tuple[PSCredential, ...]:
    items = value if isinstance(value, (list, tuple)) else [value]
    if any(not isinstance(item, PSCredential) for item in items):
        raise CannotConvert('Cannot convert the value to type "System.Management.Automation.PSCredential".')
    return tuple(items)


def _certificate_name(text: str) -> str:
    """``<I>issuer<S>subject``; the tags are kept in upper case (certificate-laws S5)."""
    parts = re.fullmatch(r"<I>(.+)<S>(.+)", text, re.IGNORECASE | re.DOTALL)
    if parts is None:
        raise CannotConvert(
            f'Cannot convert value "{text}" to type "Microsoft.Exchange.Data.SmtpX509Identifier". Error: "\'{text}\' '
            "isn't a valid certificate name.\""
        )
    return f"<I>{parts[1]}<S>{parts[2]}"


def _octets(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    raise CannotConvert(f'Cannot convert the value "{_type_of(value)}" to type "System.Byte[]".')


def _secret(value: Any) -> str:
    if isinstance(value, PSSecureString):
        return str(value.decrypt())
    raise CannotConvert(f'Cannot convert the value "{_type_of(value)}" to type "System.Security.SecureString".')


def _scalar(value: Any, kind: str) -> str:
    """The text of one value: objects give their ToString, lists and secrets do not fit."""
    if isinstance(value, (list, tuple, dict, PSSecureString, PSCredential)):
        raise CannotConvert(f"Cannot convert value to type {kind}.", "CannotConvertArgument")
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, PSObject) and not isinstance(value, (str, int, float)):
        return value.PSObject.to_string or ""
    return str(value)


def _type_of(value: Any) -> str:
    return (
        "System.String"
        if isinstance(value, str)
        else value.PSObject.type_names[0]
        if isinstance(value, PSObject)
        else "System.Object"
    )
