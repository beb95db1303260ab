# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate: servers, AD, IIS and the laws between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any

from . import (
    estates,
    exchange_setup,
    fresh_install,
    invariants,
    mail_protocols,
    offline_address_books,
    organization_config,
    serving,
    transport,
    windows,
)
from .certificates import Certificates
from .clock import Clock, ManualClock
from .directory import ADMINISTRATIVE_GROUP, AdObject, Directory, Site, unavailable
from .faults import Faults
from .mail_tls import MailTls
from .nouns.attributes import AD_UNPROVEN, IIS
from .rbac import Rbac
from .refused import Refused, iis_unreachable
from .servers import Server
from .switches import Switches
from .versions import Version
from .virtual_directory import VirtualDirectory

DEFAULT_FOREST = "contoso.test"
SHORTEST_LIFE = 1799 * 86400.0
"""So long every certificate of Setup is valid (certificate-laws O19)."""


class World:
    """One Exchange organization.

    ``servers`` is keyed by FQDN in lower case. ``records`` keeps what ``log`` was given, ``log`` may be replaced.
    ``organization_config`` is the organization's own object (client-access-laws 1.9), ``authentication_policies`` names
    those that it may choose from, ``unresolvable`` patterns of host names that DNS does not know.
    ``latency`` is a list of (pattern, seconds), the last match counts. A pattern is one of cmdlets, which may end in a
    parameter: ``Get-* -ADPropertiesOnly``. ``New-PSSession`` stands for the opening of a session. ``installed`` is when
    it all began.
    """

    def __init__(
        self, estate: Mapping[str, Any], switches: Mapping[str, object] | None = None, clock: Clock | None = None
    ) -> None:
        """Raises ValueError when the estate or a switch is not understood."""
        self.clock: Clock = clock or ManualClock()
        self.installed = self.clock.now()
        self.switches = Switches({**estate.get("switches", {}), **(switches or {})})
        self.faults = Faults()
        self.rbac = Rbac(estate.get("users", {}), self.switches["rbac_org_switch_role"])
        self.random = random.Random(0)
        self.records: list[dict[str, Any]] = []
        self.log: Callable[[dict[str, Any]], None] = self.records.append
        self.latency: list[tuple[str, float]] = [
            (pattern, float(s)) for pattern, s in estate.get("latency", {}).items()
        ]
        self.authentication_policies: tuple[str, ...] = tuple(estate.get("authentication_policies", ()))
        forest = estate.get("forest", DEFAULT_FOREST)
        sites = tuple(
            Site(name, tuple(f"{controller}.{forest}".lower() for controller in controllers))
            for name, controllers in estate["sites"].items()
        )
        self.directory = Directory(
            forest,
            estate.get("organization", "Contoso"),
            sites,
            float(estate.get("replication_delay", 0)),
            self.clock,
        )
        self.unresolvable: tuple[str, ...] = tuple(estate.get("unresolvable_hosts", ()))
        self._copies: list[tuple[float, VirtualDirectory, dict[str, Any]]] = []
        self.ad_sites = fresh_install.ad_sites(self.directory, self.clock.now())
        self.outlook_providers = fresh_install.outlook_providers(self.directory, self.clock.now())
        self.servers: dict[str, Server] = {}
        self._machines: dict[str, windows.Machine] = {}
        self._directories: dict[str, list[VirtualDirectory]] = {}
        self.receive_connectors: list[transport.ReceiveConnector] = []
        for row in estate["servers"]:
            self._install(**row)
        self.organization_config = organization_config.installed(
            self.directory,
            {server.version.product for server in self.servers.values()},
            estate.get("organization_config", {}),
            self.installed,
        )
        self.send_connectors = [
            transport.send_connector(self.directory, row, self.installed) for row in estate.get("send_connectors", ())
        ]
        hybrid = estate.get("hybrid")
        self.hybrid_configuration = (
            transport.hybrid_configuration(
                self.directory,
                hybrid.get("tls_certificate_name"),
                self.installed,
                hybrid.get("receiving", ()),
                hybrid.get("sending", ()),
            )
            if hybrid is not None
            else None
        )
        self.offline_address_books = [offline_address_books.default(self)]
        self._certificates: Certificates | None = None
        self._declared_certificates = tuple(estate.get("certificates", ()))
        self._binding_faults = tuple(estate.get("binding_faults", ()))
        for row in estate.get("directory_settings", ()):
            self._preset(**row)
        for row in estate.get("faults", ()):
            self.faults.add(**row)
        for server, state in estate.get("exchange_setup", {}).items():
            exchange_setup.put(self, server, state)

    @classmethod
    def from_estate(
        cls,
        name_or_dict: str | Mapping[str, Any],
        switches: Mapping[str, object] | None = None,
        clock: Clock | None = None,
    ) -> World:
        """A fresh world from a named estate, a YAML file or plain data.

        Raises ValueError for what is not understood.
        """
        estate = estates.load(name_or_dict) if isinstance(name_or_dict, str) else name_or_dict
        return cls(estate, switches, clock)

    @property
    def certificates(self) -> Certificates:
        """The certificates of every server; made when first asked for, because keys take time."""
        if self._certificates is None:
            self._certificates = Certificates(self, self._machines, self._declared_certificates)
            self._mail_tls = MailTls(self, self._certificates)
            for machine in self._machines.values():
                machine.events.clear()  # its log begins after Setup
            for row in self._binding_faults:
                self.break_binding(**row)
        return self._certificates

    def signing_fails(self, server: Server) -> bool:
        """Whether sessions of a server cannot sign what they send: its auth certificate is gone or has run out (S13).

        Certificates that nobody has asked for yet are as Setup made them.
        """
        if self._certificates is None and self.clock.now() < self.installed + SHORTEST_LIFE:
            return False
        return self.certificates.signs_data(server) and not self.certificates.auth_usable(server)

    @property
    def mail_tls(self) -> MailTls:
        """Which certificate SMTP, POP and IMAP of each server use."""
        _unused = self.certificates
        return self._mail_tls

    @property
    def machines(self) -> dict[str, windows.Machine]:
        """The Windows side of each server by FQDN; complete once there are certificates for its bindings to name."""
        _unused = self.certificates
        return self._machines

    def break_binding(self, server: Server | str, kind: str) -> None:
        """Break what 443 and 444 need, by a name of ``windows.BINDING_FAULTS``. Raises ValueError, KeyError."""
        found = self.server(server) if isinstance(server, str) else server
        if found is None:
            raise KeyError(server)
        windows.break_binding(self, found, kind)

    def back_end_usable(self, front: Server, back: Server) -> str:
        """Empty text, or why the front end cannot hand requests to port 444 of the back end (S11)."""
        return windows.back_end_usable(self, front, back)

    def _install(self, name: str, site: str, build: str, **more: Any) -> None:
        short, fqdn = name.upper(), f"{name}.{self.directory.forest}".lower()
        created = self.clock.now()
        item = AdObject(
            f"CN={short},{self.directory.servers_dn}",
            short,
            ("top", "server", "msExchExchangeServer"),
            "ms-Exch-Exchange-Server",
            created,
            {},
        )
        for key in ("roles", "extra_web_sites"):
            if key in more:
                more[key] = tuple(more[key])
        server = Server(short, fqdn, self.directory.site(site).name, Version(build), item, **more)
        server.access_point = fresh_install.access_point(server, created)
        server.mail_protocols = mail_protocols.settings(server, created)
        self.receive_connectors += transport.receive_connectors(server, created)
        self._machines[fqdn] = windows.installed(server, len(self.servers), self.clock)
        self.servers[fqdn] = server
        for directory in fresh_install.virtual_directories(server, self.switches, created):
            self._directories.setdefault(directory.noun.name, []).append(directory)

    def _preset(self, server: str, noun: str, **values: Any) -> None:
        """Give a front end directory, as Setup made it, other values. Raises ValueError for an unknown one."""
        item = next(
            (one for one in self.virtual_directories(noun) if one.server.name == server.upper() and one.is_front_end),
            None,
        )
        for name, value in values.items():
            held = next((place for place in (item.iis, item.object.initial) if name in place), None) if item else None
            if held is None:
                raise ValueError(f"There is no {name} of {noun} on {server} to be set by directory_settings.")
            held[name] = value

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
        return (
            f"/o={self.directory.organization}/ou={ADMINISTRATIVE_GROUP}/cn=Configuration/cn=Servers/cn={server.name}"
        )

    def virtual_directories(self, noun: str, domain_controller: str = "") -> list[VirtualDirectory]:
        """Every virtual directory of a noun that AD holds; as one domain controller knows it now, if it is named."""
        items = self._directories.get(noun, [])
        if domain_controller:
            return [item for item in items if self.directory.exists(item.object, domain_controller)]
        return [item for item in items if item.object.removed is None]

    def places(self, noun: str, server: Server, web_site: str) -> list[VirtualDirectory]:
        """What there is of a noun in a web site, whether AD still holds it or not: leftovers too."""
        return [item for item in self._directories.get(noun, []) if (item.server, item.web_site) == (server, web_site)]

    def all_directories(self, server: Server, web_site: str) -> list[VirtualDirectory]:
        """Everything of a web site, leftovers too."""
        return [item for noun in self._directories for item in self.places(noun, server, web_site)]

    def add(self, item: VirtualDirectory) -> None:
        """A directory that was created after Setup."""
        self._directories.setdefault(item.noun.name, []).append(item)

    def default_domain_controller(self, server: Server) -> str:
        """The domain controller that a server asks when none is named (V9). Raises Refused when none answers."""
        known = self.directory.site(server.site).domain_controllers
        if self.switches["domain_controller_asked"] == "last_of_site":
            known = known[::-1]
        return next((fqdn for fqdn in known if not self._is_down(fqdn)), "") or self.domain_controller(known[0])

    def domain_controller(self, name: str) -> str:
        """The FQDN of a domain controller given by name or FQDN. Raises Refused for none, and for one that is down."""
        fqdn = self.directory.domain_controller(name)
        if self._is_down(fqdn):
            raise unavailable(name)
        return fqdn

    def _is_down(self, fqdn: str) -> bool:
        return self.faults.find("domain_controller_down", fqdn.partition(".")[0], "") is not None

    def seconds(self, cmdlet: str, given: Collection[str] = ()) -> float:
        """How long a cmdlet takes, in seconds. given: its parameters' names."""
        names = {name.lower() for name in given}
        for pattern, seconds in reversed(self.latency):
            wanted, _unused, parameter = pattern.lower().partition(" -")
            if fnmatchcase(cmdlet.lower(), wanted) and (not parameter or parameter in names):
                return seconds
        return 0.0

    # reading

    def read_ad_only(self, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
        """The attributes as -ADPropertiesOnly shows them: what IIS holds reads empty (client-access-laws 1.0)."""
        known = self._known(item, domain_controller)
        lost = (IIS, AD_UNPROVEN) if self.switches["adonly_ews_booleans"] == "false" else (IIS,)
        return {a.name: a.lost_value if a.held in lost else known[a.name] for a in item.attributes}

    def read_fully(self, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
        """The attributes of a full read; raises Refused when IIS cannot be read (client-access-laws 2.17, 2.18)."""
        self.check_iis(item)
        shown = self.values(item, domain_controller)
        if self.switches["ep_attributes"] == "always_None":
            shown |= {
                "ExtendedProtectionTokenChecking": "None",
                "ExtendedProtectionFlags": (),
                "ExtendedProtectionSPNList": (),
            }
        return shown

    def values(self, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
        """The attributes as they are, AD's as one domain controller knows them."""
        known = self._known(item, domain_controller)
        return {a.name: (item.iis if a.held == IIS else known)[a.name] for a in item.attributes}

    def _known(self, item: VirtualDirectory, domain_controller: str) -> dict[str, Any]:
        known = self.directory.read(item.object, domain_controller)
        if "OfflineAddressBooks" in known:  # AD keeps it as the other end of the books' own list
            known["OfflineAddressBooks"] = offline_address_books.of(self, item, domain_controller)
        return known

    def lost_in_iis(self, item: VirtualDirectory) -> bool:
        """Whether AD holds it but IIS does not (client-access-laws 2.18). The fault is about what Setup made."""
        lost = self.faults.find("missing_in_iis", item.server.name, item.noun.name)
        return not item.in_iis or bool(lost and not item.object.made_on)

    def check_iis(self, item: VirtualDirectory) -> None:
        """Raises Refused when the server's IIS is out of reach or has lost the directory."""
        self.check_iis_answers(item)
        if self.lost_in_iis(item):
            raise missing_in_iis(item)

    def check_iis_answers(self, item: VirtualDirectory) -> None:
        """Raises Refused when the server's IIS is out of reach."""
        if fault := self.faults.find("iis_unreachable", item.server.name, item.noun.name):
            text = "Access is denied" if fault.hresult == -2147024891 else "The RPC server is unavailable"
            raise iis_unreachable(text, fault.hresult, item.identity)

    # copying to IIS

    def copy_later(self, item: VirtualDirectory, values: Mapping[str, Any]) -> None:
        """Let a service copy AD values to IIS within the next minutes (client-access-laws 2.6, 2.19)."""
        if values:
            delay = self.random.uniform(0, float(self.switches["oa_iis_copy_delay_s"]))
            self._copies.append((self.clock.now() + delay, item, dict(values)))

    def iis(self, item: VirtualDirectory) -> dict[str, Any]:
        """What the server's IIS holds now."""
        due = [copy for copy in self._copies if copy[0] <= self.clock.now()]
        self._copies = [copy for copy in self._copies if copy[0] > self.clock.now()]
        for _unused, copied, values in sorted(due, key=lambda copy: copy[0]):
            copied.iis.update(values)
        return item.iis

    # everything at once

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Every attribute of every object: AD's once all has replicated, and each server's IIS. Times are left out."""
        shot: dict[str, dict[str, Any]] = self.certificates.snapshot()
        for machine in self.machines.values():
            shot |= machine.snapshot()
        for items in self._directories.values():
            for item in items:
                if item.object.removed is None:
                    shot[f"AD {item.identity}"] = self.directory.newest(item.object)
                if item.in_iis:
                    shot[f"IIS {item.identity}"] = dict(self.iis(item))
                elif item.in_metabase:
                    shot[f"metabase {item.identity}"] = {"path": item.metabase_path}
        for server in self.servers.values():
            if server.access_point:
                shot[f"AD {server.name} service connection point"] = self.directory.newest(server.access_point)
            shot[f"AD {server.name}"] = self.directory.newest(server.object)
            shot[f"components {server.name}"] = dict(server.component_states.snapshot())
            for protocol, settings in server.mail_protocols.items():
                shot[f"AD {server.name} {protocol} settings"] = self.directory.newest(settings)
        for connector in self.receive_connectors:
            shot[f"AD ReceiveConnector {connector.identity}"] = self.directory.newest(connector.object)
        for sender in self.send_connectors:
            shot[f"AD SendConnector {sender.name}"] = self.directory.newest(sender)
        if self.hybrid_configuration is not None:
            shot["AD hybrid configuration"] = self.directory.newest(self.hybrid_configuration)
        for book in self.offline_address_books:
            shot[f"AD OfflineAddressBook {book.name}"] = self.directory.newest(book)
        for provider in self.outlook_providers.values():
            shot[f"AD OutlookProvider {provider.name}"] = self.directory.newest(provider)
        shot[f"AD OrganizationConfig {self.organization_config.name}"] = self.directory.newest(self.organization_config)
        return shot

    @staticmethod
    def changes(
        before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
    ) -> list[tuple[str, str, Any, Any]]:
        """What differs between two snapshots: (object, attribute, old, new); an absent object or attribute is None."""
        return [
            (name, attribute, before.get(name, {}).get(attribute), after.get(name, {}).get(attribute))
            for name in sorted({*before, *after})
            for attribute in sorted({*before.get(name, {}), *after.get(name, {})})
            if before.get(name, {}).get(attribute) != after.get(name, {}).get(attribute)
        ]

    def serving_problems(self, names: Collection[str], drained: Collection[str] = ()) -> list[str]:
        """What clients miss right now, one sentence each (certificate-laws 9).

        ``names`` are the namespaces that clients use, ``drained`` the FQDNs of servers that get no client traffic.
        """
        return list(serving.problems(self, names, drained))

    def violations(self) -> list[str]:
        """Invariants of the laws that do not hold in the state once all has replicated, one sentence each."""
        directories = (item for noun in self._directories for item in self.virtual_directories(noun))
        return [
            *(text for item in directories for text in invariants.broken(self, item)),
            *organization_config.broken(self),
            *(text for machine in self.machines.values() for text in machine.violations()),
            *self.certificates.violations(),
        ]


def missing_in_iis(item: VirtualDirectory) -> Refused:
    """In AD, but gone from IIS (client-access-laws 2.18; the text is ours)."""
    return Refused(
        f"The virtual directory '{item.identity}' couldn't be read from IIS: no entry '{item.metabase_path}' exists.",
        "Microsoft.Exchange.Management.Metabase.WebObjectNotFoundException",
        category="ObjectNotFound",
        target=item.identity,
    )
