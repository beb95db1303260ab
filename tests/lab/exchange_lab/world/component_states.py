# SPDX-License-Identifier: GPL-3.0-or-later
"""Which components of a server take part, and at whose request not (health-laws 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .versions import Version

ACTIVE, INACTIVE = "Active", "Inactive"
FUNCTIONAL, MAINTENANCE = "Functional", "Maintenance"
LOCAL, REMOTE = "local", "remote"
"""The server's registry, and Active Directory."""
MONITORING, RECOVERY_ACTIONS, SERVER_WIDE_OFFLINE = "Monitoring", "RecoveryActionsEnabled", "ServerWideOffline"
HELD_BY_SETUP = (MONITORING, RECOVERY_ACTIONS, SERVER_WIDE_OFFLINE)
"""In the order in which Setup takes them out (C11)."""
OF_THE_CLOUD = ("ForwardSyncDaemon", "ProvisioningRps")

SINCE_2013 = (
    "ServerWideOffline",
    "HubTransport",
    "FrontendTransport",
    "Monitoring",
    "RecoveryActionsEnabled",
    "AutoDiscoverProxy",
    "ActiveSyncProxy",
    "EcpProxy",
    "EwsProxy",
    "ImapProxy",
    "OabProxy",
    "OwaProxy",
    "PopProxy",
    "PushNotificationsProxy",
    "RpsProxy",
    "RwsProxy",
    "RpcProxy",
    "UMCallRouter",
    "XropProxy",
    "HttpProxyAvailabilityGroup",
    "ForwardSyncDaemon",
    "ProvisioningRps",
    "MapiProxy",
    "EdgeTransport",
    "HighAvailability",
    "SharedCache",
)
SINCE_2016 = (
    "MailboxDeliveryProxy",
    "RoutingUpdates",
    "RestProxy",
    "DefaultProxy",
    "Lsass",
    "RoutingService",
    "E4EProxy",
    "CafeLAMv2",
    "LogExportProvider",
)
FIRST_MAPI_BUILD = (15, 0, 847)  # 2013 SP1
UNIFIED_MESSAGING = ("2013", "2016")


class Entry(NamedTuple):
    """What one requester wants of a component; ``time`` is in seconds since 1970."""

    component: str
    requester: str
    state: str
    time: float


class ComponentStates:
    """The entries of one server, in both scopes (C4). What Setup leaves on a healthy server is there (C6)."""

    def __init__(self, version: Version, now: float) -> None:
        self.components = tuple(_components(version))
        self._entries: dict[tuple[str, str, str], Entry] = {}
        for component in HELD_BY_SETUP:
            self.set(component, ACTIVE, FUNCTIONAL, now)

    def set(
        self, component: str, state: str, requester: str, now: float, scopes: tuple[str, ...] = (LOCAL, REMOTE)
    ) -> None:
        """Write the requester's own entry; those of others stay as they are (C9). Raises ValueError."""
        if component not in self.components:
            raise ValueError(f"This server has no component '{component}'.")
        for scope in scopes:
            self._entries[scope, component, requester] = Entry(component, requester, state, now)

    def entries(self, scope: str, component: str) -> list[Entry]:
        return [entry for (where, name, _unused), entry in self._entries.items() if (where, name) == (scope, component)]

    @property
    def is_offline(self) -> bool:
        """Whether ServerWideOffline takes the whole server out."""
        return self._own_state(SERVER_WIDE_OFFLINE) == INACTIVE

    def state(self, component: str) -> str:
        """The state that counts; ServerWideOffline takes all but three along, without entries of theirs (C7, C8)."""
        if component in OF_THE_CLOUD or (self.is_offline and component not in HELD_BY_SETUP):
            return INACTIVE
        return self._own_state(component)

    def _own_state(self, component: str) -> str:
        """One requester that wants it Inactive is enough; of its two scopes the newer entry counts (C7)."""
        newest: dict[str, Entry] = {}
        for entry in sorted(
            (*self.entries(REMOTE, component), *self.entries(LOCAL, component)), key=lambda one: one.time
        ):
            newest[entry.requester] = entry
        return INACTIVE if any(entry.state == INACTIVE for entry in newest.values()) else ACTIVE

    def snapshot(self) -> dict[str, str]:
        """Every entry's state. Times are left out."""
        return {
            f"{scope} {component} {requester}": entry.state
            for (scope, component, requester), entry in self._entries.items()
        }


def _components(version: Version) -> Iterator[str]:
    """In the order in which they are listed (C1); those of SE are inferred to be those of 2019."""
    for name in (*SINCE_2013, *(SINCE_2016 if version.generation else ())):
        absent = (name == "UMCallRouter" and version.product not in UNIFIED_MESSAGING) or (
            name == "MapiProxy" and version.parts < FIRST_MAPI_BUILD
        )
        if not absent:
            yield name
