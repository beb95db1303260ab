# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts with pseudonyms in place of names, so that a report can be shown to strangers.

A name has the same pseudonym everywhere in a report, and in every report of the same facts. Structure stays visible:
which host is below which domain, which name is a wildcard, which server is which.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .host_names import (
    GENERIC,
    HOST,
    SECOND_LEVEL,
    below_domain,
    domain_of,
    folded,
    hosts_in,
    hosts_of_urls_in,
    is_label,
)

PUBLIC_ROOT = "ThirdParty"
"""RootCAType of certificates whose root comes with Windows: their issuers tell nothing of the organization."""
OF_EXCHANGE = ("Microsoft Exchange", "Microsoft Exchange Server Auth Certificate", "WMSVC", "WMSVC-SHA2")
"""Friendly names that Setup gives."""
SHORTENED = 8
"""Characters that are left of a thumbprint or a serial number."""

UNKNOWN = "name"
"""For a name that a pattern takes for one of ours, but that is spelled in a case of its own."""
OF_HOSTS = (
    "names",
    "alternative_names",
    "pop_certificate_name",
    "imap_certificate_name",
    "fqdn",
    "internal_hostname",
    "external_hostname",
)
"""Keys of host names, which may have no domain."""

_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{16,}(?![0-9A-Za-z])")
_IPV4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_IPV6 = rf"(?=[0-9a-f:]*::|(?:[0-9a-f]+:){{6}})(?:[0-9a-f]{{0,4}}:){{2,7}}(?:{_IPV4}|[0-9a-f]{{1,4}}|(?<=::))(?:%\w+)?"
_ADDRESS = re.compile(rf"(?<![\d.])(?!15\.){_IPV4}(?!\.?\d)|(?<![\w:.]){_IPV6}(?!\w)", re.IGNORECASE)
_TLS_NAME = re.compile(r"<I>(.*)<S>(.*)", re.IGNORECASE)
_OF_WMSVC = re.compile(r"wmsvc-(?:sha2-)?")
_PROSE = ("findings", "errors", "warnings")
"""Where our sentences and those of servers are; they hold names, but their other words are no names."""
_OURS = ("link", "code", "severity")
"""Keys of values that are the collection's own."""


