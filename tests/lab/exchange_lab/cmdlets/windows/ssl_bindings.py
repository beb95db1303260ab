# SPDX-License-Identifier: GPL-3.0-or-later
"""IIS:\\SslBindings: the entries of http.sys, those of no site too (iis-over-remoting 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...world.windows import Machine, SslEntry, Win32Error
from ...world.windows.http_sys import Key, is_address
from ...world.windows.win32 import ALREADY_EXISTS, NO_SUCH_LOGON_SESSION
from .live import Live

SNI = 1
ALL = ("*", "")
"""Further spellings of 0.0.0.0 in paths."""


@dataclass(slots=True)
class IpAddress(Live):
    """A System.Net.IPAddress; reading scripts meet it as text too, so clients go by PSChildName."""

    text: str
    types = ("System.Net.IPAddress",)

    def properties(self) -> Mapping[str, Any]:
        return {"IPAddressToString": self.text}

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class LiveSslBinding(Live):
    """One entry; ``key`` is (address or host name, port)."""

    machine: Machine
    key: Key
    entry: SslEntry
    types = ("Microsoft.IIs.PowerShell.Framework.SslBinding",)

    @property
    def name(self) -> str:
        """``0.0.0.0!443``, with SNI ``!443!host``."""
        name, port = self.key
        return f"{name}!{port}" if is_address(name) else f"!{port}!{name}"

    def properties(self) -> Mapping[str, Any]:
        name, port = self.key
        sites = [site.name for site in self.machine.sites.values() if self._used_by(site.https)]
        return {
            "IPAddress": IpAddress(name) if is_address(name) else None,
            "Port": port,
            "Host": "" if is_address(name) else name,
            "Store": self.entry.store,
            "Thumbprint": self.entry.thumbprint,
            "Sites": sites,
        }

    def notes(self) -> Mapping[str, Any]:
        path = f"WebAdministration::\\\\{self.machine.server.name}\\SslBindings"
        return {"PSPath": f"{path}\\{self.name}", "PSParentPath": path, "PSChildName": self.name}

    def _used_by(self, bindings: list[Any]) -> bool:
        return any(binding.http_sys_key == self.key for binding in bindings)


class SslBindings:
    """The folder."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def items(self) -> Iterator[Live]:
        for key, entry in self._machine.http_sys.entries.items():
            yield LiveSslBinding(self._machine, key, entry)

    def item(self, name: str) -> Live | None:
        return self._found(_key(name))

    def add(self, name: str, thumbprint: str, flags: int) -> Live:
        """Raises Win32Error when the entry exists, or the certificate is not there with its key."""
        key = _key(name)
        if key in self._machine.http_sys.entries:
            raise Win32Error(ALREADY_EXISTS)
        attach(self._machine, key, thumbprint, "MY", flags)
        found = self._found(key)
        assert found
        return found

    def remove(self, name: str) -> None:
        """Raises KeyError."""
        self._machine.http_sys.delete(*_key(name))

    def _found(self, key: Key) -> LiveSslBinding | None:
        entry = self._machine.http_sys.entries.get(key)
        return LiveSslBinding(self._machine, key, entry) if entry else None


def attach(machine: Machine, key: Key, thumbprint: str, store: str, flags: int = 0) -> None:
    """Write an entry of http.sys; raises Win32Error when the certificate is not there with its key (0x80070520)."""
    if store.upper() != "MY" or machine.certificates.with_key(thumbprint.upper()) is None:
        raise Win32Error(NO_SUCH_LOGON_SESSION)
    machine.http_sys.put(*key, thumbprint, store=store, flags=flags)


def _key(name: str) -> Key:
    """``0.0.0.0!443``, ``*!443`` and ``!443`` are one; ``!443!host`` has SNI."""
    first, port, *host = [*name.split("!"), ""][:3] if name.count("!") else (name, "0", "")
    if host and host[0]:
        return host[0].lower(), _number(port)
    return ("0.0.0.0" if first in ALL else first), _number(port)


def _number(port: str) -> int:
    return int(port) if port.isdigit() else 0
