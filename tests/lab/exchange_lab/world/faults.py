# SPDX-License-Identifier: GPL-3.0-or-later
"""What is broken in the world (the wire has faults of its own)."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "iis_unreachable": "The server's IIS does not answer or denies access (client-access-laws 2.17).",
    "missing_in_iis": "The directory is in AD, but gone from IIS (client-access-laws 2.18).",
    "empty_properties": "Objects arrive with every property empty, as when data signing fails.",
    "absent_attribute": "One attribute is not on the object at all.",
    "broken_signing": "Data signing fails: certificates arrive with RawData alone (certificate-laws O4).",
    "domain_controller_down": "The domain controller of that name does not answer; its site's next one is asked (V9).",
    "service_host_down": "MSExchangeServiceHost is stopped: cmdlets about certificates fail (certificate-laws O2).",
}
ACCESS_DENIED = -2147024891


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken thing.

    ``server`` is a NetBIOS name, also of a domain controller, or ``*``, ``noun`` such as OwaVirtualDirectory or ``*``.
    """

    kind: str
    server: str = "*"
    noun: str = "*"
    attribute: str = ""
    hresult: int = ACCESS_DENIED

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault '{self.kind}'. Known faults: {', '.join(KINDS)}.")


class Faults:
    """The faults that hold now."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, kind: str, **where: object) -> Fault:
        """Break something; raises ValueError for an unknown kind. The result can be handed to ``remove``."""
        fault = Fault(kind, **where)  # type: ignore[arg-type]
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Repair it."""
        self._faults.remove(fault)

    def find(self, kind: str, server: str, noun: str) -> Fault | None:
        """The first fault of that kind that holds for a noun of a server."""
        return next(iter(self.find_all(kind, server, noun)), None)

    def find_all(self, kind: str, server: str, noun: str) -> list[Fault]:
        """Every fault of that kind that holds for a noun of a server."""
        return [
            fault
            for fault in self._faults
            if fault.kind == kind
            and fault.server.lower() in ("*", server.lower())
            and fault.noun.lower() in ("*", noun.lower())
        ]
