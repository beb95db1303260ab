# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate: servers, AD, IIS and the laws between them."""
from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from . import estates, fresh_install
from .clock import Clock, ManualClock
from .directory import AdObject, Directory, Site
from .faults import Faults
from .nouns.attributes import AD_UNPROVEN, IIS
from .rbac import Rbac
from .refused import Refused, iis_unreachable
from .servers import Server
from .switches import Switches
from .versions import Version
from .virtual_directory import VirtualDirectory

DEFAULT_FOREST = "contoso.test"


class World:
    """One Exchange organization.

    ``servers`` is keyed by FQDN in lower case. ``records`` keeps what ``log`` was given, ``log`` may be replaced.
    ``organization`` are the organization's own attributes that a rule reads (client-access-laws 1.9).
    ``latency`` is a list of (cmdlet pattern, seconds), the last match counts.
    """

    def __init__(self, estate: Mapping[str, Any], switches: Mapping[str, object] | None = None, clock: Clock | None = None) -> None:
        """Raises ValueError when the estate or a switch is not understood."""
        self.clock: Clock = clock or ManualClock()
        self.switches = Switches({**estate.get("switches", {}), **(switches or {})})
        self.faults = Faults()
        self.rbac = Rbac(estate.get("users", {}), self.switches["rbac_org_switch_role"])
        self.random = random.Random(0)
        self.records: list[dict[str, Any]] = []
        self.log: Callable[[dict[str, Any]], None] = self.records.append
        self.latency: list[tuple[str, float]] = [(pattern, float(s)) for pattern, s in estate.get("latency", {}).items()]
        self.organization: dict[str, Any] = dict(estate.get("organization_config", {}))
        forest = estate.get("forest", DEFAULT_FOREST)
        sites = tuple(
            Site(name, tuple(f"{controller}.{forest}".lower() for controller in controllers))
            for name, controllers in estate["sites"].items()
        )
        self.directory = Directory(
            forest, estate.get("organization", "Contoso"), sites, float(estate.get("replication_delay", 0)), self.clock,
        )
        self.servers: dict[str, Server] = {}
        self._directories: dict[str, list[VirtualDirectory]] = {}
        for row in estate["servers"]:
            self._install(**row)
        for row in estate.get("faults", ()):
            self.faults.add(**row)

    @classmethod
    def from_estate(
        cls, name_or_dict: str | Mapping[str, Any], switches: Mapping[str, object] | None = None, clock: Clock | None = None,
    ) -> World:
        """A fresh world from a named estate, a YAML file or plain data. Raises ValueError for what is not understood."""
        estate = estates.load(name_or_dict) if isinstance(name_or_dict, str) else name_or_dict
        return cls(estate, switches, clock)

    def _install(self, name: str, site: str, build: str, **more: Any) -> None:
        short, fqdn = name.upper(), f"{name}.{self.directory.forest}".lower()
        created = self.clock.now()
        item = AdObject(
            f"CN={short},{self.directory.servers_dn}", short, ("top", "server", "msExchExchangeServer"), "ms-Exch-Exchange-Server",
            created, {},
        )
        for key in ("roles", "extra_web_sites"):
            if key in more:
                more[key] = tuple(more[key])
        server = Server(short, fqdn, self.directory.site(site).name, Version(build), item, **more)
        self.servers[fqdn] = server
        for directory in fresh_install.virtual_directories(server, self.directory, created):
            self._directories.setdefault(directory.noun.name, []).append(directory)

    # finding

    def server(self, identity: str) -> Server | None:
        """A server by name, FQDN, DN, legacy DN or GUID, whatever its case (client-access-laws 3.3)."""
        wanted = identity.lower()
        for server in self.servers.values():
            names = (server.name, server.fqdn, server.object.dn, self.legacy_dn(server), str(server.object.guid))
            if wanted in (name.lower() for name in names):
                return server
        return None

    def legacy_dn(self, server: Server) -> str:
        """The X.500 name that Exchange gives to a server."""
        group = "Exchange Administrative Group (FYDIBOHF23SPDLT)"
        return f"/o={self.directory.organization}/ou={group}/cn=Configuration/cn=Servers/cn={server.name}"

    def virtual_directories(self, noun: str) -> list[VirtualDirectory]:
        """Every virtual directory of a noun in the organization."""
        return self._directories.get(noun, [])

    def default_domain_controller(self, server: Server) -> str:
        """The domain controller that a server asks when none is named."""
        return self.directory.site(server.site).domain_controllers[0]

    def seconds(self, cmdlet: str) -> float:
        """How long a cmdlet takes."""
        return next((s for pattern, s in reversed(self.latency) if fnmatchcase(cmdlet.lower(), pattern.lower())), 0.0)

    # reading

    def read_ad_only(self, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
        """The attributes as -ADPropertiesOnly shows them: what IIS holds reads empty (client-access-laws 1.0)."""
        known = self.directory.read(item.object, domain_controller)
        unproven = self.switches["adonly_ews_booleans"] == "false"
        return {
            a.name: a.lost_value if a.held == IIS or (a.held == AD_UNPROVEN and unproven) else known[a.name] for a in item.attributes
        }

    def read_fully(self, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
        """The attributes of a full read; raises Refused when IIS cannot be read (client-access-laws 2.17, 2.18)."""
        self.check_iis(item)
        known = self.directory.read(item.object, domain_controller)
        return {a.name: (item.iis if a.held == IIS else known)[a.name] for a in item.attributes}

    def check_iis(self, item: VirtualDirectory) -> None:
        """Raises Refused when the server's IIS is out of reach or has lost the directory."""
        if fault := self.faults.find("iis_unreachable", item.server.name, item.noun.name):
            text = "Access is denied" if fault.hresult == -2147024891 else "The RPC server is unavailable"
            raise iis_unreachable(text, fault.hresult, item.identity)
        if self.faults.find("missing_in_iis", item.server.name, item.noun.name):
            raise missing_in_iis(item)


def missing_in_iis(item: VirtualDirectory) -> Refused:
    """In AD, but gone from IIS (client-access-laws 2.18; the text is ours)."""
    return Refused(
        f"The virtual directory '{item.identity}' couldn't be read from IIS: no entry '{item.metabase_path}' exists.",
        "Microsoft.Exchange.Management.Metabase.WebObjectNotFoundException",
        category="ObjectNotFound",
        target=item.identity,
    )
