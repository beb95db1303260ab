# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of a certificate: these at least, as none can be taken away again (laws E1 to E15)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._procedure.phase import Phase, Steps
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ExchangeError, NotReached
from .._remoting.questions import Answer, Question
from .._remoting.session import Reply
from .._run.step import Step
from .certificate_choice import is_for_protocol
from .certificate_deployment import FRONT_END
from .certificate_keys_findings import CNG
from .certificate_names import WILDCARD, a_labels, holds
from .certificate_view import SETTINGS, CertificateReader, CertificateView
from .certificates import SERVICES, Certificate
from .distinguished_names import name_parts
from .namespaces import listed
from .servers import Server
from .versions import Product

SMTP, IIS = "SMTP", "IIS"
UM, UM_CALL_ROUTER = "UM", "UMCallRouter"
ORDER = (SMTP, *SETTINGS, UM, UM_CALL_ROUTER, IIS)
"""The order of enabling: SMTP right after the import (law S3), IIS last (law E15)."""

USELESS: Mapping[str, str] = {
    "DateInvalid": "Renew it, or check the clock of the server.",
    "Revoked": "Ask the CA for a new one.",
    "Invalid": "Look at its chain in certlm.msc on the server.",
    "Untrusted": "Import the certificates of its CA on the server: intermediates to LocalMachine\\CA, its root to "
    "LocalMachine\\Root.",
    "PendingRequest": "Give the CA's answer first.",
}
"""Statuses that are refused (law E2), and what to do."""
FORMS_POOLS = ("MSExchangeOWAAppPool", "MSExchangeECPAppPool")
"""Their logon cookies are encrypted with the key of the front end's certificate (laws L3, S12)."""
WINDOWS_SERVICES: Mapping[str, tuple[str, ...]] = {
    "POP": ("MSExchangePOP3", "MSExchangePOP3BE"),
    "IMAP": ("MSExchangeIMAP4", "MSExchangeIMAP4BE"),
}
"""They take a certificate up when they start (law E9)."""

_NO_HOST = "HostException"
_YES_TO_NO_TO_ALL = 4
_NO = 2


@dataclass(frozen=True)
class ServicesWish:
    """What the certificate shall serve.

    Attributes:
        replace_default: SMTP makes it the default certificate of transport too.
        certificate_name: X509CertificateName of POP and IMAP; None to choose.
    """

    services: Sequence[str]
    replace_default: bool
    do_not_require_ssl: bool
    certificate_name: str | None


class Enabled(Phase[CertificateView]):
    """A service has the certificate."""

    service: str

    def __init__(self, server: Server, thumbprint: str, wish: ServicesWish, reader: CertificateReader) -> None:
        self.title = f"{server.name}: {self.service} with {thumbprint}"
        self._server = server
        self._thumbprint = thumbprint
        self._wish = wish
        self._reader = reader

    def check(self, view: CertificateView) -> list[str]:
        view.need_whole()
        return list(self._judged(self._certificate(view), view))

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        """Refuse a certificate that cannot serve (law E2); a subclass adds its own reasons. Raises BadInput."""
        if cure := USELESS.get(certificate.status or ""):
            raise BadInput(
                f"{self._server.name} calls the certificate {self._thumbprint} {certificate.status}, so it is not "
                f"enabled for {self.service}.",
                cure,
            )
        if certificate.status not in ("Valid", None):
            lists = "; see that it reaches the revocation lists of the CA through its WinHTTP proxy"
            hint = lists if certificate.status == "RevocationCheckFailure" else ""
            yield (
                f"{self._server.name} calls the certificate {self._thumbprint} {certificate.status}, which does "
                f"not keep it from serving{hint}."
            )

    def _certificate(self, view: CertificateView) -> Certificate:
        certificate = view.find(self._thumbprint)
        if certificate is None:
            raise ExchangeError(f"{self._server.name} does not list {self._thumbprint}.", "Run again.")
        return certificate

    def _has_it(self, view: CertificateView) -> bool:
        certificate = view.find(self._thumbprint)
        return certificate is not None and self.service in certificate.services

    def _enable(self, answer: Answer | None = None, thumbprint: str = "", **more: Any) -> Step:
        parameters = {
            "Thumbprint": thumbprint or self._thumbprint,
            "Services": self.service,
            "Server": self._server.fqdn,
            **more,
            **self._reader.pinned,
            "Confirm": False,
        }
        return Step(Command("Enable-ExchangeCertificate", parameters, answer=answer), why=self.title)

    def _with_service(self, view: CertificateView, **more: Any) -> CertificateView:
        certificate = self._certificate(view)
        services = {*certificate.services, self.service}
        ordered = tuple(one for one in SERVICES.values() if one in services)
        return view.with_certificate(replace(certificate, services=ordered, **more))


