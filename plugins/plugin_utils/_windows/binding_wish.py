# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of iis_binding mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._remoting.endpoint import is_host_name
from .._remoting.errors import BadInput
from .binding_change import PROVIDER, BindingWish
from .bindings import HTTPS, Binding, wished_address
from .certificate_store import MY, store_path, wished_thumbprint
from .quoting import exact_name

ALL_FLAGS = 127
"""The bits of sslFlags that are known."""


def wish_of(options: Mapping[str, Any]) -> BindingWish:
    """The wish.

    Raises:
        BadInput: an option is impossible, or contradicts another.
    """
    https = options["protocol"] == HTTPS
    present = options["state"] == "present"
    _refuse_contradictions(options, https, present)
    store_path(options["store"])
    return BindingWish(
        target=_target(options),
        present=present,
        thumbprint=wished_thumbprint(options["thumbprint"]) if options["thumbprint"] else "",
        store=options["store"],
        ssl_flags=options["ssl_flags"],
        replaces=_replaced(options),
        shared=options["shared"],
        attach_with=options["attach_with"],
        remove_with=options["remove_with"],
    )


def _refuse_contradictions(options: Mapping[str, Any], https: bool, present: bool) -> None:
    for name in ("thumbprint", "ssl_flags", "new_certificate"):
        if options[name] and not https:
            raise BadInput(f"{name} is for https, and protocol is http.", "Leave it out, or set protocol to https.")
        if options[name] and not present:
            raise BadInput(f"{name} makes no sense with state absent.", "Leave it out.")
    if options["thumbprint"] and options["new_certificate"]:
        raise BadInput("thumbprint and new_certificate exclude each other.", "Leave one out.")
    if options["attach_with"] == PROVIDER and options["store"].lower() != MY.lower():
        raise BadInput(
            f"attach_with provider takes certificates from {MY} alone, and store is {options['store']}.",
            "Set attach_with to method, or leave store out.",
        )
    if options["replaces"] and not present:
        raise BadInput("replaces makes no sense with state absent.", "Name the binding that is to go by its place.")
    flags = options["ssl_flags"]
    if flags is not None and not 0 <= flags <= ALL_FLAGS:
        raise BadInput(f"ssl_flags {flags} has bits that are not known.", f"It is a sum of bits from 0 to {ALL_FLAGS}.")
    if flags and flags & 2:
        raise BadInput(
            "ssl_flags has bit 2, the central store, in which Exchange finds no certificate.", "Leave it out."
        )
    if flags and flags & 1 and not options["host_name"]:
        raise BadInput("ssl_flags has bit 1, SNI, which needs a host name.", "Set host_name, or leave the bit out.")


def _target(options: Mapping[str, Any]) -> Binding:
    host, port = options["host_name"].lower(), options["port"]
    if not 0 < port < 65536:
        raise BadInput(f"port {port} is none.", "Set it to a number from 1 to 65535.")
    if host and not is_host_name(host.removeprefix("*.")):
        raise BadInput(f"host_name '{host}' is not a host name.", "Write it as mail.contoso.com.")
    address = wished_address(options["address"])
    return Binding.of(exact_name(options["site"]), options["protocol"], f"{address}:{port}:{host}")


def _replaced(options: Mapping[str, Any]) -> Binding | None:
    """The binding that gives way, as iis_binding_info shows it or with its address written in another way."""
    if not options["replaces"]:
        return None
    try:
        return Binding.of(options["site"], options["protocol"], options["replaces"])
    except ValueError as exc:
        raise BadInput(
            f"replaces '{options['replaces']}' is no binding over HTTP.", "Write it as *:445: or 10.0.0.1:444:."
        ) from exc
