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
    """A directory object: what it was created with and every write since."""

    dn: str
    name: str
    object_class: tuple[str, ...]
    category: str
    created: float
    initial: dict[str, Any]
    guid: uuid.UUID = field(init=False)
    writes: list[Write] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guid = uuid.uuid5(uuid.NAMESPACE_X500, self.dn)


@dataclass(frozen=True, slots=True)
class Site:
    """An AD site and the FQDNs of its domain controllers; the first is the one that its Exchange servers use."""

    name: str
    domain_controllers: tuple[str, ...]


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
        raise Refused(
            f"The domain controller '{name}' couldn't be found or isn't available. Check its name.",
            "Microsoft.Exchange.Data.Directory.SuitabilityDirectoryException",
            category="NotSpecified",
            target=name,
        )

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

    def _seen(self, item: AdObject, domain_controller: str) -> list[Write]:
        replicated = self._clock.now() - self.replication_delay
        return [w for w in item.writes if w.domain_controller == domain_controller or w.time <= replicated]

    @staticmethod
    def _merged(item: AdObject, writes: list[Write]) -> dict[str, Any]:
        merged = dict(item.initial)
        for write in writes:  # appended in the order of time
            merged.update(write.values)
        return merged
