# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate SMTP, POP and IMAP use (certificate-laws S1 to S7, S10)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .certificates import Certificates, Listed, StoreEntry
from .certificates.distinguished_names import tls_name
from .directory import AdObject
from .servers import Server
from .transport import FRONT_END, ReceiveConnector

if TYPE_CHECKING:
    from .world import World

PORTS = {
    25: "Default Frontend",
    587: "Client Frontend",
    717: "Outbound Proxy Frontend",
    2525: "Default",
    465: "Client Proxy",
}
SERVICES = {
    "MSExchangePOP3": "POP",
    "MSExchangePOP3BE": "POP",
    "MSExchangeIMAP4": "IMAP",
    "MSExchangeIMAP4BE": "IMAP",
}
FRONT_SERVICES = {"POP": "MSExchangePOP3", "IMAP": "MSExchangeIMAP4"}
PROTOCOL_PORTS = {110: "POP", 995: "POP", 143: "IMAP", 993: "IMAP"}
NO_DEFAULT, DEFAULT_GONE, NOTHING_FITS, DEFAULT_EXPIRED, EXPIRED = 12012, 12013, 12014, 12015, 12016
USABLE = ("Valid", "RevocationCheckFailure")
NOT_FOUND = "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found."
NO_CREDENTIALS = "TLS negotiation failed with error NoCredentials"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a connector offers: STARTTLS or not, with which certificate, whether the handshake works, and the event."""

    offered: bool
    certificate: StoreEntry | None = None
    works: bool = False
    event: int | None = None


class MailTls:
    """The mail services of the estate. POP and IMAP load their certificate when they start (E9)."""

    def __init__(self, world: World, certificates: Certificates) -> None:
        self._world = world
        self._certificates = certificates
        self._loaded: dict[tuple[str, str], StoreEntry | None] = {}
        self._cached: dict[str, tuple[float, Offer]] = {}
        for server in world.servers.values():
            certificates.machine(server).on_start = partial(self._load, server)

    # Every port

    def listens(self, server: Server, port: int) -> bool:
        """Whether somebody listens: a service that runs, for SMTP with a connector that is enabled."""
        try:
            name = self._service_on(server, port)
        except KeyError:
            return False
        service = self._certificates.machine(server).services.get(name)
        return service is not None and service.running

    def offer_on(self, server: Server, port: int) -> Offer:
        """What clients meet on a port, by STARTTLS or at once. Raises KeyError for a port that nobody has."""
        if port not in PROTOCOL_PORTS:
            return self.starttls(server, port)
        loaded = self.protocol_certificate(server, PROTOCOL_PORTS[port])
        return Offer(offered=loaded is not None, certificate=loaded, works=loaded is not None)

    def _service_on(self, server: Server, port: int) -> str:
        if port in PROTOCOL_PORTS:
            return FRONT_SERVICES[PROTOCOL_PORTS[port]]
        connector = self._connector(server, port)
        if not self._read(server, connector.object)["Enabled"]:
            raise KeyError(port)
        return _service_of(connector)

    # SMTP

    def starttls(self, server: Server, port: int = 25) -> Offer:
        """What a client of a port meets (S1 to S4). Raises KeyError for a port that no connector has."""
        connector = self._connector(server, port)
        if self._world.switches["smtp_cert_cache"] == "per_session":
            return self._offer(connector)
        started = self._certificates.machine(server).services[_service_of(connector)].started_at
        if self._cached.get(connector.identity, (None,))[0] != started:
            self._cached[connector.identity] = (started, self._offer(connector))
        return self._cached[connector.identity][1]

    def starttls_certificate(self, server: Server, port: int = 25) -> StoreEntry | None:
        """The certificate of a handshake after STARTTLS; None: there is no STARTTLS, or the handshake fails."""
        offer = self.starttls(server, port)
        return offer.certificate if offer.offered and offer.works else None

    def sending(self, server: Server, connector: AdObject) -> tuple[StoreEntry | None, str]:
        """The certificate that a source server shows for a Send connector, and what its queue says (S6)."""
        values = self._read(server, connector)
        wanted = str(values["TlsCertificateName"] or values["Fqdn"] or server.directory_fqdn)
        found = self._best(server, wanted)
        if found is not None and found.status in USABLE:
            return found.entry, ""
        if values["TlsCertificateName"] is None:
            return None, ""
        keyless = [
            entry for entry in self._certificates.of(server).my if entry.key is None and _is_named(entry, wanted)
        ]
        return None, NO_CREDENTIALS if keyless else NOT_FOUND

    def between_servers(self, server: Server) -> Offer:
        """X-ANONYMOUSTLS, with the default transport certificate: expired it still works, lost it does not (S7)."""
        controller = self._world.default_domain_controller(server)
        default = self._certificates.internal_transport(server, controller)
        if default is None:
            return Offer(offered=False, event=NO_DEFAULT)
        entry = self._certificates.of(server).with_key(default)
        if entry is None:
            return Offer(offered=False, event=DEFAULT_GONE)
        expired = entry.certificate.not_valid_after_utc.timestamp() < self._world.clock.now()
        return Offer(offered=True, certificate=entry, works=True, event=DEFAULT_EXPIRED if expired else None)

    def _connector(self, server: Server, port: int) -> ReceiveConnector:
        """On a server without Client Access the Transport service itself has port 25."""
        title = "Default" if port == 25 and not server.has_front_end else PORTS[port]
        for connector in self._world.receive_connectors:
            if connector.server is server and connector.object.name == f"{title} {server.name}":
                return connector
        raise KeyError(port)

    def _offer(self, connector: ReceiveConnector) -> Offer:
        server = connector.server
        values = self._read(server, connector.object)
        if "Tls" not in values["AuthMechanism"].split(", "):
            return Offer(offered=False)
        winner = self._best(server, str(values["TlsCertificateName"] or values["Fqdn"] or server.directory_fqdn))
        if winner is None:
            return Offer(offered=False, event=NOTHING_FITS)
        if winner.status not in (*USABLE, "DateInvalid"):
            return Offer(offered=False, certificate=winner.entry)
        event = EXPIRED if winner.status == "DateInvalid" else None
        return Offer(offered=True, certificate=winner.entry, works="SMTP" in winner.entry.marks, event=event)

    def _best(self, server: Server, wanted: str) -> Listed | None:
        """The winner among those that fit; the SMTP flag is not looked at, or is (S3, switch)."""
        skips = self._world.switches["unflagged"] == "skipped"
        fitting = [
            item
            for item in self._certificates.listed(server)
            if not item.pending and _is_named(item.entry, wanted) and not (skips and "SMTP" not in item.entry.marks)
        ]
        return next(iter(self._certificates.as_smtp_ranks(fitting)), None)

    # POP and IMAP

    def protocol_certificate(self, server: Server, protocol: str) -> StoreEntry | None:
        """What POP or IMAP present on the front end: what they loaded when they started; None: no TLS."""
        name = FRONT_SERVICES[protocol]
        service = self._certificates.machine(server).services.get(name)
        return self._loaded.get((server.fqdn, name)) if service and service.running else None

    def _load(self, server: Server, service: str) -> None:
        """A service has started: the newest match of X509CertificateName (S10)."""
        if service not in SERVICES:
            return
        protocol, stored = SERVICES[service], self._world.switches["popimap_flag"] == "stored"
        name = str(self._read(server, server.mail_protocols[protocol])["X509CertificateName"])
        fitting = [
            entry
            for entry in self._certificates.of(server).my
            if entry.key
            and entry.covers(name)
            and not (stored and protocol not in entry.marks and not _wildcard(entry))
        ]
        self._loaded[server.fqdn, service] = max(fitting, key=_start, default=None)

    def _read(self, server: Server, item: AdObject) -> dict[str, Any]:
        return self._world.directory.read(item, self._world.default_domain_controller(server))


def _service_of(connector: ReceiveConnector) -> str:
    front = connector.object.initial["TransportRole"] == FRONT_END
    return "MSExchangeFrontEndTransport" if front else "MSExchangeTransport"


def _is_named(entry: StoreEntry, wanted: str) -> bool:
    """By issuer and subject where the connector names them, else by a host name (S2, S5)."""
    return tls_name(entry.certificate).lower() == wanted.lower() if wanted.startswith("<I>") else entry.covers(wanted)


def _wildcard(entry: StoreEntry) -> bool:
    return any(name.startswith("*") for name in entry.names)


def _start(entry: StoreEntry) -> float:
    return entry.certificate.not_valid_before_utc.timestamp()
