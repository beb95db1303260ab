# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMTP with a certificate, while the default of transport stays (laws E6 to E8)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from .._procedure.phase import Steps
from .._remoting.errors import BadInput, CommandFailed, NotReached
from .._remoting.questions import Answer, Question
from .._remoting.session import Reply
from .._run.step import Step
from .certificate_enabling import SMTP, Enabled
from .certificate_names import holds
from .certificate_view import CertificateView
from .certificates import Certificate
from .namespaces import listed

_NO_HOST = "HostException"
_YES_TO_NO_TO_ALL = 4
_NO = 2


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
