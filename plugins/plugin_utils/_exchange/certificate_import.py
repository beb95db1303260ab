# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate on a server, with its key: from a file, by completing a request, or from another server (laws I, X)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._procedure.phase import Phase, Steps
from .._remoting.command import Command, Secret
from .._remoting.errors import BadInput, CommandFailed, EndpointError, ExchangeError
from .._run.step import Step
from .certificate_bundle import CertificateBundle
from .certificate_choice import names
from .certificate_enabling import USELESS
from .certificate_facts import Connector
from .certificate_names import holds
from .certificate_view import CertificateReader, CertificateView
from .certificates import SERVICES, Certificate, certificate_of
from .namespaces import listed
from .servers import Server

IMPORT = "Import-ExchangeCertificate"
ClearLeftover = Callable[[Server, Certificate], None]
"""Removes what a server has of a certificate without its key. Raises ExchangeError."""
_UNTRUSTED = "Untrusted"
"""What a server says of its own stores; another may have the CA's certificates."""
EXPORTED = Secret("")
"""Stands for the bytes of an export in check mode, where there are none."""


def one_off_password() -> str:
    """Protects a key for the length of one import. It is stored nowhere."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class ImportWish:
    """How the certificate shall arrive.

    Attributes:
        friendly_name: None leaves that of the request or file.
        with_smtp: it is enabled for SMTP right afterwards.
        allow_without_smtp: it may arrive without, even where connectors choose it at once.
    """

    exportable: bool
    friendly_name: str | None
    with_smtp: bool
    allow_without_smtp: bool


class Origin:
    """Where the certificate and its key come from."""

    certificate: Certificate
    """As it will be, as far as that is known."""
    holds_key = True
    """Whether the key comes along, and does not wait on the server."""

    def check(self) -> None:
        """Refuse what cannot work. Raises BadInput."""

    def steps(self, importing: Command) -> Steps:
        """What is sent, ``importing`` last, with its data."""
        raise NotImplementedError


class OfFile(Origin):
    """A file that holds the key. It is written anew, so that its own password never leaves the control node."""

    def __init__(self, bundle: CertificateBundle, certificate: Certificate) -> None:
        self.certificate = certificate
        self._bundle = bundle

    def steps(self, importing: Command) -> Steps:
        password = one_off_password()
        data = self._bundle.pfx(password)
        yield Step(importing.with_parameters(FileData=data, Password=Secret(password)), why="import")


class OfRequest(Origin):
    """The answer to a request that waits on the server, with the key that was made there (law I5)."""

    holds_key = False

    def __init__(self, bundle: CertificateBundle, certificate: Certificate, request: Certificate) -> None:
        self.certificate = replace(certificate, private_key_exportable=request.private_key_exportable)
        self._bundle = bundle

    def steps(self, importing: Command) -> Steps:
        yield Step(importing.with_parameters(FileData=self._bundle.answer()), why="complete")


class OfServer(Origin):
    """Another server, which exports it in memory. The bytes are handed on unopened (law X1)."""

    def __init__(self, source: Server, certificate: Certificate, exportable: bool, pinned: Mapping[str, Any]) -> None:
        self.certificate = replace(
            certificate,
            services=(),
            sites=(),
            roles=(),
            status=None,
            root_ca_type=None,
            private_key_exportable=exportable,
        )
        self._source = source
        self._found = certificate
        self._pinned = pinned

    def check(self) -> None:
        cure = USELESS.get(self._found.status or "")
        if cure and self._found.status != _UNTRUSTED:
            raise BadInput(
                f"{self._source.name} calls the certificate {self.certificate.thumbprint} {self._found.status}, so it "
                "is not brought to other servers.",
                cure,
            )
        if self._found.private_key_exportable is False:
            raise BadInput(
                f"The key of {self.certificate.thumbprint} cannot be exported from {self._source.name}.",
                "Give the certificate as a PFX file, or have it issued again for an exportable key; that cannot be "
                "changed later.",
            )

    def steps(self, importing: Command) -> Steps:
        password = Secret(one_off_password())
        exporting = export_command(self._source, self.certificate.thumbprint, password, self._pinned)
        reply = yield Step(exporting, why="export")
        data = EXPORTED if reply is None else exported_bytes(reply.records, self._source)
        yield Step(importing.with_parameters(FileData=data, Password=password), why="import")


def export_command(source: Server, thumbprint: str, password: Secret, pinned: Mapping[str, Any]) -> Command:
    """A certificate with its key as bytes, always under a password (law X3)."""
    parameters = {"Thumbprint": thumbprint, "Server": source.fqdn, **pinned, "BinaryEncoded": True}
    return Command("Export-ExchangeCertificate", {**parameters, "Password": password, "Confirm": False})


def exported_bytes(records: Any, source: Server) -> bytes:
    """What Export-ExchangeCertificate -BinaryEncoded returned. Raises ExchangeError."""
    for record in records:
        if isinstance(data := record.get("FileData"), bytes) and data:
            return data
    raise ExchangeError(
        f"Export-ExchangeCertificate on {source.name} returned no data.",
        "Look whether the export works in the Exchange Management Shell.",
    )


class Imported(Phase[CertificateView]):
    """The certificate is on the server, with its key.

    Attributes:
        key_comes_along: the key is elsewhere too, and does not wait on the server alone.
    """

    def __init__(
        self,
        server: Server,
        origin: Origin,
        wish: ImportWish,
        reader: CertificateReader,
        clear_leftover: ClearLeftover,
    ) -> None:
        self.title = f"{server.name}: certificate {origin.certificate.thumbprint}"
        self.key_comes_along = origin.holds_key
        self._server = server
        self._origin = origin
        self._wish = wish
        self._reader = reader
        self._clear_leftover = clear_leftover

    def reached(self, view: CertificateView) -> bool:
        """Exchange lists a certificate only when the key is there (law O18)."""
        return view.find(self._origin.certificate.thumbprint) is not None

    def check(self, view: CertificateView) -> list[str]:
        view.need_whole()
        self._origin.check()
        return [] if self._wish.with_smtp else list(self._without_smtp())

    def _without_smtp(self) -> Iterator[str]:
        """Transport chooses it at once, and TLS fails until it is enabled for SMTP (laws S3, L2)."""
        server = self._server
        named = [one.identity for one in self._connectors if names(one, self._origin.certificate)]
        if named and not self._wish.allow_without_smtp:
            raise BadInput(
                f"Connectors of {server.name} name issuer and subject of this certificate in TlsCertificateName "
                f"({listed(named)}): once it is imported they choose it, and TLS fails until it is enabled for SMTP.",
                "Add SMTP to services, so that both happen in one step, or set allow_without_smtp.",
            )
        if self.choosing:
            yield (
                f"{server.name}: TLS may fail at {listed(self.choosing)}, which choose this certificate by its names, "
                "until it is enabled for SMTP."
            )

    @property
    def choosing(self) -> list[str]:
        """Connectors of the server that look for it by its names (laws S1, S3 and S6). Raises ExchangeError."""
        certificate = self._origin.certificate
        return [
            one.identity
            for one in self._connectors
            if names(one, certificate) or _announces(one, certificate, self._server)
        ]

    @property
    def _connectors(self) -> list[Connector]:
        name = self._server.name.lower()
        return [one for one in self._reader.connectors if name in map(str.lower, one.servers)]

    def steps(self, view: CertificateView) -> Steps:
        wish = self._wish
        importing = Command(
            IMPORT,
            {
                "Server": self._server.fqdn,
                "PrivateKeyExportable": wish.exportable,
                **({"FriendlyName": wish.friendly_name} if wish.friendly_name else {}),
                **self._reader.pinned,
                "Confirm": False,
            },
        )
        try:
            yield from self._origin.steps(importing)
        except CommandFailed as exc:
            if not self._names_leftover(exc):
                raise
            self._clear(exc)
            yield from self._origin.steps(importing)

    def _names_leftover(self, exc: CommandFailed) -> bool:
        """An import that names our thumbprint: the store has it, unlisted because its key is missing (laws I6, O18)."""
        return exc.sentence.startswith(IMPORT) and self._origin.certificate.thumbprint in exc.sentence.upper()

    def _clear(self, refused: CommandFailed) -> None:
        """Remove the leftover where the key is at hand. Raises ExchangeError."""
        certificate, server = self._origin.certificate, self._server
        why = ""
        if self._origin.holds_key:
            try:
                self._clear_leftover(server, certificate)
                return
            except (BadInput, CommandFailed, EndpointError) as exc:
                why = f" It could not be removed by the Windows endpoint: {exc.sentence}"
        raise ExchangeError(
            f"{refused.sentence} Exchange does not list that certificate, so {server.name} has it without its private "
            f"key.{why}",
            f"On {server.name} delete it from the store LocalMachine\\My (certlm.msc) and run again; or, when the key "
            f"is still there, join both with: certutil -repairstore my {certificate.serial_number}",
        )

    def expected(self, view: CertificateView) -> CertificateView:
        certificate = self._origin.certificate
        names = {name.lower() for name in certificate.names}
        by_name = [protocol for protocol, name in view.certificate_names.items() if name.lower() in names]
        return view.with_certificate(
            replace(certificate, services=tuple(one for one in SERVICES.values() if one in by_name))
        )


def _announces(connector: Connector, certificate: Certificate, server: Server) -> bool:
    """It looks for a certificate by the name that it announces, which is the server's unless it has one (law S1)."""
    return not connector.tls_certificate_name and holds(certificate.names, connector.fqdn or server.fqdn)


def arriving(bundle: CertificateBundle, exportable: bool) -> Certificate:
    """The certificate of a file as a server will list it; services and status are the server's to say."""
    known = {"sites": (), "has_private_key": True, "private_key_exportable": exportable, "pending": False}
    return certificate_of(bundle.facts, source="file", **known)
