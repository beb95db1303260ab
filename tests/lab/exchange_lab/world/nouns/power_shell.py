# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShellVirtualDirectory: the one that carries remote shells (client-access-laws 1.5)."""

from __future__ import annotations

from .attributes import IIS, Attribute, Noun, extended_protection, methods, places, urls

POWER_SHELL = Noun(
    name="PowerShellVirtualDirectory",
    directory="PowerShell",
    object_class="msExchPowerShellVirtualDirectory",
    category="ms-Exch-Power-Shell-Virtual-Directory",
    type_name="ADPowerShellVirtualDirectory",
    attributes=(
        Attribute("RequireSSL", "bool", IIS, False),
        Attribute("CertificateAuthentication", "bool", IIS, True),
        Attribute("BasicAuthentication", "bool", IIS, False),
        Attribute("WindowsAuthentication", "bool", IIS, lambda place: not place.is_front_end),
        methods("InternalAuthenticationMethods", ()),
        methods("ExternalAuthenticationMethods", ()),
        *places("PowerShell"),
        *extended_protection("None", "Require"),
        *urls("/powershell", scheme="http"),
    ),
)
