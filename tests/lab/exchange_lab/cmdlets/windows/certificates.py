# SPDX-License-Identifier: GPL-3.0-or-later
"""Cert:\\LocalMachine\\My and New-SelfSignedCertificate (iis-over-remoting 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...world.certificates import StoreEntry
from ...world.certificates.distinguished_names import dotnet_text
from ...world.certificates.keys import CNG_TYPE, SCHANNEL
from ...world.windows import Machine
from ..certificates import X509, dotnet_description, serial_number
from ..errors import not_simulated
from .call import Call, Failure, cmdlet
from .live import EnumValue, Live, seconds_of

STORE = "LocalMachine\\My"
PROVIDER_PATH = "Microsoft.PowerShell.Security\\Certificate::"
DAY, YEAR_DAYS, CLOCK_SKEW_DAYS = 86400.0, 365, 600 / 86400


@dataclass(slots=True)
class LiveCertificate(Live):
    """An X509Certificate2: off the server it is RawData and the notes of its provider (iis-over-remoting 0.B)."""

    entry: StoreEntry
    types = (X509 + "X509Certificate2", X509 + "X509Certificate")

    def properties(self) -> Mapping[str, Any]:
        return {"RawData": self.entry.der}

    def notes(self) -> Mapping[str, Any]:
        path = f"{PROVIDER_PATH}{STORE}"
        return {
            "PSPath": f"{path}\\{self.entry.thumbprint}",
            "PSParentPath": path,
            "PSChildName": self.entry.thumbprint,
            "PSIsContainer": False,
        }

    def inside(self) -> Mapping[str, Any]:
        """What the server itself can read of it."""
        certificate = self.entry.certificate
        return {
            "Thumbprint": self.entry.thumbprint,
            "Subject": dotnet_text(certificate.subject),
            "Issuer": dotnet_text(certificate.issuer),
            "SerialNumber": serial_number(certificate),
            "NotBefore": certificate.not_valid_before_utc,
            "NotAfter": certificate.not_valid_after_utc,
            "HasPrivateKey": self.entry.key is not None,
            "FriendlyName": self.entry.friendly_name,
            "PrivateKey": self._private_key(),
        }

    def _private_key(self) -> PrivateKey | None:
        """Windows PowerShell sees no key of a key storage provider here (iis-over-remoting 4)."""
        key = self.entry.key
        return None if key is None or key.provider_type == CNG_TYPE else PrivateKey(self.entry)

    def __str__(self) -> str:
        return dotnet_description(self.entry)


@dataclass(slots=True)
class PrivateKey(Live):
    """An RSACryptoServiceProvider."""

    entry: StoreEntry
    types = ("System.Security.Cryptography.RSACryptoServiceProvider", "System.Security.Cryptography.RSA")

    def properties(self) -> Mapping[str, Any]:
        return {"CspKeyContainerInfo": KeyContainer(self.entry)}


@dataclass(slots=True)
class KeyContainer(Live):
    """A CspKeyContainerInfo."""

    entry: StoreEntry
    types = ("System.Security.Cryptography.CspKeyContainerInfo",)

    def properties(self) -> Mapping[str, Any]:
        key = self.entry.key
        assert key is not None
        return {
            "ProviderName": key.provider or SCHANNEL,
            "ProviderType": key.provider_type,
            "KeyContainerName": key.container,
            "UniqueKeyContainerName": key.file_name,
            "MachineKeyStore": True,
            "KeyNumber": EnumValue("System.Security.Cryptography.KeyNumber", "Exchange", key.key_spec),
            "Exportable": key.exportable,
            "Accessible": True,
        }


@cmdlet(
    "New-SelfSignedCertificate",
    "Microsoft.CertificateServices.Commands.NewSelfSignedCertificateCommand",
    *("DnsName", "Subject", "FriendlyName", "CertStoreLocation", "KeyAlgorithm", "KeyLength", "KeySpec", "Provider"),
    *("HashAlgorithm", "KeyExportPolicy", "NotAfter", "Type"),
    writes=True,
)
def new_self_signed_certificate(call: Call) -> Iterator[LiveCertificate]:
    """Into My of the machine. Without -Provider its key is of a key storage provider (CNG)."""
    store = call.get("CertStoreLocation", "")
    if store.lower() != f"Cert:\\{STORE}".lower():
        raise not_simulated(f"the store '{store}'")
    names = call.get("DnsName", ())
    if not names and not call.get("Subject"):
        raise Failure("The parameter is incorrect. 0x80070057 (WIN32: 87)", "System.ComponentModel.Win32Exception")
    if call.what_if:
        return
    certificates, now = call.world.certificates, call.world.clock.now()
    ends = call.get("NotAfter")
    thumbprint = certificates.issue(
        call.runspace.server,
        names=names,
        subject=call.get("Subject"),
        issuer="self",
        starts_in_days=-CLOCK_SKEW_DAYS,
        days=CLOCK_SKEW_DAYS + ((seconds_of(ends) - now) / DAY if ends else YEAR_DAYS),
        key=_kind_of_key(call),
        signature_hash=call.get("HashAlgorithm", "SHA256").lower(),
        provider="csp" if "Cryptographic Provider" in call.get("Provider", "") else "cng",
        exportable=call.get("KeyExportPolicy", "ExportableEncrypted") != "NonExportable",
        friendly_name=call.get("FriendlyName", ""),
    )
    yield LiveCertificate(certificates.of(call.runspace.server).find(thumbprint))


def _kind_of_key(call: Call) -> str:
    algorithm, length = call.get("KeyAlgorithm", "RSA"), call.get("KeyLength", 2048)
    if algorithm.upper() != "RSA" or length not in (1024, 2048, 4096):
        raise not_simulated(f"{algorithm} keys of {length} bits")
    return f"rsa{length}"


class MyStore:
    """LocalMachine\\My: certificates without key are listed too, requests are elsewhere (certificate-laws O1)."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def items(self) -> Iterator[Live]:
        for entry in self._machine.certificates.my:
            yield LiveCertificate(entry)

    def item(self, name: str) -> Live | None:
        return next((LiveCertificate(e) for e in self._machine.certificates.my if e.thumbprint == name.upper()), None)

    def remove(self, name: str) -> None:
        """The entry alone: without -DeleteKey a key stays on the disk, and bindings keep the dead hash (4)."""
        held = self._machine.certificates
        entry = next(entry for entry in held.my if entry.thumbprint == name.upper())
        held.my.remove(entry)
        if entry.key:
            held.orphaned_keys.append(entry.key)
