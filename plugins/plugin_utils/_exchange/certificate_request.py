# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate request that waits on a server for its answer: found again, or made once (laws N1 to N9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .._converge.kinds import HostName, Refused
from .._procedure.phase import Phase, Steps
from .._remoting.command import Command
from .._remoting.errors import BadInput, ExchangeError
from .._remoting.record import Record
from .._run.step import Step
from .certificate_names import WILDCARD, a_labels
from .certificate_view import CertificateReader
from .certificates import Certificate
from .distinguished_names import name_parts, with_values
from .servers import Server

with suppress(ImportError):  # require_cryptography says so
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

LONGEST_NAME = 255
LONGEST_FRIENDLY_NAME = 63


@dataclass(frozen=True)
class RequestWish:
    """What the certificate shall hold.

    Attributes:
        subject: as a user wrote it, a host name in A-labels (law N3).
        parts: the same, comparable.
        names: host names in lower case, the common name of the subject among them.
        sent_names: what -DomainName says; none for a wildcard alone, which is asked for by the subject (law N4).
    """

    subject: str
    parts: tuple[tuple[str, str], ...]
    names: frozenset[str]
    sent_names: tuple[str, ...]
    key_size: int
    exportable: bool
    friendly_name: str | None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> RequestWish:
        """From a task's options. Raises BadInput."""
        subject = with_values(options["subject_name"], "CN", _host_in_a_labels)
        parts = _parts(subject)
        common = [value for key, value in parts if key == "CN"]
        if len(common) != 1:
            raise BadInput(
                f"subject_name '{subject}' needs one CN.", "Write it as C=US, O=Contoso, CN=mail.contoso.com."
            )
        given = [checked_name(name) for name in options["domain_name"] or ()]
        own = [common[0]] if _is_host(common[0]) else []
        names = tuple(dict.fromkeys([*own, *given]))
        if not names:
            raise BadInput("The request names no host.", "Give domain_name, or a host name as CN of subject_name.")
        alone = not given and names[0].startswith(WILDCARD)
        return cls(
            subject=subject,
            parts=parts,
            names=frozenset(names),
            sent_names=() if alone else names,
            key_size=options["key_size"],
            exportable=options["private_key_exportable"],
            friendly_name=options["friendly_name"],
        )

    def advice(self) -> list[str]:
        """What a user should know about it."""
        if any(key == "C" for key, _value in self.parts):
            return []
        return ["subject_name has no country (C=US for example); the certificate may later not be renewable."]


def _host_in_a_labels(common_name: str) -> str:
    """A common name that is no host stays as it is."""
    plain = a_labels(common_name)
    return plain if "." in plain and not common_name.isascii() and _is_host(plain) else common_name


def _parts(subject: str) -> tuple[tuple[str, str], ...]:
    try:
        return name_parts(subject)
    except ValueError as exc:
        raise BadInput(f"subject_name cannot be read: {exc}.", "Put values with commas into double quotes.") from exc


def checked_name(name: str) -> str:
    """A name for a certificate, perhaps with a wildcard, in lower case and as A-labels (law N3). Raises BadInput."""
    plain = a_labels(name)
    if not _is_host(plain):
        raise BadInput(
            f"'{name}' in domain_name is not a host name.",
            "Write names as mail.contoso.com or *.contoso.com, with letters, digits and hyphens.",
        )
    return plain


def _is_host(name: str) -> bool:
    if len(name) > LONGEST_NAME or "_" in name:
        return False
    try:
        HostName().parse(name.removeprefix(WILDCARD))
    except Refused:
        return False
    return True


@dataclass(frozen=True)
class PendingRequest:
    """A request that waits on a server.

    Attributes:
        request: the PKCS#10 in DER.
    """

    certificate: Certificate
    request: bytes

    @property
    def pem(self) -> str:
        """As CAs want it: PEM in ASCII (law N5)."""
        return x509.load_der_x509_csr(self.request).public_bytes(Encoding.PEM).decode("ascii")

    @property
    def names(self) -> frozenset[str]:
        """The host names that it asks for, in its own words: its placeholder in the store need not know them."""
        return _names_of(x509.load_der_x509_csr(self.request))


