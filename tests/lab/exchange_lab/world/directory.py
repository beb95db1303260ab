# SPDX-License-Identifier: GPL-3.0-or-later
"""Active Directory: objects whose attributes are seen by each domain controller when they have replicated to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .clock import Clock
from .refused import Refused

ADMINISTRATIVE_GROUP = "Exchange Administrative Group (FYDIBOHF23SPDLT)"


class Write(NamedTuple):
    """Attributes written on one domain controller at one time."""

    time: float
    domain_controller: str
    values: Mapping[str, Any]


@dataclass(eq=False, slots=True)
class AdObject:
    """A directory object: what it was created with, every write since, and its end.

    ``made_on`` is the domain controller that created it; what Setup made long ago stands on all. ``again`` counts the
    objects that had the same DN before it: each has a GUID of its own.
    """

    dn: str
    name: str
    object_class: tuple[str, ...]
    category: str
    created: float
    initial: dict[str, Any]
    guid: uuid.UUID = field(init=False)
    writes: list[Write] = field(default_factory=list)
    made_on: str = ""
    again: int = 0
    removed: Write | None = None

    def __post_init__(self) -> None:
        self.guid = uuid.uuid5(uuid.NAMESPACE_X500, f"{self.dn}#{self.again}" if self.again else self.dn)


@dataclass(frozen=True, slots=True)
class Site:
    """An AD site and the FQDNs of its domain controllers; the first is the one that its Exchange servers use."""

    name: str
    domain_controllers: tuple[str, ...]


def unavailable(domain_controller: str) -> Refused:
    """No such domain controller, or it does not answer."""
    return Refused(
        f"The domain controller '{domain_controller}' couldn't be found or isn't available. Check its name.",
        "Microsoft.Exchange.Data.Directory.SuitabilityDirectoryException",
        category="NotSpecified",
        target=domain_controller,
    )


class Directory:
    """One forest with one domain.

    A domain controller sees the writes made on it at once, and those of the others once they are
    ``replication_delay`` seconds old; the later write wins.
    """

    def __init__(
        self, forest: str, organization: str, sites: tuple[Site, ...], replication_delay: float, clock: Clock
    ) -> None:
        self.forest = forest
        self.organization = organization
        self.sites = sites
        self.replication_delay = replication_delay
        self._clock = clock
        self.configuration = "CN=Configuration," + ",".join(f"DC={part}" for part in forest.split("."))
        self.organization_dn = f"CN={organization},CN=Microsoft Exchange,CN=Services,{self.configuration}"
        self.servers_dn = f"CN=Servers,CN={ADMINISTRATIVE_GROUP},CN=Administrative Groups,{self.organization_dn}"

    def site(self, name: str) -> Site:
        """The site of that name, whatever its case; raises KeyError."""
        for site in self.sites:
            if site.name.lower() == name.lower():
                return site
        raise KeyError(name)

    def domain_controller(self, name: str) -> str:
        """The FQDN of a domain controller given by name or FQDN; raises Refused when there is none."""
        wanted = name.lower()
        for site in self.sites:
            for fqdn in site.domain_controllers:
                if wanted in (fqdn, fqdn.partition(".")[0]):
                    return fqdn
        raise unavailable(name)

    def read(self, item: AdObject, domain_controller: str) -> dict[str, Any]:
        """The attributes of an object as one domain controller knows them now."""
        return self._merged(item, self._seen(item, domain_controller))

    def newest(self, item: AdObject) -> dict[str, Any]:
        """The attributes of an object once everything has replicated."""
        return self._merged(item, item.writes)

    def when_changed(self, item: AdObject, domain_controller: str) -> float:
        """Seconds since 1970 of the last write that the domain controller has seen."""
        return max((write.time for write in self._seen(item, domain_controller)), default=item.created)

    def write(self, item: AdObject, domain_controller: str, values: Mapping[str, Any]) -> None:
        """Write attributes on one domain controller."""
        item.writes.append(Write(self._clock.now(), domain_controller, dict(values)))

    def remove(self, item: AdObject, domain_controller: str) -> None:
        """Delete an object on one domain controller."""
        item.removed = Write(self._clock.now(), domain_controller, {})

    def exists(self, item: AdObject, domain_controller: str) -> bool:
        """Whether one domain controller knows the object now."""
        made = Write(item.created, item.made_on, {})
        known = not item.made_on or self._has_seen(made, domain_controller)
        return known and not (item.removed and self._has_seen(item.removed, domain_controller))

    def _has_seen(self, write: Write, domain_controller: str) -> bool:
        return write.domain_controller == domain_controller or write.time <= self._clock.now() - self.replication_delay

    def _seen(self, item: AdObject, domain_controller: str) -> list[Write]:
        return [write for write in item.writes if self._has_seen(write, domain_controller)]

    @staticmethod
    def _merged(item: AdObject, writes: list[Write]) -> dict[str, Any]:
        merged = dict(item.initial)
        for write in writes:  # appended in the order of time
            merged.update(write.values)
        return merged
