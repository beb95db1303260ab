# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration of repairs: of ports 443 and 444, and of a virtual directory.

First the lab breaks 443 and 444 of three servers in different ways: Outlook on the web is blank and Exchange PowerShell
dead. The playbook is run to look, to repair, and once more. Then IIS of a server has lost the directory of Outlook on
the web; the playbook creates it anew with its settings, and is run once more. Exit code 1 when a fault is not seen, a
server stays broken, a setting is lost, or a last run changes or writes anything.
"""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Any

import lab_process
import yaml
from collection_tree import CHECKOUT
from demo_stage import announce, changed_tasks, cmdlets, perform, play, show

DIRECTORY = CHECKOUT / "build" / "demo-repair"
BINDINGS, DIRECTORIES = (f"playbooks/repair_{name}.yml" for name in ("bindings", "virtual_directories"))
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
        reply = connection.getresponse()
        return "NOT FOUND" if reply.status == HTTPStatus.NOT_FOUND else "a page" if reply.read() else "BLANK"
    except OSError:
        return "NO ANSWER"
    finally:
        connection.close()


def owa(inventory: Path, full: bool) -> tuple[dict[str, Any], list[str]]:
    """What the server tells of ex1's directory owa, with ``full`` what IIS holds too, and the errors of all reads."""
    options = {"servers": ["ex1.contoso.test"], "gather_subset": ["virtual_directories"], "full": full}
    words = ["ansible", "ex1.contoso.test", "-i", str(inventory), "-m", "mailops.exchange.exchange_info", "-o", "-a"]
    said = subprocess.run(
        [*words, json.dumps(options)], cwd=CHECKOUT, check=True, capture_output=True, text=True
    ).stdout
    facts = json.loads(said.partition("=>")[2])
    return next((one for one in facts["virtual_directories"] if one["protocol"] == "owa"), {}), facts["errors"]


def tell(shown: dict[str, str]) -> None:
    announce("Outlook on the web: " + ", ".join(f"{server.partition('.')[0]} {page}" for server, page in shown.items()))


def broken(shown: dict[str, str]) -> set[str]:
    return {server.partition(".")[0] for server, page in shown.items() if page != "a page"}


def repair_bindings() -> str:
    """443 and 444; what is wrong, or an empty text."""
    announce("Starting the lab with four servers, three of them broken")
    for server, why in FAULTS.items():
        print(f"{server}: {why}")
    with (
        lab_process.running(DIRECTORY, ["--estate", "broken_bindings"]) as inventory,
        (DIRECTORY / "log.jsonl").open(encoding="utf-8") as log,
    ):
        tell(before := pages(inventory))
        if broken(before) != set(FAULTS):
            return "The lab is not broken as it should be."
        announce("What is wrong? Nothing is written yet")
        play(BINDINGS, inventory, REACHED)
        if show(cmdlets(log.readlines())):
            return "Looking wrote something."
        announce("Repair")
        play(BINDINGS, inventory, REACHED | {"repair": "true"})
        show(cmdlets(log.readlines()))
        tell(after := pages(inventory))
        if broken(after):
            return "A server is still broken."
        announce("The same again: nothing may change")
        again = play(BINDINGS, inventory, REACHED | {"repair": "true"})
        if show(cmdlets(log.readlines())) or changed_tasks(again):
            return "The last run changed something."
    return ""


def repair_directory() -> str:
    """A directory that IIS has lost; what is wrong, or an empty text."""
    announce("Starting a lab with two servers. IIS of ex1 has lost the directory owa; Active Directory still has it")
    with (
        tempfile.TemporaryDirectory() as folder,
        lab_process.running(DIRECTORY, ["--estate", "damaged_directory"]) as inventory,
        (DIRECTORY / "log.jsonl").open(encoding="utf-8") as log,
    ):
        tell(before := pages(inventory))
        if broken(before) != {"ex1"}:
            return "The lab is not damaged as it should be."
        errors = owa(inventory, full=True)[1]
        held = owa(inventory, full=False)[0]
        announce("What Get-OwaVirtualDirectory says: " + " ".join(errors))
        announce("Create it anew. What IIS held is lost, which the user has to accept; the rest is put back")
        damaged = [{"protocol": "owa", "accept_unread_settings": True}]
        given = {"undo_folder": folder, "repair_name": "demo", "directories": damaged, "exchange_group": "ex1.*"}
        log.readlines()
        play(DIRECTORIES, inventory, given)
        show(cmdlets(log.readlines()))
        tell(after := pages(inventory))
        if broken(after):
            return "A server is still broken."
        now = owa(inventory, full=True)[0]
        announce(f"{len(held)} settings that Active Directory held, some of them before and after")
        for name in ("external_url", "internal_url", "set_photo_enabled", "user_context_timeout"):
            print(f"{name}: {held[name]} -> {now[name]}")
        if any(now[name] != value for name, value in held.items()):
            return "A setting is lost."
        announce("The same again: nothing may change")
        again = play(DIRECTORIES, inventory, given)
        if show(cmdlets(log.readlines())) or changed_tasks(again):
            return "The last run changed something."
    return ""


def demonstrate() -> str:
    """Run the demonstration; return what is wrong, or an empty text."""
    if problem := repair_bindings() or repair_directory():
        return problem
    announce("All servers work, and the last runs changed nothing. The labs are stopped.")
    return ""


if __name__ == "__main__":
    sys.exit(perform(demonstrate))
