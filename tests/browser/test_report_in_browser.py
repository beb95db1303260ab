# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report in Chromium: everything is there, and nothing that a server wrote runs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from certificate_estate import AUTH, OWN, PUBLIC, Estate

from ansible_collections.mailops.exchange.plugins.plugin_utils._report.contents import report_of
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.html import html

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OFFLINE = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to run as root otherwise
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
RUNS = "document.body.setAttribute('data-owned', 'yes')"
HOSTILE = (
    f"<script>{RUNS}</script>",
    f'"><img src=x onerror="{RUNS}">',
    f'\'><svg onload="{RUNS}">',
    f'</td></table></title></style><iframe srcdoc="<script>parent.{RUNS}</script>">',
    "{{ 7 * 7 }}{% raw %}",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="the report was not looked at in a browser: Chromium is not installed"),
]

Render = Callable[[str], "Page"]


class Page(HTMLParser):
    """The DOM that the browser made, after its scripts would have run."""

    def __init__(self, dom: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(dom)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str | None]:
        """Every value of an attribute, in the order of the page."""
        return [value for name, value in self.attributes if name == attribute]


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Loads a page in a browser with a profile of its own and returns what became of it."""

    def load(page: str) -> Page:
        file = tmp_path / "page.html"
        file.write_text(page, encoding="utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        done = subprocess.run(
            [str(CHROMIUM), *OFFLINE, profile, "--dump-dom", file.as_uri()],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Page(done.stdout)

    return load


def hostile_report() -> str:
    estate = Estate()
    estate.change(
        "*",
        PUBLIC,
        names=HOSTILE,
        alternative_names=HOSTILE,
        subject=HOSTILE[0],
        issuer=HOSTILE[1],
        friendly_name=HOSTILE[2],
        status=HOSTILE[3],
    )
    return html(report_of(HOSTILE[3], estate.result() | {"errors": list(HOSTILE)}))


@pytest.mark.parametrize("script", HOSTILE[:3])
def test_these_names_would_run_in_a_page_that_does_not_escape(render: Render, script: str) -> None:
    assert render(f'<body><p title="">{script}</p></body>').values("data-owned") == ["yes"]


def test_nothing_that_a_server_wrote_runs(render: Render) -> None:
    page = render(hostile_report())
    assert page.values("data-owned") == []
    assert not {"script", "img", "svg", "iframe"} & set(page.tags)
    assert all(name in page.text for name in HOSTILE)


def test_escaping_alone_is_enough(render: Render) -> None:
    """Without the policy that forbids scripts, which mail programs may drop."""
    page = render(hostile_report().replace("Content-Security-Policy", "X-Nothing"))
    assert page.values("data-owned") == []
    assert not {"script", "img", "svg", "iframe"} & set(page.tags)


def test_every_certificate_and_every_finding_is_on_the_page(render: Render) -> None:
    estate = Estate()
    estate.names.append("owa.contoso.com")
    estate.change("*", PUBLIC, key_size=1024)
    result = estate.result()
    page = render(html(report_of("Certificates", result)))
    assert page.values("data-thumbprint") == [PUBLIC, OWN["EX1"], OWN["EX2"], AUTH]
    assert page.values("data-code") == [finding["code"] for finding in result["findings"]]
    for finding in result["findings"]:
        assert finding["sentence"] in page.text and finding["cure"] in page.text
