# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a server's own store, read through Windows: Exchange need not answer (iis-over-remoting 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._exchange.certificate_names import holds
from .._exchange.certificate_validity import Validity
from .._exchange.thumbprints import normalized_thumbprint
from .._exchange.x509_facts import is_for_servers, read_x509
from .._remoting.command import Command
from .._remoting.errors import BadInput
from .._remoting.record import Record
from .ecc_support import ELLIPTIC
from .key_rights import KeyRights, key_file
from .quoting import provider_path

MY = "My"
CSP, OTHER = "csp", "other"
EXCHANGE_NAME = "Microsoft Exchange"
"""The friendly name of the certificate that Setup makes for both sites (law O19)."""

_PROPERTIES = ["HasPrivateKey", "FriendlyName", "RawData"]
_THUMBPRINT = re.compile(r"[0-9A-F]{40}")
_STORE = re.compile(r"[A-Za-z][A-Za-z ]{0,63}")


@dataclass(frozen=True)
class StoreCertificate:
    """A certificate in LocalMachine.

    Attributes:
        thumbprint: 40 upper case hex digits.
        names: DNS names, and the common name if it is one.
        not_before: ISO, UTC.
        not_after: ISO, UTC.
        has_private_key: what the store says.
        key_storage: csp; other for a key that CNG keeps or that cannot be read, which is the same to us (0 of
            Exchange's sites can use it); None without a key.
        key_algorithm: as X509Facts; an ECDSA key is always kept by CNG.
        key_file: path of the file that a CSP keeps the key in; None for others.
        key_rights: who may do what with that file; None where it was not read.
        eku: as X509Facts.
    """

    thumbprint: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    self_signed: bool
    friendly_name: str
    has_private_key: bool
    key_storage: str | None = None
    key_algorithm: str | None = None
    key_file: str | None = None
    key_rights: KeyRights | None = None
    eku: tuple[str, ...] = ()

    def is_for(self, server_names: Sequence[str]) -> bool:
        """Whether it holds one of the server's own names."""
        return any(holds(self.names, name) for name in server_names)

    @property
    def is_for_servers(self) -> bool:
        """Whether clients take it from a server (law G10)."""
        return is_for_servers(self.eku)

    def has_begun(self, now: datetime) -> bool:
        """Whether its time has begun."""
        return Validity.of(self.not_before, self.not_after, now).begun

    def is_current(self, now: datetime) -> bool:
        """Whether its time has begun and not ended."""
        return Validity.of(self.not_before, self.not_after, now).current

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        rights = vars(self.key_rights) if self.key_rights else None
        return {**vars(self), "names": list(self.names), "eku": list(self.eku), "key_rights": rights}


def read_store(store: str = MY) -> Command:
    """All certificates of a store of LocalMachine. Raises BadInput for a name that is none."""
    return Command("Get-ChildItem", {"Path": store_path(store)}).then("Select-Object", Property=_PROPERTIES)


def read_one(thumbprint: str, store: str = MY) -> Command:
    """One certificate; a missing one is an error (iis-over-remoting 4)."""
    return Command("Get-Item", {"LiteralPath": store_path(store, wished_thumbprint(thumbprint))}).then(
        "Select-Object", Property=_PROPERTIES
    )


def remove_one(thumbprint: str, store: str = MY) -> Command:
    """Take one certificate from a store. A key that it has stays on the disk."""
    return Command(
        "Remove-Item", {"LiteralPath": store_path(store, wished_thumbprint(thumbprint)), "ErrorAction": "Stop"}
    )


def read_key_container(thumbprint: str, store: str = MY) -> Command:
    """What the key's provider says; nothing, or an error, for a key that is not kept by a CSP."""
    return (
        Command("Get-Item", {"LiteralPath": store_path(store, wished_thumbprint(thumbprint))})
        .then("Select-Object", ExpandProperty="PrivateKey")
        .then("Select-Object", ExpandProperty="CspKeyContainerInfo")
        .then("Select-Object", Property=["ProviderName", "UniqueKeyContainerName", "MachineKeyStore", "Accessible"])
    )


def kept(containers: Sequence[Record]) -> Mapping[str, Any]:
    """How ``read_key_container`` says that a key is kept: key_storage and key_file."""
    of_csp = next((record for record in containers if record.get("ProviderName")), None)
    if of_csp is None:
        return {"key_storage": OTHER}
    return {"key_storage": CSP, "key_file": key_file(of_csp.get("UniqueKeyContainerName"))}


def of_record(record: Record) -> StoreCertificate:
    """Read one certificate.

    Raises:
        PayloadRefused: it is none that can be read.
    """
    facts = read_x509(bytes(record["RawData"]))
    return StoreCertificate(
        thumbprint=facts.thumbprint,
        subject=facts.subject,
        issuer=facts.issuer,
        names=facts.names,
        not_before=facts.not_before,
        not_after=facts.not_after,
        self_signed=facts.self_issued,
        friendly_name=str(record.get("FriendlyName") or ""),
        has_private_key=bool(record["HasPrivateKey"]),
        key_algorithm=facts.key_algorithm,
        eku=facts.eku,
    )


def same_store(one: str, other: str) -> bool:
    """Whether two names are of one store; http.sys takes My where none is named (iis-over-remoting 2, law W34)."""
    return (one or MY).casefold() == (other or MY).casefold()


def store_path(store: str, *thumbprint: str) -> str:
    """A store of LocalMachine, or one certificate in it. Raises BadInput."""
    if not _STORE.fullmatch(store):
        raise BadInput(f"'{store}' is not the name of a certificate store.", "Set store to My.")
    return provider_path("Cert", "LocalMachine", store, *thumbprint)


def wished_thumbprint(text: str) -> str:
    """An option's thumbprint in upper case, without the blanks and invisible marks of pasted ones. Raises BadInput."""
    found = normalized_thumbprint(text)
    if not _THUMBPRINT.fullmatch(found):
        raise BadInput(f"thumbprint '{text}' is not 40 hex digits.", "Copy it from iis_binding_info.")
    return found


def fit_for_iis(certificate: StoreCertificate, now: datetime, ecc_supported: bool = False) -> bool:
    """Whether Exchange can serve with it: for servers, within its time, with a key that it can use.

    Laws G10, G11, G17; peers.md 22. Such a key is one that a CSP keeps, or one of an elliptic curve where these are
    supported (law E14).
    """
    usable = certificate.key_storage == CSP or (ecc_supported and certificate.key_algorithm == ELLIPTIC)
    return certificate.has_private_key and usable and certificate.is_for_servers and certificate.is_current(now)
