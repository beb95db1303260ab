# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log (iis-over-remoting 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from psrpcore.types import PSByte, PSInt64

from ...world.windows.events import BOUND_SSL, Event
from ..errors import not_simulated
from .call import CORE, Call, Failure, cmdlet
from .live import Live, seconds_of

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
ERROR, WARNING = 2, 3
READER = "System.Diagnostics.Eventing.Reader."
KEYS = {"logname", "providername", "id", "starttime"}


@dataclass(slots=True)
class LiveEvent(Live):
    """An EventLogRecord; ``number`` is its record id."""

    event: Event
    number: int
    computer: str
    types = (READER + "EventLogRecord", READER + "EventRecord")

    @property
    def level(self) -> int:
        return WARNING if self.event.id == BOUND_SSL else ERROR

    def properties(self) -> Mapping[str, Any]:
        return {
            "Id": self.event.id,
            "Level": PSByte(self.level),
            "ProviderName": self.event.provider,
            "LogName": self.event.log,
            "MachineName": self.computer,
            "TimeCreated": _moment(self.event.time),
            "RecordId": PSInt64(self.number),
            "Properties": [READER + "EventProperty" for _unused in self.event.data],
        }

    def notes(self) -> Mapping[str, Any]:
        endpoint = self.event.data.get("Endpoint", "")
        if self.event.id == BOUND_SSL:
            return {"Message": f"SSL Certificate Settings created by an admin process for endpoint : {endpoint} ."}
        text = f"An error occurred while using SSL configuration for endpoint {endpoint}."
        return {"Message": text + "  The error status code is contained within the returned data."}

    def call(self, method: str, arguments: Sequence[Any]) -> Any:
        return self._xml() if method.lower() == "toxml" else Live.call(self, method, arguments)

    def _xml(self) -> str:
        event = self.event
        time = _moment(event.time).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        data = "".join(f"<Data Name={quoteattr(name)}>{escape(value)}</Data>" for name, value in event.data.items())
        return (
            f"<Event xmlns='{NAMESPACE}'><System><Provider Name='{event.provider}'/><EventID>{event.id}</EventID>"
            f"<Level>{self.level}</Level><TimeCreated SystemTime='{time}'/><EventRecordID>{self.number}</EventRecordID>"
            f"<Channel>{event.log}</Channel><Computer>{escape(self.computer)}</Computer></System>"
            f"<EventData>{data}</EventData></Event>"
        )


@cmdlet("Get-WinEvent", CORE + "GetWinEventCommand", "FilterHashtable", "MaxEvents")
def get_win_event(call: Call) -> Iterator[LiveEvent]:
    """By -FilterHashtable, the newest first; that none fits is an error."""
    wanted = {str(key).lower(): value for key, value in (call.get("FilterHashtable") or {}).items()}
    if "logname" not in wanted or set(wanted) - KEYS:
        raise not_simulated(f"Get-WinEvent with a filter of {', '.join(sorted(wanted)) or 'nothing'}")
    found = [
        LiveEvent(event, number, call.runspace.server.directory_fqdn)
        for number, event in enumerate(call.machine.events, 1)
        if _fits(event, wanted) and _is_written(call, event)
    ]
    if not found:
        text = "No events were found that match the specified selection criteria."
        raise Failure(text, "NoMatchingEventsFound", "ObjectNotFound", "System.Exception")
    yield from found[::-1][: call.get("MaxEvents", len(found))]


def _is_written(call: Call, event: Event) -> bool:
    """Whether http.sys writes down what it was given (switch binding_events)."""
    return event.id != BOUND_SSL or call.world.switches["binding_events"] == "written"


def _fits(event: Event, wanted: Mapping[str, Any]) -> bool:
    ids = wanted.get("id", event.id)
    return (
        str(wanted["logname"]).lower() == event.log.lower()
        and str(wanted.get("providername", event.provider)).lower() == event.provider.lower()
        and event.id in [int(number) for number in (ids if isinstance(ids, (list, tuple)) else [ids])]
        and ("starttime" not in wanted or event.time >= seconds_of(wanted["starttime"]))
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
