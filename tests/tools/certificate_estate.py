# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the certificates of two servers with nothing wrong, for tests that spoil one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_facts import (
    AuthConfig,
    CertificateFacts,
    Connector,
    Hybrid,
    ServerCertificates,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates import Certificate
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates_findings import analyse
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.organization import Organization

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAIL, AUTODISCOVER = "mail.contoso.com", "autodiscover.contoso.com"
CA = "CN=Public CA 1, O=Public CA Inc, C=US"
SERVERS = ("EX1", "EX2")
PUBLIC, NEXT, AUTH, NEXT_AUTH = "A" * 40, "B" * 40, "C" * 40, "D" * 40
OWN = {"EX1": "1" * 40, "EX2": "2" * 40}
TLS_NAME = f"<I>{CA}<S>CN={MAIL}"


def in_days(days: float) -> str:
    """ISO, UTC, counted from NOW."""
    return (NOW + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def certificate(thumbprint: str, names: Sequence[str], begins: float, ends: float, **fields: Any) -> Certificate:
    """A certificate without a fault, issued by a public CA and used by nothing; begins and ends in days from NOW."""
    values: dict[str, Any] = {
        "thumbprint": thumbprint,
        "subject": f"CN={names[0]}" if names else "",
        "issuer": CA,
        "names": tuple(names),
        "alternative_names": tuple(names),
        "not_before": in_days(begins),
        "not_after": in_days(ends),
        "serial_number": "0A1B2C3D4E5F60718293",
        "key_algorithm": "RSA",
        "key_size": 2048,
        "signature_algorithm": "sha256RSA",
        "key_usage": ("digital_signature", "key_encipherment"),
        "eku": ("1.3.6.1.5.5.7.3.1",),
        "self_signed": False,
        "source": "serialization_data",
        "friendly_name": "Contoso mail",
        "sites": (),
        "key_provider": "",
        "key_provider_type": 12,
        "key_storage": "csp",
        "has_private_key": True,
        "private_key_exportable": True,
        "status": "Valid",
        "root_ca_type": "ThirdParty",
        "pending": False,
    }
    return Certificate(**values | fields)


def self_signed(thumbprint: str, names: Sequence[str], begins: float, ends: float, **fields: Any) -> Certificate:
    """One that a server made for itself."""
    subject = fields.get("subject", f"CN={names[0]}" if names else "")
    own = {"issuer": subject, "self_signed": True, "root_ca_type": "Registry", "friendly_name": "Microsoft Exchange"}
    return certificate(thumbprint, names, begins, ends, **own | fields)


class Estate:
    """Two servers behind one name. Tests change an attribute or a certificate and look at the findings."""

    def __init__(self) -> None:
        auth_name = "CN=Microsoft Exchange Server Auth Certificate"
        public = certificate(
            PUBLIC, [MAIL, AUTODISCOVER], -20, 180, services=("IMAP", "POP", "IIS", "SMTP"), sites=("front_end",)
        )
        auth = self_signed(AUTH, [], -100, 1700, subject=auth_name, services=("SMTP",), root_ca_type="None")
        self.certificates = {
            name: [
                public,
                self_signed(
                    OWN[name],
                    [name, f"{name.lower()}.contoso.com"],
                    -100,
                    1700,
                    services=("IIS", "SMTP"),
                    sites=("back_end",),
                    private_key_exportable=False,
                ),
                auth,
            ]
            for name in SERVERS
        }
        self.servers: dict[str, dict[str, Any]] = {
            name: {
                "internal_transport_thumbprint": OWN[name],
                "pop_certificate_name": MAIL,
                "imap_certificate_name": MAIL,
                "pop_hosts": [f"{name.lower()}.contoso.com", MAIL],
                "imap_hosts": [f"{name.lower()}.contoso.com", MAIL],
            }
            for name in SERVERS
        }
        self.auth_config: AuthConfig | None = AuthConfig(AUTH)
        self.connectors = [
            Connector("send", "To partner", SERVERS, MAIL, TLS_NAME),
            Connector("receive", r"EX1\Client Frontend EX1", ["EX1"], "ex1.contoso.com"),
        ]
        self.hybrid: Hybrid | None = None
        self.neighbours: list[dict[str, Any]] = []
        self.names = [MAIL, AUTODISCOVER]
        self.key_access: dict[str, dict[str, tuple[str, str]]] = {}
        self.presented: dict[str, dict[str, list[str]]] = {}
        self.providers: list[dict[str, Any]] = [{"name": "EXPR", "cert_principal_name": None}]
        self.hosts = dict.fromkeys(SERVERS, MAIL)

    def change(self, server: str, which: str, /, **fields: Any) -> None:
        """Give the certificate of a server (by its thumbprint) other fields; ``*`` means every server."""
        for name in SERVERS if server == "*" else (server,):
            self.certificates[name] = [
                replace(one, **fields) if one.thumbprint == which else one for one in self.certificates[name]
            ]

    def add(self, server: str, added: Certificate) -> None:
        """Put a certificate on a server; ``*`` means every server."""
        for name in SERVERS if server == "*" else (server,):
            self.certificates[name] = [*self.certificates[name], added]

    def remove(self, server: str, thumbprint: str) -> None:
        """Take a certificate away from a server."""
        self.certificates[server] = [one for one in self.certificates[server] if one.thumbprint != thumbprint]

    @property
    def organization(self) -> Organization:
        return Organization(
            servers=[
                {"name": name, "fqdn": f"{name.lower()}.contoso.com", "version": "15.2.1544.4", "client_access": True}
                for name in SERVERS
            ],
            neighbours=self.neighbours,
            virtual_directories=[
                {
                    "protocol": "owa",
                    "server": name,
                    "identity": f"{name}\\owa",
                    "internal_url": f"https://{host}/owa",
                    "external_url": f"https://{host}/owa",
                }
                for name, host in self.hosts.items()
            ],
            outlook_anywhere=[
                {"server": name, "identity": f"{name}\\Rpc", "internal_hostname": host, "external_hostname": host}
                for name, host in self.hosts.items()
            ],
            service_connection_points=[
                {"server": name, "auto_discover_service_internal_uri": f"https://{AUTODISCOVER}/Autodiscover.xml"}
                for name in SERVERS
            ],
            outlook_providers=self.providers,
        )

    def facts(self) -> CertificateFacts:
        """What the analysers judge."""
        return CertificateFacts(
            read_at=NOW,
            servers=[
                ServerCertificates(name, f"{name.lower()}.contoso.com", self.certificates[name], **self.servers[name])
                for name in SERVERS
            ],
            auth_config=self.auth_config,
            connectors=self.connectors,
            hybrid=self.hybrid,
            organization=self.organization,
            names=self.names,
            key_access=self.key_access,
            presented=self.presented,
        )

    def found(self) -> list[tuple[str, str]]:
        """Code and subject of every finding."""
        return [(finding.code, finding.subject) for finding in analyse(self.facts())]

    def codes(self) -> list[str]:
        """The codes of every finding."""
        return [code for code, _subject in self.found()]

    def result(self) -> dict[str, Any]:
        """What exchange_certificate_info returns about it."""
        facts = self.facts()
        return {
            "changed": False,
            "servers": [
                {**vars(server), "certificates": [one.as_dict() for one in server.certificates or ()]}
                for server in facts.servers
            ],
            "auth_config": asdict(facts.auth_config) if facts.auth_config else None,
            "connectors": [{**asdict(one), "servers": list(one.servers)} for one in facts.connectors],
            "hybrid": asdict(facts.hybrid) if facts.hybrid else None,
            "names": list(facts.names),
            "findings": [finding.as_dict() for finding in analyse(facts)],
            "errors": [],
            "read_at": NOW.isoformat().replace("+00:00", "Z"),
            "domain_controller": "dc1.contoso.com",
        }
