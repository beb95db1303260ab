# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements of IIS's configuration: values are notes, the rest is useless off the server (iis-over-remoting 0.B)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .live import Live

FRAMEWORK = "Microsoft.IIs.PowerShell.Framework."


class Element(Live):
    """A ConfigurationElement."""

    tag = ""

    def properties(self) -> Mapping[str, Any]:
        return {
            "Attributes": [FRAMEWORK + "ConfigurationAttributeCollection"],
            "ChildElements": [FRAMEWORK + "ConfigurationChildElementCollection"],
            "ElementTagName": self.tag,
            "Methods": [FRAMEWORK + "ConfigurationMethodCollection"],
            "Schema": FRAMEWORK + "ConfigurationElementSchema",
        }
