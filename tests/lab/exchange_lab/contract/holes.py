# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cmdlet pages leave out or get wrong, as data. Each entry says where the fact comes from."""

from __future__ import annotations

AUTHENTICATION_METHODS = (
    "Adfs",
    "Basic",
    "Certificate",
    "Digest",
    "Fba",
    "Kerberos",
    "LiveIdBasic",
    "LiveIdFba",
    "LiveIdNegotiate",
    "NegoEx",
    "Negotiate",
    "Ntlm",
    "OAuth",
    "WindowsIntegrated",
    "WSSecurity",
)

# Enumerations whose values stand in the running text of the page only, on the page of another noun, or otherwise spelt.
ACCEPTED_VALUES: dict[tuple[str, str], tuple[str, ...]] = {
    # client-access-laws 1.4
    ("Set-ActiveSyncVirtualDirectory", "ClientCertAuth"): ("Ignore", "Accepted", "Required"),
    ("Set-ActiveSyncVirtualDirectory", "RemoteDocumentsActionForUnknownServers"): ("Allow", "Block"),
    ("Set-OwaVirtualDirectory", "RemoteDocumentsActionForUnknownServers"): ("Allow", "Block"),
    # client-access-laws 1.1: the same 15 values as on the OWA page
    ("Set-EcpVirtualDirectory", "ExternalAuthenticationMethods"): AUTHENTICATION_METHODS,
    ("Set-ActiveSyncVirtualDirectory", "InternalAuthenticationMethods"): AUTHENTICATION_METHODS,
    # client-access-laws 1.5: the page writes NTLM, servers show Ntlm
    ("Set-MapiVirtualDirectory", "IISAuthenticationMethods"): ("Basic", "Negotiate", "Ntlm", "OAuth"),
    ("New-MapiVirtualDirectory", "IISAuthenticationMethods"): ("Basic", "Negotiate", "Ntlm", "OAuth"),
}

# Parameters that no page lists and that Setup's own commands, or an example of the page, use (V6).
PARAMETERS: dict[str, dict[str, str]] = {
    "New-PowerShellVirtualDirectory": {
        "WebSiteName": "String",
        "Path": "String",
        "AppPoolId": "String",
        "CertificateAuthentication": "Boolean",
    }
}

# Which parameter set a value without a name goes to where several would take it (certificate-laws O20).
DEFAULT_SETS = {f"{verb}-ExchangeCertificate": "Thumbprint" for verb in ("Get", "Export", "Enable", "Remove")}

# Plain on the page, "or null" on a real server (client-access-laws 1.3, 1.9).
NULLABLE = {
    ("Set-WebServicesVirtualDirectory", "CertificateAuthentication"),
    *(
        ("Set-OrganizationConfig", name)
        for name in (
            "EwsAllowEntourage",
            "EwsAllowMacOutlook",
            "EwsAllowOutlook",
            "EwsApplicationAccessPolicy",
            "EwsEnabled",
        )
    ),
}

WINDOWS_2012_R2 = "Windows Server 2012 R2"

# The pages start at Windows Server 2016. The module WebAdministration is on 2012 R2 too (iis-over-remoting 1), whose
# New-SelfSignedCertificate knows few parameters (iis-over-remoting 4); none named means all.
ON_2012_R2: dict[str, tuple[str, ...]] = {
    "Add-WebConfigurationProperty": (),
    "Clear-WebConfiguration": (),
    "Get-WebAppPoolState": (),
    "Get-WebApplication": (),
    "Get-WebBinding": (),
    "Get-WebConfiguration": (),
    "Get-WebConfigurationProperty": (),
    "Get-WebGlobalModule": (),
    "Get-Website": (),
    "New-SelfSignedCertificate": ("CertStoreLocation", "CloneCert", "Confirm", "DnsName", "WhatIf"),
    "New-WebBinding": (),
    "Remove-WebBinding": (),
    "Remove-WebConfigurationProperty": (),
    "Restart-WebAppPool": (),
    "Set-WebBinding": (),
    "Set-WebConfigurationProperty": (),
    "Start-WebAppPool": (),
    "Start-Website": (),
    "Stop-WebAppPool": (),
    "Stop-Website": (),
}


def applicable_parameter(cmdlet: str, parameter: str, applicable: tuple[str, ...]) -> tuple[str, ...]:
    """The versions of a cmdlet, without 2012 R2 where the cmdlet of that time lacks the parameter."""
    known = ON_2012_R2.get(cmdlet)
    return (
        tuple(name for name in applicable if name != WINDOWS_2012_R2)
        if known and parameter not in known
        else applicable
    )