class SmtpEnabled(Enabled):
    """Transport may use it. Its default, which servers use among themselves, stays unless it shall be replaced.

    A front end of 2013 has no default that could be read: the question is answered all the same.
    """

    service = SMTP
    _kept = ""
    """The default that must be the same afterwards, once anything was sent."""

    def reached(self, view: CertificateView) -> bool:
        wanted = self._thumbprint if self._wish.replace_default else self._kept
        return self._has_it(view) and (not wanted or view.transport_default in (None, wanted))

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        yield from super()._judged(certificate, view)
        name, replaces = self._server.name, self._wish.replace_default
        underscored = [
            one.identity
            for one in self._reader.connectors
            if one.kind == "receive" and "_" in one.fqdn and name.lower() in map(str.lower, one.servers)
        ]
        if underscored:
            raise BadInput(
                f"The Fqdn of {listed(underscored)} has an underscore, with which Exchange cannot enable SMTP on "
                f"{name} (error 0xe0434352).",
                "Set another Fqdn with Set-ReceiveConnector.",
            )
        if view.transport_default == "" and not replaces:
            raise BadInput(
                f"{name} has no default certificate of transport, so this one would become it.",
                "Make a self-signed one (New-ExchangeCertificate -Services SMTP), or set replace_default_smtp.",
            )
        if view.transport_default in (None, self._thumbprint):
            return
        if replaces:
            yield f"{name}: an Edge server that is subscribed here must be subscribed again for the new default."
        elif not self._reader.can_ask:
            self._check_put_back(view, view.transport_default)

    def steps(self, view: CertificateView) -> Steps:
        if self._wish.replace_default:
            yield self._enable(Force=True)
            return
        self._kept = self._kept or view.transport_default or ""
        if self.has_moved(view):
            yield from self._put_back()
        elif self._kept == self._thumbprint:
            yield self._enable()
        elif not (yield from self._asked()):
            self._check_put_back(view, self._kept)
            yield self._enable(Force=True)
            yield from self._put_back()

    def _asked(self) -> Generator[Step, Reply | None, bool]:
        """Whether the endpoint could ask, or had nothing to ask. Where nothing could be put back it is tried anew."""
        if not self._reader.can_ask and self._kept:
            return False
        try:
            yield self._enable(Answer("No", answer_no(self._thumbprint)))
        except CommandFailed as exc:
            if exc.reason != _NO_HOST:
                raise
            self._reader.can_ask = False
            return False
        return True

    def _check_put_back(self, view: CertificateView, kept: str) -> None:
        """Where the endpoint cannot ask, Yes is answered by -Force, and the old one made the default again (law E8)."""
        if not kept:
            raise BadInput(
                f"{self._server.name} cannot ask whether to keep its default certificate of transport, and that one "
                "cannot be read.",
                f"Run Enable-ExchangeCertificate -Thumbprint {self._thumbprint} -Services SMTP on the server and "
                "answer No, or set replace_default_smtp.",
            )
        old = view.find(kept)
        if old is None or old.status != "Valid":
            raise BadInput(
                f"{self._server.name} cannot ask whether to keep its default certificate of transport, and that one "
                f"({kept}) could not be put back: it is {old.status if old else 'not listed'}.",
                "Make a self-signed default first (New-ExchangeCertificate -Services SMTP), or set "
                "replace_default_smtp.",
            )

    def _put_back(self) -> Steps:
        try:
            yield self._enable(thumbprint=self._kept, Force=True)
        except CommandFailed as exc:
            raise self._moved(f": {exc.sentence}") from exc

    def _moved(self, why: str = ".") -> NotReached:
        return NotReached(
            f"{self._thumbprint} was enabled for SMTP on {self._server.name}, but the default certificate of transport "
            f"is no longer {self._kept}, and it could not be put back{why}",
            f"Run Enable-ExchangeCertificate -Thumbprint {self._kept} -Services SMTP there and answer Yes.",
        )

    def missed(self, view: CertificateView) -> NotReached:
        return self._moved() if self.has_moved(view) else super().missed(view)

    def has_moved(self, view: CertificateView) -> bool:
        """Whether the default is another than the one that had to stay."""
        return self._kept not in ("", view.transport_default)

    def expected(self, view: CertificateView) -> CertificateView:
        after = self._with_service(view)
        replaces = self._wish.replace_default and view.transport_default is not None
        return replace(after, transport_default=self._thumbprint) if replaces else after


