# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be read, and so cannot be called good."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import declare
from .binding_facts import PROCESSES, BindingFacts

UNREAD = declare(
    "windows_not_told",
    Severity.HIGH,
    "The {what} of the server could not be read, so nothing of them is known to be right.",
    "See the errors that come with this finding, mend their cause and look again.",
)
SETUP_UNKNOWN = declare(
    "setup_unknown",
    Severity.HIGH,
    "Whether Exchange Setup is at work on this server could not be read.",
    "Look at the server for a process ExSetup or ExSetupUI before anything is changed, and mend what keeps Get-Process "
    "from answering.",
)


def unread(facts: BindingFacts) -> Iterator[Finding]:
    for what in facts.unread:
        if what != PROCESSES:
            yield UNREAD.about(facts.server, what=what)
    if facts.setup_running is None:
        yield SETUP_UNKNOWN.about(facts.server)
