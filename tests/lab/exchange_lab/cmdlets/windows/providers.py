# SPDX-License-Identifier: GPL-3.0-or-later
"""Provider paths: which drive a path is on, and the cmdlets that work on items (iis-over-remoting 2 to 5, 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...world.windows import Win32Error
from ..errors import AUTOMATION, not_simulated
from . import certificates, pools, registry, ssl_bindings
from .call import CORE, WEB_ADMINISTRATION, Call, Failure, cmdlet, of_windows, path_not_found
from .certificates import LiveCertificate
from .folder import Folder
from .live import member


def folder_of(call: Call, path: str) -> tuple[Folder, str]:
    """The folder that the path is or is in, and the item's name, empty for the folder itself. Raises Failure."""
    drive, separator, rest = path.partition(":")
    if separator and drive.upper() == "IIS" and WEB_ADMINISTRATION not in call.runspace.modules:
        raise Failure(
            "Cannot find drive. A drive with the name 'IIS' does not exist.",
            "DriveNotFound",
            "ObjectNotFound",
            AUTOMATION + "DriveNotFoundException",
            target="IIS",
        )
    for root, folder in _folders(call).items():
        inside = f"{drive}:\\{rest.strip(chr(92))}"
        if inside.lower() == root.lower():
            return folder, ""
        if inside.lower().startswith(root.lower() + "\\"):
            return folder, inside[len(root) + 1 :]
    raise not_simulated(f"the path '{path}'")


def _folders(call: Call) -> Mapping[str, Folder]:
    machine = call.machine
    return {
        "IIS:\\SslBindings": ssl_bindings.SslBindings(machine),
        **{
            f"IIS:\\AppPools\\{pool.name}\\WorkerProcesses": pools.Workers(machine, pool)
            for pool in machine.pools.values()
        },
        "IIS:\\AppPools": pools.AppPools(call),
        "Cert:\\LocalMachine\\My": certificates.MyStore(machine),
        registry.ADDRESSES: registry.SslBindingInfo(machine, by_address=True),
        registry.HOST_NAMES: registry.SslBindingInfo(machine, by_address=False),
        registry.EXCHANGE: registry.ExchangeSettings(machine),
    }


def _paths(call: Call) -> tuple[str, ...]:
    return tuple(call.get("LiteralPath") or call.get("Path") or ())


def _item(call: Call, path: str) -> Any:
    folder, name = folder_of(call, path)
    if not name:
        raise not_simulated(f"the folder '{path}' as an item")
    found = folder.item(name)
    if found is None:
        raise path_not_found(path)
    return found


@cmdlet("Get-ChildItem", CORE + "GetChildItemCommand", "Path", "LiteralPath")
def get_child_item(call: Call) -> Iterator[Any]:
    """Every item of a folder."""
    for path in _paths(call):
        folder, name = folder_of(call, path)
        yield from folder.items() if not name else [_item(call, path)]


@cmdlet("Get-Item", CORE + "GetItemCommand", "Path", "LiteralPath")
def get_item(call: Call) -> Iterator[Any]:
    """One item."""
    for path in _paths(call):
        try:
            yield _item(call, path)
        except Failure as failure:
            call.fail(failure)


@cmdlet("Test-Path", CORE + "TestPathCommand", "Path", "LiteralPath")
def test_path(call: Call) -> Iterator[bool]:
    """Whether a path leads to an item; a drive that does not exist has none."""
    for path in _paths(call):
        try:
            folder, name = folder_of(call, path)
            yield not name or folder.item(name) is not None
        except Failure:
            yield False


@cmdlet("Get-ItemProperty", CORE + "GetItemPropertyCommand", "Path", "LiteralPath", "Name", piped="LiteralPath")
def get_item_property(call: Call) -> Iterator[Any]:
    """The values of registry keys, piped or by path; nothing of a key that holds none."""
    for item in call.input or [_item(call, path) for path in _paths(call)]:
        if not isinstance(item, registry.LiveKey):
            raise not_simulated("Get-ItemProperty outside the registry")
        if item.path.lower() in call.machine.denied:
            refused = "System.Security.SecurityException"
            call.fail(Failure("Requested registry access is not allowed.", refused, "PermissionDenied", refused))
            continue
        values, names = item.values(), call.get("Name") or ()
        missing = [name for name in names if member(values, name) is None]
        if missing:
            text = f"Property {missing[0]} does not exist at path {item.path}."
            call.fail(
                Failure(text, AUTOMATION + "PSArgumentException", "InvalidArgument", AUTOMATION + "PSArgumentException")
            )
            continue
        if item.held:
            yield values


@cmdlet(
    "New-Item", CORE + "NewItemCommand", "Path", "Value", "Thumbprint", "SSLFlags", "Force", piped="Value", writes=True
)
def new_item(call: Call) -> Iterator[Any]:
    """An entry of http.sys: -Thumbprint names the certificate, or the certificate itself is piped."""
    for path in call.get("Path"):
        folder, name = folder_of(call, path)
        if not isinstance(folder, ssl_bindings.SslBindings) or not name:
            raise not_simulated(f"New-Item on '{path}'")
        thumbprint = call.get("Thumbprint") or _piped_thumbprint(call)
        if not call.what_if:
            try:
                yield folder.add(name, thumbprint, call.get("SSLFlags", 0))
            except Win32Error as problem:
                call.fail(of_windows(problem, "System.ComponentModel.Win32Exception"))


def _piped_thumbprint(call: Call) -> str:
    if len(call.input) == 1 and isinstance(call.input[0], LiveCertificate):
        return call.input[0].entry.thumbprint
    raise not_simulated("New-Item on IIS:\\SslBindings without -Thumbprint and without a certificate")


@cmdlet("Remove-Item", CORE + "RemoveItemCommand", "Path", "LiteralPath", "Force", writes=True)
def remove_item(call: Call) -> None:
    """Delete an entry of http.sys, or a certificate; what names it stays as it is."""
    for path in _paths(call):
        folder, name = folder_of(call, path)
        if not isinstance(folder, ssl_bindings.SslBindings | certificates.MyStore) or not name:
            raise not_simulated(f"Remove-Item on '{path}'")
        if folder.item(name) is None:
            call.fail(path_not_found(path))
        elif not call.what_if:
            folder.remove(name)
