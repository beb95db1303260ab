# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and wire kinds of the properties of an object in CLIXML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

NAMESPACE = "{http://schemas.microsoft.com/powershell/2004/04}"


def recorded(path: Path) -> ElementTree.Element:
    """The first object of an Export-Clixml file, its tags without namespace."""
    raw = path.read_bytes()
    text = raw.decode("utf-16" if raw.startswith(b"\xff\xfe") else "utf-8-sig")
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.removeprefix(NAMESPACE)
    return next(iter(root))


def kinds(item: ElementTree.Element) -> dict[str, str]:
    """Property name -> tag, or the first .NET type without its assemblies for an object."""
    types = {names.get("RefId"): names.findtext("T") for names in item.iter("TN")}
    properties = item.find("Props")
    return dict(_kinds(properties, types)) if properties is not None else {}


def _kinds(properties: ElementTree.Element, types: dict[str | None, str | None]) -> Iterator[tuple[str, str]]:
    for element in properties:
        name, kind = element.attrib["N"], element.tag
        if kind == "Obj":
            reference = element.find("TNRef")
            kind = (element.findtext("TN/T") if reference is None else types[reference.get("RefId")]) or kind
        yield name, kind.partition(",")[0]


def type_names(item: ElementTree.Element) -> list[str]:
    """The .NET types of the object itself."""
    return [element.text or "" for element in item.findall("TN/T")]
