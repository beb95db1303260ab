# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that looks at servers from the control node, without any session."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from .._exchange.x509_facts import require_cryptography
from .._probe import rounds
from .local_action import LocalAction


class ProbeAction(LocalAction):
    """A subclass says what is probed."""

    def plan(self, options: Mapping[str, Any]) -> rounds.Plan:
        """What the task probes, and how.

        Raises:
            BadInput: the options make no sense.
        """
        raise NotImplementedError

    def perform(self, options: Mapping[str, Any]) -> dict[str, Any]:
        require_cryptography()
        plan = self.plan(options)
        if options["wait_for"]:
            outcomes = asyncio.run(rounds.wait(plan, options["deadline"], self._progress))
        else:
            outcomes = asyncio.run(rounds.look(plan))
        result: dict[str, Any] = {
            "healthy": rounds.healthy(outcomes),
            "probes": [outcome.as_dict() for outcome in outcomes],
            "findings": [finding.as_dict() for finding in rounds.findings(plan, outcomes)],
        }
        if options["wait_for"] and not result["healthy"]:
            result.update(failed=True, msg=f"After {options['deadline']} s {rounds.summary(plan, outcomes)}")
        return result

    def _progress(self, news: str) -> None:
        self._display.display(f"{self._task.action}: {news}")
