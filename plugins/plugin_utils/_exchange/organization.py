# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client access side of a whole organization as facts, read with the fewest Get cmdlets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._converge.kinds import HostName, Kind, Many, Refused, Text
from .._converge.noun import Noun
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ObjectEmpty
from .._remoting.record import Record
from .._remoting.session import Reply
from .autodiscover import CLIENT_ACCESS_SERVER, noun_for
from .component_states import GET_COMPONENTS, NotTold, inactive_as_functional
from .organization_config import ORGANIZATION_CONFIG
from .outlook_anywhere import OUTLOOK_ANYWHERE
from .outlook_provider import OUTLOOK_PROVIDER
from .servers import Server, has_wildcards, pinned_to
from .versions import Product
from .virtual_directories import PROTOCOLS

Facts = Mapping[str, Any]
"""An object as plain values: settings by option name, and whose it is. What could not be read is not in it."""
Named = Sequence[str] | None
"""FQDNs of the servers to ask about one by one; None for one Get about all."""
Read = Callable[[Command, bool], Reply]
"""Runner.read: a command, and whether errors beside the output are kept."""

SUBSETS = (
    "servers",
    "virtual_directories",
    "outlook_anywhere",
    "autodiscover",
    "outlook_providers",
    "organization",
    "sites",
)

SHOWN_BESIDE_SETTINGS: Mapping[str, tuple[str, Kind]] = {
    "internal_url": ("InternalUrl", Text()),
    "external_url": ("ExternalUrl", Text()),
    "internal_authentication_methods": ("InternalAuthenticationMethods", Many()),
}
"""Attributes that every directory shows, although not every one can set them. The methods echo the switches that are
on and are right even in a cheap read (client-access-laws 1.0)."""


def refuse_impossible(servers: Iterable[str], names: Iterable[str]) -> None:
    """Refuse names of servers that are patterns, and names of clients that are no host names.

    Raises:
        BadInput: as said.
    """
    for name in servers:
        if has_wildcards(name):
            raise BadInput(f"'{name}' among servers holds wildcards.", "Name each server, or none for all.")
    for name in names:
        try:
            HostName().parse(name)
        except Refused as exc:
            raise BadInput(f"'{name}' among names {exc}.") from exc


@dataclass(frozen=True)
class Organization:
    """Facts by what they are about; empty where they were not asked for.

    Attributes:
        servers: the servers that were asked for, all by default.
        neighbours: the organization's other servers, whose settings were not read.
        organization_config: the organization's own settings.
    """

    servers: Sequence[Facts] = ()
    neighbours: Sequence[Facts] = ()
    virtual_directories: Sequence[Facts] = ()
    outlook_anywhere: Sequence[Facts] = ()
    service_connection_points: Sequence[Facts] = ()
    outlook_providers: Sequence[Facts] = ()
    organization_config: Facts = field(default_factory=dict)
    sites: Sequence[Facts] = ()

    @property
    def everyone(self) -> list[Facts]:
        """Every server of the organization."""
        return [*self.servers, *self.neighbours]

    @property
    def by_name(self) -> dict[str, Facts]:
        """The servers by their NetBIOS names."""
        return {server["name"]: server for server in self.everyone}

    def directories(self, *protocols: str) -> list[Facts]:
        """The virtual directories of some protocols."""
        return [facts for facts in self.virtual_directories if facts["protocol"] in protocols]


