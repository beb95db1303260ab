# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate holds a host name (law G6, RFC 9525 section 6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

WILDCARD = "*."


def holds(names: Iterable[str], host: str) -> bool:
    """Whether one of a certificate's DNS names stands for the host.

    ``*`` stands for exactly one whole label, the left-most, and for nothing else: never for the bare domain, for two
    labels or for a part of one. Case and a trailing dot do not matter; IDN are compared as A-labels. An IP address
    needs the same address.
    """
    wanted = a_labels(host)
    if not wanted:
        return False
    if address := _address(wanted):
        return any(_address(name) == address for name in names)
    return any(_stands_for(a_labels(name), wanted) for name in names)


def a_labels(name: str) -> str:
    """The name in the form that certificates hold: lower case, no trailing dot, IDN as ``xn--`` labels."""
    lower = name.strip().rstrip(".").lower()
    if lower.isascii():
        return lower
    try:
        return ".".join(label.encode("idna").decode("ascii") for label in lower.split("."))
    except UnicodeError:
        return lower


def _stands_for(presented: str, wanted: str) -> bool:
    if presented.startswith(WILDCARD):
        label, _dot, domain = wanted.partition(".")
        return bool(label) and label != "*" and domain == presented.removeprefix(WILDCARD)
    return presented == wanted


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None
