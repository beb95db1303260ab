# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate serves what in an organization: what the certificate analysers judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .certificates import Certificate
from .organization import Facts, Organization
from .versions import Product

KeyAccess = Mapping[str, tuple[str, str]]
"""What NETWORK SERVICE may do with a key (full, read or none) and the path of its file, of one server, by the
certificate's thumbprint."""
Presented = Mapping[str, Sequence[str]]
"""Thumbprints of the certificates that clients of one server were shown, by service: POP or IMAP."""


@dataclass(frozen=True)
class ServerCertificates:
    """The certificates of one server and what it says it uses them for.

    Attributes:
        server: NetBIOS name.
        fqdn: in lower case.
        certificates: those that Exchange lists, pending requests included; None where they could not be read.
        complete: False when Exchange listed one that could not be read, so that an absent one proves nothing.
        internal_transport_thumbprint: the default transport certificate (law E6); empty when none is set, None unread.
        pop_certificate_name: X509CertificateName of Get-PopSettings; None when not read.
        imap_certificate_name: X509CertificateName of Get-ImapSettings; None when not read.
        pop_hosts: those that its settings tell clients of POP to use, in lower case (law S20); None when not read.
        imap_hosts: likewise of IMAP.
        client_access: whether it has a front end; on 2013 the roles can be apart (client-access-laws 3.5).
        back_end: whether it has a back end.
    """

    server: str
    fqdn: str
    certificates: Sequence[Certificate] | None = None
    complete: bool = True
    internal_transport_thumbprint: str | None = None
    pop_certificate_name: str | None = None
    imap_certificate_name: str | None = None
    pop_hosts: Sequence[str] | None = None
    imap_hosts: Sequence[str] | None = None
    client_access: bool = True
    back_end: bool = True


def is_in_reach(server: Facts) -> bool:
    """Whether cmdlets of another server read its certificates.

    An Edge server keeps them to itself (law S19), and 2010 has no part in this collection.

    Args:
        server: as in Organization.servers.
    """
    return server["product"] != str(Product.E2010) and "Edge" not in server["roles"]


@dataclass(frozen=True)
class AuthConfig:
    """Get-AuthConfig (law S13). Thumbprints are upper case hex, empty when none is set; dates are ISO, UTC."""

    current_thumbprint: str = ""
    previous_thumbprint: str = ""
    next_thumbprint: str = ""
    next_effective_date: str | None = None


@dataclass(frozen=True)
class Connector:
    """A Send or Receive connector, as far as TLS goes (laws S1 to S6).

    Attributes:
        kind: send or receive.
        identity: as the server names it.
        servers: NetBIOS names; the owner of a Receive connector, the source servers of a Send connector.
        fqdn: the name that it announces; empty when none is set.
        tls_certificate_name: ``<I>issuer<S>subject``; empty when none is set.
    """

    kind: str
    identity: str
    servers: Sequence[str]
    fqdn: str = ""
    tls_certificate_name: str = ""


@dataclass(frozen=True)
class Hybrid:
    """Get-HybridConfiguration, as far as TLS goes (law S18).

    Attributes:
        servers: the Mailbox servers that receive or send hybrid mail, by names or FQDNs; none where Edge servers do.
        tls_certificate_name: ``<I>issuer<S>subject``; empty when none is set.
    """

    servers: Sequence[str] = ()
    tls_certificate_name: str = ""


@dataclass(frozen=True)
class CertificateFacts:
    """Everything that the certificate analysers judge.

    Attributes:
        read_at: when the facts were read, by the control node's clock; with a time zone.
        auth_config: None when it could not be read.
        hybrid: None when it could not be read, or there is no hybrid deployment.
        organization: client access, which tells the names that clients use; empty when it was not read.
        names: more host names that clients use on every server.
        key_access: by the FQDN or name of a server in lower case, where it is known; Exchange itself does not tell.
        presented: by the FQDN of a server in lower case, where somebody has looked.
    """

    read_at: datetime
    servers: Sequence[ServerCertificates] = ()
    auth_config: AuthConfig | None = None
    connectors: Sequence[Connector] = ()
    hybrid: Hybrid | None = None
    organization: Organization = field(default_factory=Organization)
    names: Sequence[str] = ()
    key_access: Mapping[str, KeyAccess] = field(default_factory=dict)
    presented: Mapping[str, Presented] = field(default_factory=dict)


def is_among(server: ServerCertificates, names: Sequence[str]) -> bool:
    """Whether names, NetBIOS ones or FQDNs in any case, hold that of the server."""
    return bool({server.server.lower(), server.fqdn} & {name.lower() for name in names})
