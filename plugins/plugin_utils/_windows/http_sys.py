# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of http.sys, read by the drive of IIS or from the registry (iis-over-remoting 3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._exchange.thumbprints import normalized_thumbprint
from .._remoting.command import Command
from .._remoting.record import Record
from .bindings import SslKey, normal_address
from .certificate_store import MY, same_store
from .quoting import provider_path

IIS_APP_ID = "4dc3e181-e14b-4a21-b022-59fc669b0914"
"""Whose entries IIS calls its own. WinRM and the web management service have others, which are never touched."""

PROVIDER, REGISTRY = "provider", "registry"
SOURCES = (PROVIDER, REGISTRY)

_DRIVE = ("IIS", "SslBindings")
_SERVICE = ("HKLM", "SYSTEM", "CurrentControlSet", "Services", "HTTP", "Parameters")


@dataclass(frozen=True)
class SslEntry:
    """One entry.

    Attributes:
        thumbprint: upper case hex; empty in a broken one.
        store: empty where it was not told.
        app_id: lower case, without braces; empty where it was not told.
    """

    key: SslKey
    thumbprint: str
    store: str = ""
    app_id: str = ""

    @property
    def from_my(self) -> bool:
        """Whether its certificate comes from the store that Exchange uses."""
        return same_store(self.store, MY)

    @property
    def of_iis(self) -> bool:
        """Whether IIS is known to have made it."""
        return self.app_id == IIS_APP_ID

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return {
            "address": self.key.address or None,
            "port": self.key.port,
            "host_name": self.key.host,
            "thumbprint": self.thumbprint or None,
            "store": self.store or None,
            "app_id": self.app_id or None,
        }


def read_provider() -> Command:
    """All entries, by the drive of IIS."""
    return Command("Get-ChildItem", {"Path": provider_path(*_DRIVE)}).then(
        "Select-Object", Property=["PSChildName", "Store", "Thumbprint"]
    )


def read_registry() -> Sequence[Command]:
    """All entries, from the registry: those by address, then those by host name."""
    return tuple(
        Command("Get-ChildItem", {"Path": provider_path(*_SERVICE, name)})
        .then("Get-ItemProperty")
        .then("Select-Object", Property=["PSChildName", "SslCertHash", "SslCertStoreName", "AppId"])
        for name in ("SslBindingInfo", "SslSniBindingInfo")
    )


def of_provider(records: Sequence[Record]) -> Iterator[SslEntry]:
    """Entries; those of the central store, which hold no certificate, are left out."""
    for record in records:
        address, _mark, rest = str(record["PSChildName"]).partition("!")
        port, _mark, host = rest.partition("!")
        if key := _key(address, port, host):
            yield SslEntry(key, thumbprint(record.get("Thumbprint")), str(record.get("Store") or ""))


def of_registry(records: Sequence[Record]) -> Iterator[SslEntry]:
    """Entries by address or by host name."""
    for record in records:
        name, _colon, port = str(record["PSChildName"]).rpartition(":")
        key = _key(name, port, "") or _key("", port, name)
        if key:
            yield SslEntry(
                key,
                thumbprint(record.get("SslCertHash")),
                str(record.get("SslCertStoreName") or ""),
                _app_id(record.get("AppId")),
            )


def with_app_ids(entries: Sequence[SslEntry], known: Sequence[SslEntry]) -> list[SslEntry]:
    """The entries with the owners that the registry knows."""
    owners = {entry.key: entry.app_id for entry in known}
    return [replace(entry, app_id=owners.get(entry.key, "")) for entry in entries]


def by_key(entries: Sequence[SslEntry]) -> Mapping[SslKey, SslEntry]:
    """The entries by where they are."""
    return {entry.key: entry for entry in entries}


def path_of(key: SslKey) -> str:
    """The item of an entry."""
    return provider_path(*_DRIVE, key.child_name)


def thumbprint(value: Any) -> str:
    """Upper case hex of bytes or text, without the marks that people paste along."""
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return bytes(int(item) for item in value).hex().upper()
    return normalized_thumbprint(str(value or ""))


def _key(address: str, port: str, host: str) -> SslKey | None:
    if not port.isdecimal():
        return None
    if host:
        return SslKey("", int(port), host.lower())
    try:
        return SslKey(normal_address(address), int(port)) if address else None
    except ValueError:
        return None


def _app_id(value: Any) -> str:
    """A GUID, in the registry as 16 bytes with the first three numbers in little-endian order."""
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes_le=value))
    return ""
