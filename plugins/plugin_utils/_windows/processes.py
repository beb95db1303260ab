# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Exchange Setup runs on the server, in whatever mode (peers 108)."""

from __future__ import annotations

from collections.abc import Sequence

from .._remoting.command import Command
from .._remoting.record import Record

SETUP = "ExSetup*"
"""The processes of Setup and of its wizard, ExSetupUI, as ExchangeDsc knows them."""


def read_setup() -> Command:
    """Those processes. A pattern that fits none is no error (law W40)."""
    return Command("Get-Process", {"Name": [SETUP]}).then("Select-Object", Property=["ProcessName"])


def names(records: Sequence[Record]) -> list[str]:
    """Each once, sorted."""
    return sorted({str(record["ProcessName"]) for record in records})
