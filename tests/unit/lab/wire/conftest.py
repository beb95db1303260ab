# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab in a thread, and sessions of the unmodified pypsrp to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.background import Background
from exchange_lab.world.world import World

EX1 = "ex1.contoso.test"
OpenPool = Callable[..., RunspacePool]
Invoke = Callable[..., PowerShell]


@pytest.fixture
def world() -> World:
    return World.from_estate("one_server")


@pytest.fixture
def lab(world: World) -> Iterator[Background]:
    """One server; Basic over TLS."""
    with Background(world) as running:
        yield running


@pytest.fixture
def wsman() -> Callable[..., WSMan]:
    """wsman(lab, server=..., user=..., **options of pypsrp's WSMan): an unopened connection to /PowerShell."""

    def make(lab: Background, server: str = EX1, user: str = "administrator", **given: Any) -> WSMan:
        known = lab.inventory_vars(server, user)
        options: dict[str, Any] = {
            "server": known["exchange_host"],
            "port": known["exchange_port"],
            "ssl": known["exchange_scheme"] == "https",
            "auth": known["exchange_auth"],
            "username": known["ansible_user"],
            "password": known["ansible_password"],
            "path": "PowerShell/?serializationLevel=Full",
            "cert_validation": known.get("exchange_ca_cert", True),
            "negotiate_service": "HTTP",
            "negotiate_hostname_override": known["ansible_psrp_negotiate_hostname_override"],
            "operation_timeout": 5,
            "read_timeout": 8,
            "connection_timeout": 5,
        }
        return WSMan(**options | given)

    return make


@pytest.fixture
def pool(wsman: Callable[..., WSMan]) -> OpenPool:
    """pool(lab, **options of wsman): an unopened runspace pool."""

    def make(lab: Background, **given: Any) -> RunspacePool:
        return RunspacePool(wsman(lab, **given), configuration_name="Microsoft.Exchange")

    return make


@pytest.fixture
def invoke() -> Invoke:
    """invoke(pool, cmdlet, **parameters): the PowerShell object after the cmdlet has ended."""

    def run(opened: RunspacePool, cmdlet: str, **parameters: Any) -> PowerShell:
        shell = PowerShell(opened)
        shell.add_cmdlet(cmdlet).add_parameters(parameters)
        shell.invoke()
        return shell

    return run
