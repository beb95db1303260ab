# SPDX-License-Identifier: GPL-3.0-or-later
"""A running lab: a world behind its wire, with accounts, certificates, perhaps a KDC, a log and an inventory."""

from __future__ import annotations

import random
import resource
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from . import inventory, sign
from .certificates import CertificateAuthority, write_private
from .cmdlets import Interpreter as ExchangeInterpreter
from .cmdlets.windows import WindowsInterpreter
from .faults import FaultSchedule
from .kdc import Kdc
from .kdc import missing as kerberos_missing
from .listeners import ClientListeners, FollowedInterpreter, MailListeners, PowerShellAccess
from .log import LabLog
from .wire.authentication import BASIC, KERBEROS, NEGOTIATE, NTLM, Accounts, account
from .wire.host import Host, exchange_endpoint, windows_endpoint
from .wire.http_server import Wire
from .wire.ports import BackEnd, Interpreter
from .wire.routing import Routing
from .wire.service import Service
from .wire.switches import WireSwitches
from .world.servers import Server
from .world.world import World

OFFERS: Mapping[str, tuple[str, ...]] = {
    "basic": (BASIC,),
    "kerberos": (KERBEROS,),
    "ntlm": (NEGOTIATE, NTLM),
    "negotiate": (NEGOTIATE, KERBEROS),
}
ADMINISTRATOR = "administrator"  # as the shipped estates name their Organization Management
FIRST_ADDRESS = 11  # 127.0.0.11
PORT_SHIFTS = range(0, 16000, 21)
"""No two ports of a lab are apart by a multiple of 21, so two labs of different shifts never want the same one."""
ATTEMPTS = 50


class CannotStart(RuntimeError):
    """The lab cannot be started; the text says what to do."""


@dataclass(frozen=True)
class Options:
    """How a lab is reached.

    auth: what /PowerShell offers: basic (used over TLS), or kerberos, ntlm, negotiate (sealed, over HTTP).
    port_shift: is added to every port; None finds a free one. shell_start: seconds until an exchange-shell is up.
    accounts: further account names (role groups are the estate's). log_file: whether log.jsonl is written.
    """

    auth: str = "basic"
    port_shift: int | None = None
    shell_start: float = 0.0
    switches: WireSwitches = field(default_factory=WireSwitches)
    accounts: tuple[str, ...] = ()


