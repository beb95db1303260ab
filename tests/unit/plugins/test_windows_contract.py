# SPDX-License-Identifier: GPL-3.0-or-later
"""Every cmdlet and parameter that is sent to Windows exists.

Those of the modules WebAdministration and PKI are in the documented contract that the lab carries. Those of PowerShell
itself are in no such file: the table below is from Microsoft's pages of Windows PowerShell 5.1
(Microsoft.PowerShell.Core, .Diagnostics, .Management, .Security and .Utility) and of NetTCPIP; New-Item's two for
http.sys belong to the drive of IIS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from collection_tree import CHECKOUT

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import READING_CMDLETS, Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._run.runner import WHAT_IF_CMDLETS
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows import (
    applications,
    certificate_store,
    ecc_support,
    exchange_services,
    http_events,
    http_sys,
    iis,
    key_rights,
    processes,
    server_clock,
    services,
    worker_processes,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.binding_change import (
    BindingChange,
    BindingWish,
    IisState,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.binding_inquiry import BindingInquiry
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.bindings import Binding, SslKey
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.http_sys import SslEntry
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.new_certificate import NewCertificate
from exchange_lab.contract import documented

pytestmark = pytest.mark.must_run

NOW = datetime(2026, 11, 21, tzinfo=UTC)
THUMBPRINT = "A" * 40
COMMON = {"ErrorAction", "WarningAction"}
POWERSHELL = {
    "ForEach-Object": {"MemberName", "ArgumentList", "WhatIf"},
    "Get-Acl": {"LiteralPath"},
    "Get-ChildItem": {"Path", "LiteralPath"},
    "Get-Date": set(),
    "Get-Item": {"Path", "LiteralPath"},
    "Get-ItemProperty": {"Path", "LiteralPath", "Name"},
    "Get-Process": {"Name"},
    "Get-Service": {"Name"},
    "Get-WinEvent": {"FilterHashtable", "MaxEvents"},
    "Import-Module": {"Name"},
    "New-Item": {"Path", "Thumbprint", "SSLFlags", "WhatIf"},
    "Out-Null": {"InputObject"},
    "Remove-Item": {"Path", "LiteralPath", "WhatIf"},
    "Restart-Service": {"Name", "Force", "WhatIf"},
    "Select-Object": {"Property", "ExpandProperty"},
    "Start-Service": {"Name", "WhatIf"},
    "Stop-Service": {"Name", "Force", "WhatIf"},
    "Test-NetConnection": {"ComputerName", "Port", "InformationLevel"},
    "Where-Object": {"Property", "EQ", "Value"},
}


def sent() -> Iterator[Command]:
    """Every command that the actions can send, one of each."""
    yield Command("Import-Module", {"Name": "WebAdministration", "ErrorAction": "Stop"})
    yield from (
        iis.read_sites(),
        *(command for source in iis.BINDINGS_SOURCES for command in iis.read_bindings(source)),
        iis.read_pools(),
        iis.read_redirection(),
        http_sys.read_provider(),
    )
    yield from (
        applications.read_applications("S"),
        applications.read_setting("S/owa", "system.webServer/security/access", "sslFlags"),
        applications.read_native_modules(),
        applications.read_modules("S/owa/Calendar"),
    )
    yield from http_sys.read_registry()
    yield from (certificate_store.read_store(), certificate_store.read_key_container(THUMBPRINT))
    yield from (key_rights.read_key_files(["C:\\x"]), ecc_support.read_ecc_support(), server_clock.read_clock())
    yield from (certificate_store.read_one(THUMBPRINT), certificate_store.remove_one(THUMBPRINT))
    yield from (services.read_services(["WAS"]), services.start("WAS"), services.restart_iis())
    running, stopped = ({"MSExchangePOP3": {"status": status}} for status in ("Running", "Stopped"))
    yield exchange_services.read(["MSExchangePOP3"])
    yield processes.read_setup()
    for service, wish in ((stopped, "started"), (running, "stopped"), (running, "restarted")):
        yield from (step.command for step in exchange_services.steps(service, wish))
    yield from (http_events.read_bound(NOW), worker_processes.read_workers("P"))
    yield from (http_events.read_http_events(NOW), NewCertificate("ex1.contoso.com", NOW).step().command)
    yield from (make("x") for make in (iis.start_site, iis.stop_site, iis.start_pool, iis.stop_pool, iis.recycle_pool))
    tried: list[Command] = []

    def note(command: Command, _keep: bool) -> None:
        tried.append(command)
        raise LookupError

    with pytest.raises(LookupError):
        BindingInquiry(note)._path("ex2.contoso.com")
    yield from tried
    yield from (step for change in changes() for step in change)


def changes() -> Iterator[list[Command]]:
    """Of bindings: add, move, flags, remove and attach, by each way."""
    here = Binding.of("S", "https", "*:444:")
    there = Binding.of("S", "https", "*:445:", thumbprint="B" * 40)
    entries = [SslEntry(SslKey("0.0.0.0", 445), "B" * 40)]
    for attach_with in ("method", "provider"):
        for remove_with in ("configuration", "binding"):
            ways = {"attach_with": attach_with, "remove_with": remove_with}
            for state, wish in (
                (IisState.of([], []), BindingWish(here, thumbprint=THUMBPRINT, **ways)),
                (IisState.of([there], entries), BindingWish(here, replaces=there, ssl_flags=4, **ways)),
                (IisState.of([there], entries), BindingWish(there, thumbprint=THUMBPRINT, **ways)),
                (IisState.of([there], entries), BindingWish(there, present=False, **ways)),
            ):
                change = BindingChange.of(state, wish, ["S"], [])
                yield [step.command for step in change.steps()]


STAGES = sorted({(stage.cmdlet, tuple(sorted(stage.parameters))) for command in sent() for stage in command.stages})


@pytest.mark.parametrize(("cmdlet", "parameters"), STAGES, ids=str)
def test_every_cmdlet_and_parameter_exists(cmdlet: str, parameters: tuple[str, ...]) -> None:
    if cmdlet in POWERSHELL:
        known = POWERSHELL[cmdlet]
    else:
        row = documented()[cmdlet.lower()]
        assert row.name == cmdlet, "cmdlets are written as Microsoft writes them"
        assert "Windows Server 2016" in row.applicable
        known = set(row.parameters)
    assert set(parameters) - COMMON <= known


def test_no_cmdlet_of_the_code_is_missing_here() -> None:
    written = re.compile(r'"([A-Z][A-Za-z]+-[A-Z]\w+)"')
    sources = (CHECKOUT / "plugins" / "plugin_utils" / "_windows").rglob("*.py")
    named = {cmdlet for path in sources for cmdlet in written.findall(path.read_text(encoding="utf-8"))}
    assert {"Get-Website", "RemoteSigned"} & named == {"Get-Website"}
    assert named <= {cmdlet for cmdlet, _parameters in STAGES}


def test_what_only_reads_is_known_as_such() -> None:
    writing = {command.name for command in sent() if command.writes}
    assert writing == {
        "Add-WebConfigurationProperty",
        "AddSslCertificate",
        "Clear-WebConfiguration",
        "New-Item",
        "New-SelfSignedCertificate",
        "Remove-Item",
        "Remove-WebBinding",
        "Restart-Service",
        "Restart-WebAppPool",
        "Set-WebConfigurationProperty",
        "Start-Service",
        "Start-WebAppPool",
        "Start-Website",
        "Stop-Service",
        "Stop-WebAppPool",
        "Stop-Website",
    }
    assert not {cmdlet for cmdlet in READING_CMDLETS if cmdlet.startswith(("Set-", "New-", "Remove-", "Start-"))}


@pytest.mark.parametrize("cmdlet", sorted(WHAT_IF_CMDLETS))
def test_what_is_asked_with_what_if_has_it(cmdlet: str) -> None:
    known = POWERSHELL.get(cmdlet) or set(documented()[cmdlet.lower()].parameters)
    assert "WhatIf" in known


def test_one_module_configures_iis() -> None:
    """IISAdministration beside it fails with "the file has changed on disk" (iis-over-remoting 1)."""
    assert not {cmdlet for cmdlet, _parameters in STAGES if "-IIS" in cmdlet}
