# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task may ask wrongly: one sentence with the cure, nothing sent that could write, no secret shown."""

from __future__ import annotations

import json
from typing import Any

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background

EX1 = "ex1.contoso.test"
URL_PASSWORD = "pass-in-the-url"
MISTYPED = "mistyped-password"
GOOD = "https://mail.contoso.test/owa"


def owa(**options: Any) -> tuple[str, dict[str, Any]]:
    return "exchange_vdir", {"protocol": "owa", **options}


def bulk(**options: Any) -> tuple[str, dict[str, Any]]:
    return "exchange_client_access", options


CASES: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, ...]]] = {
    "unknown option": (owa(internal_urls=GOOD), ("internal_urls", "ansible-doc mailops.exchange.exchange_vdir")),
    "unknown option in a branch": (bulk(owa={"internal_urls": GOOD}), ("owa.internal_urls", "ansible-doc")),
    "unknown protocol": (("exchange_vdir", {"protocol": "imap"}), ("imap", "owa, ecp", "ansible-doc")),
    "no protocol": (("exchange_vdir", {"internal_url": GOOD}), ("protocol", "ansible-doc")),
    "wrong type": (owa(user_context_timeout="soon"), ("user_context_timeout", "int", "ansible-doc")),
    "text for a tree": (bulk(owa="mail.contoso.test"), ("owa", "dict", "ansible-doc")),
    "list for a tree": (bulk(owa=["mail.contoso.test"]), ("owa", "dict", "ansible-doc")),
    "not a truth value": (owa(basic_authentication="perhaps"), ("basic_authentication", "bool", "ansible-doc")),
    "nothing asked": (bulk(), ("Nothing is asked for", "Give a namespace")),
    "foreign option": (owa(mrs_proxy_enabled=True), ("mrs_proxy_enabled is not a setting of Outlook on the web",)),
    "no scheme": (owa(internal_url="mail.contoso.test/owa"), ("internal_url", "https://")),
    "not http": (owa(internal_url="ftp://mail.contoso.test/owa"), ("internal_url", "https://")),
    "foreign path": (owa(internal_url="https://mail.contoso.test/ecp"), ("internal_url", "/ecp", "/owa")),
    "password in a URL": (owa(internal_url="{{ secret_url }}"), ("internal_url", "holds a user or a password")),
    "password in a URL, in a branch": (bulk(owa={"external_url": "{{ secret_url }}"}), ("external_url", "password")),
    "password in a candidate": (
        owa(internal_url=GOOD, exchange_endpoint_candidates=["{{ secret_url }}"]),
        ("exchange_endpoint_candidates", "credentials come from the connection"),
    ),
    "URL for a namespace": (bulk(namespace="{{ secret_url }}"), ("namespace", "host name")),
    "not a host": (owa(internal_url="https://mail contoso/owa"), ("spaces", "https://mail.contoso.com")),
    "unknown server": (owa(server="ex9.contoso.test", internal_url=GOOD), ("ex9.contoso.test", "Get-ExchangeServer")),
    "wildcard server": (owa(server="EX*", internal_url=GOOD), ("'EX*'", "server")),
    "wildcard web site": (owa(web_site="*", internal_url=GOOD), ("no virtual directory 'owa (*)'", "Check web_site")),
    "unknown web site": (owa(web_site="Intranet", internal_url=GOOD), ("Intranet",)),
    "unknown domain controller": (owa(domain_controller="dc9.contoso.test", internal_url=GOOD), ("dc9.contoso.test",)),
    "endpoint address": (owa(exchange_host="ex1 contoso", internal_url=GOOD), ("exchange_host", "FQDN")),
    "endpoint port": (owa(exchange_port="many", internal_url=GOOD), ("exchange_port", "int")),
    "build number": (owa(exchange_version="2019 CU14", internal_url=GOOD), ("exchange_version", "15.2.1544.4")),
    "wrong password": (owa(internal_url=GOOD), ("refused user", "Check ansible_user and ansible_password")),
}
"""A module with its options, and parts of the message."""


@pytest.fixture(scope="module")
def lab(new_lab) -> Background:
    return new_lab()


@pytest.fixture(scope="module", params=["0", "1"], ids=["debug off", "debug on"])
def run(request, lab, play) -> playbook.Run:
    """All of it, and once what is right, at -vvvvv with ANSIBLE_DEBUG off and on."""
    lab.log.clear()
    known = lab.inventory_vars(EX1) | {"secret_url": f"https://user:{URL_PASSWORD}@mail.contoso.test/owa"}
    tasks = [task(name, module, options) for name, ((module, options), _unused) in CASES.items()]
    tasks[-1]["vars"] = {"ansible_password": MISTYPED}
    good = GOOD + ("" if request.param == "0" else "/")
    tasks.append(task("at last", "exchange_vdir", owa(internal_url=good, external_url=GOOD)[1]))
    tasks.append(task("all of it", "exchange_client_access", {"namespace": f"mail{request.param}.contoso.test"}))
    return play({EX1: known}, *tasks, arguments=("-vvvvv", "--diff"), environment={"ANSIBLE_DEBUG": request.param})


@pytest.mark.parametrize("name", CASES)
def test_the_message_names_what_is_wrong_and_the_cure(run, name):
    message = run.of(name, EX1).failed()
    for part in CASES[name][1]:
        assert part in message
    assert "\n" not in message
    assert "Supported parameters" not in message


def test_only_the_right_task_wrote(run, lab):
    assert run.of("at last", EX1).ok()["changed"]
    assert run.of("all of it", EX1).ok()["changed"]
    names = {record["cmdlet"] for record in lab_log.writes(lab, EX1)}
    assert len(lab_log.writes(lab, EX1)) == 1 + 7
    assert "Set-OutlookAnywhere" in names
    assert lab.shells(EX1) == 0


def test_no_secret_is_shown_anywhere(run, lab):
    password = lab.inventory_vars(EX1)["ansible_password"]
    log = (lab.folder / "log.jsonl").read_text(encoding="utf-8")
    results = json.dumps([result.result for result in run.results.values()])
    assert "Set-OutlookAnywhere" in log
    assert "Set-OutlookAnywhere" in results
    assert "TASK [at last]" in run.output
    for secret in (password, URL_PASSWORD, MISTYPED):
        assert secret not in log
        assert secret not in results
        assert secret not in run.output