def _names_of(request: x509.CertificateSigningRequest) -> frozenset[str]:
    try:
        alternative = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternative.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    common = [str(item.value) for item in request.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    return frozenset(name.lower() for name in [*names, *filter(_is_host, common)])


@dataclass(frozen=True)
class RequestView:
    """The requests on a server that are what is wished, the newest first."""

    server: Server
    wish: RequestWish
    requests: tuple[PendingRequest, ...]

    def advice(self) -> Iterator[str]:
        """What a user should know about what waits there.

        Of several the newest is taken, but each waits for an answer of its own (law N7). Whether a key may leave its
        server is decided when it is made (law N2).
        """
        for newest in self.requests[:1]:
            if self.wish.exportable and newest.certificate.private_key_exportable is False:
                yield (
                    f"The key of the pending request {newest.certificate.thumbprint} cannot be exported, so its "
                    f"certificate will serve {self.server.name} alone. For other servers remove it (state absent) "
                    "before it is sent to a CA, and run again."
                )
        others = [one.certificate.thumbprint for one in self.requests[1:]]
        if others:
            yield (
                f"{self.server.name} has {len(self.requests)} pending requests like this one. The newest is returned; "
                f"an answer to another still completes that one. Remove what was never sent: {', '.join(others)}."
            )


class RequestReader:
    """Looks for requests on one server."""

    def __init__(self, reader: CertificateReader, server: Server, wish: RequestWish) -> None:
        self._reader = reader
        self._server = server
        self._wish = wish

    def view(self) -> RequestView:
        """Read them. Raises ExchangeError."""
        view = self._reader.view(self._server)
        view.need_whole()
        candidates = [one for one in view.certificates if one.pending and self._may_be(one)]
        newest_first = sorted(candidates, key=lambda one: (one.not_before, one.thumbprint), reverse=True)
        found = (PendingRequest(one, self._request_of(one)) for one in newest_first)
        return RequestView(self._server, self._wish, tuple(one for one in found if one.names == self._wish.names))

    def _may_be(self, placeholder: Certificate) -> bool:
        try:
            return name_parts(placeholder.subject) == self._wish.parts and placeholder.key_size == self._wish.key_size
        except ValueError:
            return False

    def _request_of(self, placeholder: Certificate) -> bytes:
        """Exporting a request gives its text again (law X4)."""
        where = {"Thumbprint": placeholder.thumbprint, "Server": self._server.fqdn}
        return request_of(self._reader.get("Export-ExchangeCertificate", **where))


class Requested(Phase[RequestView]):
    """A request that waits. A second one would be a second key, so one that is there already is never made again."""

    def __init__(self, server: Server, wish: RequestWish, pinned: Mapping[str, Any]) -> None:
        self.title = f"{server.name}: certificate request"
        self._wish = wish
        self._pinned = pinned

    def reached(self, view: RequestView) -> bool:
        return bool(view.requests)

    def check(self, view: RequestView) -> list[str]:
        return self._wish.advice()

    def steps(self, view: RequestView) -> Steps:
        wish = self._wish
        parameters: dict[str, Any] = {
            "GenerateRequest": True,
            "SubjectName": wish.subject,
            **({"DomainName": list(wish.sent_names)} if wish.sent_names else {}),
            **({"FriendlyName": wish.friendly_name} if wish.friendly_name else {}),
            "KeySize": wish.key_size,
            "PrivateKeyExportable": wish.exportable,
            "Server": view.server.fqdn,
            **self._pinned,
            "Confirm": False,
        }
        yield Step(Command("New-ExchangeCertificate", parameters), why=self.title)

    def expected(self, view: RequestView) -> RequestView:
        return view


def request_of(records: Sequence[Record]) -> bytes:
    """The PKCS#10 in what a cmdlet returned: as text in PEM, or as bytes of either form. Raises ExchangeError."""
    for record in records:
        value = record.get("FileData") or record.get("Value")
        data = value.encode() if isinstance(value, str) else value or b""
        with suppress(ValueError):
            request = x509.load_der_x509_csr(data) if data[:1] == b"0" else x509.load_pem_x509_csr(_ascii(data))
            return request.public_bytes(Encoding.DER)
    raise ExchangeError(
        "Export-ExchangeCertificate returned no certificate request.",
        "Look at it on the server: Export-ExchangeCertificate -Thumbprint of the pending request.",
    )


def _ascii(data: bytes) -> bytes:
    """Without what UTF-16 adds."""
    return data.removeprefix(b"\xff\xfe").replace(b"\0", b"").strip()
