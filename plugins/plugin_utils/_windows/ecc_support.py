# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Exchange on a server takes certificates with keys of elliptic curves (law E14)."""

from __future__ import annotations

from .._remoting.command import Command
from .._remoting.errors import ObjectMissing
from .._remoting.session import Reply
from .quoting import provider_path

ELLIPTIC = "ECDSA"
"""What certificates call such a key."""

_KEY = ("HKLM", "SOFTWARE", "Microsoft", "ExchangeServer", "v15", "Diagnostics")
_VALUE = "EnableEccCertificateSupport"


def read_ecc_support() -> Command:
    """The switch; a value that is not there is null."""
    return Command("Get-ItemProperty", {"LiteralPath": provider_path(*_KEY)}).then("Select-Object", Property=[_VALUE])


def ecc_supported(reply: Reply) -> bool | None:
    """Whether it is on, which is the text 1; None where it cannot be read. Without the key it is off."""
    if any(not isinstance(error, ObjectMissing) for error in reply.errors):
        return None
    return any(record.get(_VALUE) == "1" for record in reply.records)
