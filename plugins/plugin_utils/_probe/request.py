# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks to be probed: its options as targets, refused where they make no sense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from .._converge.kinds import HostName, Refused
from .._exchange.certificate_names import a_labels
from .._remoting.errors import BadInput
from . import tls
from .target import HTTPS, PORTS, Target, Way

_COUNTS = {"concurrency": 1, "retries": 0, "delay": 0, "deadline": 0}
"""Options and the least that they may be."""
_SEPARATORS = re.compile(r"[\s:\u200e\u200f]")
"""What stands between the digits of a thumbprint that was copied from a window."""


def targets(options: Mapping[str, Any]) -> list[Target]:
    """Each server under each name, then each namespace; each with all protocols.

    Raises:
        BadInput: nothing to probe, a name that is none, or an address of somebody unknown.
    """
    servers = [_fqdn(server) for server in options["servers"]]
    names = [_host(name, "names") for name in options["names"]]
    namespaces = [_host(name, "namespaces") for name in options["namespaces"]]
    if not servers and not namespaces:
        raise BadInput("There is nothing to probe.", "Name servers, namespaces or both.")
    if names and not servers:
        raise BadInput("names are asked of each server, and there are no servers.", "Name them, or use namespaces.")
    addresses = _addresses(options["addresses"], {*servers, *namespaces})
    protocols = list(dict.fromkeys(options["protocols"]))
    if not protocols:
        raise BadInput("protocols is empty.", "Name at least one, or leave the option out.")
    return [
        *_of_servers(dict.fromkeys(servers), names, addresses, protocols),
        *_of_namespaces(dict.fromkeys(namespaces), tuple(servers), addresses, protocols),
    ]


def _of_servers(
    servers: Iterable[str], names: Sequence[str], addresses: Mapping[str, str], protocols: Sequence[str]
) -> Iterator[Target]:
    for server in servers:
        for name in dict.fromkeys(names or (server,)):
            for protocol in protocols:
                yield Target(server, protocol, name, addresses.get(server, server), (server,))


def _of_namespaces(
    namespaces: Iterable[str], servers: tuple[str, ...], addresses: Mapping[str, str], protocols: Sequence[str]
) -> Iterator[Target]:
    for name in namespaces:
        for protocol in protocols:
            yield Target(name, protocol, name, addresses.get(name, name), servers)


def way(options: Mapping[str, Any]) -> Way:
    """How the task's targets are probed.

    Raises:
        BadInput: a number out of range, a file that holds no CA, a thumbprint that is none.
    """
    for name, least in _COUNTS.items():
        if options[name] < least:
            raise BadInput(f"{name} is {options[name]:g}.", f"Give {least} or more.")
    if options["timeout"] <= 0:
        raise BadInput(f"timeout is {options['timeout']:g}.", "Give more than 0 seconds.")
    port = PORTS[options["scheme"]] if options["port"] is None else options["port"]
    if not 0 < port < 65536:
        raise BadInput(f"port is {port}.", "Give one between 1 and 65535.")
    thumbprint = _SEPARATORS.sub("", options["thumbprint"] or "").upper()
    if thumbprint and not re.fullmatch(r"[0-9A-F]{40}", thumbprint):
        raise BadInput(f"The thumbprint '{options['thumbprint']}' has not 40 hexadecimal digits.", "Copy all of it.")
    secure = options["scheme"] == HTTPS
    if thumbprint and not secure:
        raise BadInput("There is no certificate to compare with thumbprint in http.", "Leave one of them out.")
    return Way(
        port=port,
        context=tls.client(options["ca_cert"], verify=options["validate_certs"]) if secure else None,
        timeout=options["timeout"],
        retries=options["retries"],
        delay=options["delay"],
        concurrency=options["concurrency"],
        thumbprint=thumbprint,
    )


def _fqdn(server: str) -> str:
    name = _host(server, "servers")
    if "." not in name or _is_address(name):
        raise BadInput(
            f"'{server}' among servers is no FQDN, which is what the health page names.",
            "Write ex1.contoso.com, and in addresses where it is reached.",
        )
    return name


def _host(name: str, option: str) -> str:
    """The name in lower case, IDN as A-labels."""
    try:
        HostName().parse(name)
    except Refused as exc:
        raise BadInput(f"'{name}' among {option} {exc}.") from exc
    return a_labels(name)


def _addresses(given: Mapping[str, Any], known: set[str]) -> dict[str, str]:
    found = {}
    for name, address in given.items():
        if a_labels(str(name)) not in known:
            raise BadInput(f"addresses has '{name}', which is neither among servers nor namespaces.", "Name it there.")
        text = str(address)
        found[a_labels(str(name))] = text if _is_address(text) else _host(text, "addresses")
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
