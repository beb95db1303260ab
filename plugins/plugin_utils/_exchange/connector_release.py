# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send connectors that name a certificate to be removed: cleared before, and named again afterwards (law R3).

Exchange refuses to remove any certificate whose issuer and subject a Send connector names, the old one of a renewal as
much as the new. What they name is saved first. A run that finds an unfinished undo state puts the connectors back
before it does anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .._procedure.phase import Phase, Steps
from .._procedure.procedure import Procedure
from .._remoting.command import Command
from .._remoting.errors import BadInput, ExchangeError, Interrupted, NotReached
from .._run.runner import Runner
from .._run.step import Step
from .._run.undo_state import UndoState
from .certificate_choice import connector_winner, names
from .certificate_deployment import title
from .certificate_enabling import SMTP, USELESS
from .certificate_facts import Connector
from .certificate_validity import Validity
from .certificate_view import CertificateReader, CertificateView
from .certificates import Certificate
from .connector import SEND_CONNECTOR
from .connector_undo import SavedConnectors
from .namespaces import listed

Connectors = tuple[Connector, ...]
"""The Send connectors of the organization."""


class Named(Phase[Connectors]):
    """Connectors name what is wished, or nothing.

    Args:
        wished: TlsCertificateName by identity; empty for none.
        reader: says which domain controller is written.
    """

    def __init__(self, title: str, wished: Mapping[str, str], reader: CertificateReader) -> None:
        self.title = title
        self._wished = wished
        self._reader = reader

    def reached(self, view: Connectors) -> bool:
        return not self._other(view)

    def steps(self, view: Connectors) -> Steps:
        for connector in self._other(view):
            yield Step(_setting(connector.identity, self._wished[connector.identity], self._reader), why=self.title)

    def expected(self, view: Connectors) -> Connectors:
        return tuple(
            replace(one, tls_certificate_name=self._wished.get(one.identity, one.tls_certificate_name)) for one in view
        )

    def _other(self, view: Connectors) -> list[Connector]:
        return [
            one
            for one in view
            if one.identity in self._wished and one.tls_certificate_name.lower() != self._wished[one.identity].lower()
        ]


def _setting(identity: str, name: str, reader: CertificateReader) -> Command:
    parameters = {"Identity": identity, "TlsCertificateName": name or None, **reader.pinned, "Confirm": False}
    return Command(SEND_CONNECTOR.set, parameters)


