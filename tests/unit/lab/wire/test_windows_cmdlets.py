# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines of cmdlets on the Windows endpoint: whole pipelines reach one interpreter a pool, script text does not."""

from __future__ import annotations

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, PSInvocationState, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.background import Background
from exchange_lab.cmdlets.errors import not_simulated

EX1 = "ex1.contoso.test"


class Recorder:
    """Stands for a runspace: it keeps what arrives, and answers how much that was so far."""

    def __init__(self) -> None:
        self.pipelines: list[list[tuple]] = []

    def seconds(self, commands) -> float:
        return 0.0

    def run(self, commands, emit) -> None:
        self.pipelines.append(
            [(command.command_text, list(command.parameters), command.end_of_statement) for command in commands]
        )
        if commands[0].command_text == "Fail-Always":
            raise not_simulated("Fail-Always")
        emit("output", len(self.pipelines))


@pytest.fixture
def runspaces(lab) -> list[Recorder]:
    """The interpreters that the lab opens from now on."""
    opened: list[Recorder] = []

    def new(fqdn: str, user: str) -> Recorder:
        assert (fqdn, user) == (EX1, "administrator")
        opened.append(Recorder())
        return opened[-1]

    lab.lab.wire.service.open_windows_interpreter = new
    return opened


def windows(lab: Background, **options) -> RunspacePool:
    known = lab.inventory_vars(EX1)
    wsman = WSMan(
        known["ansible_host"], port=known["ansible_port"], auth="basic", username="administrator",
        password=known["ansible_password"], cert_validation=known["ansible_psrp_ca_cert"], operation_timeout=5,
        read_timeout=8,
    )  # fmt: skip
    return RunspacePool(wsman, **options)


def test_a_pipeline_arrives_whole(lab, runspaces):
    """Order, parameter types, positional arguments and the ends of statements."""
    with windows(lab) as pool:
        shell = PowerShell(pool)
        shell.add_cmdlet("Get-WebBinding").add_parameter("Name", "Exchange Back End").add_parameter("Protocol", "https")
        shell.add_cmdlet("Where-Object").add_parameters(
            {"Property": "bindingInformation", "EQ": True, "Value": "*:444:"}
        )
        shell.add_cmdlet("ForEach-Object").add_parameter("MemberName", "AddSslCertificate")
        shell.add_parameter("ArgumentList", ["AB12", "My"]).add_statement()
        shell.add_cmdlet("netsh.exe").add_argument("http")
        shell.invoke()
        assert (shell.state, shell.output) == (PSInvocationState.COMPLETED, [1])
    (pipeline,) = runspaces[0].pipelines
    assert pipeline == [
        ("Get-WebBinding", [("Name", "Exchange Back End"), ("Protocol", "https")], False),
        ("Where-Object", [("Property", "bindingInformation"), ("EQ", True), ("Value", "*:444:")], False),
        ("ForEach-Object", [("MemberName", "AddSslCertificate"), ("ArgumentList", ["AB12", "My"])], True),
        ("netsh.exe", [(None, "http")], True),
    ]


def test_a_pool_is_one_runspace(lab, runspaces):
    """State, such as a module that was imported, lasts as long as the pool."""
    with windows(lab) as pool:
        for expected in (1, 2):
            assert PowerShell(pool).add_cmdlet("Import-Module").invoke() == [expected]
    with windows(lab) as pool:
        assert PowerShell(pool).add_cmdlet("Import-Module").invoke() == [1]
    assert len(runspaces) == 2


def test_a_pool_of_more_runspaces_gets_one(lab, runspaces):
    with windows(lab, max_runspaces=5) as pool:
        assert pool.get_available_runspaces() == 1


def test_script_text_goes_to_the_programs(lab, runspaces):
    with windows(lab) as pool:
        shell = PowerShell(pool)
        assert shell.add_script("hostname").invoke() == ["EX1"]
    assert runspaces[0].pipelines == []


def test_a_terminating_error_ends_the_pipeline(lab, runspaces):
    with windows(lab) as pool:
        shell = PowerShell(pool)
        shell.add_cmdlet("Fail-Always").invoke()
        assert shell.state == PSInvocationState.FAILED
        assert "does not simulate Fail-Always" in str(shell.streams.error[0])


def test_the_fault_schedule_knows_every_cmdlet_of_a_pipeline(lab, runspaces):
    lab.faults.add("unavailable", operation="Command", cmdlet="Remove-*")
    with windows(lab) as pool:
        shell = PowerShell(pool)
        shell.add_cmdlet("Get-WebBinding").add_cmdlet("Remove-WebBinding")
        with pytest.raises(Exception, match="503"):
            shell.invoke()
        assert PowerShell(pool).add_cmdlet("Get-WebBinding").invoke() == [1]
    assert [[name for name, *_rest in pipeline] for pipeline in runspaces[0].pipelines] == [["Get-WebBinding"]]


def test_an_output_fault_strikes_after_the_pipeline_ran(lab, runspaces):
    lab.faults.add("megabytes", cmdlet="Get-WebBinding", size=1)
    with windows(lab) as pool:
        (text,) = PowerShell(pool).add_cmdlet("Get-WebBinding").invoke()
    assert len(text) == 1_000_000
    assert len(runspaces[0].pipelines) == 1


def test_the_windows_endpoint_has_a_quota_of_its_own(lab, runspaces):
    pools = [windows(lab) for _unused in range(31)]
    for pool in pools[:-1]:
        pool.open()
    with pytest.raises(WSManFaultError, match="maximum number of 30"):
        pools[-1].open()
    for pool in pools[:-1]:
        pool.close()
