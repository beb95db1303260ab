# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_mail_probe, which needs no session: it asks for TLS, as clients and senders do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._action.probe_action import ProbeAction
from ..plugin_utils._probe.mail_request import targets, way
from ..plugin_utils._probe.mail_visit import MailVisit
from ..plugin_utils._probe.rounds import Plan


class ActionModule(ProbeAction):
    def plan(self, options: Mapping[str, Any]) -> Plan:
        return Plan(targets(options), way(options), MailVisit, "mail ports", "All protocols")
