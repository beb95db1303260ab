# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate stores of one server (certificate-laws O1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .distinguished_names import common_name
from .keys import MachineKey

HOST_NAME = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


@dataclass(eq=False)
class StoreEntry:
    """A certificate in a store.

    ``added`` is in seconds since 1970. ``marks`` are the services that are stored with the certificate on this
    server: SMTP, UM, UMCallRouter, Federation; POP and IMAP count only under popimap_flag=stored (O13, O14).
    ``request`` is the PKCS#10 of a pending one (N6).
    """

    certificate: x509.Certificate
    key: MachineKey | None
    friendly_name: str
    added: float
    marks: set[str] = field(default_factory=set)
    archived: bool = False
    request: bytes = b""

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @cached_property
    def thumbprint(self) -> str:
        """SHA-1 of the DER in upper case (O9)."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()

    @property
    def facts(self) -> tuple[object, ...]:
        """What can change about an entry."""
        return (self.friendly_name, self.key is not None, self.archived, *sorted(self.marks))

    @property
    def self_signed(self) -> bool:
        return self.certificate.subject == self.certificate.issuer

    @property
    def names(self) -> tuple[str, ...]:
        """The DNS names, and the CN when it is a valid host name (O10)."""
        found: list[str] = []
        try:
            alternative = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            found += alternative.get_values_for_type(x509.DNSName)
        except x509.ExtensionNotFound:
            pass
        cn = common_name(self.certificate.subject)
        if cn and HOST_NAME.fullmatch(cn) and cn.lower() not in (name.lower() for name in found):
            found.append(cn)
        return tuple(found)

    def covers(self, host: str) -> bool:
        """Whether a name stands for a host; a wildcard stands for exactly one label (S2)."""
        wanted = host.lower().rstrip(".")
        parent = wanted.partition(".")[2]
        return any(name.lower() in (wanted, f"*.{parent}") for name in self.names)


@dataclass(frozen=True, slots=True)
class Root:
    """A trusted root and how it came to the server: Registry, ThirdParty, Enterprise or GroupPolicy (O17)."""

    certificate: x509.Certificate
    root_ca_type: str


@dataclass(eq=False)
class ServerCertificates:
    """The stores of one server.

    ``crl_reachable``: revocation lists can be fetched. ``orphaned_keys`` are key containers whose certificate was
    removed (R5). ``ecc_supported``: the setting that lets Exchange use ECC certificates (E14).
    """

    my: list[StoreEntry] = field(default_factory=list)
    requests: list[StoreEntry] = field(default_factory=list)
    roots: list[Root] = field(default_factory=list)
    intermediates: list[x509.Certificate] = field(default_factory=list)
    crl_reachable: bool = True
    orphaned_keys: list[MachineKey] = field(default_factory=list)
    ecc_supported: bool = False

    def find(self, thumbprint: str) -> StoreEntry:
        """The entry of that thumbprint in My or among the pending requests; raises KeyError."""
        for entry in (*self.my, *self.requests):
            if entry.thumbprint == thumbprint.upper():
                return entry
        raise KeyError(thumbprint)

    def with_key(self, thumbprint: str | None) -> StoreEntry | None:
        """The entry of that thumbprint in My, if its key is there."""
        for entry in self.my:
            if entry.key and entry.thumbprint == thumbprint:
                return entry
        return None


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate as Get-ExchangeCertificate knows it: all but the entry is worked out (certificate-laws 1)."""

    entry: StoreEntry
    status: str
    root_ca_type: str
    services: Sequence[str]
    sites: Sequence[int]
    pending: bool

    @property
    def self_signed(self) -> bool:
        """A pending request's placeholder is not called self-signed (N6)."""
        return self.entry.self_signed and not self.pending
