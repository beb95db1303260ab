# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two endpoints of a server: which options lead to each, and what to do when it fails."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EndpointKind:
    """What messages about an endpoint say.

    Attributes:
        name: how sessions are told apart.
        title: what it is.
        host: the option or variable that names its host; likewise the next ones.
        not_offered: what to do when a way of logging in is not offered or not accepted there.
        outage: the usual causes on the server when nothing answers.
        no_path: what is missing when the path is not known there, and what to do.
        unavailable: what to do when it says that its service is unavailable.
        no_configuration: what is missing when the session configuration is not known there, and what to do.
        no_cmdlet: why a cmdlet may not exist.
        no_parameter: why a parameter may not exist.
        prompt: what to do when a cmdlet asks a question.
    """

    name: str
    title: str
    host: str
    port: str
    scheme: str
    auth: str
    ca_cert: str
    timeout: str
    not_offered: str
    outage: str
    no_path: tuple[str, str]
    unavailable: str
    no_configuration: tuple[str, str]
    no_cmdlet: str
    no_parameter: str
    prompt: str


EXCHANGE = EndpointKind(
    name="exchange",
    title="an Exchange PowerShell endpoint",
    host="exchange_host",
    port="exchange_port",
    scheme="exchange_scheme",
    auth="exchange_auth",
    ca_cert="exchange_ca_cert",
    timeout="exchange_timeout",
    not_offered="the server's PowerShell directory offers Kerberos alone unless an administrator enabled more",
    outage="a stopped web site, a stopped application pool, or a missing certificate on port 444",
    no_path=(
        "has no /PowerShell directory",
        "Check exchange_host; the PowerShell virtual directory may be missing or its site stopped.",
    ),
    unavailable="The usual cause is a missing certificate on port 444 (Exchange Back End) or a stopped application "
    "pool.",
    no_configuration=(
        "is a PowerShell endpoint without Exchange",
        "Check that exchange_host is an Exchange server.",
    ),
    no_cmdlet="Its management role is missing, or this version of Exchange does not have the cmdlet.",
    no_parameter="A management role with that parameter is missing, or this version of Exchange does not have it.",
    prompt="run the cmdlet once in the Exchange Management Shell to see what it wants to know",
)

WINDOWS = EndpointKind(
    name="windows",
    title="a Windows PowerShell endpoint",
    host="ansible_host",
    port="ansible_port",
    scheme="the scheme of the host's connection (ansible_psrp_protocol or ansible_winrm_scheme)",
    auth="windows_auth",
    ca_cert="windows_ca_cert",
    timeout="windows_timeout",
    not_offered="WinRM offers what Get-ChildItem WSMan:\\localhost\\Service\\Auth lists",
    outage="a stopped service WinRM, or a listener that is missing (winrm enumerate winrm/config/listener)",
    no_path=(
        "does not know that path",
        "Check the connection's path (ansible_psrp_path or ansible_winrm_path); WinRM's own is wsman.",
    ),
    unavailable="The service WinRM starts, stops or is overloaded; run again, and look at it if that does not help.",
    no_configuration=(
        "does not have that session configuration",
        "Check ansible_psrp_configuration_name; Get-PSSessionConfiguration lists what the server has.",
    ),
    no_cmdlet="Its module is missing (Install-WindowsFeature Web-Scripting-Tools brings those of IIS), or the session "
    "configuration does not show it: use Microsoft.PowerShell.",
    no_parameter="This version of Windows does not have it.",
    prompt="run the cmdlet once in Windows PowerShell on the server to see what it wants to know",
)