def default_unasked(view: CertificateView, thumbprint: str) -> Iterator[str]:
    """It is the default of transport, although Exchange's own would do: seen after a run that broke off (law E8).

    Reported, not repaired, as a subscribed Edge server knows the default (law L9).
    """
    certificate, server = view.find(thumbprint), view.server
    own = [
        one.thumbprint
        for one in view.issued
        if one.self_signed and one.status == "Valid" and SMTP in one.services and holds(one.names, server.fqdn)
    ]
    if certificate and not certificate.self_signed and view.transport_default == thumbprint and own:
        yield (
            f"{server.name}: {thumbprint} is the default certificate of transport too. If that is meant, set "
            "replace_default_smtp. If not, as after a run that broke off where Exchange cannot ask, make its own "
            f"certificate the default again: thumbprint {own[0]} with services SMTP and replace_default_smtp."
        )


def answer_no(thumbprint: str) -> Callable[[Question], int | None]:
    """No to the one question whether this certificate shall become the default of transport, in whatever language.

    It is told by the thumbprint in it and by PowerShell's four answers (law E7).
    """

    def choose(question: Question) -> int | None:
        asked = thumbprint in question.message.upper() and len(question.choices) == _YES_TO_NO_TO_ALL
        return _NO if asked else None

    return choose


class ProtocolEnabled(Enabled):
    """POP or IMAP find it by name, and show it where they can (laws E9, E10, S10)."""

    def reached(self, view: CertificateView) -> bool:
        certificate = view.find(self._thumbprint)
        if certificate is None:
            return False
        name = self._name(certificate, view)
        return self._is_named(view, name) and (self._has_it(view) or not _shows_flag(certificate, name))

    def _is_named(self, view: CertificateView, name: str) -> bool:
        return view.certificate_names[self.service].lower() == name.lower()

    def _name(self, certificate: Certificate, view: CertificateView) -> str:
        """What to find it by: the wished name, the present one, or its first that is no wildcard. Raises BadInput."""
        wished, present = self._wish.certificate_name, view.certificate_names[self.service]
        if wished:
            if not is_for_protocol(certificate, wished):
                raise BadInput(
                    f"The certificate {self._thumbprint} does not hold x509_certificate_name {wished}.",
                    f"It holds {', '.join(certificate.names) or 'no name'}.",
                )
            return wished
        if present and is_for_protocol(certificate, present):
            return present
        common = _common_name(certificate)
        plain = [name for name in certificate.names if not name.startswith(WILDCARD)]
        if not plain:
            raise BadInput(
                f"{self.service} finds its certificate by one host name, and {self._thumbprint} holds wildcards only.",
                "Set x509_certificate_name to the name that clients use.",
            )
        return next((name for name in plain if name.lower() == common), plain[0])

    def steps(self, view: CertificateView) -> Steps:
        """Enabling may write another name, so the name is set after it in any case."""
        certificate = self._certificate(view)
        name = self._name(certificate, view)
        enabling = _shows_flag(certificate, name) and not self._has_it(view)
        if enabling:
            yield self._enable()
        if enabling or not self._is_named(view, name):
            parameters = {"X509CertificateName": name, "Server": self._server.fqdn, **self._reader.pinned}
            yield Step(Command(f"Set-{SETTINGS[self.service]}", {**parameters, "Confirm": False}), why=self.title)

    def expected(self, view: CertificateView) -> CertificateView:
        certificate = self._certificate(view)
        name = self._name(certificate, view)
        after = self._with_service(view) if _shows_flag(certificate, name) else view
        return replace(after, certificate_names={**after.certificate_names, self.service: name})


