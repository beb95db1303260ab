# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web sites without a certificate, and servers that do not say what serves what (laws O4, O12, G17)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .certificate_deployment import BACK_END, FRONT_END, issued, on_site, sites_known
from .certificate_facts import CertificateFacts

_PAGE = LEARN + "exchange/architecture/client-access/assign-certificates-to-services"

FRONT_END_EMPTY = declare(
    "front_end_without_certificate",
    Severity.CRITICAL,
    "No certificate that Exchange lists is bound to 443 of the Default Web Site: there is none, or its private key is "
    "missing. Clients cannot connect.",
    "Enable a certificate for IIS, or import the bound one again with its key.",
    _PAGE,
)
BACK_END_EMPTY = declare(
    "back_end_without_certificate",
    Severity.CRITICAL,
    "No certificate that Exchange lists is bound to 444 of the web site Exchange Back End: Outlook on the web stays "
    "blank and the Exchange Management Shell does not connect.",
    "Bind a certificate with a private key to *:444: in IIS; the self-signed Microsoft Exchange one is right.",
    LEARN + "exchange/architecture/client-access/certificates",
)
UNKNOWN = declare(
    "certificate_uses_unknown",
    Severity.INFO,
    "Some certificates came without saying which web sites use them, so sites, names and keys were not judged in full.",
    "Update the server, look at the auth certificate, and read again.",
    LEARN + "powershell/module/exchange/get-exchangecertificate",
)


def sites(facts: CertificateFacts) -> Iterator[Finding]:
    """The web sites that each server has."""
    for server in facts.servers:
        if sites_known(server):
            if server.client_access and not on_site(server, FRONT_END):
                yield FRONT_END_EMPTY.about(server.server)
            if server.back_end and not on_site(server, BACK_END):
                yield BACK_END_EMPTY.about(server.server)
        elif any(certificate.sites is None for certificate in issued(server)):
            yield UNKNOWN.about(server.server)


ANALYSERS = (sites,)
