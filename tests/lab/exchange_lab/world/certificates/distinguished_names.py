# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of certificates as .NET writes them: TlsCertificateName depends on this text (certificate-laws O9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cryptography import x509

NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "S",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.17": "PostalCode",
    "2.5.4.42": "G",
    "2.5.4.43": "I",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
}
QUOTED = set(',+="\n<>#;')


def dotnet_text(name: x509.Name) -> str:
    """``CN=mail.contoso.test, O="Contoso, Ltd.", S=Essex``: most specific first, S for a state, E for a mailbox."""
    return ", ".join(" + ".join(_part(part) for part in group) for group in reversed(list(name.rdns)))


def tls_name(certificate: x509.Certificate) -> str:
    """The text that a connector's TlsCertificateName has for a certificate (certificate-laws S5)."""
    return f"<I>{dotnet_text(certificate.issuer)}<S>{dotnet_text(certificate.subject)}"


def common_name(name: x509.Name) -> str | None:
    """The CN, the most specific one where there are several."""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[-1].value) if found else None


def parsed(text: str) -> x509.Name:
    """An RFC 4514 text (``CN=mail.contoso.test,O=Contoso,ST=Essex,C=GB``) as a name; raises ValueError."""
    return x509.Name.from_rfc4514_string(text, {"E": x509.NameOID.EMAIL_ADDRESS})


def _part(attribute: x509.NameAttribute[str | bytes]) -> str:
    oid = attribute.oid.dotted_string
    return f"{NAMES.get(oid, 'OID.' + oid)}={_quoted(str(attribute.value))}"


def _quoted(value: str) -> str:
    if not value or value != value.strip() or QUOTED & set(value):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return value


def from_dotnet_text(text: str) -> x509.Name:
    """A name from the text of a .NET X500DistinguishedName: the order turns round, so that the first part is the last
    one encoded (certificate-laws N4). Raises ValueError.
    """
    found: list[x509.NameAttribute[str | bytes]] = []
    for key, value in _parts(text):
        if key not in _OIDS:
            raise ValueError(f"The name '{text}' has an unknown part '{key}'.")
        found.append(x509.NameAttribute(x509.ObjectIdentifier(_OIDS[key]), value))
    return x509.Name(reversed(found))


_OIDS = {title.upper(): oid for oid, title in NAMES.items()} | {"ST": "2.5.4.8"}
_PART = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"]|"")*)"|([^,;"]*?))\s*(?:[,;]|$)')


def _parts(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise ValueError(f"'{text}' is not a distinguished name.")
        at = part.end()
        title, quoted, bare = part.groups()
        yield title.upper(), bare if quoted is None else quoted.replace('""', '"')
