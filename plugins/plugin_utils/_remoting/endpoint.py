# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach an endpoint of a server, and the Exchange endpoint from a task's options."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from .endpoint_kind import EXCHANGE, EndpointKind
from .errors import BadInput

CONNECTIONS = ("winrm", "psrp")
SEALING = ("kerberos", "negotiate", "ntlm")
DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)\Z")
_BUILD = re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,5}\.\d{1,5}\Z")


@dataclass(frozen=True)
class Endpoint:
    """One address of an endpoint and who we are there. The defaults are those of Exchange.

    Attributes:
        server: the server's own name; what cmdlets are asked about.
        host: FQDN or address to connect to.
        auth: kerberos, negotiate, ntlm or basic.
        spn_host: the name in the service principal name, when it is not ``host``.
        ca_cert: path of a PEM file with the CA to trust, or None for the system's.
        timeout: seconds that one cmdlet may take.
        path: path and query, without a leading slash.
        verify: False leaves the server's certificate unverified.
        connect_timeout: seconds that connecting may take.
        spn_service: the service in the service principal name.
        configuration: the session configuration.
        modules: imported in every new session, before anything else.
    """

    server: str
    host: str
    username: str
    password: str = field(repr=False)
    scheme: str = "http"
    port: int = 80
    auth: str = "kerberos"
    spn_host: str = ""
    ca_cert: str | None = None
    timeout: float = 300.0
    kind: EndpointKind = EXCHANGE
    path: str = "PowerShell/?serializationLevel=Full"
    verify: bool = True
    connect_timeout: int = 30
    spn_service: str = "HTTP"
    configuration: str = "Microsoft.Exchange"
    modules: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """What an administrator would call it."""
        return f"{self.scheme}://{self.host}:{self.port}/{self.path.partition('/?')[0]}"

    @property
    def spn(self) -> str:
        """The service principal name that Kerberos asks a ticket for."""
        return f"{self.spn_service}/{self.spn_host or self.host}"


def is_address(name: str) -> bool:
    """True for an IPv4 or IPv6 literal."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def is_host_name(name: str) -> bool:
    """True for an RFC 1123 host name, with or without a domain."""
    return 0 < len(name) <= 253 and all(_LABEL.match(label) for label in name.split("."))


def is_fqdn(name: str) -> bool:
    """True for a host name with a domain."""
    return "." in name and is_host_name(name) and not is_address(name)


def first_fqdn(names: Iterable[str | None]) -> str | None:
    """The first of the names that is an FQDN, or None."""
    return next((name for name in names if name and is_fqdn(name)), None)


def endpoints(options: Mapping[str, Any], connection: Mapping[str, Any], inventory_name: str) -> tuple[Endpoint, ...]:
    """The endpoints to try, in order, from the task's options and the options of its connection.

    Args:
        options: the ``exchange_*`` options and ``server``.
        connection: its ``remote_addr``, ``remote_user``, ``remote_password``, ``spn_host`` and ``ca_cert``.
        inventory_name: the host's name in the inventory.

    Raises:
        BadInput: an option contradicts another or has an impossible value.
    """
    named = (connection["remote_addr"], inventory_name)
    host = options["exchange_host"] or first_fqdn(named) or connection["remote_addr"] or inventory_name
    server = options["server"] or first_fqdn((inventory_name, options["exchange_host"], connection["remote_addr"]))
    version = _build(options["exchange_version"])
    base = Endpoint(
        server=server_name(server or inventory_name),
        host=host,
        username=connection["remote_user"] or "",
        password=connection["remote_password"] or "",
        scheme=options["exchange_scheme"] or ("https" if options["exchange_auth"] == "basic" else "http"),
        port=0,
        auth=options["exchange_auth"],
        spn_host=connection["spn_host"] or "",
        ca_cert=options["exchange_ca_cert"] or connection["ca_cert"],
        timeout=float(options["exchange_timeout"]),
        path=f"{Endpoint.path};ExchClientVer={version}" if version else Endpoint.path,
    )
    base = replace(base, port=options["exchange_port"] or DEFAULT_PORTS[base.scheme])
    candidates = options["exchange_endpoint_candidates"]
    tried = tuple(_candidate(base, text) for text in candidates) if candidates else (base,)
    return tuple(checked(endpoint) for endpoint in tried)


def server_name(name: str) -> str:
    """The name of a server, checked. Raises BadInput."""
    if not is_host_name(name) or is_address(name):
        raise BadInput(
            f"'{name}' is not the name of a server.",
            "Set the option server to the server's own name, such as ex1.contoso.com.",
        )
    return name


def _build(text: str | None) -> str:
    if text and not _BUILD.match(text):
        raise BadInput(f"exchange_version '{text}' is not a build number.", "Write it as 15.2.1544.4.")
    return text or ""


def _candidate(base: Endpoint, text: str) -> Endpoint:
    if "://" not in text:
        return replace(base, host=text)
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        url, port = urlsplit("none://"), None
    if url.scheme not in DEFAULT_PORTS or not url.hostname or url.username or url.query or url.fragment:
        raise BadInput(
            "An entry of exchange_endpoint_candidates is not a host name or a plain http or https URL.",
            "Write it as ex2.contoso.com or https://ex2.contoso.com/PowerShell; credentials come from the connection.",
        )
    return replace(base, scheme=url.scheme, host=url.hostname, port=port or DEFAULT_PORTS[url.scheme])


def checked(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with the name that Kerberos needs.

    Raises:
        BadInput: it could not be reached, or only in a way that shows the password.
    """
    kind = endpoint.kind
    if not (is_address(endpoint.host) or is_host_name(endpoint.host)):
        raise BadInput(
            f"{kind.host} '{endpoint.host}' is not a host name or an address.", "Set it to the server's FQDN."
        )
    if endpoint.scheme == "https" and endpoint.ca_cert and not os.path.exists(endpoint.ca_cert):
        raise BadInput(
            f"There is no CA file {endpoint.ca_cert} on the control node.",
            f"Set {kind.ca_cert} to a PEM file with the CA of the endpoint's certificate.",
        )
    if endpoint.auth == "basic" and (endpoint.scheme != "https" or not endpoint.verify):
        raise BadInput(
            "Basic authentication without verified TLS would show the password to the network.",
            f"Set {kind.scheme} to https and let the certificate be verified, or set {kind.auth} to kerberos.",
        )
    if endpoint.auth == "kerberos":
        return _for_kerberos(endpoint)
    if not endpoint.username or not endpoint.password:
        raise BadInput(
            f"{endpoint.auth} authentication needs a user and a password.",
            f"Set ansible_user and ansible_password, or set {kind.auth} to kerberos to use a ticket.",
        )
    return endpoint


def _for_kerberos(endpoint: Endpoint) -> Endpoint:
    if is_address(endpoint.spn_host or endpoint.host):
        raise BadInput(
            f"Kerberos needs the server's name, and '{endpoint.host}' is an address.",
            f"Set {endpoint.kind.host} to the server's FQDN, such as ex1.contoso.com.",
        )
    if "\\" in endpoint.username:
        raise BadInput(
            "Kerberos does not know user names of the form DOMAIN\\user.",
            "Set ansible_user to the user principal name, such as admin@CONTOSO.COM.",
        )
    name, at, realm = endpoint.username.partition("@")
    return replace(endpoint, username=name + at + realm.upper(), spn_host=endpoint.spn_host or endpoint.host)
