# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every analyser of certificates: pure functions from facts to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .._findings.finding import Finding
from . import (
    auth_certificate_findings,
    certificate_dates_findings,
    certificate_keys_findings,
    certificate_names_findings,
    certificate_sites_findings,
    certificate_trust_findings,
    mail_certificates_findings,
    named_certificates_findings,
)
from .certificate_facts import CertificateFacts

Analyser = Callable[[CertificateFacts], Iterator[Finding]]

CERTIFICATES: tuple[Analyser, ...] = (
    *certificate_trust_findings.ANALYSERS,
    *certificate_dates_findings.ANALYSERS,
    *certificate_names_findings.ANALYSERS,
    *certificate_keys_findings.ANALYSERS,
    *certificate_sites_findings.ANALYSERS,
    *mail_certificates_findings.ANALYSERS,
    *named_certificates_findings.ANALYSERS,
    *auth_certificate_findings.ANALYSERS,
)


def analyse(facts: CertificateFacts) -> list[Finding]:
    """All findings, the most severe first. The time is that of the facts."""
    return sorted(finding for analyser in CERTIFICATES for finding in analyser(facts))