@dataclass
class Inquiry:
    """One reading of the organization.

    Attributes:
        read: sends a Get.
        full: read the metabase of each server too, which takes seconds a server (client-access-laws 3.8).
        errors: what could not be read, one text each; the rest was.
        warnings: what the server remarked.
        domain_controller: the one that every Get names, the first that answered unless it was given.
    """

    read: Read
    full: bool = False
    domain_controller: str = ""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def organization(self, session_server: str, asked: Sequence[str], subsets: Iterable[str]) -> Organization:
        """Read what was asked for.

        Args:
            session_server: name or FQDN of the server that we talk to; it decides how a noun is called.
            asked: names or FQDNs of servers; empty for all.
            subsets: of SUBSETS.

        Raises:
            BadInput: a server that was asked for does not exist.
            ExchangeError: no server can be read, or as Session.invoke.
        """
        servers = self.every_server()
        chosen = named_servers(servers, asked)
        targets = {server.name.upper(): server for server in chosen if _is_target(server)}
        named = [server.fqdn for server in targets.values()] if asked else None
        service = _service_noun(servers, session_server)
        readers: Mapping[str, tuple[str, Callable[[], Any]]] = {
            "virtual_directories": ("virtual_directories", lambda: self._directories(named, targets)),
            "outlook_anywhere": ("outlook_anywhere", lambda: self._owned(OUTLOOK_ANYWHERE, named, targets)),
            "autodiscover": ("service_connection_points", lambda: self._services(service, named, targets)),
            "outlook_providers": ("outlook_providers", self._providers),
            "organization": ("organization_config", self._config),
            "sites": ("sites", lambda: self._sites(servers)),
        }
        wanted = set(subsets)
        return Organization(
            servers=self._with_components(chosen) if "servers" in wanted else [_server_facts(one) for one in chosen],
            neighbours=[_server_facts(server) for server in servers if server not in chosen],
            **{name: reader() for subset, (name, reader) in readers.items() if subset in wanted},
        )

    def every_server(self) -> list[Server]:
        """The organization's servers by name. Raises ObjectEmpty when none can be read, or as Session.invoke."""
        reply = self.read(Command("Get-ExchangeServer", pinned_to(self.domain_controller)), True)
        self._note(reply)
        servers = []
        for record in reply.records:
            try:
                servers.append(Server.of(record))
            except (ObjectEmpty, BadInput) as exc:
                self.errors.append(str(exc))
        if not servers:
            raise ObjectEmpty(
                "Get-ExchangeServer shows no server.",
                self.errors[0] if self.errors else "Check the roles of the account.",
            )
        self.domain_controller = self.domain_controller or servers[0].domain_controller
        return sorted(servers, key=lambda server: server.name.lower())

    def _with_components(self, servers: Sequence[Server]) -> list[Facts]:
        """Facts of servers. What is wrong with each in the same words is noted once."""
        noted = len(self.errors)
        found: list[Facts] = [{**_server_facts(server), **self._components(server)} for server in servers]
        self.errors[noted:] = dict.fromkeys(self.errors[noted:])
        return found

    def _components(self, server: Server) -> dict[str, Any]:
        """What Setup may have left Inactive; nothing of Exchange 2010 and Edge servers, which are not asked."""
        if not _is_configured(server):
            return {}
        noted = len(self.errors)
        records = list(self._get(GET_COMPONENTS, [{"Identity": server.fqdn}], named_by="Component"))
        try:
            return {"inactive_as_functional": inactive_as_functional(records)}
        except NotTold as exc:
            if noted == len(self.errors):
                self.errors.append(f"{GET_COMPONENTS} does not tell whether Setup holds {server.name}. {exc}")
            return {}

    def _directories(self, named: Named, targets: Mapping[str, Server]) -> list[Facts]:
        found: list[Facts] = []
        for noun in PROTOCOLS.values():
            for facts in self._owned(noun, named, targets):
                found.append({"protocol": noun.label, **facts})
        return found

    def _owned(self, noun: Noun, named: Named, targets: Mapping[str, Server]) -> list[Facts]:
        """Objects of servers; those of Exchange 2010 come along and are left out (client-access-laws 3.7)."""
        cheap = {} if self.full else {noun.cheap_read: True}
        found: list[Facts] = []
        for record in self._get(noun.get, [{**select, **cheap} for select in _selects("Server", named)]):
            server = targets.get(str(record["Identity"]).partition("\\")[0].upper())
            if server:
                web_site = str(record["Name"]).partition(" (")[2].removesuffix(")")
                whose = {"server": server.name, "web_site": web_site}
                found.append({**whose, "identity": str(record["Identity"]), **self._settings(noun, record)})
        return found

    def _settings(self, noun: Noun, record: Record) -> dict[str, Any]:
        values = noun.values(record, self.full)
        for option, (attribute, kind) in SHOWN_BESIDE_SETTINGS.items():
            if option not in values and attribute in record:
                values[option] = kind.read(record[attribute])
        return values

    def _services(self, noun: Noun, named: Named, targets: Mapping[str, Server]) -> list[Facts]:
        found: list[Facts] = []
        for record in self._get(noun.get, _selects("Identity", named)):
            if server := targets.get(str(record["Name"]).upper()):
                found.append({"server": server.name, **self._settings(noun, record)})
        return found

    def _providers(self) -> list[Facts]:
        return [
            {"name": str(record["Name"]), **self._settings(OUTLOOK_PROVIDER, record)}
            for record in self._get(OUTLOOK_PROVIDER.get, [{}])
        ]

    def _config(self) -> Facts:
        """Empty when it cannot be read."""
        record = next(self._get(ORGANIZATION_CONFIG.get, [{}]), None)
        if record is None:
            return {}
        return {"identity": str(record["Identity"]), **ORGANIZATION_CONFIG.values(record, full=True)}

    def _sites(self, servers: Sequence[Server]) -> list[Facts]:
        names = sorted(str(record["Name"]) for record in self._get("Get-ADSite", [{}]))
        return [{"name": name, "servers": [server.name for server in servers if server.site == name]} for name in names]

    def _get(self, cmdlet: str, selects: Iterable[Facts], named_by: str = "Name") -> Iterator[Record]:
        """Records that hold something, as the property that names them shows. What fails is noted; the rest goes on."""
        for select in selects:
            command = Command(cmdlet, {**select, "DomainController": self.domain_controller})
            try:
                reply = self.read(command, True)
            except CommandFailed as exc:
                self.errors.append(str(exc))
                continue
            self._note(reply)
            for record in reply.records:
                if record.get(named_by):
                    yield record
                else:
                    self.errors.append(
                        f"{cmdlet} returned an object with empty properties. Serialized data signing of an unpatched "
                        "or half-patched server does this: bring all servers to the same update."
                    )

    def _note(self, reply: Reply) -> None:
        self.errors.extend(str(error) for error in reply.errors)
        self.warnings.extend(reply.warnings)


