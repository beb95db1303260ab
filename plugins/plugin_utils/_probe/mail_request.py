# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mail ports a task asks: its options as targets, refused where they make no sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._remoting.errors import BadInput
from . import request
from .mail_protocols import PROTOCOLS
from .mail_target import MailWay
from .target import Target


def targets(options: Mapping[str, Any]) -> list[Target]:
    """Each server under each name with all protocols.

    Raises:
        BadInput: nothing to probe, a name that is none, or an address of somebody unknown.
    """
    servers = request.fqdns(options["servers"], "which its certificate would hold")
    if not servers:
        raise BadInput("There is nothing to probe.", "Name servers.")
    names = [request.host(name, "names") for name in options["names"]]
    addresses = request.addresses(options["addresses"], servers, "not among servers")
    protocols = request.protocols(options)
    return [
        Target(server, protocol, name, addresses.get(server, server))
        for server in servers
        for name in dict.fromkeys(names or (server,))
        for protocol in protocols
    ]


def way(options: Mapping[str, Any]) -> MailWay:
    """How the task's targets are probed.

    Raises:
        BadInput: a number out of range, a file that holds no CA, a thumbprint that is none, the port of no protocol.
    """
    ports = {name: one.port for name, one in PROTOCOLS.items()}
    for name, number in options["ports"].items():
        if name not in PROTOCOLS:
            raise BadInput(f"ports has '{name}', which is no protocol.", f"Protocols are {', '.join(PROTOCOLS)}.")
        if isinstance(number, bool) or not str(number).isdecimal():
            raise BadInput(f"The port of {name} is '{number}'.", "Give a number between 1 and 65535.")
        ports[name] = request.port(int(number), f"The port of {name}")  # a template may have made a text of it
    return MailWay(**request.common_way(options), ports=ports)
