# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of http.sys: it could not use a certificate, or an endpoint got one (iis-over-remoting 8, peers.md 30)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._remoting.command import Command

WINDOW = timedelta(hours=24)
MOST, MOST_BOUND = 20, 100
BROKEN, BOUND = 15021, 15301
LONGEST = 64 * 1024
"""An event is a few kilobytes; entities that could grow are refused with the DTD that defines them."""


@dataclass(frozen=True)
class HttpEvent:
    """One event.

    Attributes:
        endpoint: such as ``0.0.0.0:444``; empty where the event does not name it.
        time: as the server wrote it, UTC.
    """

    endpoint: str
    time: str


def read_http_events(now: datetime) -> Command:
    """The last ones, as XML: messages follow the server's language. None at all is an error of the cmdlet."""
    return _read(BROKEN, now - WINDOW, MOST)


def read_bound(since: datetime) -> Command:
    """Endpoints that got a certificate, likewise. ``since`` is in UTC."""
    return _read(BOUND, since, MOST_BOUND)


def _read(number: int, since: datetime, most: int) -> Command:
    start = since.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    wanted = {"LogName": "System", "ProviderName": "Microsoft-Windows-HttpEvent", "Id": number, "StartTime": start}
    return Command("Get-WinEvent", {"FilterHashtable": wanted, "MaxEvents": most}).then(
        "ForEach-Object", MemberName="ToXml"
    )


def of_xml(texts: Sequence[str]) -> Iterator[HttpEvent]:
    """Read events; what is none is passed over."""
    for text in texts:
        if len(text) > LONGEST or "<!" in text:
            continue
        try:
            root = ET.fromstring(text)
        except ET.ParseError:
            continue
        data = [item.text or "" for item in root.iterfind("{*}EventData/{*}Data")]
        created = root.find("{*}System/{*}TimeCreated")
        time = created.get("SystemTime", "") if created is not None else ""
        yield HttpEvent(next((value for value in data if ":" in value), ""), time)
