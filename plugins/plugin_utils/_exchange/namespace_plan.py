# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan of the names that clients use: which host each protocol gets in each site, and which names that takes.

Client-access-laws section 5: one name, a name a site, a name a protocol, inside and outside apart, wildcard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .._converge.kinds import HostName, Refused
from .._remoting.endpoint import is_address
from .._remoting.errors import BadInput

PROTOCOLS = ("owa", "ecp", "ews", "activesync", "oab", "mapi", "outlook_anywhere")
"""What has a host name of its own. PowerShell keeps the server's name, Autodiscover has one of the plan's."""
ROLE_VARIABLES = {
    name: f"namespaces_{name}"
    for name in (
        "name",
        "internal_name",
        "external_name",
        "site_names",
        "protocol_names",
        "autodiscover_name",
        "download_name",
        "smtp_domains",
        "wildcard",
    )
}
MODULE_OPTIONS = {
    "name": "namespace",
    "internal_name": "internal_namespace",
    "external_name": "external_namespace",
    "site_names": "site_namespaces",
    "protocol_names": "protocol_namespaces",
    "autodiscover_name": "autodiscover_namespace",
}
"""What a plan is called as variables of the role, and as options of exchange_client_access."""

_HOST = HostName(clearable=True)


class Hosts(NamedTuple):
    """The host for clients inside and the one for clients outside; None where the plan names none."""

    internal: str | None = None
    external: str | None = None

    def or_else(self, other: Hosts) -> Hosts:
        """Each side from here, or where it is None from the other."""
        return Hosts(self.internal or other.internal, self.external or other.external)


@dataclass(frozen=True)
class Plan:
    """Which names clients use. Made by ``of``.

    Attributes:
        everywhere: hosts where nothing more special is named.
        sites: hosts by Active Directory site in lower case; they go before ``everywhere``.
        protocols: hosts by protocol; they go before ``sites``.
        autodiscover: the host of every server's service connection point.
        download: the host of Outlook on the web's inline images.
        smtp_domains: domains whose users look for ``autodiscover.<domain>``.
        wildcard: the domain whose names one wildcard on the certificate covers.
    """

    everywhere: Hosts = Hosts()
    sites: Mapping[str, Hosts] = field(default_factory=dict)
    protocols: Mapping[str, Hosts] = field(default_factory=dict)
    autodiscover: str | None = None
    download: str | None = None
    smtp_domains: tuple[str, ...] = ()
    wildcard: str | None = None
    spelled: Mapping[str, str] = field(default_factory=lambda: ROLE_VARIABLES, repr=False, compare=False)

    @classmethod
    def of(cls, variables: Mapping[str, Any], spelled: Mapping[str, str] = ROLE_VARIABLES) -> Plan:
        """Read a plan. A blank or missing variable means "not given"; others are ignored.

        Args:
            variables: the user's variables or options.
            spelled: what each part is called there.

        Raises:
            BadInput: a name that is no host name, an unknown protocol, or a plan that contradicts itself.
        """
        reader = _Variables(variables, spelled)
        name = reader.host("name")
        plan = cls(
            everywhere=Hosts(reader.host("internal_name"), reader.host("external_name")).or_else(Hosts(name, name)),
            sites={site.lower(): hosts for site, hosts in reader.hosts_by("site_names").items()},
            protocols=reader.hosts_by("protocol_names"),
            autodiscover=reader.host("autodiscover_name"),
            download=reader.host("download_name"),
            smtp_domains=tuple(reader.hosts("smtp_domains")),
            wildcard=reader.host("wildcard", without="*."),
        )
        plan._refuse_contradictions()
        return plan

    def hosts_for(self, protocol: str, site: str | None = None) -> Hosts:
        """The hosts of a protocol on the servers of an Active Directory site.

        Raises:
            KeyError: no protocol of the plan (a mistake of ours).
        """
        if protocol not in PROTOCOLS:
            raise KeyError(protocol)
        of_site = self.sites.get((site or "").lower(), Hosts())
        return self.protocols.get(protocol, Hosts()).or_else(of_site).or_else(self.everywhere)

    def of_site(self, site: str) -> Plan:
        """The part of the plan that servers of an Active Directory site carry out."""
        here = self.sites.get(site.lower(), Hosts())
        return replace(self, everywhere=here.or_else(self.everywhere), sites={})

    def names_in_dns(self) -> list[str]:
        """Every name that must resolve, in lower case and sorted."""
        return sorted({_written(name) for name in self._names()})

    def names_on_certificate(self) -> list[str]:
        """Every name that the certificate needs; a wildcard stands for the names one label below its domain."""
        if not self.wildcard:
            return self.names_in_dns()
        domain = _written(self.wildcard)
        return sorted({f"*.{domain}" if _is_right_below(name, domain) else name for name in self.names_in_dns()})

    def _names(self) -> Iterator[str]:
        for protocol in PROTOCOLS:
            for site in self._places():
                yield from filter(None, self.hosts_for(protocol, site))
        yield from filter(None, (self.autodiscover, self.download))
        yield from (f"autodiscover.{domain}" for domain in self.smtp_domains)

    def _places(self) -> tuple[str | None, ...]:
        return (None, *self.sites)

    def _refuse_contradictions(self) -> None:
        for site in self._places():
            owa, ecp = (_lower(self.hosts_for(protocol, site)) for protocol in ("owa", "ecp"))
            if owa != ecp:
                raise BadInput(
                    "The plan gives Outlook on the web (owa) and the Exchange admin center (ecp) different hosts, "
                    "so the options page would not open.",
                    f"Give both the same name in {self.spelled['protocol_names']}.",
                )
            if self.download and self.download.lower() in owa:
                raise BadInput(
                    f"{self.spelled['download_name']} {self.download} is also a host of Outlook on the web, "
                    "so it protects nothing.",
                    "Choose another name for it.",
                )
        if self.wildcard and f"*.{_written(self.wildcard)}" not in self.names_on_certificate():
            raise BadInput(
                f"{self.spelled['wildcard']} is {self.wildcard}, but no name of the plan lies one label below it.",
                "Write the domain that the names share, such as contoso.com for mail.contoso.com.",
            )


