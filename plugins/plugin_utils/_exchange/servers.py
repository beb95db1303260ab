# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange servers: who they are, and which of them can be a target (Get-ExchangeServer)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._remoting.command import Command
from .._remoting.errors import BadInput, ObjectEmpty, ObjectMissing
from .._remoting.record import Record
from .._remoting.session import Reply
from .versions import Product, Version

Read = Callable[[Command], Reply]


WILDCARDS = frozenset("*?[]")


def has_wildcards(name: str) -> bool:
    """Whether a name may mean several objects: as an identity it is never sent."""
    return bool(WILDCARDS & set(name))


def pinned_to(domain_controller: str | None) -> dict[str, str]:
    """What every command of a task carries that keeps to one domain controller."""
    return {"DomainController": domain_controller} if domain_controller else {}


@dataclass(frozen=True)
class Server:
    """One server as the directory knows it.

    Attributes:
        name: the NetBIOS name, as it stands before the backslash of an identity.
        site: the Active Directory site's name.
        roles: as the server prints them, such as ``Mailbox, ClientAccess``.
        domain_controller: the one that told us.
    """

    name: str
    fqdn: str
    version: Version
    roles: str
    site: str
    edition: str
    domain_controller: str

    @property
    def product(self) -> Product:
        return self.version.product

    @property
    def has_client_access(self) -> bool:
        """Whether it has front end directories. On 2013 the roles can be apart (client-access-laws 3.5)."""
        return self.product >= Product.E2016 or "ClientAccess" in self.roles

    @property
    def has_back_end(self) -> bool:
        """Whether it has back end directories."""
        return self.product >= Product.E2016 or "Mailbox" in self.roles

    @classmethod
    def of(cls, record: Record) -> Server:
        """Read a Get-ExchangeServer object.

        Raises:
            ObjectEmpty: it came back without properties.
        """
        if not record.get("Name") or not record.get("AdminDisplayVersion"):
            raise ObjectEmpty(
                "Get-ExchangeServer returned a server with empty properties.",
                "Serialized data signing of an unpatched or half-patched server does this: bring all servers to the "
                "same update.",
            )
        return cls(
            name=record["Name"],
            fqdn=(record.get("Fqdn") or record["Name"]).lower(),
            version=Version.displayed(record["AdminDisplayVersion"]),
            roles=str(record.get("ServerRole") or ""),
            site=str(record.get("Site") or "").rpartition("/")[2],
            edition=str(record.get("Edition") or ""),
            domain_controller=str(record.get("OriginatingServer") or ""),
        )


def find_server(read: Read, name: str, domain_controller: str | None = None) -> Server:
    """Look one server up.

    Raises:
        BadInput: the name holds wildcards, or fits several servers.
        ObjectMissing: no such server.
    """
    if has_wildcards(name):
        raise BadInput(f"'{name}' holds wildcards.", "Name one server.")
    records = read(Command("Get-ExchangeServer", {"Identity": name, **pinned_to(domain_controller)})).records
    if not records:
        raise ObjectMissing(
            f"There is no Exchange server '{name}'.", "Check the name; Get-ExchangeServer lists the servers."
        )
    if len(records) > 1:
        raise BadInput(f"'{name}' fits {len(records)} servers.", "Name one server by its FQDN.")
    return Server.of(records[0])


def refuse_without_client_access(server: Server) -> None:
    """Refuse a server that has no front end (client-access-laws 3.5 and section 5, preflight).

    Raises:
        BadInput: Exchange 2010, an Edge server, or a 2013 Mailbox server without the Client Access role.
    """
    _refuse_unknown(server)
    if not server.has_client_access:
        raise BadInput(
            f"{server.name} is an Exchange 2013 Mailbox server without the Client Access role, so it has no front end.",
            "Name the Client Access server that stands before it.",
        )


def refuse_without_back_end(server: Server) -> None:
    """Refuse a server that has no back end.

    Raises:
        BadInput: Exchange 2010, an Edge server, or a 2013 Client Access server without the Mailbox role.
    """
    _refuse_unknown(server)
    if not server.has_back_end:
        raise BadInput(
            f"{server.name} is an Exchange 2013 Client Access server without the Mailbox role, so it has no back end.",
            "Name the Mailbox server that stands behind it.",
        )


def _refuse_unknown(server: Server) -> None:
    if server.product is Product.E2010:
        raise BadInput(
            f"{server.name} runs {server.product}, which this collection does not configure.", "Leave it out."
        )
    if "Edge" in server.roles:
        raise BadInput(f"{server.name} is an Edge Transport server and has no client access.", "Leave it out.")
