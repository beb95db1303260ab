# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of the registry: http.sys, which needs neither IIS nor its module (iis-over-remoting 3), and Exchange's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...world.windows import Machine, SslEntry
from ...world.windows.http_sys import is_address
from .live import CUSTOM_OBJECT, Live

PARAMETERS = "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters"
ADDRESSES, HOST_NAMES = f"{PARAMETERS}\\SslBindingInfo", f"{PARAMETERS}\\SslSniBindingInfo"
EXCHANGE = "HKLM:\\SOFTWARE\\Microsoft\\ExchangeServer\\v15"


@dataclass(slots=True)
class LiveKey(Live):
    """A key, such as ``0.0.0.0:443``, with the values that it holds."""

    parent: str
    name: str
    held: Mapping[str, Any]
    types = ("Microsoft.Win32.RegistryKey",)

    @property
    def path(self) -> str:
        return f"{self.parent}\\{self.name}"

    def properties(self) -> Mapping[str, Any]:
        return {"Name": self.path.replace("HKLM:", "HKEY_LOCAL_MACHINE")}

    def notes(self) -> Mapping[str, Any]:
        return {"PSPath": self.path, "PSParentPath": self.parent, "PSChildName": self.name, "PSIsContainer": True}

    def values(self) -> KeyValues:
        """What Get-ItemProperty makes of it."""
        return KeyValues(self)


@dataclass(slots=True)
class KeyValues(Live):
    """The values of a key."""

    key: LiveKey
    types = (CUSTOM_OBJECT,)

    def notes(self) -> Mapping[str, Any]:
        of_provider = {name: value for name, value in self.key.notes().items() if name != "PSIsContainer"}
        return {**self.key.held, **of_provider}


class SslBindingInfo:
    """The folder of the entries by address, or that of those by host name."""

    def __init__(self, machine: Machine, *, by_address: bool) -> None:
        self._machine = machine
        self._by_address = by_address

    def items(self) -> Iterator[Live]:
        parent = ADDRESSES if self._by_address else HOST_NAMES
        for (name, port), entry in self._machine.http_sys.entries.items():
            if is_address(name) == self._by_address:
                yield LiveKey(parent, f"{name}:{port}", _ssl_values(entry))

    def item(self, name: str) -> Live | None:
        return next((item for item in self.items() if isinstance(item, LiveKey) and item.name == name.lower()), None)


def _ssl_values(entry: SslEntry) -> Mapping[str, Any]:
    """A broken entry has no hash."""
    hash_value = {"SslCertHash": bytes.fromhex(entry.thumbprint)} if entry.thumbprint else {}
    return {
        "AppId": uuid.UUID(entry.app_id).bytes_le,
        **hash_value,
        "SslCertStoreName": entry.store,
        "DefaultFlags": entry.flags,
    }


class ExchangeSettings:
    """Exchange's own key, of which the lab has Diagnostics with the switch for ECC certificates (certificate-laws E14).

    Nothing documents other values there: without the switch the key is empty.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def items(self) -> Iterator[Live]:
        supported = self._machine.certificates.ecc_supported
        yield LiveKey(EXCHANGE, "Diagnostics", {"EnableEccCertificateSupport": "1"} if supported else {})

    def item(self, name: str) -> Live | None:
        return next(
            (item for item in self.items() if isinstance(item, LiveKey) and item.name.lower() == name.lower()), None
        )
