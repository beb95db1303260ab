# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health page of each protocol, and which server answered (health-laws H1, H2, H4)."""

from __future__ import annotations

import re

DIRECTORIES = {
    "owa": "owa",
    "ecp": "ecp",
    "ews": "ews",
    "activesync": "Microsoft-Server-ActiveSync",
    "oab": "oab",
    "mapi": "mapi",
    "rpc": "rpc",
    "autodiscover": "autodiscover",
    "powershell": "PowerShell",
}
"""The directory of each protocol."""

_PAGE = re.compile(r"200 OK\s*<br\s*/?>\s*([a-z0-9_.-]{1,255})", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE)


def path_of(protocol: str) -> str:
    """The path of a protocol's health page."""
    return f"/{DIRECTORIES[protocol]}/healthcheck.htm"


def names_server(body: str, server: str) -> bool:
    """Whether the body holds this FQDN, given in lower case, as a whole word in any case."""
    return server in (word.lower().strip(".") for word in _WORD.findall(body))


def named_server(body: str) -> str:
    """The server that the health page names, in lower case; empty where the body is something else."""
    found = _PAGE.search(body)
    return found[1].lower().strip(".") if found else ""
