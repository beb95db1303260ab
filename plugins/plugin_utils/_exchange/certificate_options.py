# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the certificate module that need each other, or exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._remoting.errors import BadInput
from .certificate_request import LONGEST_FRIENDLY_NAME, checked_name

PRESENT, REQUESTED, ABSENT, EXPORTED = "present", "requested", "absent", "exported"

STATES: Mapping[str, tuple[str, ...]] = {
    "path": (PRESENT, EXPORTED),
    "content": (PRESENT,),
    "password": (PRESENT, EXPORTED),
    "thumbprint": (PRESENT, ABSENT, EXPORTED),
    "source_server": (PRESENT,),
    "services": (PRESENT,),
    "replace_default_smtp": (PRESENT,),
    "do_not_require_ssl": (PRESENT,),
    "x509_certificate_name": (PRESENT,),
    "allow_without_smtp": (PRESENT,),
    "check_bindings": (ABSENT,),
    "http_sys_source": (ABSENT,),
    "bindings_source": (ABSENT,),
    "release_connectors": (ABSENT,),
    "undo_path": (ABSENT,),
    "subject_name": (REQUESTED,),
    "domain_name": (PRESENT, REQUESTED),
    "key_size": (REQUESTED,),
    "friendly_name": (PRESENT, REQUESTED),
    "private_key_exportable": (PRESENT, REQUESTED),
}
"""The states that an option belongs to."""
DEFAULTS: Mapping[str, Any] = {
    "replace_default_smtp": False,
    "do_not_require_ssl": True,
    "allow_without_smtp": False,
    "check_bindings": True,
    "http_sys_source": "provider",
    "bindings_source": "all",
    "release_connectors": False,
    "key_size": 2048,
    "private_key_exportable": True,
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    PRESENT: (),
    REQUESTED: ("subject_name",),
    ABSENT: ("thumbprint",),
    EXPORTED: ("thumbprint", "path", "password"),
}
COMPANIONS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], bool]]] = {
    "replace_default_smtp": ("SMTP among services", lambda options: "SMTP" in options["services"]),
    "do_not_require_ssl": ("IIS among services", lambda options: "IIS" in options["services"]),
    "undo_path": ("release_connectors", lambda options: bool(options["release_connectors"])),
    "x509_certificate_name": (
        "POP or IMAP among services",
        lambda options: bool({"POP", "IMAP"} & set(options["services"])),
    ),
}
"""What an option is of no use without."""


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse options that do not fit the state or each other.

    Raises:
        BadInput: as said.
    """
    state = options["state"]
    given = [name for name in STATES if options[name] not in (None, [], "", DEFAULTS.get(name))]
    if foreign := [name for name in given if state not in STATES[name]]:
        raise BadInput(
            f"{', '.join(foreign)} cannot be used with state {state}.",
            f"Leave it out; {foreign[0]} belongs to state {' or '.join(STATES[foreign[0]])}.",
        )
    if missing := [name for name in NEEDED[state] if not options[name]]:
        raise BadInput(f"State {state} needs {', '.join(missing)}.", "Add it.")
    if "Federation" in options["services"]:
        raise BadInput(
            "Federation is not given by enabling a certificate.",
            "Set it with Set-FederationTrust in the Exchange Management Shell, and leave Federation out of services.",
        )
    for name, (companion, is_there) in COMPANIONS.items():
        if name in given and not is_there(options):
            raise BadInput(f"{name} needs {companion}.", "Add it, or leave the option out.")
    if options["release_connectors"] and not options["undo_path"]:
        raise BadInput(
            "release_connectors clears what Send connectors name, so it must know where to save that.",
            "Set undo_path to a file on the control node that lasts.",
        )
    if len(options["friendly_name"] or "") > LONGEST_FRIENDLY_NAME:
        raise BadInput(f"friendly_name is longer than {LONGEST_FRIENDLY_NAME} characters.", "Shorten it.")
    for name in (*options["domain_name"], *filter(None, [options["x509_certificate_name"]])):
        checked_name(name)
    if state == PRESENT:
        _check_origin(options)
    if state in (REQUESTED, EXPORTED) and len(options["servers"]) > 1:
        raise BadInput(
            f"State {state} is about one server, and servers names {len(options['servers'])}.",
            "A request belongs to one server; the certificate goes to the others afterwards with state present."
            if state == REQUESTED
            else "Name the server to export from.",
        )


def _check_origin(options: Mapping[str, Any]) -> None:
    file = [name for name in ("path", "content") if options[name]]
    if len(file) == 2:
        raise BadInput("path and content exclude each other.", "Give the certificate once.")
    if not file and not options["thumbprint"]:
        raise BadInput("State present needs path, content or thumbprint.", "Say which certificate it is about.")
    if options["password"] and not file:
        raise BadInput("password belongs to a file, and none is given.", "Leave it out.")
