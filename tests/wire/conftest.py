# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs in threads of the test process, and plays of the unmodified ansible-playbook against them.

Starting ansible-playbook costs more than a task, so most modules run one play on many hosts, one host a case, and let
each test look at its own host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import playbook
import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.background import Background
from exchange_lab.world.world import World

NewLab = Callable[..., Background]
Play = Callable[..., playbook.Run]
Read = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def new_lab() -> Iterator[NewLab]:
    """new_lab(estate, **options of Background): a lab that runs until the module's last test."""
    with ExitStack() as stack:

        def start(
            estate: str | Mapping[str, Any] = "one_server",
            world_switches: Mapping[str, Any] | None = None,
            **given: Any,
        ) -> Background:
            return stack.enter_context(Background(World.from_estate(estate, world_switches), **given))

        yield start


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """play(hosts, *tasks, **options of playbook.run): one run in a folder of its own."""

    def run(hosts: playbook.Hosts, *tasks: dict[str, Any], **options: Any) -> playbook.Run:
        return playbook.run(tmp_path_factory.mktemp("play"), hosts, tasks, **options)

    return run


@pytest.fixture(scope="session")
def kerberos_environment() -> Callable[[Background], dict[str, str]]:
    """kerberos_environment(lab): variables of the lab's realm for a play; none for a lab without Kerberos."""
    return lambda lab: lab.lab.kdc.client_environment if lab.lab.kdc else {}


@pytest.fixture(scope="session")
def read() -> Read:
    """read(lab, server, cmdlet, **parameters): an object's properties, by pypsrp alone; nothing of ours takes part."""

    def one(lab: Background, server: str, cmdlet: str, **parameters: Any) -> dict[str, Any]:
        known = lab.inventory_vars(server)
        wsman = WSMan(
            known["exchange_host"],
            port=known["exchange_port"],
            ssl=known["exchange_scheme"] == "https",
            auth=known["exchange_auth"],
            username=known["ansible_user"],
            password=known["ansible_password"],
            path="PowerShell",
            cert_validation=known.get("exchange_ca_cert", True),
        )
        with RunspacePool(wsman, configuration_name="Microsoft.Exchange") as pool:
            shell = PowerShell(pool)
            shell.add_cmdlet(cmdlet).add_parameters(parameters)
            (found,) = shell.invoke()
        return {name: str(value) for name, value in found.adapted_properties.items()}

    return one
