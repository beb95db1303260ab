# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m exchange_lab`: starts a lab, writes its inventory, runs until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .faults import FaultSchedule
from .kdc import KdcError
from .lab import OFFERS, CannotStart, Lab, Options
from .wire.switches import WireSwitches
from .world import estates
from .world.clock import WallClock
from .world.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 after a stop on request, 2 for what cannot be started."""
    given = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(_lab(given)))
    except (CannotStart, KdcError, ValueError, OSError) as error:
        print(f"exchange_lab: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="exchange_lab", description="A simulated Exchange estate on loopback addresses."
    )
    parser.add_argument("--estate", default="one_server", help="name of an estate of the lab, or a YAML file")
    parser.add_argument("--servers", type=int, help="an estate of this many servers instead of --estate")
    parser.add_argument(
        "--dir", type=Path, default=Path("build/lab"), help="where inventory.yml, ca.pem and log.jsonl go"
    )
    parser.add_argument("--auth", choices=sorted(OFFERS), default="basic", help="what /PowerShell offers")
    parser.add_argument("--port-shift", default="0", help="added to every port; auto finds free ones")
    parser.add_argument(
        "--latency",
        action="append",
        default=[],
        metavar="CMDLET=SECONDS",
        help="such as Set-*=0.5 or New-PSSession=0.3",
    )
    parser.add_argument("--shell-start", type=float, default=0.0, help="seconds until an exchange-shell is up")
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="of the world or of the wire"
    )
    parser.add_argument("--faults", type=Path, help="YAML file with a schedule of faults")
    return parser


def _pairs(items: Sequence[str], option: str) -> dict[str, str]:
    for item in items:
        if "=" not in item:
            raise ValueError(f"{option} wants NAME=VALUE, not {item!r}.")
    return {name: value for name, _unused, value in (item.partition("=") for item in items)}


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{option} wants a number, not {text!r}.") from None


def _lab(given: argparse.Namespace) -> Lab:
    switches = _pairs(given.switch, "--switch")
    of_wire = {name: value for name, value in switches.items() if name in WireSwitches.names()}
    of_world = {name: value for name, value in switches.items() if name not in WireSwitches.names()}
    estate = estates.generate(given.servers) if given.servers is not None else given.estate
    world = World.from_estate(estate, switches=of_world, clock=WallClock())
    for pattern, seconds in _pairs(given.latency, "--latency").items():
        world.latency.append((pattern, _number(seconds, "--latency")))
    shift = None if given.port_shift == "auto" else int(_number(given.port_shift, "--port-shift"))
    options = Options(given.auth, shift, given.shell_start, WireSwitches.from_texts(of_wire))
    faults = FaultSchedule.from_file(given.faults) if given.faults else None
    return Lab(world, given.dir, options, faults)


async def _run(lab: Lab) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await lab.start()
    try:
        _explain(lab)
        await stopped.wait()
    finally:
        await lab.stop()
    return 0


def _explain(lab: Lab) -> None:
    for host in lab.hosts:
        server = lab.world.servers[host.fqdn]
        exchange = f"Exchange {server.version.product} ({server.version})"
        print(f"  {host.fqdn:24} {host.address:12} {exchange}, site {server.site}")
    ports = [*lab.wire.ports.items(), *lab.listeners.ports.items(), *lab.mail.ports.items()]
    print("Ports: " + ", ".join(f"{listener} {port}" for listener, port in ports))
    print(f"Use it: ansible-playbook -i {lab.folder / 'inventory.yml'} PLAYBOOK")
    print(f"Every request and cmdlet: {lab.folder / 'log.jsonl'}")
    if lab.kdc:
        print(
            "Before that: " + " ".join(f"export {name}={value};" for name, value in lab.kdc.client_environment.items())
        )
    print(f"ready: {len(lab.hosts)} servers, stop with Ctrl-C", flush=True)


if __name__ == "__main__":
    sys.exit(main())
