# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which health pages a task asks for: its options as targets, refused where they make no sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._remoting.errors import BadInput
from . import request
from .page_target import HTTPS, PORTS, PageTarget, PageWay


def targets(options: Mapping[str, Any]) -> list[PageTarget]:
    """Each server under each name, then each namespace; each with all protocols.

    Raises:
        BadInput: nothing to probe, a name that is none, or an address of somebody unknown.
    """
    servers = request.fqdns(options["servers"], "which is what the health page names")
    names = [request.host(name, "names") for name in options["names"]]
    namespaces = [request.host(name, "namespaces") for name in options["namespaces"]]
    if not servers and not namespaces:
        raise BadInput("There is nothing to probe.", "Name servers, namespaces or both.")
    if names and not servers:
        raise BadInput("names are asked of each server, and there are no servers.", "Name them, or use namespaces.")
    known = {*servers, *namespaces}
    addresses = request.addresses(options["addresses"], known, "neither among servers nor namespaces")
    protocols = request.protocols(options)
    return [
        *_of_servers(servers, names, addresses, protocols),
        *_of_namespaces(dict.fromkeys(namespaces), tuple(servers), addresses, protocols),
    ]


def _of_servers(
    servers: Iterable[str], names: Sequence[str], addresses: Mapping[str, str], protocols: Sequence[str]
) -> Iterator[PageTarget]:
    for server in servers:
        for name in dict.fromkeys(names or (server,)):
            for protocol in protocols:
                yield PageTarget(server, protocol, name, addresses.get(server, server), (server,))


def _of_namespaces(
    namespaces: Iterable[str], servers: tuple[str, ...], addresses: Mapping[str, str], protocols: Sequence[str]
) -> Iterator[PageTarget]:
    for name in namespaces:
        for protocol in protocols:
            yield PageTarget(name, protocol, name, addresses.get(name, name), servers)


def way(options: Mapping[str, Any]) -> PageWay:
    """How the task's targets are probed.

    Raises:
        BadInput: a number out of range, a file that holds no CA, a thumbprint that is none.
    """
    secure = options["scheme"] == HTTPS
    common = request.common_way(options, secure=secure)
    if common["thumbprint"] and not secure:
        raise BadInput("There is no certificate to compare with thumbprint in http.", "Leave one of them out.")
    port = PORTS[options["scheme"]] if options["port"] is None else options["port"]
    return PageWay(**common, port=request.port(port, "port"))