def redacted(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with pseudonyms. Links stay, as they are Microsoft's."""
    return dict(_mapped(facts, _Pseudonyms(facts)))


def _mapped(value: Any, pseudonyms: _Pseudonyms, key: str = "") -> Any:
    if isinstance(value, str):
        if key in _OURS:
            return value
        return _shortened(value) if key == "serial_number" else pseudonyms.replace(value)
    if isinstance(value, Mapping):
        return {name: _mapped(item, pseudonyms, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, pseudonyms, key) for item in value]
    return value


class _Pseudonyms:
    """All replacements, found once, made in one pass so that no pseudonym is replaced again."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        named = {key: value for key, value in facts.items() if key not in _PROSE}
        self._words = _numbered(
            "server", (server.get("server") or server.get("name") for server in facts.get("servers", []))
        ) | _numbered("site", _values(named, "site", "auto_discover_site_scope"))
        self._words |= _numbered("site", (site.get("name") for site in facts.get("sites") or []), taken=self._words)
        issuers = set(_values(named, "issuer"))
        hosts = {host for text in _texts(named) if text not in issuers for host in hosts_in(text)}
        self._domains = _numbered("domain", map(domain_of, hosts))
        for domain, pseudonym in self._domains.items():
            organization = domain.partition(".")[0]
            if organization not in GENERIC | SECOND_LEVEL:
                self._words.setdefault(organization, pseudonym)
        alone = set(_hosts_alone(named)) - GENERIC - set(self._words)
        below = {label for host in hosts for label in below_domain(host)} - GENERIC - set(self._words)
        self._labels = _numbered("name", alone | below)
        self._words |= {label: self._labels[label] for label in alone}
        self._phrases = self._distinguished_names(facts) | _numbered(
            "friendly name ", (name for name in _values(named, "friendly_name") if name not in OF_EXCHANGE)
        )
        self._pattern = self._compiled()

    def replace(self, text: str) -> str:
        return self._pattern.sub(self._pseudonym, text)

    def _compiled(self) -> re.Pattern[str]:
        phrases = "|".join(map(re.escape, sorted(self._phrases, key=len, reverse=True)))
        domains = "|".join(map(re.escape, sorted(self._domains, key=len, reverse=True)))
        words = "|".join(map(re.escape, sorted(self._words, key=len, reverse=True)))
        parts = {
            "phrase": rf"(?<!\w)(?:{phrases})(?!\w)" if phrases else "",
            "hex": _HEX.pattern,
            "address": _ADDRESS.pattern,
            "host": rf"(?<![\w.-])(?:(?:\*|[\w-]+)\.)*(?:{domains})(?![\w-])" if domains else "",
            "word": rf"(?<![^\W_])(?:{words})(?![^\W_])" if words else "",
        }
        return re.compile("|".join(f"(?P<{name}>{part})" for name, part in parts.items() if part), re.IGNORECASE)

    def _pseudonym(self, match: re.Match[str]) -> str:
        text = match[0]
        kind = match.lastgroup
        if kind == "phrase":
            return self._phrases.get(folded(text), UNKNOWN)
        if kind == "hex":
            return _shortened(text)
        if kind == "address":
            return "address"
        return self._host(folded(text)) if kind == "host" else self._words.get(folded(text), UNKNOWN)

    def _host(self, host: str) -> str:
        """Below the longest domain that is known."""
        labels = host.split(".")
        for start in range(len(labels)):
            if domain := self._domains.get(".".join(labels[start:])):
                below = [self._words.get(label) or self._labels.get(label) or label for label in labels[:start]]
                return ".".join([*below, f"{domain}.example"])
        return f"{UNKNOWN}.example"

    def _distinguished_names(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """A subject that is a host stays one; issuers with a public root stay; of the rest nothing is left."""
        subjects, issuers, public = [], [], set()
        for server in facts.get("servers", []):
            for certificate in server.get("certificates") or []:
                subjects.append(certificate.get("subject"))
                issuers.append(certificate.get("issuer"))
                if certificate.get("root_ca_type") == PUBLIC_ROOT:
                    public.add(certificate.get("issuer"))
        for connector in facts.get("connectors") or []:
            if found := _TLS_NAME.fullmatch(str(connector.get("tls_certificate_name"))):
                issuers.append(found[1])
                subjects.append(found[2])
        kept = {folded(str(issuer)) for issuer in public}
        names = _numbered("CN=subject ", (name for name in subjects if not _is_of_exchange(name)))
        names |= _numbered("CN=issuer ", (name for name in issuers if not _is_of_exchange(name)), taken=names)
        for name in list(names):
            host = HOST.fullmatch(name.partition(",")[0].partition("=")[2].strip())
            if host and domain_of(host[0]) in self._domains:
                names[name] = f"CN={self._host(host[0])}"
        return {name: pseudonym for name, pseudonym in names.items() if name not in kept}


def _numbered(prefix: str, names: Iterable[Any], taken: Iterable[str] = ()) -> dict[str, str]:
    """Pseudonyms for folded names, in alphabetical order."""
    unique = sorted({folded(str(name)) for name in names if name} - set(taken))
    return {name: f"{prefix}{number}" for number, name in enumerate(unique, start=1)}


def _is_of_exchange(name: Any) -> bool:
    return str(name).removeprefix("CN=") in OF_EXCHANGE or str(name).lower().startswith("cn=wmsvc-")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _values(value: Any, *keys: str) -> Iterator[str]:
    """The texts below some keys, at every depth."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item) if key in keys else _values(item, *keys)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, *keys)


def _hosts_alone(facts: Any) -> Iterator[str]:
    """Host names without a domain, folded; of certificates for web management the server that they name."""
    for name in itertools.chain(_values(facts, *OF_HOSTS), *map(hosts_of_urls_in, _texts(facts))):
        if is_label(name):
            yield _OF_WMSVC.sub("", folded(name))


def _shortened(text: str) -> str:
    return f"{text[: min(SHORTENED, len(text) // 2)]}…"
