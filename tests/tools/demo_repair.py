# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration of binding_repair: Outlook on the web is blank and Exchange PowerShell dead, and then they are not.

The lab breaks 443 and 444 of three servers in different ways. The playbook is run to look, to repair, and once more.
Exit code 1 when a fault is not seen, a server stays broken, or the last run changes or writes anything.
"""

from __future__ import annotations

import http.client
import ssl
import sys
from pathlib import Path

import lab_process
import yaml
from collection_tree import CHECKOUT
from demo_stage import announce, changed_tasks, cmdlets, perform, play, show

DIRECTORY = CHECKOUT / "build" / "demo-repair"
PLAYBOOK = "playbooks/repair_bindings.yml"
ESTATE = "broken_bindings"
FAULTS = {
    "ex1": "somebody changed the port of the back end from 444 to 445",
    "ex2": "444 has the hash of a certificate that is gone",
    "ex3": "somebody put the back end on 443",
}
REACHED = {
    "binding_repair_front_end_port": "{{ exchange_client_port }}",
    "binding_repair_back_end_port": "{{ exchange_back_end_port }}",
}


def pages(inventory: Path) -> dict[str, str]:
    """What a browser would show of Outlook on the web, by server."""
    hosts = yaml.safe_load(inventory.read_text(encoding="utf-8"))["all"]["children"]["exchange"]["hosts"]
    return {name: _page(known["ansible_host"], known["exchange_client_port"]) for name, known in hosts.items()}


def _page(address: str, port: int) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the certificates are the servers' own
    connection = http.client.HTTPSConnection(address, port, context=context, timeout=10)
    try:
        connection.request("GET", "/owa/")
        return "a page" if connection.getresponse().read() else "BLANK"
    except OSError:
        return "NO ANSWER"
    finally:
        connection.close()


def tell(shown: dict[str, str]) -> None:
    announce("Outlook on the web: " + ", ".join(f"{server.partition('.')[0]} {page}" for server, page in shown.items()))


def broken(shown: dict[str, str]) -> set[str]:
    return {server.partition(".")[0] for server, page in shown.items() if page != "a page"}


def demonstrate() -> str:
    """Run the demonstration; return what is wrong, or an empty text."""
    announce("Starting the lab with four servers, three of them broken")
    for server, why in FAULTS.items():
        print(f"{server}: {why}")
    with (
        lab_process.running(DIRECTORY, ["--estate", ESTATE]) as inventory,
        (DIRECTORY / "log.jsonl").open(encoding="utf-8") as log,
    ):
        tell(before := pages(inventory))
        if broken(before) != set(FAULTS):
            return "The lab is not broken as it should be."
        announce("What is wrong? Nothing is written yet")
        play(PLAYBOOK, inventory, REACHED)
        if show(cmdlets(log.readlines())):
            return "Looking wrote something."
        announce("Repair")
        play(PLAYBOOK, inventory, REACHED | {"repair": "true"})
        show(cmdlets(log.readlines()))
        tell(after := pages(inventory))
        if broken(after):
            return "A server is still broken."
        announce("The same again: nothing may change")
        again = play(PLAYBOOK, inventory, REACHED | {"repair": "true"})
        if show(cmdlets(log.readlines())) or changed_tasks(again):
            return "The last run changed something."
    announce("All servers work, and the last run changed nothing. The lab is stopped.")
    return ""


if __name__ == "__main__":
    sys.exit(perform(demonstrate))