def named_servers(servers: Sequence[Server], asked: Sequence[str]) -> list[Server]:
    """Those that were asked for by name or FQDN, all without names. Raises BadInput for one that does not exist."""
    wanted = {name.lower() for name in asked}
    unknown = wanted - {name.lower() for server in servers for name in (server.name, server.fqdn)}
    if unknown:
        raise BadInput(
            f"There is no Exchange server {', '.join(sorted(unknown))}.",
            f"The servers are {', '.join(server.name for server in servers)}.",
        )
    return [server for server in servers if not asked or {server.name.lower(), server.fqdn.lower()} & wanted]


def _selects(parameter: str, named: Named) -> list[dict[str, Any]]:
    """Without -Identity and -Server one Get returns the objects of every server (client-access-laws 3.3)."""
    return [{}] if named is None else [{parameter: fqdn} for fqdn in named]


def _is_target(server: Server) -> bool:
    """Whether it has front end directories that this collection knows."""
    return _is_configured(server) and server.has_client_access


def _is_configured(server: Server) -> bool:
    """Whether this collection configures such servers at all."""
    return server.product > Product.E2010 and "Edge" not in server.roles


def _service_noun(servers: Sequence[Server], session_server: str) -> Noun:
    """As the session's server calls it. The old name is answered by all versions (client-access-laws 6.6)."""
    for server in servers:
        if session_server.lower() in (server.name.lower(), server.fqdn.lower()):
            return noun_for(server.product)
    return CLIENT_ACCESS_SERVER


def _server_facts(server: Server) -> Facts:
    return {
        "name": server.name,
        "fqdn": server.fqdn,
        "version": str(server.version),
        "product": str(server.product),
        "roles": server.roles.split(", "),
        "site": server.site,
        "edition": server.edition,
        "client_access": _is_target(server),
        "back_end": _is_configured(server) and server.has_back_end,
    }
