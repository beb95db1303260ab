# SPDX-License-Identifier: GPL-3.0-or-later
"""Every certificate of the estate, and what tests and estates may do to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cryptography import x509

from ..directory import AdObject
from ..servers import Server
from . import building, enabling, fresh_install, requests, status
from .authority import Authority
from .building import Signer, Validity
from .distinguished_names import parsed
from .enabling import INTERNAL_TRANSPORT
from .fresh_install import DAY
from .keys import CNG_TYPE, SCHANNEL, SCHANNEL_TYPE, SOFTWARE_KSP, Keys, MachineKey, PrivateKey
from .services import checked, services
from .store import Listed, Root, ServerCertificates, StoreEntry

if TYPE_CHECKING:
    from ..windows import Machine
    from ..world import World


class Certificates:
    """The stores of all servers, the lab's authorities and the auth configuration.

    ``auth_config`` is the organization's AD object. ``revoked`` holds thumbprints.
    """

    def __init__(self, world: World, machines: Mapping[str, Machine], declared: Iterable[Mapping[str, Any]]) -> None:
        """Give each machine what Setup leaves, then what an estate declares (see ``issue``). Raises ValueError."""
        self.revoked: set[str] = set()
        self.world = world
        self.keys = Keys()
        self._authorities: dict[str, Authority] = {}
        self._machines = machines
        first = next(iter(world.servers.values()))
        auth = fresh_install.auth_entry(self.keys, world.installed, self.own_hash(first))
        for server in world.servers.values():
            held = fresh_install.fresh(server, self.keys, world.installed, self.own_hash(server))
            if server.has_back_end:
                server.object.initial[INTERNAL_TRANSPORT] = held.my[0].der
            machines[server.fqdn].install_certificates(held)
            marks = {"SMTP"} if server is first else set()
            held.my.append(StoreEntry(auth.certificate, auth.key, auth.friendly_name, auth.added, marks))
        self.auth_config = _auth_config(world, auth.thumbprint)
        for row in declared:
            self.issue(*row.get("servers", world.servers), **{key: row[key] for key in row if key != "servers"})

    # what a server has

    def of(self, server: Server | str) -> ServerCertificates:
        """The stores of a server, given by itself, its name or FQDN. Raises KeyError."""
        return self.machine(server).certificates

    def listed(self, server: Server) -> list[Listed]:
        """What Get-ExchangeCertificate may show of a server, the newest first: what has a key (O18), and requests."""
        held = self.of(server)
        shown = [
            entry
            for entry in held.my
            if entry.key and not (entry.archived and self.world.switches["archived_listed"] == "no")
        ]
        every = [self._facts(server, held, entry) for entry in (*shown, *held.requests)]
        return sorted(every, key=lambda item: item.entry.certificate.not_valid_before_utc, reverse=True)

    def choice_for(self, server: Server, hosts: Sequence[str]) -> list[Listed]:
        """The certificates for any of these hosts, the one that SMTP would choose first (O21, S4)."""
        return self.as_smtp_ranks(
            item for item in self.listed(server) if any(item.entry.covers(host) for host in hosts)
        )

    def as_smtp_ranks(self, items: Iterable[Listed]) -> list[Listed]:
        """A CA's valid ones first, then self-signed ones, then the rest; the newest of each first (S4)."""
        late = self.world.switches["smtp_pick"] == "not_after"

        def rank(item: Listed) -> tuple[bool, bool, float]:
            certificate = item.entry.certificate
            moment = certificate.not_valid_after_utc if late else certificate.not_valid_before_utc
            valid = item.status in ("Valid", "RevocationCheckFailure")
            return (valid and not item.self_signed, item.self_signed, moment.timestamp())

        return sorted(items, key=rank, reverse=True)

    def internal_transport(self, server: Server, domain_controller: str) -> str | None:
        """The thumbprint of the default transport certificate as a domain controller knows it (E6)."""
        found = self.internal_transport_entry(server, domain_controller)
        return found.thumbprint if found else None

    def internal_transport_entry(self, server: Server, domain_controller: str) -> StoreEntry | None:
        """The certificate itself, which the directory holds; no store may have it any more (E6, S7)."""
        der = self.world.directory.read(server.object, domain_controller).get(INTERNAL_TRANSPORT)
        return StoreEntry(x509.load_der_x509_certificate(der), None, "", 0) if der else None

    def signs_data(self, server: Server) -> bool:
        """Whether sessions of a server sign what they serialize (O5)."""
        chosen = self.world.switches["data_signing"]
        return server.version.signs_data if chosen == "by_build" else chosen == "envelope"

    def auth_usable(self, server: Server) -> bool:
        """Whether a server has the current auth certificate, with its key and within its dates (S13)."""
        controller = self.world.default_domain_controller(server)
        current = self.world.directory.read(self.auth_config, controller)["CurrentCertificateThumbprint"]
        entry = self.of(server).with_key(current)
        return entry is not None and status.in_dates(entry.certificate, self.machine(server).now)

    def facts(self, server: Server, entry: StoreEntry) -> Listed:
        """What Get-ExchangeCertificate says of an entry of a server."""
        return self._facts(server, self.of(server), entry)

    # what cmdlets need

    def write(self, item: AdObject, domain_controller: str | None, values: Mapping[str, Any]) -> None:
        """Change an object of the directory on a controller; None: as if it had always been so."""
        if domain_controller is None:
            item.initial.update(values)
        else:
            self.world.directory.write(item, domain_controller, values)

    def fetch_roots(self, held: ServerCertificates) -> None:
        """Windows finds the roots that it knows when it needs them."""
        present = [root.certificate for root in held.roots]
        for authority in self._authorities.values():
            if authority.root_ca_type and authority.root not in present:
                held.roots.append(Root(authority.root, authority.root_ca_type))

    # what tests and estates do

    def issue(
        self,
        *servers: Server | str,
        names: Sequence[str] = (),
        subject: str | None = None,
        issuer: str = "ca",
        intermediate: int = 1,
        days: float = 200,
        starts_in_days: float = -1,
        key: str = "rsa2048",
        signature_hash: str = "sha256",
        usages: Sequence[str] = ("server_auth",),
        provider: str = "csp",
        exportable: bool = True,
        friendly_name: str = "",
        services: Iterable[str] = (),
    ) -> str:
        """Make a certificate and put it with its key into the store of each server; the thumbprint is returned.

        ``names`` are DNS names and IP addresses, wildcards too. ``subject`` is an RFC 4514 text, ``CN=`` the first name
        when absent, empty text for none. ``issuer`` is ``self``, ``ca`` (trusted like a public one), ``enterprise``,
        ``policy`` or ``unknown`` (the server does not know its root); ``intermediate`` its number. It is valid for
        ``days``, from ``starts_in_days`` on. ``key`` is rsa1024, rsa2048, rsa4096 or ec256 (always a CNG key),
        ``signature_hash`` sha256 or sha1, ``usages`` of server_auth and client_auth, ``provider`` csp, cng or exchange
        (as Exchange makes keys). ``services`` are given as ``enable`` does. Raises ValueError.
        """
        services, private = checked(services), self.keys.private(key)
        start = self.world.clock.now() + starts_in_days * DAY
        name = parsed(f"CN={names[0]}" if subject is None else subject)
        validity = Validity(start, start + days * DAY)
        if issuer == "self":
            signer = Signer(name, private)
            extensions = building.of_exchange(names, usages)
        else:
            signer = self.authority(issuer).intermediate(intermediate).signer
            extensions = building.of_issued(names, usages, private, signer)
        made = building.certificate(name, private, signer, validity, extensions, signature_hash)
        for server in servers:
            kept = self._machine_key(private, provider, exportable)
            entry = StoreEntry(made, kept, friendly_name, self.world.clock.now())
            self.of(server).my.append(entry)
            if issuer != "self":
                self._trust(self.of(server), self.authority(issuer), intermediate)
            self.enable(server, entry.thumbprint, services)
        return StoreEntry(made, None, "", 0).thumbprint

    def request(self, server: Server | str, names: Sequence[str], *, days_ago: float = 0) -> str:
        """A pending request: a placeholder certificate, whose thumbprint is returned (N6)."""
        wanted = requests.Wanted(parsed(f"CN={names[0]}"), tuple(names), exportable=True)
        start = self.world.clock.now() - days_ago * DAY
        return requests.create(self, self._server(server), wanted, start).thumbprint

    def enable(self, server: Server | str, thumbprint: str, services: Iterable[str]) -> None:
        """Give services: SMTP is marked, IIS bound to 443, POP and IMAP get the CN as their name (E4, E9).

        A wildcard CN is no name for POP and IMAP (E10). The default transport certificate stays as it is (E7: No).
        Raises KeyError for a certificate that the server lacks, ValueError for an unknown service.
        """
        found, wanted = self._server(server), enabling.Wanted(checked(services))
        enabling.give(self, found, self.of(found).find(thumbprint), wanted, None)

    def remove(self, server: Server | str, thumbprint: str) -> None:
        """Delete a certificate or request from the store; bindings and settings that name it stay (R5)."""
        held, entry = self.of(server), self.of(server).find(thumbprint)
        (held.requests if entry in held.requests else held.my).remove(entry)

    def lose_key(self, server: Server | str, thumbprint: str) -> None:
        """The certificate stays in the store without its key (O18)."""
        self.of(server).find(thumbprint).key = None

    # everything at once

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Every store, plain."""
        shot: dict[str, dict[str, Any]] = {"AD auth configuration": self.world.directory.newest(self.auth_config)}
        for server in self.world.servers.values():
            held = self.of(server)
            shot[f"certificates {server.name}"] = {
                entry.thumbprint: (place, *entry.facts)
                for place, entries in (("My", held.my), ("REQUEST", held.requests))
                for entry in entries
            }
        return shot

    def violations(self) -> Iterator[str]:
        """What a server cannot work without: its default transport certificate is in its store."""
        for server in self.world.servers.values():
            present = {entry.thumbprint for entry in self.of(server).my if entry.key}
            controller = self.world.default_domain_controller(server)
            if server.has_back_end and self.internal_transport(server, controller) not in present:
                yield f"{server.name}: E6 the default transport certificate is not in the store"

    def _facts(self, server: Server, held: ServerCertificates, entry: StoreEntry) -> Listed:
        switches = self.world.switches
        now = entry.added if switches["status_evaluated"] == "cached" else self.machine(server).now
        names = {
            service: str(self.world.directory.newest(item)["X509CertificateName"])
            for service, item in server.mail_protocols.items()
        }
        sites = self.machine(server).sites_with(entry.thumbprint)
        return Listed(
            entry,
            status.status(held, entry, now, self.revoked),
            status.root_ca_type(held, entry),
            services(held, entry, sites, names, switches["popimap_flag"]),
            sites,
            entry in held.requests,
        )

    def _machine_key(self, private: PrivateKey, provider: str, exportable: bool) -> MachineKey:
        if provider not in ("csp", "cng", "exchange"):
            raise ValueError(f"Unknown key provider '{provider}'. Known providers: csp, cng, exchange.")
        container = self.keys.container()
        if provider == "exchange":
            return MachineKey(private, container, exportable=exportable)
        if provider == "cng" or not isinstance(private, building.rsa.RSAPrivateKey):
            return MachineKey(private, f"{{{container}}}", SOFTWARE_KSP, CNG_TYPE, 0, exportable)
        return MachineKey(private, f"{{{container}}}", SCHANNEL, SCHANNEL_TYPE, exportable=exportable)

    def authority(self, name: str) -> Authority:
        """An authority by its lab name (see ``issue``). Raises ValueError for an unknown one."""
        if name not in self._authorities:
            self._authorities[name] = Authority.create(name, self.keys, self.world.installed)
        return self._authorities[name]

    @staticmethod
    def _trust(held: ServerCertificates, authority: Authority, intermediate: int) -> None:
        """Importing brings the intermediate along (I4); roots come from Windows or a policy."""
        between = authority.intermediate(intermediate).certificate
        if between not in held.intermediates:
            held.intermediates.append(between)
        if authority.root_ca_type and authority.root not in (root.certificate for root in held.roots):
            held.roots.append(Root(authority.root, authority.root_ca_type))

    def own_hash(self, server: Server) -> str:
        """The hash of the certificates that a server signs itself (O19)."""
        chosen = self.world.switches["selfsigned_hash"]
        return server.version.setup_hash if chosen == "by_build" else chosen

    def machine(self, server: Server | str) -> Machine:
        """The Windows side of a server, given by itself, its name or FQDN. Raises KeyError."""
        return self._machines[self._server(server).fqdn]

    def _server(self, server: Server | str) -> Server:
        found = self.world.server(server) if isinstance(server, str) else server
        if found is None:
            raise KeyError(server)
        return found


def _auth_config(world: World, thumbprint: str) -> AdObject:
    """The auth configuration: a current certificate, no other (S13)."""
    return AdObject(
        f"CN=Auth Configuration,{world.directory.organization_dn}",
        "Auth Configuration",
        ("top", "container", "msExchContainer", "msExchAuthAuthConfig"),
        "ms-Exch-Auth-Auth-Config",
        world.installed,
        {
            "CurrentCertificateThumbprint": thumbprint,
            "PreviousCertificateThumbprint": "",
            "NextCertificateThumbprint": "",
            "NextCertificateEffectiveDate": None,
        },
    )
