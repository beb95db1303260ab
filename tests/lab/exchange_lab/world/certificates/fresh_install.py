# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that Windows and Setup leave on a server (certificate-laws O19)."""

from __future__ import annotations

from cryptography import x509

from ..servers import Server
from . import building
from .authority import YEAR
from .building import Signer, Validity
from .keys import FULL_FOR_NETWORK_SERVICE, FULL_FOR_SYSTEM_AND_ADMINISTRATORS, SCHANNEL, Keys, MachineKey
from .store import Root, ServerCertificates, StoreEntry

DAY = 86400.0
AUTH_NAME = "Microsoft Exchange Server Auth Certificate"
AUTH_DAYS = 1800
HOUR = 3600.0


def auth_entry(keys: Keys, now: float, hash_name: str) -> StoreEntry:
    """The organization's auth certificate as Setup makes it: no names, exportable, 1800 days."""
    private = keys.private()
    made = _self_signed(AUTH_NAME, private, Validity(now - HOUR, now - HOUR + AUTH_DAYS * DAY), (), hash_name)
    return StoreEntry(made, MachineKey(private, keys.container(), exportable=True), AUTH_NAME, now)


def fresh(server: Server, keys: Keys, now: float, hash_name: str) -> ServerCertificates:
    """Exchange's own certificate and that of the web management service, in this order; both are in Root.

    The key of its own has what Setup of a later update will ask for (E13).
    """
    private = keys.private()
    names = (server.name, server.directory_fqdn)
    made = _self_signed(server.name, private, Validity(now - HOUR, now - HOUR + 5 * YEAR), names, hash_name)
    access = FULL_FOR_SYSTEM_AND_ADMINISTRATORS + FULL_FOR_NETWORK_SERVICE
    key = MachineKey(private, keys.container(), access=access)
    exchange = StoreEntry(made, key, "Microsoft Exchange", now, {"SMTP", "IMAP", "POP"})
    management = _web_management(server, keys, now)
    roots = [Root(entry.certificate, "Registry") for entry in (exchange, management)]
    return ServerCertificates([exchange, management], roots=roots)


def _web_management(server: Server, keys: Keys, now: float) -> StoreEntry:
    private, title = keys.private(), f"WMSvc-{server.name}"
    name = _name(title)
    validity = Validity(now - 2 * HOUR, now - 2 * HOUR + 10 * YEAR)
    made = building.certificate(name, private, Signer(name, private), validity, building.of_web_management())
    key = MachineKey(private, "WMSvc Certificate Key Container", SCHANNEL, exportable=True)
    return StoreEntry(made, key, f"CN={title}", now)


def _self_signed(
    title: str, key: building.PrivateKey, validity: Validity, names: tuple[str, ...], hash_name: str
) -> x509.Certificate:
    name = _name(title)
    return building.certificate(name, key, Signer(name, key), validity, building.of_exchange(names), hash_name)


def _name(title: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, title)])
