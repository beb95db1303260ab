# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_certificate_info."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from ..plugin_utils._action.action import ExchangeAction, Task
from ..plugin_utils._exchange.certificate_facts import ServerCertificates
from ..plugin_utils._exchange.certificate_inquiry import CertificateInquiry
from ..plugin_utils._exchange.certificates_findings import analyse
from ..plugin_utils._exchange.derived_services import bound_sites, key_access
from ..plugin_utils._exchange.organization import Inquiry, refuse_impossible
from ..plugin_utils._exchange.presented_certificates import presented_certificates
from ..plugin_utils._exchange.x509_facts import require_cryptography, utc_text


class ActionModule(ExchangeAction):
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def prepare(self, options: Mapping[str, Any]) -> None:
        require_cryptography()
        self._bound_sites = bound_sites(options["bindings"])
        self._key_access = key_access(options["bindings"])
        self._presented = presented_certificates(options["mail_probes"])
        refuse_impossible(options["servers"], options["names"])

    def perform(self, task: Task) -> dict[str, Any]:
        options = task.options
        inquiry = Inquiry(task.runner.read, domain_controller=options["domain_controller"] or "")
        certificates = CertificateInquiry(inquiry, self._bound_sites)
        facts = certificates.facts(task.server, options["servers"], options["names"], type(self).now())
        facts = replace(facts, key_access=self._key_access, presented=self._presented)
        task.runner.warnings.extend(inquiry.warnings)
        if inquiry.errors:
            task.runner.warnings.append(f"{len(inquiry.errors)} reads failed; see errors in the result.")
        return {
            "servers": [_server(server) for server in facts.servers],
            "auth_config": asdict(facts.auth_config) if facts.auth_config else None,
            "connectors": [asdict(connector) for connector in facts.connectors],
            "hybrid": asdict(facts.hybrid) if facts.hybrid else None,
            "names": list(facts.names),
            "findings": [finding.as_dict() for finding in analyse(facts)],
            "errors": inquiry.errors,
            "read_at": utc_text(facts.read_at),
            "domain_controller": inquiry.domain_controller or None,
        }


def _server(server: ServerCertificates) -> dict[str, Any]:
    certificates = server.certificates
    listed = None if certificates is None else [certificate.as_dict() for certificate in certificates]
    return {**vars(server), "certificates": listed}
