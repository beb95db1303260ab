# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration of certificates: a report, a rollout to four servers, the same again, and a report.

The certificate that the lab's servers have ends soon. The rollout requests a new one, the lab's CA answers, and every
server is switched and asked for every name. All runs are the unmodified ansible-playbook. Exit code 1 when a run fails,
or when the second rollout changes or writes anything. The lab stops in every case; the reports stay.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lab_process
from collection_tree import CHECKOUT
from demo_stage import announce, changed_tasks, cmdlets, perform, play, show

ESTATE = "expiring"
DIRECTORY = CHECKOUT / "build" / "demo-certificates"
NAMESPACES, REPORT, ROLLOUT = (
    f"playbooks/{name}.yml" for name in ("set_namespaces", "certificate_report", "rollout_certificate")
)
PLAN = {
    "namespaces_name": "mail.contoso.test",
    "namespaces_autodiscover_name": "autodiscover.contoso.test",
    "certificate_rollout_sign_tasks": str(Path("tests", "lab", "sign_request.yml")),
    "certificate_rollout_client_port": "{{ exchange_client_port }}",
    "certificate_rollout_client_ca_cert": "{{ exchange_client_ca_cert }}",
    "certificate_rollout_mail_ports": {"smtp": "{{ exchange_smtp_port }}"},
}


def report(inventory: Path, title: str) -> Mapping[str, Any]:
    """Write the report and show what it found; its content."""
    path = DIRECTORY / f"{title}.html"
    play(REPORT, inventory, {"report_path": str(path.relative_to(CHECKOUT))})
    content: Mapping[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    announce(f"The report {path.relative_to(CHECKOUT)}, {len(content['findings'])} findings")
    for finding in content["findings"]:
        print(f"{finding['severity']}: {finding['subject']}: {finding['sentence']}")
    return content


def ends_soon_for_clients(content: Mapping[str, Any]) -> bool:
    """Whether a certificate on 443 ends soon. An old one keeps SMTP until it is removed."""
    return any(f["code"] == "certificate_ends_soon" and "443" in f["sentence"] for f in content["findings"])


def demonstrate() -> str:
    """Run the demonstration; return what is wrong, or an empty text."""
    announce(f"Starting the lab with the estate {ESTATE}")
    with (
        lab_process.running(DIRECTORY, ["--estate", ESTATE]) as inventory,
        (DIRECTORY / "log.jsonl").open(encoding="utf-8") as log,
    ):
        play(NAMESPACES, inventory, PLAN)
        log.readlines()
        if not ends_soon_for_clients(report(inventory, "before")):
            return "The first report does not say that the certificate ends soon."
        if show(cmdlets(log.readlines())):
            return "The report wrote something on a server."
        play(ROLLOUT, inventory, PLAN)
        if not show(cmdlets(log.readlines())):
            return "The rollout wrote nothing."
        announce("The same again: nothing may change")
        again = play(ROLLOUT, inventory, PLAN)
        if show(cmdlets(log.readlines())) or changed_tasks(again):
            return "The second rollout changed something."
        if ends_soon_for_clients(report(inventory, "after")):
            return "The last report says that the certificate still ends soon."
    announce("The second rollout changed nothing. The lab is stopped.")
    return ""


if __name__ == "__main__":
    sys.exit(perform(demonstrate))