class Lab:
    """Everything that one lab owns. folder receives inventory.yml, the log, CA files and what authentication needs."""

    def __init__(self, world: World, folder: Path, options: Options, faults: FaultSchedule | None = None) -> None:
        """Raises CannotStart, or ValueError for a switch that does not fit the estate."""
        if options.auth not in OFFERS:
            raise CannotStart(f"--auth is one of {', '.join(OFFERS)}, not {options.auth!r}.")
        if options.auth == "kerberos" and (lacking := kerberos_missing()):
            raise CannotStart(
                f"Kerberos needs {', '.join(lacking)}: install krb5-kdc, krb5-admin-server and pypsrp[kerberos]."
            )
        folder = folder.resolve()  # the inventory is used from other working directories too
        folder.mkdir(parents=True, exist_ok=True)
        self.world, self.folder, self.options = world, folder, options
        self.faults = faults or FaultSchedule()
        self.authority = CertificateAuthority.create()
        self.domain = world.directory.forest
        self.passwords = {name: secrets.token_urlsafe(18) for name in (ADMINISTRATOR, *options.accounts)}
        self.log = LabLog(folder / "log.jsonl", self.passwords.values())
        self.kdc = Kdc(folder / "kdc", self.domain.upper()) if options.auth == "kerberos" else None
        self.hosts = [self._host(number, server) for number, server in enumerate(world.servers.values())]
        self.wire, self.listeners, self.mail = self._new_wire(0), self._new_listeners(0), self._new_mail(0)
        self._world_log = world.log

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def client_ca_file(self) -> Path:
        return self.folder / "client_ca.pem"

    def write_client_ca(self) -> Path:
        """What the organization's clients trust: the roots that its servers have from a vendor, AD or a policy.

        The lab's own CA comes first, so that the file is never empty.
        """
        roots = {
            root.certificate.public_bytes(Encoding.PEM)
            for server in self.world.servers
            for root in self.world.certificates.of(server).roots
            if root.root_ca_type != "Registry"
        }
        self.client_ca_file.write_bytes(self.authority.pem + b"".join(sorted(roots)))
        return self.client_ca_file

    def _host(self, number: int, server: Server) -> Host:
        back_end = BackEnd(server.name, server.fqdn, server.version.parts, server.has_back_end)
        endpoints = {"/wsman": windows_endpoint()}
        if server.has_front_end:
            endpoints["/powershell"] = exchange_endpoint(OFFERS[self.options.auth], self.options.switches.max_shells)
        last = FIRST_ADDRESS + number
        host = Host(back_end, f"127.0.{last // 250}.{last % 250 + 1}", endpoints)
        host.bind_certificate(self.authority.issue(host.fqdn, host.address))
        return host

    def _new_wire(self, port_shift: int) -> Wire:
        switches = self.options.switches
        service = Service(
            self._open_interpreter,
            self._open_windows_interpreter,
            PowerShellAccess(self.world),
            Routing(
                [host.server for host in self.hosts],
                switches.rps_routing,
                switches.rps_anchor,
                anchor_mounted=switches.rps_anchor_mounted,
            ),
            self.faults,
            self.options.shell_start,
            switches.idle_timeout_s,
            switches.rps_cookie,
        )
        accounts = Accounts(self.passwords, self._acceptor_environment())
        return Wire(self.hosts, service, accounts, self.log.write, port_shift)

    @property
    def _addresses(self) -> dict[str, str]:
        return {host.fqdn: host.address for host in self.hosts}

    def _new_listeners(self, port_shift: int) -> ClientListeners:
        return ClientListeners(self.world, self._addresses, self.log.write, port_shift)

    def _new_mail(self, port_shift: int) -> MailListeners:
        return MailListeners(self.world, self._addresses, self.log.write, port_shift)

    def follow(self, fqdn: str) -> None:
        """Lets the ports of a server follow its sites and services. In the lab's loop only; raises OSError."""
        self.listeners.follow(fqdn)
        self.mail.follow(fqdn)

    def _open_interpreter(self, fqdn: str, user: str, full_serialization: bool) -> Interpreter:
        return ExchangeInterpreter(self.world, self.world.servers[fqdn], user, full_serialization=full_serialization)

    def _open_windows_interpreter(self, fqdn: str, user: str) -> Interpreter:
        interpreter = WindowsInterpreter(self.world, self.world.servers[fqdn], user)
        return FollowedInterpreter(interpreter, lambda: self.follow(fqdn))

    def _acceptor_environment(self) -> dict[str, str]:
        """NTLM reads a file, whose domain must be what the client sends (winrm-psrp-server 7); Kerberos a keytab."""
        short = self.domain.partition(".")[0].upper()
        lines = [
            f"{domain}:{name}{suffix}:{password}"
            for name, password in self.passwords.items()
            for domain, suffix in ((short, ""), (self.domain.upper(), ""), ("", ""), ("", f"@{self.domain.upper()}"))
        ]
        users = write_private(self.folder / "ntlm_users", "\n".join(lines).encode() + b"\n")
        return {"NTLM_USER_FILE": str(users)} | (self.kdc.server_environment if self.kdc else {})

    async def start(self) -> None:
        """Opens the ports and writes the inventory. Raises CannotStart when no port is free."""
        _allow_many_sockets()
        self.ca_file.write_bytes(self.authority.pem)
        sign.prepare(self.folder, self.world.certificates.authority("ca"))
        self.write_client_ca()
        if self.kdc:
            services = [f"HTTP/{host.fqdn}" for host in self.hosts]
            self.kdc.start(services, self.passwords)
        self._log_cmdlets()
        await self._open_ports()
        write_private(self.folder / "inventory.yml", inventory.as_yaml(self).encode())

    def _log_cmdlets(self) -> None:
        to_world = self.world.log

        def both(record: dict[str, Any]) -> None:
            to_world(record)
            self.log.write(record)

        self.world.log, self._world_log = both, to_world

    async def _open_ports(self) -> None:
        fixed = self.options.port_shift
        shifts = [fixed] if fixed is not None else random.SystemRandom().sample(PORT_SHIFTS, ATTEMPTS)
        for shift in shifts:
            self.wire, self.listeners, self.mail = (
                self._new_wire(shift),
                self._new_listeners(shift),
                self._new_mail(shift),
            )
            try:
                await self.wire.start()
                await self.listeners.start()
                self.mail.start()
                return
            except OSError as error:
                taken = error
                await self.listeners.stop()
                await self.wire.stop()
        await self.stop()
        raise CannotStart(f"No port is free: {taken}. Choose another --port-shift, or auto.")

    async def stop(self) -> None:
        """Closes ports, KDC and log. The files stay."""
        self.mail.stop()
        await self.listeners.stop()
        await self.wire.stop()
        self.world.log = self._world_log
        if self.kdc:
            self.kdc.stop()
        self.log.close()

    def variables(self, server: str, user: str = ADMINISTRATOR) -> dict[str, Any]:
        """The inventory variables of one server (name or FQDN). Raises KeyError for a server that is not there."""
        host = next((host for host in self.hosts if server.lower() in (host.fqdn, host.server.name.lower())), None)
        if host is None:
            raise KeyError(server)
        return inventory.variables(self, host, account(user))


def _allow_many_sockets() -> None:
    """Twelve listeners a host and their clients: the usual soft limit of 1024 is not enough (lab-wire 7)."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
