# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every probe is asked for: its options, refused where they make no sense."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, TypedDict

from .._converge.kinds import HostName, Refused
from .._exchange.certificate_names import a_labels
from .._exchange.thumbprints import parsed_thumbprint
from .._remoting.errors import BadInput
from . import tls

_COUNTS = {"concurrency": 1, "retries": 0, "delay": 0, "deadline": 0}
"""Options and the least that they may be."""


class CommonWay(TypedDict):
    """The fields of ``Way``."""

    context: ssl.SSLContext | None
    timeout: float
    retries: int
    delay: float
    concurrency: int
    thumbprint: str


def common_way(options: Mapping[str, Any], *, secure: bool = True) -> CommonWay:
    """How targets are probed.

    Args:
        secure: with TLS.

    Raises:
        BadInput: a number out of range, a file that holds no CA, a thumbprint that is none.
    """
    for name, least in _COUNTS.items():
        if options[name] < least:
            raise BadInput(f"{name} is {options[name]:g}.", f"Give {least} or more.")
    if options["timeout"] <= 0:
        raise BadInput(f"timeout is {options['timeout']:g}.", "Give more than 0 seconds.")
    return CommonWay(
        context=tls.client(options["ca_cert"], verify=options["validate_certs"]) if secure else None,
        timeout=options["timeout"],
        retries=options["retries"],
        delay=options["delay"],
        concurrency=options["concurrency"],
        thumbprint=parsed_thumbprint(options["thumbprint"]),
    )


def port(number: int, option: str) -> int:
    """A port's number. Raises BadInput."""
    if not 0 < number < 65536:
        raise BadInput(f"{option} is {number}.", "Give one between 1 and 65535.")
    return number


def protocols(options: Mapping[str, Any]) -> list[str]:
    """Each once. Raises BadInput: there is none."""
    found = list(dict.fromkeys(options["protocols"]))
    if not found:
        raise BadInput("protocols is empty.", "Name at least one, or leave the option out.")
    return found


def fqdns(names: Sequence[str], why: str) -> list[str]:
    """Servers by their FQDNs, each once. Raises BadInput.

    Args:
        why: what the FQDN is needed for, the end of a sentence.
    """
    return list(dict.fromkeys(_fqdn(name, why) for name in names))


def _fqdn(server: str, why: str) -> str:
    name = host(server, "servers")
    if "." not in name or _is_address(name):
        raise BadInput(
            f"'{server}' among servers is no FQDN, {why}.",
            "Write ex1.contoso.com, and in addresses where it is reached.",
        )
    return name


def host(name: str, option: str) -> str:
    """The name in lower case, IDN as A-labels. Raises BadInput."""
    try:
        HostName().parse(name)
    except Refused as exc:
        raise BadInput(f"'{name}' among {option} {exc}.") from exc
    return a_labels(name)


def addresses(given: Mapping[str, Any], known: Collection[str], places: str) -> dict[str, str]:
    """Where subjects are reached. Raises BadInput: one of somebody unknown.

    Args:
        places: options that name subjects, the end of a sentence.
    """
    found = {}
    for name, address in given.items():
        if a_labels(str(name)) not in known:
            raise BadInput(f"addresses has '{name}', which is {places}.", "Name it there.")
        text = str(address)
        found[a_labels(str(name))] = text if _is_address(text) else host(text, "addresses")
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
