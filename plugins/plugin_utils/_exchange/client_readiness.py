# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a directory from being ready for a switch of the organization (client-access-laws 2.10, and 5, preflight).

Each function takes the directory's settings by option and returns the rest of a sentence about it, empty when it is
ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._converge.kinds import host_of

SIDES = ("internal", "external")


def mapi_problem(mapi: Mapping[str, Any]) -> str:
    """Section 5: MAPI over HTTP wants a URL to tell Outlook."""
    return "" if any(mapi.get(f"{side}_url") for side in SIDES) else "has neither an internal nor an external URL"


def download_problem(owa: Mapping[str, Any]) -> str:
    """2.10: beside each URL a download host, which is no host of Outlook on the web. Exchange 2013 knows none."""
    own = {host_of(owa.get(f"{side}_url")) for side in SIDES}
    for side in SIDES:
        option = f"{side}_download_host_name"
        if option not in owa:
            continue
        host = owa[option]
        if not host and owa.get(f"{side}_url"):
            return f"has no {option}"
        if host and host.lower() in own:
            return f"has the {option} {host}, which is a host of Outlook on the web itself"
    return ""
