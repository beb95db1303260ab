# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that a server interprets goes through one function for each language."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.quoting import (
    exact_name,
    provider_path,
    xpath_text,
)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("Default Web Site", "'Default Web Site'"),
        ("Sarah's", '"Sarah\'s"'),
        ('the "new" one', "'the \"new\" one'"),
        ("a[1] and b", "'a[1] and b'"),
        ("", "''"),
    ],
)
def test_an_xpath_literal_has_the_quotes_that_the_text_has_not(text: str, literal: str) -> None:
    assert xpath_text(text) == literal


@pytest.mark.parametrize("text", ['it\'s "both"', "line\nbreak", "nul\x00", "del\x7f"])
def test_what_no_xpath_literal_can_hold_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        xpath_text(text)
    assert refused.value.cure


@pytest.mark.parametrize("text", ["*", "Site?", "a[b]", "a`b", "tab\t"])
def test_a_name_that_means_others_too_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="interpret"):
        exact_name(text)
    assert exact_name("Exchange Back End") == "Exchange Back End"


def test_a_path_is_made_of_its_segments() -> None:
    assert provider_path("IIS", "SslBindings", "0.0.0.0!444") == "IIS:\\SslBindings\\0.0.0.0!444"
    assert provider_path("IIS", "SslBindings", "[::1]!444") == "IIS:\\SslBindings\\[::1]!444"


@pytest.mark.parametrize("segment", ["", ".", "..", "a\\b", "a/b", "*", "a?", "a`b", "a|b", "a<b", 'a"b', "a\nb"])
def test_a_segment_that_leads_elsewhere_is_refused(segment: str) -> None:
    with pytest.raises(BadInput):
        provider_path("Cert", "LocalMachine", segment)