@dataclass
class ConnectorRelease:
    """The Send connectors of one certificate.

    Attributes:
        thumbprint: of the certificate that is removed.
        names: what this run or an earlier one cleared, by the connectors' identities.
        changed: something was written, or in check mode would be.
    """

    runner: Runner
    reader: CertificateReader
    undo: UndoState
    thumbprint: str
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    changed: bool = False
    _cleared: bool = False

    def resume(self) -> Connectors:
        """Put back what a run that broke off had cleared; the connectors as they are then.

        Raises:
            ExchangeError: it cannot be put back; likewise as Session.invoke.
        """
        saved = SavedConnectors.load(self.undo)
        if saved is None or saved.restored:
            return self._observe()
        self.names = saved.names
        self.runner.warnings.append(f"{self.undo.path} is of a run that broke off: its Send connectors were looked at.")
        if saved.domain_controller != self.reader.domain_controller:
            self.runner.warnings.append(
                f"That run wrote at {saved.domain_controller}, this one at {self.reader.domain_controller}: what was "
                "cleared there may not have arrived here. Look at the connectors again later."
            )
        try:
            return self._put_back(saved, self._observe())
        except ExchangeError as exc:
            raise self._unfinished(exc) from exc

    def clear(
        self, connectors: Connectors, holding: Sequence[CertificateView], seen: Sequence[CertificateView]
    ) -> None:
        """Clear the connectors that name the certificate, after it was made sure that they can be named again.

        Args:
            connectors: as they are.
            holding: the servers that it is removed from.
            seen: those of the task.

        Raises:
            BadInput: a connector would choose badly, meanwhile or afterwards. Nothing was changed.
            ExchangeError: they cannot be cleared; those that were are named again.
        """
        certificates = [found for view in holding if (found := view.find(self.thumbprint)) and not found.pending]
        fitting = [one for one in connectors if any(names(one, certificate) for certificate in certificates)]
        if not fitting:
            return
        self._refuse_without_successor(fitting, holding)
        for connector in fitting:
            self.runner.warnings.extend(self._meanwhile(connector, seen))
        named = {one.identity: one.tls_certificate_name for one in fitting}
        self.runner.require([_setting(identity, name, self.reader) for identity, name in named.items()])
        self.names = named
        SavedConnectors(named, self.reader.domain_controller).save(self.undo)
        self.changed = self._cleared = True
        phase = Named(f"TlsCertificateName of {listed([*named])} cleared", dict.fromkeys(named, ""), self.reader)
        try:
            Procedure(self.runner, self._observe).run([phase], connectors)
        except Interrupted as exc:
            raise self._unfinished(exc) from exc
        except ExchangeError:
            self.restore()
            raise

    def restore(self) -> None:
        """Name the certificate again on what ``clear`` cleared.

        Raises:
            ExchangeError: it could not be done; the next run does it.
        """
        if not self._cleared:
            return
        try:
            connectors = self._observe()
            if self.runner.check_mode:
                connectors = tuple(replace(one, tls_certificate_name="") for one in connectors)
            self._put_back(SavedConnectors(self.names, self.reader.domain_controller), connectors)
        except ExchangeError as exc:
            raise self._unfinished(exc) from exc

    def _put_back(self, saved: SavedConnectors, connectors: Connectors) -> Connectors:
        """Only what is empty: nobody else's choice is overwritten (law L8)."""
        present = {one.identity: one.tls_certificate_name for one in connectors}
        wished = {identity: name for identity, name in saved.names.items() if present.get(identity) == ""}
        for identity, name in saved.names.items():
            found = present.get(identity)
            if found is None or found and found.lower() != name.lower():
                now = f"now names {found}" if found else "is gone"
                self.runner.warnings.append(f"Send connector {identity} named {name} and {now}: it was left alone.")
        phase = Named(f"TlsCertificateName of {listed([*saved.names])} set again", wished, self.reader)
        outcome = Procedure(self.runner, self._observe).run([phase], connectors)
        self.changed = self.changed or bool(outcome.done)
        replace(saved, restored=True).save(self.undo)
        return outcome.after

    def _observe(self) -> Connectors:
        return tuple(self.reader.send_connectors())

    def _unfinished(self, exc: ExchangeError) -> ExchangeError:
        return NotReached(
            f"{exc.sentence} Send connectors ({listed([*self.names])}) may be without their TlsCertificateName.",
            f"Run again with undo_path {self.undo.path}, which puts it back first. {exc.cure}".strip(),
        )

    def _refuse_without_successor(self, fitting: Sequence[Connector], holding: Sequence[CertificateView]) -> None:
        """A source server that has no other certificate of those names would keep its mail waiting (law S6)."""
        lacking = [
            f"{connector.identity} on {view.server.name}"
            for connector in fitting
            for view in holding
            if _sends_from(connector, view)
            and not any(names(connector, one) and self._good(one) for one in self._others(view))
        ]
        if lacking:
            raise BadInput(
                f"Without {self.thumbprint} Send connectors would find no valid certificate of their "
                f"TlsCertificateName: {listed(lacking)}.",
                "Import another with the same issuer and subject there and enable it for SMTP, or let the connectors "
                "name another (exchange_connector).",
            )

    def _meanwhile(self, connector: Connector, seen: Sequence[CertificateView]) -> Iterator[str]:
        """What it offers while it names none (law S4). Raises BadInput for one that is known not to work."""
        nameless = replace(connector, tls_certificate_name="")
        views = {view.server.name.lower(): view for view in seen}
        for name in connector.servers:
            view = views.get(name.lower())
            if view is None:
                yield f"While {connector.identity} names no certificate, what {name} offers was not looked at."
                continue
            chosen = connector_winner(nameless, self._others(view), view.server.fqdn, self.now)
            if chosen is None:
                yield f"While {connector.identity} names no certificate, {name} offers none."
            elif not self._good(chosen):
                raise BadInput(
                    f"While {connector.identity} names no certificate, {name} would offer {title(chosen)}, which is "
                    "not valid now or not enabled for SMTP.",
                    "Remove that one, or enable a newer one with those names for SMTP first.",
                )
            elif not names(connector, chosen):
                yield f"While {connector.identity} names no certificate, {name} offers {title(chosen)}."

    def _others(self, view: CertificateView) -> list[Certificate]:
        return [one for one in view.issued if one.thumbprint != self.thumbprint]

    def _good(self, certificate: Certificate) -> bool:
        current = Validity.of(certificate.not_before, certificate.not_after, self.now).current
        return current and certificate.status not in USELESS and SMTP in certificate.services


def _sends_from(connector: Connector, view: CertificateView) -> bool:
    return view.server.name.lower() in map(str.lower, connector.servers)
