# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of bindings share: servers of the lab with a fault, and repairs as a role runs them."""

from __future__ import annotations

from typing import Any

from in_process import Converge, Result

from exchange_lab.world import World

SITE, FRONT = "Exchange Back End", "Default Web Site"
ESTATE = "two_datacenters"


def server_of(world: World) -> Any:
    """The server that the tests break: the first of the estate."""
    return next(iter(world.servers.values()))


def peers_of(world: World) -> list[str]:
    """The other servers."""
    return [fqdn for fqdn in world.servers if fqdn != server_of(world).fqdn]


def look(converge: Converge, **options: Any) -> Result:
    return converge("iis_binding_info", **options).ok()


def codes(found: Result) -> set[str]:
    return {finding["code"] for finding in found.findings}


def repair(converge: Converge, found: Result, **run: Any) -> list[Result]:
    """Run the suggested repairs, each as one task."""
    return [converge(item["module"], **run, **item["args"]).ok() for item in found.repairs]
