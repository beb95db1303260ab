# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ServerComponentState (health-laws 2)."""

from __future__ import annotations

from collections.abc import Sequence

from psrpcore.types import PSList, PSObject

from ..world.component_states import LOCAL, REMOTE, Entry
from ..world.refused import not_found
from ..world.servers import Server
from .call import Call, cmdlet
from .enumerations import DATA, enumeration
from .errors import not_simulated
from .shapes import AD, ASSEMBLY
from .virtual_directories import damaged

PRESENTATION = AD + "Management.ServerComponentStatePresentationObject"
DETAILS = PRESENTATION + "+RequesterDetails"
DETAILS_LIST = f"System.Collections.Generic.List`1[[{DETAILS}, Microsoft.Exchange.Data.Directory, {ASSEMBLY}]]"


@cmdlet("Get-ServerComponentState")
def get(call: Call) -> None:
    """All components of one server."""
    if "Component" in call.bound:
        raise not_simulated("-Component of Get-ServerComponentState")
    server = call.world.server(call.bound.get("Identity"))
    if server is None:
        raise not_found(call.bound.get("Identity"), call.domain_controller)
    for component in server.component_states.components:
        call.write(damaged(call, server.name, "ServerComponentState", _shaped(call, server, component)))


def _shaped(call: Call, server: Server, component: str) -> PSObject:
    """As recorded (C10)."""
    shapes, states = call.shapes, server.component_states
    return shapes.bag(
        (PRESENTATION, DATA + "ConfigurableObject"),
        [
            ("ServerFqdn", server.directory_fqdn),
            ("Component", component),
            ("State", enumeration("ServiceState", states.state(component))),
            ("ServerWideOfflineIsOffline", states.is_offline),
            ("RemoteStates", _details(call, states.entries(REMOTE, component))),
            ("LocalStates", _details(call, states.entries(LOCAL, component))),
            ("Identity", shapes.ad_object_id(server.object.dn, server.name, server.object.guid)),
            ("IsValid", True),
            ("ObjectState", enumeration("ObjectState", "New")),
        ],
        PRESENTATION,
    )


def _details(call: Call, entries: Sequence[Entry]) -> PSList:
    """Who wants what; how much of it arrives is a switch (C10)."""
    arrive = call.world.switches["component_entries"]
    built = PSList(
        [_text(call, entry) if arrive == "texts" else _detail(call, entry) for entry in entries if arrive != "lost"]
    )
    built.PSObject.type_names = [DETAILS_LIST, "System.Object"]
    return built


def _detail(call: Call, entry: Entry) -> PSObject:
    return call.shapes.bag(
        (DETAILS,),
        [
            ("Requester", entry.requester),
            ("State", entry.state),
            ("Timestamp", call.shapes.time(entry.time)),
            ("Component", entry.component),
        ],
        _text(call, entry),
    )


def _text(call: Call, entry: Entry) -> str:
    moment = call.shapes.time(entry.time)
    stamp = moment.strftime("%-m/%-d/%Y %-I:%M:%S %p")
    return f"Requestor:{entry.requester}; State:{entry.state}; Timestamp:{stamp}"
