# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a port of another server can be reached (iis-over-remoting 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import not_simulated
from .call import Call, cmdlet
from .live import Live


@dataclass(slots=True)
class Reached(Live):
    """A TestNetConnectionResult."""

    computer: str
    port: int
    address: str
    succeeded: bool
    types = ("TestNetConnectionResult",)

    def notes(self) -> Mapping[str, Any]:
        return {
            "ComputerName": self.computer,
            "RemoteAddress": self.address,
            "RemotePort": self.port,
            "TcpTestSucceeded": self.succeeded,
            "PingSucceeded": bool(self.address),
        }


@cmdlet("Test-NetConnection", "Test-NetConnection", "ComputerName", "Port", "InformationLevel")
def test_net_connection(call: Call) -> Iterator[Any]:
    """True with -InformationLevel Quiet where something listens and no firewall is between; a failure warns."""
    name, port = call.get("ComputerName"), call.get("Port")
    if name is None or port is None:
        raise not_simulated("Test-NetConnection without -ComputerName and -Port")
    peer = call.world.server(name)
    machine = call.world.machines[peer.fqdn] if peer else None
    blocked = peer is not None and (peer.fqdn, port) in call.machine.blocked
    succeeded = bool(machine and not blocked and machine.site_on(machine.address, port))
    if not succeeded:
        call.warn(
            f"TCP connect to ({machine.address} : {port}) failed" if machine else f"Name resolution of {name} failed"
        )
    quiet = str(call.get("InformationLevel", "")).lower() == "quiet"
    yield succeeded if quiet else Reached(name, port, machine.address if machine else "", succeeded)
