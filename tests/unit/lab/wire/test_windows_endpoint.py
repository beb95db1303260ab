# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows endpoint: pywinrm, pypsrp's WinRS, and ansible.builtin.raw through both connections (lab-wire 8)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import winrm
from pypsrp.exceptions import AuthenticationError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import WSMan

from exchange_lab.background import Background

EX1 = "ex1.contoso.test"
SET_URL = "exchange-shell Set-OwaVirtualDirectory -Identity 'EX1\\owa (Default Web Site)' -InternalUrl https://mail.contoso.test/owa"


@pytest.fixture
def session(lab):
    known = lab.inventory_vars(EX1)
    return winrm.Session(
        f"https://{known['ansible_host']}:{known['ansible_port']}/wsman",
        auth=(known["ansible_user"], known["ansible_password"]),
        transport="basic",
        ca_trust_path=known["ansible_winrm_ca_trust_path"],
    )


def test_programs_answer(lab, session):
    assert session.run_cmd("hostname").std_out == b"EX1\r\n"
    assert session.run_cmd("whoami.exe").std_out == b"contoso\\administrator\r\n"
    assert session.run_cmd("echo", ["a", '"b c"']).std_out == b"a b c\r\n"
    assert lab.shells(EX1) == 0


def test_an_unknown_program_says_so(session):
    result = session.run_cmd("ipconfig", ["/all"])
    assert result.status_code == 1
    assert b"'ipconfig' is not recognized" in result.std_err


def test_a_long_line_meets_cmds_limit(session):
    assert session.run_cmd("echo", ["x" * 8191]).std_err == b"The command line is too long.\r\n"
    assert session.run_cmd("echo", ["x" * 8000]).status_code == 0


def test_an_exchange_shell_runs_one_cmdlet(world, session):
    result = session.run_cmd(SET_URL)
    assert (result.status_code, result.std_err) == (0, b"")
    assert [record["cmdlet"] for record in world.records] == ["Set-OwaVirtualDirectory"]
    shown = session.run_cmd("exchange-shell Get-OwaVirtualDirectory -Server EX1").std_out
    assert b"InternalUrl : https://mail.contoso.test/owa\r\n" in shown


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("exchange-shell Get-Nothing", b"'Get-Nothing' is not recognized"),
        ("exchange-shell Get-OwaVirtualDirectory -Identity 'EX1\\nothing'", b"couldn't be found"),
        ("exchange-shell Get-OwaVirtualDirectory loose", b"Expected a parameter"),
    ],
)
def test_an_exchange_shell_tells_its_errors(session, line, said):
    result = session.run_cmd(line)
    assert result.status_code == 1
    assert said in result.std_err


def test_the_start_of_an_exchange_shell_takes_its_time(world, monkeypatch):
    import asyncio

    slept = []
    sleep = asyncio.sleep

    async def spy(seconds, *rest):
        slept.append(seconds)
        await sleep(0)

    world.latency.append(("Set-*", 3))
    with Background(world, shell_start=5) as lab:
        known = lab.inventory_vars(EX1)
        url = f"https://{known['ansible_host']}:{known['ansible_port']}/wsman"
        client = winrm.Session(
            url,
            auth=("administrator", known["ansible_password"]),
            transport="basic",
            ca_trust_path=known["ansible_psrp_ca_cert"],
        )
        monkeypatch.setattr("exchange_lab.wire.programs.asyncio.sleep", spy)
        assert client.run_cmd(SET_URL).status_code == 0
        monkeypatch.undo()
    assert 8 in slept


def test_pypsrps_winrs_sends_no_console_option(lab):
    """A program must not wait for an input that never comes (winrm-psrp-server 5.4)."""
    known = lab.inventory_vars(EX1)
    wsman = WSMan(
        known["ansible_host"], port=known["ansible_port"], auth="basic", username="administrator",
        password=known["ansible_password"], cert_validation=known["ansible_psrp_ca_cert"],
    )  # fmt: skip
    with WinRS(wsman) as shell:
        process = Process(shell, "hostname")
        process.invoke()
        process.signal("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_c")
    assert (process.rc, process.stdout) == (0, b"EX1\r\n")


def test_negotiate_seals_the_windows_endpoint_over_http(lab):
    known = lab.inventory_vars(EX1)
    wsman = WSMan(
        known["ansible_host"], port=lab.lab.wire.ports["winrm"], ssl=False, auth="ntlm", username="administrator",
        password=known["ansible_password"],
    )  # fmt: skip
    with RunspacePool(wsman) as pool:
        shell = PowerShell(pool)
        shell.add_script("hostname").invoke()
        assert shell.output == ["EX1"]


def test_a_login_over_tls_is_bound_to_the_certificate(lab):
    known = lab.inventory_vars(EX1)
    wsman = WSMan(
        known["ansible_host"], port=known["ansible_port"], auth="ntlm", username="administrator",
        password=known["ansible_password"], cert_validation=known["ansible_psrp_ca_cert"],
    )  # fmt: skip
    with RunspacePool(wsman):
        pass
    wsman.transport.close()
    wsman.transport.session, wsman.transport.negotiate_send_cbt = None, False
    with pytest.raises(AuthenticationError):
        RunspacePool(wsman).open()


@pytest.mark.parametrize("connection", ["psrp", "winrm"])
def test_raw_of_ansible(lab, world, connection):
    command = [
        str(Path(sys.executable).with_name("ansible")), "-i", str(lab.folder / "inventory.yml"), EX1,
        "-e", f"ansible_connection={connection}", "-m", "ansible.builtin.raw", "-a",
    ]  # fmt: skip
    environment = os.environ | {"ANSIBLE_LOCAL_TEMP": str(lab.folder / "ansible"), "ANSIBLE_NOCOLOR": "1"}

    def raw(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, line], capture_output=True, text=True, env=environment, check=False)

    done = raw(SET_URL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [record["cmdlet"] for record in world.records] == ["Set-OwaVirtualDirectory"]
    failed = raw("exchange-shell Get-Nothing")
    assert "rc=1" in failed.stdout
    assert "'Get-Nothing' is not recognized" in failed.stdout + failed.stderr
    assert lab.shells(EX1) == 0
