# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: starts the lab, configures its servers, does it again, and shows that nothing changed.

Both runs are the unmodified ansible-playbook over real PSRP connections. Exit code 1 when a run fails, when the first
one writes nothing or the second one changes or writes anything. The lab stops in every case.
"""

from __future__ import annotations

import sys

import lab_process
from collection_tree import CHECKOUT
from demo_stage import announce, changed_tasks, cmdlets, perform, play, show

ESTATE = "certified"
DIRECTORY = CHECKOUT / "build" / "demo"  # build/lab belongs to make lab
PLAYBOOK = "playbooks/set_namespaces.yml"
NAMESPACES = {
    "namespaces_name": "mail.contoso.test",
    "namespaces_autodiscover_name": "autodiscover.contoso.test",
}


def demonstrate() -> str:
    """Run the demonstration; return what is wrong, or an empty text."""
    announce(f"Starting the lab with the estate {ESTATE}")
    with (
        lab_process.running(DIRECTORY, ["--estate", ESTATE]) as inventory,
        (DIRECTORY / "log.jsonl").open(encoding="utf-8") as log,
    ):
        play(PLAYBOOK, inventory, NAMESPACES)
        if not show(cmdlets(log.readlines())):
            return "The first run wrote nothing."
        announce("The same again: nothing may change")
        again = play(PLAYBOOK, inventory, NAMESPACES)
        if show(cmdlets(log.readlines())) or changed_tasks(again):
            return "The second run changed something."
    announce("The second run changed nothing. The lab is stopped.")
    return ""


if __name__ == "__main__":
    sys.exit(perform(demonstrate))
