# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module iis_binding_info."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..plugin_utils._action.action import Task
from ..plugin_utils._action.windows_action import IisAction
from ..plugin_utils._exchange.x509_facts import require_cryptography, utc_text
from ..plugin_utils._findings.finding import Severity
from ..plugin_utils._remoting.endpoint import is_fqdn
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._windows.binding_inquiry import BindingInquiry
from ..plugin_utils._windows.binding_repairs import Wishes, plan_repairs
from ..plugin_utils._windows.bindings_findings import analyse
from ..plugin_utils._windows.certificate_store import wished_thumbprint


class ActionModule(IisAction):
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def prepare(self, options: Mapping[str, Any]) -> None:
        require_cryptography()
        _wishes(options)
        for peer in options["peers"]:
            if not is_fqdn(peer):
                raise BadInput(f"'{peer}' among peers is not an FQDN.", "Write it as ex2.contoso.com.")

    def perform(self, task: Task) -> dict[str, Any]:
        options = task.options
        inquiry = BindingInquiry(task.runner.read, options["http_sys_source"], options["bindings_source"])
        kerberos = task.candidates[0].auth == "kerberos"
        facts = inquiry.facts(task.server, type(self).now, options["peers"], kerberos=kerberos)
        findings = analyse(facts)
        plan = plan_repairs(facts, _wishes(options))
        if inquiry.errors:
            task.runner.warnings.append(f"{len(inquiry.errors)} reads failed; see errors in the result.")
        return {
            "sites": [site.as_dict() for site in facts.sites],
            "bindings": [binding.as_dict() for binding in facts.bindings],
            "http_sys": [entry.as_dict() for entry in facts.ssl_entries],
            "certificates": [certificate.as_dict() for certificate in facts.certificates],
            "app_pools": dict(facts.pools),
            "services": dict(facts.services),
            "peers": dict(facts.paths),
            "clock": facts.clock.as_dict() if facts.clock else None,
            "ecc_supported": facts.ecc_supported,
            "findings": [finding.as_dict() for finding in findings],
            "healthy": not any(finding.severity < Severity.INFO for finding in findings),
            "setup_running": facts.setup_running,
            "repairs": [repair.as_dict() for repair in plan.repairs],
            "look_again": plan.look_again,
            "undecided": list(plan.undecided),
            "errors": inquiry.errors,
            "read_at": utc_text(facts.now),
        }


def _wishes(options: Mapping[str, Any]) -> Wishes:
    thumbprints = (options[name] for name in ("front_end_thumbprint", "back_end_thumbprint"))
    front_end, back_end = (wished_thumbprint(text) if text else "" for text in thumbprints)
    return Wishes(front_end, back_end, options["new_certificate"])
