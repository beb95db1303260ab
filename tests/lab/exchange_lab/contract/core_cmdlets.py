# SPDX-License-Identifier: GPL-3.0-or-later
"""Cmdlets of PowerShell itself and of its providers, which the list of documented cmdlets leaves out.

The parameters are those of Microsoft's pages for Windows PowerShell 5.1 (modules Microsoft.PowerShell.Core,
.Management, .Utility, .Diagnostics and NetTCPIP) that somebody may want here; most are written down to be refused by
name. Those that a provider adds are marked: they come from public scripts (iis-over-remoting 3).
"""

from __future__ import annotations

from typing import Any

WINDOWS = (
    "Windows Server 2012 R2",
    "Windows Server 2016",
    "Windows Server 2019",
    "Windows Server 2022",
    "Windows Server 2025",
)
ASKS = {"Confirm": "SwitchParameter", "WhatIf": "SwitchParameter"}
PATH = {"Path": "String[]", "LiteralPath": "String[]", "Filter": "String", "Include": "String[]", "Exclude": "String[]"}
SERVICE = {"Name": "String[]", "DisplayName": "String[]", "Include": "String[]", "Exclude": "String[]"}


def _row(parameters: dict[str, str], mandatory: tuple[str, ...] = (), aliases: dict[str, str] | None = None) -> Any:
    short = {"Confirm": "cf", "WhatIf": "wi", **(aliases or {})}
    return {
        "applicable": WINDOWS,
        "sets": {"Default": mandatory},
        "parameters": {
            name: {"type": kind, **({"aliases": [short[name]]} if name in short else {})}
            for name, kind in parameters.items()
        },
    }


CORE_CMDLETS: dict[str, Any] = {
    "ForEach-Object": _row(
        {
            "MemberName": "String",
            "ArgumentList": "Object[]",
            "InputObject": "PSObject",
            "Process": "ScriptBlock[]",
            **ASKS,
        },
        aliases={"ArgumentList": "Args"},
    ),
    "Get-ChildItem": _row(
        PATH | {"Recurse": "SwitchParameter", "Depth": "UInt32", "Force": "SwitchParameter", "Name": "SwitchParameter"}
    ),
    "Get-Item": _row(PATH | {"Force": "SwitchParameter"}),
    "Get-ItemProperty": _row(PATH | {"Name": "String[]"}, aliases={"LiteralPath": "PSPath"}),
    "Get-Process": _row(
        {
            "Name": "String[]",
            "Id": "Int32[]",
            "InputObject": "Process[]",
            "ComputerName": "String[]",
            "Module": "SwitchParameter",
            "FileVersionInfo": "SwitchParameter",
            "IncludeUserName": "SwitchParameter",
        },
        aliases={"Name": "ProcessName", "Id": "PID"},
    ),
    "Get-Service": _row(
        SERVICE
        | {"ComputerName": "String[]", "DependentServices": "SwitchParameter", "RequiredServices": "SwitchParameter"}
    ),
    "Get-WinEvent": _row(
        {
            "FilterHashtable": "Hashtable",
            "FilterXPath": "String",
            "LogName": "String[]",
            "MaxEvents": "Int64",
            "Oldest": "SwitchParameter",
            "ComputerName": "String",
        }
    ),
    "Import-Module": _row(
        {"Name": "String[]", "Force": "SwitchParameter", "Scope": "String", "DisableNameChecking": "SwitchParameter"},
        ("Name",),
    ),
    "New-Item": _row(
        {
            "Path": "String[]",
            "Name": "String",
            "ItemType": "String",
            "Value": "Object",
            "Force": "SwitchParameter",
            "Thumbprint": "String",  # of IIS:\SslBindings
            "SSLFlags": "Int32",  # of IIS:\SslBindings
            **ASKS,
        },
        ("Path",),
    ),
    "Out-Null": _row({"InputObject": "PSObject"}),
    "Remove-Item": _row(PATH | {"Force": "SwitchParameter", "Recurse": "SwitchParameter", **ASKS}),
    "Restart-Service": _row(SERVICE | {"Force": "SwitchParameter", "PassThru": "SwitchParameter", **ASKS}),
    "Select-Object": _row(
        {
            "Property": "Object[]",
            "ExpandProperty": "String",
            "InputObject": "PSObject",
            "ExcludeProperty": "String[]",
            "First": "Int32",
            "Last": "Int32",
            "Skip": "Int32",
            "Unique": "SwitchParameter",
        }
    ),
    "Set-Variable": _row(
        {"Name": "String[]", "Value": "Object", "Scope": "String", "Force": "SwitchParameter", **ASKS}, ("Name",)
    ),
    "Start-Service": _row(SERVICE | {"PassThru": "SwitchParameter", **ASKS}),
    "Stop-Service": _row(
        SERVICE | {"Force": "SwitchParameter", "NoWait": "SwitchParameter", "PassThru": "SwitchParameter", **ASKS}
    ),
    "Test-NetConnection": _row(
        {
            "ComputerName": "String",
            "Port": "Int32",
            "InformationLevel": "String",
            "CommonTCPPort": "String",
            "TraceRoute": "SwitchParameter",
        }
    ),
    "Test-Path": _row(PATH | {"PathType": "String", "IsValid": "SwitchParameter"}),
    "Where-Object": _row(
        {
            "Property": "String",
            "Value": "Object",
            "EQ": "SwitchParameter",
            "NE": "SwitchParameter",
            "Like": "SwitchParameter",
            "Match": "SwitchParameter",
            "FilterScript": "ScriptBlock",
            "InputObject": "PSObject",
        }
    ),
}
