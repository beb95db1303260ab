# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of findings, which every later analyser keeps."""

from __future__ import annotations

import re

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.analysis import analyse
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.organization import Organization
from ansible_collections.mailops.exchange.plugins.plugin_utils._findings.finding import Finding, Severity
from ansible_collections.mailops.exchange.plugins.plugin_utils._findings.registry import CODES, Code, declare
from ansible_collections.mailops.exchange.plugins.plugin_utils._probe import mail_faults, page_faults

CODE = Code("disk_full", Severity.HIGH, "{disk} has {left} MB left.", "Delete logs.", "https://learn.microsoft.com/x")


def test_a_code_makes_findings_out_of_a_subject_and_facts():
    finding = CODE.about("EX1", disk="C:", left=12)
    assert finding.as_dict() == {
        "code": "disk_full",
        "severity": "high",
        "subject": "EX1",
        "sentence": "C: has 12 MB left.",
        "cure": "Delete logs.",
        "link": "https://learn.microsoft.com/x",
    }


def test_a_missing_fact_is_a_mistake():
    with pytest.raises(KeyError, match="left"):
        CODE.about("EX1", disk="C:")


def test_the_worst_comes_first_then_code_then_subject():
    def finding(severity: Severity, code: str, subject: str) -> Finding:
        return Finding(severity, code, subject, "", "")

    right = [
        finding(Severity.CRITICAL, "z", "z"),
        finding(Severity.HIGH, "z", "a"),
        finding(Severity.WARNING, "a", "b"),
        finding(Severity.WARNING, "b", "a"),
        finding(Severity.INFO, "a", "a"),
        finding(Severity.INFO, "a", "b"),
    ]
    assert sorted([right[3], right[5], right[0], right[4], right[2], right[1]]) == right


def test_without_facts_there_is_no_finding():
    assert analyse(Organization()) == []


def test_a_code_is_declared_once():
    with pytest.raises(ValueError, match="mapi_without_url is declared twice"):
        declare("mapi_without_url", Severity.INFO, "", "")


def test_the_probes_have_declared_theirs():
    causes = (page_faults.SHARED.refused, mail_faults.SMTP.no_offer, mail_faults.POP_IMAP.shared.refused)
    assert {cause.code.name for cause in causes} <= CODES.keys()


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.name)
def test_every_code_reads_well(code):
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", code.name)
    assert (
        code.sentence[0] in "{"
        or code.sentence[0].isupper()
        or code.sentence.startswith(("auto_", "cert_", "int", "ttl"))
    )
    assert code.sentence.endswith(".")
    assert code.cure.endswith(".")
    assert "{" not in code.cure
    assert code.link == "" or code.link.startswith("https://learn.microsoft.com/")
