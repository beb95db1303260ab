# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a mail port from TLS that its clients accept (certificate-laws S1 to S4, S10, G21, health-laws C14)."""

from __future__ import annotations

from dataclasses import dataclass

from .._findings.finding import Severity
from .._findings.registry import LEARN
from .faults import Cause, Causes, Cures, causes, declared

PROTOCOL, STARTTLS, TIME = "protocol", "starttls", "time"

_CONNECTOR_PAGE = LEARN + "exchange/mail-flow/connectors/receive-connectors"
_POP_IMAP_PAGE = LEARN + "exchange/clients/pop3-and-imap4/pop3-and-imap4"


@dataclass(frozen=True)
class MailCauses:
    """The causes of a family of mail protocols.

    Attributes:
        shared: those of every port.
        mute: it takes the connection and says nothing.
        closed: it ends the connection instead of answering.
        foreign: it speaks something else.
        unwilling: it answers with its own words for no.
        no_offer: it does not offer TLS.
    """

    shared: Causes
    mute: Cause
    closed: Cause
    foreign: Cause
    unwilling: Cause
    no_offer: Cause


def _mail_causes(prefix: str, cures: Cures, no_offer: str, no_offer_cure: str, closed: str, link: str) -> MailCauses:
    return MailCauses(
        shared=causes(prefix, cures),
        mute=declared(
            TIME,
            f"{prefix}_silent",
            Severity.HIGH,
            "{place} accepts the connection, but does not answer within {seconds} s.",
            "Try again with a longer timeout. Otherwise look at the load of the server, and at whether the port begins "
            "with TLS instead.",
            link,
        ),
        closed=declared(
            PROTOCOL,
            f"{prefix}_closed",
            Severity.HIGH,
            "{place} closes the connection instead of answering.",
            closed,
            link,
        ),
        foreign=declared(
            PROTOCOL,
            f"{prefix}_foreign",
            Severity.HIGH,
            "{place} does not speak {language}, it says: {reply}.",
            "See what listens there.",
            link,
        ),
        unwilling=declared(
            PROTOCOL,
            f"{prefix}_unwilling",
            Severity.HIGH,
            "{place} answers {question} with: {reply}.",
            closed,
            link,
        ),
        no_offer=declared(STARTTLS, f"{prefix}_no_tls", Severity.HIGH, no_offer, no_offer_cure, link),
    )


_ENABLE = (
    "A certificate that the connector chooses by its name is there without SMTP, as after an import alone: "
    "give it SMTP (exchange_certificate with services), or remove it."
)

SMTP = _mail_causes(
    "mail_smtp",
    Cures(
        use="Give SMTP to {} for the connector's name",
        refused="See whether MSExchangeFrontEndTransport runs (MSExchangeTransport on a Mailbox server of 2013), and "
        "whether a Receive connector is bound to the port.",
        name="The connector finds its certificate by its own TlsCertificateName or Fqdn. Ask for the name that it "
        "stands for (names), or let it find another certificate. The Fqdn of Default Frontend stays as it is.",
        cut="as Exchange does where the chosen certificate is not enabled for SMTP, or its key cannot be used",
        cut_cure=_ENABLE,
        failed=f"Look at protocol versions and ciphers on both sides. {_ENABLE}",
        other="Of several that hold the connector's name the newest valid one of a CA is used, which need not be the "
        "expected one. Where the connector has a TlsCertificateName, its issuer and subject count "
        "(exchange_connector). Where all is right, restart the transport service.",
    ),
    no_offer="{place} does not offer STARTTLS in its answer to EHLO, so mail comes in the clear or not at all.",
    no_offer_cure="See whether AuthMechanism of the Receive connector holds Tls, and whether the server has a valid "
    "certificate with its key and its whole chain for the connector's TlsCertificateName or Fqdn: event 12014 in its "
    "log names the connector that found none.",
    closed="See whether the server is in maintenance (FrontendTransport in Get-ServerComponentState), and whether a "
    "Receive connector takes connections from this address.",
    link=_CONNECTOR_PAGE,
)

POP_IMAP = _mail_causes(
    "mail_pop_imap",
    Cures(
        use="Let X509CertificateName find {}, and restart the services",
        refused="See whether MSExchangePOP3 or MSExchangeIMAP4 runs: after Setup both are stopped. Start its back end "
        "service with it (exchange_service).",
        name="Set X509CertificateName to a name that clients use and the certificate holds, and restart the services.",
        cut="as Exchange does where the service found no certificate for X509CertificateName when it started",
        cut_cure="Set X509CertificateName to a name of a certificate that is there with its key, and restart the "
        "services.",
        failed="Look at protocol versions and ciphers on both sides, and at whether the port begins with TLS at all.",
        other="Restart the services, front and back end (exchange_service): they go on with the certificate that they "
        "found when they started. If that does not help, X509CertificateName finds another one.",
    ),
    no_offer="{place} does not offer TLS.",
    no_offer_cure="Set X509CertificateName to a name of a certificate that is there with its key, and restart the "
    "services.",
    closed="See whether managed availability or maintenance took the protocol out (PopProxy and ImapProxy in "
    "Get-ServerComponentState).",
    link=_POP_IMAP_PAGE,
)
