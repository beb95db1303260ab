# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate requests as Exchange makes them, and the pending half that stays behind (certificate-laws N1 to N9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..servers import WINDOWS, Server
from . import building
from .authority import YEAR
from .building import Signer, Validity
from .der import BITS, BMP, CONTEXT_0, IA5, INTEGER, OCTETS, SEQUENCE, SET, UTF8, encoded, oid
from .distinguished_names import common_name
from .fresh_install import DAY
from .keys import SCHANNEL, MachineKey
from .refusals import invalid
from .store import HOST_NAME, StoreEntry

if TYPE_CHECKING:
    from .certificates import Certificates

FRIENDLY_NAME = "Microsoft Exchange"
LONGEST_FRIENDLY_NAME, LONGEST_NAME = 63, 255
KEY_SIZES = (1024, 2048, 4096)
SERVICE_HOST = "Microsoft.Exchange.ServiceHost.exe"
SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
OS_VERSION, CLIENT_INFO = "1.3.6.1.4.1.311.13.2.3", "1.3.6.1.4.1.311.21.20"
EXTENSION_REQUEST, CSP_NAME = "1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.13.2.2"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new request or self-signed certificate shall hold."""

    subject: x509.Name
    names: tuple[str, ...]
    friendly_name: str = FRIENDLY_NAME
    key_size: int = 2048
    exportable: bool = False

    def check(self) -> None:
        """Raises Refused for what New-ExchangeCertificate does not take (N2, N3); the texts are ours."""
        if self.key_size not in KEY_SIZES:
            raise invalid(f"The key size {self.key_size} isn't one of {', '.join(map(str, KEY_SIZES))}.")
        if len(self.friendly_name) > LONGEST_FRIENDLY_NAME:
            raise invalid("The friendly name must be shorter than 64 characters.")
        if self.subject.rdns and common_name(self.subject) is None:
            raise invalid("The subject name must contain a common name (CN).")
        for name in self.names:
            if len(name) > LONGEST_NAME or not HOST_NAME.fullmatch(name):
                raise invalid(f"The domain name '{name}' isn't valid.")


def names(subject: x509.Name, given: Iterable[str]) -> tuple[str, ...]:
    """The names of a new certificate: the CN when it is a host name, then the given ones, each once (N3)."""
    cn = common_name(subject)
    first = [cn] if cn and HOST_NAME.fullmatch(cn) else []
    found: dict[str, str] = {}
    for name in (*first, *given):
        found.setdefault(name.lower(), name)
    return tuple(found.values())


def create(certificates: Certificates, server: Server, wanted: Wanted, now: float) -> StoreEntry:
    """A key, a PKCS#10 and a placeholder with its own thumbprint in the server's REQUEST store (N6).

    Raises Refused.
    """
    wanted.check()
    private = certificates.keys.unique(f"rsa{wanted.key_size}")
    assert isinstance(private, rsa.RSAPrivateKey)
    signer, validity = Signer(wanted.subject, private), Validity(now, now + 365 * DAY)
    placeholder = building.certificate(
        wanted.subject, private, signer, validity, building.of_exchange(wanted.names, usages=())
    )
    key = MachineKey(private, certificates.keys.container(), exportable=wanted.exportable)
    entry = StoreEntry(placeholder, key, wanted.friendly_name, now, request=pkcs10(server, wanted, private))
    certificates.of(server).requests.append(entry)
    return entry


def self_signed(certificates: Certificates, server: Server, wanted: Wanted) -> StoreEntry:
    """A self-signed certificate of five years, in no store yet; it never reaches Root (O17, O19). Raises Refused."""
    wanted.check()
    private, now = certificates.keys.unique(f"rsa{wanted.key_size}"), certificates.world.clock.now()
    signer, validity = Signer(wanted.subject, private), Validity(now, now + 5 * YEAR)
    extensions = building.of_exchange(wanted.names)
    made = building.certificate(wanted.subject, private, signer, validity, extensions, certificates.own_hash(server))
    key = MachineKey(private, certificates.keys.container(), exportable=wanted.exportable)
    return StoreEntry(made, key, wanted.friendly_name, now)


def pkcs10(server: Server, wanted: Wanted, private: rsa.RSAPrivateKey) -> bytes:
    """The request in the shape of the published sample, decoded (N4, O2)."""
    extensions = [
        (building.key_usage("digital_signature", "key_encipherment"), True),
        *building.alternative_names(wanted.names),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False),
    ]
    domain = server.fqdn.split(".")[1].upper()
    client = (encoded(INTEGER, b"\x05"), *(_utf8(text) for text in (server.directory_fqdn, _account(domain, server))))
    attributes = (
        _attribute(OS_VERSION, encoded(IA5, f"{WINDOWS[server.windows]}.2".encode())),
        _attribute(CLIENT_INFO, encoded(SEQUENCE, *client, _utf8(SERVICE_HOST))),
        _attribute(CSP_NAME, encoded(SEQUENCE, encoded(INTEGER, b"\x01"), _bmp(SCHANNEL), encoded(BITS, b"\x00"))),
        _attribute(EXTENSION_REQUEST, encoded(SEQUENCE, *(_extension(*extension) for extension in extensions))),
    )
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = encoded(
        SEQUENCE,
        encoded(INTEGER, b"\x00"),
        wanted.subject.public_bytes(),
        public,
        encoded(CONTEXT_0, *sorted(attributes)),
    )
    signature = private.sign(body, padding.PKCS1v15(), hashes.SHA256())
    algorithm = encoded(SEQUENCE, oid(SHA256_WITH_RSA), b"\x05\x00")
    return encoded(SEQUENCE, body, algorithm, encoded(BITS, b"\x00" + signature))


def _account(domain: str, server: Server) -> str:
    return f"{domain}\\{server.name}$"


def _attribute(dotted: str, value: bytes) -> bytes:
    return encoded(SEQUENCE, oid(dotted), encoded(SET, value))


def _extension(extension: x509.ExtensionType, critical: bool) -> bytes:
    parts = [oid(extension.oid.dotted_string), *([b"\x01\x01\xff"] if critical else [])]
    return encoded(SEQUENCE, *parts, encoded(OCTETS, extension.public_bytes()))


def _utf8(text: str) -> bytes:
    return encoded(UTF8, text.encode())


def _bmp(text: str) -> bytes:
    return encoded(BMP, text.encode("utf-16-be"))