def _shows_flag(certificate: Certificate, name: str) -> bool:
    """Whether the service can stand among those of the certificate: never for a wildcard (law E10)."""
    written = a_labels(name) in map(a_labels, certificate.names)
    return written and not _common_name(certificate).startswith(WILDCARD)


def _common_name(certificate: Certificate) -> str:
    """In lower case; empty without one."""
    try:
        return next((value for key, value in name_parts(certificate.subject) if key == "CN"), "")
    except ValueError:
        return ""


class PopEnabled(ProtocolEnabled):
    service = "POP"


class ImapEnabled(ProtocolEnabled):
    service = "IMAP"


class IisEnabled(Enabled):
    """Port 443 of the front end has it. Exchange's 444 stays as it is (law E4)."""

    service = IIS

    def reached(self, view: CertificateView) -> bool:
        """The service alone does not tell: 444 shows it too (law O12)."""
        certificate = view.find(self._thumbprint)
        return certificate is not None and FRONT_END in (certificate.sites or ())

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        yield from super()._judged(certificate, view)
        if not self._server.has_client_access:
            raise BadInput(f"{self._server.name} has no front end for IIS to serve.", "Leave IIS out for it.")
        if certificate.key_storage == CNG and certificate.key_algorithm == "RSA":
            raise BadInput(
                f"A CNG provider keeps the key of {self._thumbprint} on {self._server.name}: logons with forms would "
                "return to the logon page for ever.",
                "Export it as a PFX file, remove it there, and give the file to this module, which names the right "
                "provider.",
            )

    def steps(self, view: CertificateView) -> Steps:
        yield self._enable(DoNotRequireSsl=True) if self._wish.do_not_require_ssl else self._enable()

    def expected(self, view: CertificateView) -> CertificateView:
        sites = (FRONT_END, *(site for site in self._certificate(view).sites or () if site != FRONT_END))
        return self._with_service(view, sites=sites)


class UmEnabled(Enabled):
    """Unified Messaging, until Exchange 2016. Whether its UMStartupMode allows it is the server's to say (law E11)."""

    service = UM

    def reached(self, view: CertificateView) -> bool:
        return self._has_it(view)

    def _judged(self, certificate: Certificate, view: CertificateView) -> Iterator[str]:
        yield from super()._judged(certificate, view)
        if self._server.product > Product.E2016:
            raise BadInput(
                f"{self._server.name} runs {self._server.product}, which has no Unified Messaging: {self.service} "
                "exists on Exchange 2013 and 2016 only.",
                f"Leave {self.service} out for it.",
            )

    def steps(self, view: CertificateView) -> Steps:
        yield self._enable()

    def expected(self, view: CertificateView) -> CertificateView:
        return self._with_service(view)


class UmCallRouterEnabled(UmEnabled):
    service = UM_CALL_ROUTER


PHASES: Mapping[str, type[Enabled]] = {
    SMTP: SmtpEnabled,
    "POP": PopEnabled,
    "IMAP": ImapEnabled,
    UM: UmEnabled,
    UM_CALL_ROUTER: UmCallRouterEnabled,
    IIS: IisEnabled,
}


def service_phases(server: Server, thumbprint: str, wish: ServicesWish, reader: CertificateReader) -> list[Enabled]:
    """The wished services in the order of enabling."""
    return [PHASES[name](server, thumbprint, wish, reader) for name in ORDER if name in wish.services]
