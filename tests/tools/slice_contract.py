# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut the lab's slice out of the full list of documented cmdlets.

Usage: ``python tests/tools/slice_contract.py FULL.json [OUT.json]``

FULL.json maps cmdlet name to its documented module, versions, parameter sets and parameters (made from the
public cmdlet reference). The slice keeps the cmdlets that the lab runs and their neighbours, only the facts that
a parameter binder needs, and writes one line a cmdlet, so that a change of one cmdlet is a change of one line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DIRECTORIES = ("Owa", "Ecp", "WebServices", "ActiveSync", "Oab", "Mapi", "PowerShell", "Autodiscover")
RUN = (
    *(f"{verb}-{noun}VirtualDirectory" for noun in DIRECTORIES for verb in ("Get", "Set")),
    *(
        f"{verb}-{noun}"
        for noun in (
            "OutlookAnywhere",
            "ClientAccessService",
            "ClientAccessServer",
            "OutlookProvider",
            "OrganizationConfig",
        )
        for verb in ("Get", "Set")
    ),
    "Get-ExchangeServer",
    "Get-ADSite",
    "Get-ServerComponentState",
    *(f"{verb}-ExchangeCertificate" for verb in ("Get", "New", "Import", "Export", "Enable", "Remove")),
    "Get-AuthConfig",
    "Get-HybridConfiguration",
    "Get-TransportService",
    *(
        f"{verb}-{noun}"
        for noun in ("PopSettings", "ImapSettings", "SendConnector", "ReceiveConnector")
        for verb in ("Get", "Set")
    ),
)
NEIGHBOURS = (
    *(f"{verb}-{noun}VirtualDirectory" for noun in DIRECTORIES for verb in ("New", "Remove")),
    "New-OutlookProvider",
    "Remove-OutlookProvider",
    "Get-OfflineAddressBook",
    "Set-OfflineAddressBook",
    "Get-ManagementRole",
)
WINDOWS = (
    "Add-WebConfigurationProperty",
    "Clear-WebConfiguration",
    "Get-WebAppPoolState",
    "Get-WebApplication",
    "Get-WebBinding",
    "Get-WebConfiguration",
    "Get-WebConfigurationProperty",
    "Get-WebGlobalModule",
    "Get-Website",
    "New-SelfSignedCertificate",
    "New-WebBinding",
    "Remove-WebBinding",
    "Remove-WebConfigurationProperty",
    "Restart-WebAppPool",
    "Set-WebBinding",
    "Set-WebConfigurationProperty",
    "Start-WebAppPool",
    "Start-Website",
    "Stop-WebAppPool",
    "Stop-Website",
)
OUT = Path(__file__).parents[1] / "lab" / "exchange_lab" / "contract" / "cmdlets.json"
EXCHANGE, WINDOWS_SERVER = "Exchange Server ", "Windows Server "
NAMESPACES = ("System.Management.Automation.", "System.")


def versions(names: list[str]) -> list[str]:
    """``Exchange Server 2016`` -> ``2016``, those of Windows as they are; cloud services are left out."""
    return [name.removeprefix(EXCHANGE) for name in names if name.startswith((EXCHANGE, WINDOWS_SERVER))]


def short_type(name: str) -> str:
    """``System.String`` -> ``String``; Exchange's pages name no namespaces."""
    for namespace in NAMESPACES:
        name = name.removeprefix(namespace)
    return name


def parameter(documented: dict[str, Any], cmdlet_versions: list[str]) -> dict[str, Any]:
    """What the binder needs of one parameter; whatever equals the default is left out."""
    kept: dict[str, Any] = {"type": short_type(documented["type"])}
    for key in ("accepted_values", "aliases", "deprecated", "internal", "removed"):
        if documented.get(key):
            kept[key] = documented[key]
    if documented.get("position") != "named":
        from_0 = any(name.startswith(WINDOWS_SERVER) for name in documented["applicable"])  # Exchange's count from 1
        kept["position"] = int(documented["position"]) + from_0
    if (applicable := versions(documented["applicable"])) != cmdlet_versions:
        kept["applicable"] = applicable
    if documented["parameter_sets"] != ["(All)"]:
        kept["parameter_sets"] = documented["parameter_sets"]
    return kept


def cmdlet(documented: dict[str, Any]) -> dict[str, Any]:
    """What the binder needs of one cmdlet."""
    applicable = versions(documented["applicable"])
    return {
        "applicable": applicable,
        "sets": documented["sets"],
        "parameters": {name: parameter(facts, applicable) for name, facts in documented["parameters"].items()},
    }


def main(full: str, out: str | None = None) -> None:
    """Write the slice; raises KeyError when a wanted cmdlet is not in FULL.json."""
    documented = json.loads(Path(full).read_text(encoding="utf-8"))
    rows = [
        f"{json.dumps(name)}: {json.dumps(cmdlet(documented[name]))}" for name in sorted({*RUN, *NEIGHBOURS, *WINDOWS})
    ]
    Path(out or OUT).write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
