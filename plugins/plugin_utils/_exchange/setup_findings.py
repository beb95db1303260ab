# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on which Exchange Setup is at work, or was broken off (health-laws C11)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .component_states import HELD_BY_SETUP
from .namespaces import listed
from .organization import Organization

RUNNING_OR_ABORTED = declare(
    "setup_running_or_aborted",
    Severity.HIGH,
    "The requester Functional has made {components} Inactive. Exchange Setup does so while it upgrades a server, and "
    "leaves it so when it breaks off or is cancelled. Nothing else should change the server meanwhile.",
    "Wait until Setup has ended. If it was broken off, run it again to its end; or, once no process ExSetup runs and "
    f"the build is whole, set {listed(HELD_BY_SETUP)} to Active with Set-ServerComponentState -Requester Functional.",
    LEARN + "exchange/high-availability/manage-ha/manage-dags",
)


def held_components(organization: Organization) -> Iterator[Finding]:
    """Whether Setup still runs cannot be told by these components."""
    for server in organization.servers:
        if held := server.get("inactive_as_functional"):
            yield RUNNING_OR_ABORTED.about(server["name"], components=listed(held))


ANALYSERS = (held_components,)
