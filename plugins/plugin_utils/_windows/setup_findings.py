# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange Setup at work on the server (peers 108)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import declare
from .binding_facts import BindingFacts

SETUP_RUNNING = declare(
    "setup_running",
    Severity.HIGH,
    "Exchange Setup is at work on this server ({processes}): it changes services, web sites and "
    "settings itself, so nothing else should be changed now.",
    "Wait until it has ended, or close its wizard, and look again.",
)


def setup(facts: BindingFacts) -> Iterator[Finding]:
    if facts.setup_processes:
        yield SETUP_RUNNING.about(facts.server, processes=", ".join(facts.setup_processes))
