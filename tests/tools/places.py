# SPDX-License-Identifier: GPL-3.0-or-later
"""Where something listens, under a name that people use for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    name: str
    address: str
    port: int


def client_places(hosts: Mapping[str, Mapping[str, Any]]) -> list[Place]:
    """Port 443 of each server of a lab, by the first label of its FQDN; hosts: FQDN to its inventory variables."""
    return [
        Place(fqdn.partition(".")[0], known["exchange_host"], known["exchange_client_port"])
        for fqdn, known in hosts.items()
    ]
