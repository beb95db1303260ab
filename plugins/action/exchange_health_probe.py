# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_health_probe, which needs no session: it asks for pages, as clients do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.local_action import LocalAction
from ..plugin_utils._exchange.x509_facts import require_cryptography
from ..plugin_utils._probe import rounds
from ..plugin_utils._probe.request import targets, way


class ActionModule(LocalAction):
    def perform(self, options: Mapping[str, Any]) -> dict[str, Any]:
        require_cryptography()
        wanted, how = targets(options), way(options)
        if options["wait_for"]:
            outcomes = asyncio.run(rounds.wait(wanted, how, options["deadline"], self._progress))
        else:
            outcomes = asyncio.run(rounds.look(wanted, how))
        result: dict[str, Any] = {
            "healthy": rounds.healthy(outcomes),
            "probes": [outcome.as_dict(how) for outcome in outcomes],
            "findings": [finding.as_dict() for finding in rounds.findings(outcomes)],
        }
        if options["wait_for"] and not result["healthy"]:
            result.update(failed=True, msg=f"After {options['deadline']} s {rounds.summary(outcomes)}")
        return result

    def _progress(self, news: str) -> None:
        self._display.display(f"{self._task.action}: {news}")
