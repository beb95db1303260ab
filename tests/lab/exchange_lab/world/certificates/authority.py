# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities of the lab: a root, and intermediates that sign for servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509

from . import building
from .building import Signer, Validity
from .keys import Keys, PrivateKey

YEAR = 365 * 86400.0
ROOT_CA_TYPES = {"ca": "ThirdParty", "enterprise": "Enterprise", "policy": "GroupPolicy", "unknown": None}
"""The lab's authorities, and where a server finds their root; that of ``unknown`` it does not know (O17)."""


@dataclass(frozen=True, slots=True)
class Intermediate:
    """A CA between root and server."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def signer(self) -> Signer:
        return Signer(self.certificate.subject, self.key)


@dataclass(eq=False)
class Authority:
    """One CA by its lab name. Its intermediates are numbered from 1 and made when first asked for."""

    name: str
    root: x509.Certificate
    root_key: PrivateKey
    keys: Keys
    validity: Validity
    intermediates: dict[int, Intermediate] = field(default_factory=dict)

    @classmethod
    def create(cls, name: str, keys: Keys, now: float) -> Authority:
        """A CA that has been there for a year. Raises ValueError for an unknown lab name."""
        if name not in ROOT_CA_TYPES:
            raise ValueError(f"Unknown issuer '{name}'. Known issuers: self, {', '.join(ROOT_CA_TYPES)}.")
        key, subject = keys.private(), _name(name, "Root CA")
        signer, validity = Signer(subject, key), Validity(now - YEAR, now + 20 * YEAR)
        root = building.certificate(subject, key, signer, validity, building.of_authority(key, signer, 1))
        return cls(name, root, key, keys, validity)

    @property
    def root_ca_type(self) -> str | None:
        """Where servers find the root, None where they do not."""
        return ROOT_CA_TYPES[self.name]

    def intermediate(self, number: int) -> Intermediate:
        """The intermediate CA of that number."""
        if number not in self.intermediates:
            key, signer = self.keys.private(), Signer(self.root.subject, self.root_key)
            extensions = building.of_authority(key, signer, 0)
            subject = _name(self.name, f"Issuing CA {number}")
            made = building.certificate(subject, key, signer, self.validity, extensions)
            self.intermediates[number] = Intermediate(made, key)
        return self.intermediates[number]

    @cached_property
    def cross_signed_root(self) -> x509.Certificate:
        """The root's name and key, certified by an older root; that has run out, and another path holds."""
        old_key, old = self.keys.private(), _name(self.name, "Old Root CA")
        signer, validity = Signer(old, old_key), Validity(self.validity.start, self.validity.start + YEAR / 2)
        extensions = building.of_authority(self.root_key, signer, 1)
        return building.certificate(self.root.subject, self.root_key, signer, validity, extensions)


def _name(authority: str, title: str) -> x509.Name:
    owner = f"Exchange Lab {authority}".removesuffix(" ca")
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "GB"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, owner),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{owner} {title}"),
        ]
    )
