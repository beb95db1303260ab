# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says, in each format, and that texts of servers stay texts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from certificate_estate import AUTH, MAIL, OWN, PUBLIC, Estate, certificate

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.clean import cleaned
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.contents import (
    NOT_IN_CERTIFICATES,
    lifetimes,
    report_of,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.html import html
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.json_text import json_text
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.markdown import markdown

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}[a](javascript:b)|`c`"""
INFO = {
    "servers": [{"name": "EX1", "version": "15.2.1544.4", "product": "Exchange 2019", "site": "London"}],
    "virtual_directories": [
        {"protocol": "owa", "server": "EX1", "identity": r"EX1\owa", "internal_url": f"https://{MAIL}/owa"}
    ],
    "outlook_anywhere": [{"server": "EX1", "internal_hostname": MAIL, "external_hostname": None}],
    "service_connection_points": [
        {
            "server": "EX1",
            "auto_discover_service_internal_uri": f"https://{MAIL}/a.xml",
            "auto_discover_site_scope": ["London", "Paris"],
        }
    ],
    "findings": [],
    "errors": [],
}


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def faulty() -> dict[str, Any]:
    """A result with findings of several severities."""
    estate = Estate()
    estate.names.append("owa.contoso.com")
    estate.change("*", PUBLIC, key_size=1024)
    estate.add("EX1", certificate("E" * 40, [MAIL], -31, 300, pending=True, status="PendingRequest"))
    return estate.result()


def hostile() -> dict[str, Any]:
    """A result in which every text that a server chose is hostile."""
    estate = Estate()
    bad = {"names": (HOSTILE,), "subject": HOSTILE, "issuer": HOSTILE, "friendly_name": HOSTILE, "status": HOSTILE}
    estate.change("*", PUBLIC, **bad)
    result = estate.result()
    result["errors"] = [HOSTILE]
    for finding in result["findings"]:
        finding["link"] = "javascript:alert(1)"
    return result


def test_counts_and_findings_are_those_of_the_facts() -> None:
    report = report_of("Title", faulty())
    assert report.counts == {"critical": 2, "high": 1, "warning": 0, "info": 1}
    assert [finding["code"] for finding in report.findings] == [
        "certificate_planned_names_missing",
        "certificate_planned_names_missing",
        "certificate_key_short",
        "pending_request_old",
    ]


def test_each_certificate_lasts_once_and_the_first_to_end_comes_first() -> None:
    report = report_of("Title", faulty())
    assert [(one.thumbprint, one.where, one.days_left) for one in report.lifetimes] == [
        (PUBLIC, ["EX1", "EX2"], 180),
        (OWN["EX1"], ["EX1"], 1700),
        (OWN["EX2"], ["EX2"], 1700),
        (AUTH, ["EX1", "EX2"], 1700),
    ]
    assert report.lifetimes[0].ends_on == "2027-05-20"


@pytest.mark.parametrize(
    ("days", "share", "urgency"),
    [(-5, 0, "critical"), (0.5, 0, "high"), (20, 5, "high"), (73, 20, "fine"), (365, 100, "fine"), (900, 100, "fine")],
)
def test_a_bar_is_the_share_of_a_year(days: float, share: int, urgency: str) -> None:
    server = {"server": "EX1", "certificates": [certificate(PUBLIC, [MAIL], -400, days).as_dict()]}
    (lifetime,) = lifetimes([server], Estate().facts().read_at)
    assert (lifetime.share, lifetime.urgency) == (share, urgency)


def test_what_cannot_be_judged_from_certificates_is_said() -> None:
    assert report_of("Title", faulty()).not_looked_at == NOT_IN_CERTIFICATES
    assert report_of("Title", INFO).not_looked_at == ()


def test_facts_of_client_access_make_tables_too() -> None:
    report = report_of("Title", INFO)
    assert [table.title for table in report.tables] == [
        "Servers",
        "Virtual directories",
        "Outlook Anywhere",
        "Service connection points",
    ]
    assert report.tables[1].rows == [[[r"EX1\owa"], [f"https://{MAIL}/owa"], ["–"]]]
    assert report.tables[3].rows[0][2] == ["London", "Paris"]
    assert (report.read_on, report.lifetimes) == ("", ())


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"failed": True, "findings": [], "servers": []},
        {"findings": "none"},
        {"findings": ["none"]},
        {"findings": [], "servers": "EX1"},
        {"findings": [], "servers": [{"certificates": []}]},
        {"findings": [], "servers": [{"certificates": []}], "read_at": "yesterday"},
        {"findings": [], "servers": [{"server": "EX1", "certificates": [{}]}], "read_at": "2026-11-21T12:00:00Z"},
        {"findings": [], "servers": [{"server": "EX1", "certificates": [1]}], "read_at": "2026-11-21T12:00:00Z"},
        {"findings": [{"code": "x"}]},
    ],
)
def test_facts_of_something_else_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="facts"):
        report_of("Title", facts)


def test_a_server_that_could_not_be_read_is_no_reason_to_fail() -> None:
    facts = faulty()
    facts["servers"][1]["certificates"] = None
    report = report_of("Title", facts)
    assert [table.title for table in report.tables][:2] == ["Certificates of EX1", "What else the servers name"]


@pytest.mark.parametrize("write", [html, markdown, json_text])
def test_every_format_has_every_certificate_and_every_finding(write: Any) -> None:
    report = report_of("Certificates of Contoso", faulty())
    text = Elements(write(report)).text if write is html else write(report).replace("\\", "")
    for expected in (
        "Certificates of Contoso",
        "2026-11-21",
        PUBLIC,
        AUTH,
        *OWN.values(),
        "E" * 40,
        *(finding["sentence"] for finding in report.findings),
        *(finding["cure"] for finding in report.findings),
        *NOT_IN_CERTIFICATES,
    ):
        assert expected in text


@pytest.mark.parametrize("write", [html, markdown, json_text])
def test_the_same_facts_make_the_same_text(write: Any) -> None:
    assert write(report_of("Title", faulty())) == write(report_of("Title", faulty()))


@pytest.mark.parametrize("write", [html, markdown, json_text])
def test_another_time_of_the_same_day_makes_the_same_text(write: Any) -> None:
    later = faulty() | {"read_at": "2026-11-21T12:00:59Z", "domain_controller": "dc2.contoso.com", "changed": True}
    assert write(report_of("Title", faulty())) == write(report_of("Title", later))


def test_html_escapes_every_text() -> None:
    page = Elements(html(report_of(HOSTILE, hostile())))
    names = {tag for tag, _attributes in page.tags}
    assert not names & {"script", "img", "iframe", "object", "link", "style", "form", "svg"}
    assert not [name for _tag, attributes in page.tags for name in attributes if name.startswith("on")]
    assert HOSTILE in page.text


def test_html_needs_no_network() -> None:
    page = html(report_of("Title", faulty()))
    links = {value for _tag, found in Elements(page).tags for name, value in found.items() if name in ("href", "src")}
    assert links and all(link and link.startswith("https://learn.microsoft.com/") for link in links)
    assert "url(" not in page and "@import" not in page


def test_only_links_to_microsoft_stay_links() -> None:
    facts = faulty()
    for finding, link in zip(
        facts["findings"],
        (
            "javascript:alert(1)",
            "https://evil.example/",
            "https://learn.microsoft.com/x y",
            "https://learn.microsoft.com/a/b-c",
        ),
        strict=True,
    ):
        finding["link"] = link
    report = report_of("Title", facts)
    assert [finding["link"] for finding in report.findings] == ["", "", "", "https://learn.microsoft.com/a/b-c"]


def test_markdown_escapes_every_text() -> None:
    text = markdown(report_of(HOSTILE, hostile()))
    assert not re.search(r"(?<!\\)`", text)
    assert "<script" not in text and "<img" not in text and "](" not in text.replace("\\](", "").replace("]\\(", "")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows if HOSTILE.partition("<")[0] in row}
    assert widths <= {4, 5, 6, 7}


def test_markdown_makes_no_links_out_of_texts() -> None:
    facts = INFO | {"errors": ["see http://evil.example and www.evil.example"]}
    text = markdown(report_of("Title", facts))
    assert "://" not in text


def test_markdown_tables_have_as_many_cells_as_columns() -> None:
    text = markdown(report_of(HOSTILE, hostile()))
    for block in re.split(r"\n(?!\|)", text):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, block


def test_json_has_findings_facts_and_lifetimes() -> None:
    content = json.loads(json_text(report_of("Title", faulty())))
    assert set(content) == {
        "title",
        "read_on",
        "counts",
        "findings",
        "lifetimes",
        "errors",
        "not_looked_at",
        "servers",
        "auth_config",
        "connectors",
    }
    assert content["servers"] == json.loads(json.dumps(faulty()["servers"]))


def test_what_is_not_seen_is_taken_out() -> None:
    value = {"a\x1b": ["b\x00c\n\td\u202ee\u200ef\x9b", 1, None, True], "g": "h\u2028i ä€"}
    assert cleaned(value) == {"a": ["bc  def", 1, None, True], "g": "h i ä€"}