class _Variables:
    """Reads the role's variables; every method raises BadInput for what cannot be."""

    def __init__(self, variables: Mapping[str, Any], spelled: Mapping[str, str]) -> None:
        self._variables = variables
        self._spelled = spelled

    def host(self, name: str, without: str = "") -> str | None:
        return _host(self._spelled.get(name, name), str(self._get(name) or "").removeprefix(without))

    def hosts(self, name: str) -> Iterator[str]:
        given = self._get(name) or []
        if not isinstance(given, (list, tuple)):
            raise BadInput(f"{self._spelled[name]} is not a list.", "Write it as [contoso.com, fabrikam.com].")
        yield from filter(None, (_host(self._spelled[name], entry) for entry in given))

    def hosts_by(self, name: str) -> dict[str, Hosts]:
        option = self._spelled[name]
        given = self._get(name) or {}
        if not isinstance(given, Mapping):
            raise BadInput(
                f"{option} is not a dictionary.", "Write one line for each, such as 'mapi: mapi.contoso.com'."
            )
        if name == "protocol_names":
            _refuse_unknown(option, "protocol", given, PROTOCOLS)
        return {str(key): _hosts(f"{option} of {key}", value) for key, value in given.items()}

    def _get(self, name: str) -> Any:
        return self._variables.get(self._spelled.get(name, ""))


def _hosts(option: str, given: Any) -> Hosts:
    if not isinstance(given, Mapping):
        name = _host(option, given)
        return Hosts(name, name)
    _refuse_unknown(option, "side", given, Hosts._fields)
    return Hosts(*(_host(f"{option}, {side}", given.get(side)) for side in Hosts._fields))


def _host(option: str, given: Any) -> str | None:
    try:
        name: str | None = _HOST.parse(given)
    except Refused as exc:
        raise BadInput(f"{option} '{given}' {exc}.", "Nothing was changed.") from exc
    if name and is_address(name):
        raise BadInput(f"{option} '{given}' is an address.", "Clients and certificates need a name.")
    return name


def _refuse_unknown(option: str, what: str, given: Iterable[Any], known: Iterable[str]) -> None:
    unknown = sorted({str(key) for key in given} - set(known))
    if unknown:
        raise BadInput(f"{option} has the unknown {what} {', '.join(unknown)}.", f"Known are {', '.join(known)}.")


def _lower(hosts: Hosts) -> tuple[str, ...]:
    return tuple((host or "").lower() for host in hosts)


def _written(name: str) -> str:
    """As certificates and name servers hold it: ASCII, lower case."""
    return name.lower() if name.isascii() else name.lower().encode("idna").decode("ascii")


def _is_right_below(name: str, domain: str) -> bool:
    return name.partition(".")[2] == domain
