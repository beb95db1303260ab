# SPDX-License-Identifier: GPL-3.0-or-later
"""Status and RootCAType, decided in the order of certificate-laws O16 and O17."""

from __future__ import annotations

from collections.abc import Collection

from cryptography import x509

from .store import Root, ServerCertificates, StoreEntry

STATUSES = (
    "Unknown",
    "Valid",
    "Revoked",
    "DateInvalid",
    "Untrusted",
    "Invalid",
    "RevocationCheckFailure",
    "PendingRequest",
)
ROOT_CA_TYPES = ("None", "ThirdParty", "Enterprise", "Registry", "GroupPolicy", "Unknown")
RECORDED_STATUS = 1


def status(held: ServerCertificates, entry: StoreEntry, now: float, revoked: Collection[str]) -> str:
    """The name of the status. The lab has no other fault of a chain, so nothing is Invalid (O16)."""
    certificate = entry.certificate
    if entry in held.requests:
        return "PendingRequest"
    if not in_dates(certificate, now):
        return "DateInvalid"
    if entry.self_signed:
        return "Valid"
    if root_of(held, certificate) is None:
        return "Untrusted"
    if not held.crl_reachable:
        return "RevocationCheckFailure"
    return "Revoked" if entry.thumbprint in revoked else "Valid"


def in_dates(certificate: x509.Certificate, now: float) -> bool:
    """The first and the last second count."""
    return certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp()


def status_number(name: str, numbers: str) -> int:
    """The number of a status; only that of Valid was ever recorded (O15, switch status_numbers)."""
    number = STATUSES.index(name)
    return number if numbers == "documented_order" or number == RECORDED_STATUS else 100 + number


def root_ca_type(held: ServerCertificates, entry: StoreEntry) -> str:
    """Where the root was found (O17)."""
    if entry in held.requests:
        return "Unknown"
    root = root_of(held, entry.certificate)
    return root.root_ca_type if root else "None"


def root_of(
    held: ServerCertificates, certificate: x509.Certificate, passed: tuple[x509.Certificate, ...] = ()
) -> Root | None:
    """A trusted root above a certificate, by any path through the intermediates that the server has.

    ``passed`` are those on the path already: CAs may have signed each other.
    """
    for root in held.roots:
        if certificate == root.certificate or _issued(root.certificate, certificate):
            return root
    for intermediate in held.intermediates:
        if intermediate not in passed and _issued(intermediate, certificate):
            found = root_of(held, intermediate, (*passed, intermediate))
            if found:
                return found
    return None


def chain_of(held: ServerCertificates, certificate: x509.Certificate) -> list[x509.Certificate]:
    """What the server can put above a certificate, up to the root if it has it."""
    chain: list[x509.Certificate] = []
    above = [*held.intermediates, *(root.certificate for root in held.roots)]
    current = certificate
    while found := next((one for one in above if one not in chain and _issued(one, current)), None):
        chain.append(found)
        current = found
    return chain


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """By name; a self-signed certificate has no issuer but itself, whoever else carries its name."""
    return authority.subject == certificate.issuer != certificate.subject
