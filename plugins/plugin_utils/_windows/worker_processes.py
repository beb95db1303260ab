# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes that began before a port got its certificate, and go on with the old key (certificate-laws Y11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from .._remoting.command import Command
from .._remoting.session import Reply
from .http_events import of_xml, read_bound
from .quoting import provider_path

Read = Callable[[Command, bool], Reply]
"""Runs a reading command; True keeps non-terminating errors in the reply."""


def read_workers(pool: str) -> Command:
    """The processes of a pool; none where it is stopped, or was not asked for anything yet."""
    return Command("Get-ChildItem", {"Path": provider_path("IIS", "AppPools", pool, "WorkerProcesses")}).then(
        "Select-Object", Property=["StartTime"]
    )


def older_than_binding(read: Read, pools: Sequence[str], port: int) -> list[str]:
    """Those of the pools whose newest process began before http.sys wrote that the port got a certificate (law W41).

    What cannot be read, or is not in the event log any more, is taken for older than the process.

    Args:
        pools: names of pools that run.

    Raises:
        ExchangeError: as Session.invoke.
    """
    began = {
        pool: max(starts)
        for pool in pools
        if (starts := list(_times(record.get("StartTime") for record in read(read_workers(pool), True).records)))
    }
    if not began:
        return []
    events = of_xml([str(text) for text in read(read_bound(min(began.values())), True).records])
    bound = list(_times(event.time for event in events if event.endpoint.endswith(f":{port}")))
    return [pool for pool, start in began.items() if bound and start < max(bound)]


def _times(values: Iterator[Any]) -> Iterator[datetime]:
    """Whole seconds in UTC; what has no time zone says nothing."""
    for value in values:
        try:
            time = datetime.fromisoformat(str(value))
        except ValueError:
            continue
        if time.tzinfo:
            yield time.astimezone(UTC).replace(microsecond=0)
