# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that tests ask of a lab's log."""

from __future__ import annotations

from typing import Any

from exchange_lab.background import Background

Records = list[dict[str, Any]]


def requests(lab: Background, server: str, action: str = "") -> Records:
    """The requests that reached a server (FQDN), of one action or all."""
    return lab.log.records("request", host=server, **({"action": action} if action else {}))


def writes(lab: Background, server: str) -> Records:
    """The cmdlets that ran on a server (FQDN) and could write."""
    return lab.log.records("cmdlet", server=server, write=True, what_if=False)


def carried_out(lab: Background, server: str) -> Records:
    """Those of them that the server did not refuse."""
    return [record for record in writes(lab, server) if record["outcome"] in ("ok", "warning")]


def reads(lab: Background, server: str) -> Records:
    """The cmdlets that ran on a server (FQDN) and could only read."""
    return lab.log.records("cmdlet", server=server, write=False)
