# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every analyser of client access: pure functions from an organization's facts to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .._findings.finding import Finding
from . import (
    autodiscover_findings,
    extended_protection_findings,
    namespaces_findings,
    organization_config_findings,
    outlook_anywhere_findings,
    outlook_provider_findings,
    setup_findings,
    virtual_directories_findings,
)
from .organization import Organization

Analyser = Callable[[Organization], Iterator[Finding]]

CLIENT_ACCESS: tuple[Analyser, ...] = (
    *namespaces_findings.ANALYSERS,
    *virtual_directories_findings.ANALYSERS,
    *outlook_anywhere_findings.ANALYSERS,
    *extended_protection_findings.ANALYSERS,
    *autodiscover_findings.ANALYSERS,
    *outlook_provider_findings.ANALYSERS,
    *setup_findings.ANALYSERS,
    *organization_config_findings.ANALYSERS,
)


def analyse(organization: Organization) -> list[Finding]:
    """All findings, the most severe first."""
    return sorted(finding for analyser in CLIENT_ACCESS for finding in analyser(organization))
