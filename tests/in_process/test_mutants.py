# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises are worth something: each comparison, once broken on purpose, breaks one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from promises import Wish, broken

from ansible_collections.mailops.exchange.plugins.plugin_utils._converge import kinds
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.connector import CertificateName
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.organization_config import (
    Audiences,
    PolicyName,
    TextUrl,
    Thumbprints,
    TimeSpan,
    TriState,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.outlook_provider import PrincipalName
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES
from exchange_lab.world import World

Same = Callable[[Any, Any, Any], bool]


class Example(NamedTuple):
    """A wish that a fresh server does not meet yet, for one kind."""

    kind: type[kinds.Kind]
    module: str
    label: str
    wanted: dict[str, Any]
    arguments: dict[str, Any]


def owa(kind: type[kinds.Kind], **wanted: Any) -> Example:
    return Example(kind, "exchange_vdir", "owa", wanted, {"protocol": "owa"})


def organization(kind: type[kinds.Kind], **wanted: Any) -> Example:
    return Example(kind, "exchange_organization_config", "organization_config", wanted, {})


EXAMPLES = [
    owa(kinds.Bool, change_password_enabled=False),
    owa(kinds.Int, user_context_timeout=30),
    owa(kinds.Enum, gzip_level="High"),
    owa(kinds.Text, default_theme="Blue"),
    owa(kinds.Caseless, instant_messaging_certificate_thumbprint="88970c64278a15d642934dc2961d9cca5e28da6b"),
    owa(kinds.HostName, external_download_host_name="download.contoso.com"),
    owa(kinds.Url, external_url="https://mail.contoso.com/owa"),
    owa(kinds.EnumList, external_authentication_methods=["Fba", "Basic"]),
    owa(kinds.Many, extended_protection_spn_list=["HTTP/a.contoso.com", "HTTP/b.contoso.com"]),
    Example(
        PrincipalName,
        "exchange_outlook_provider",
        "outlook_provider",
        {"cert_principal_name": "msstd:*.contoso.com"},
        {"name": "EXPR"},
    ),
    Example(
        CertificateName,
        "exchange_connector",
        "connector",
        {"tls_certificate_name": "<I>CN=CA, C=US<S>CN=mail.contoso.com"},
        {"kind": "receive", "identity": "EX1\\Default Frontend EX1"},
    ),
    organization(TriState, ews_enabled="false"),
    organization(TimeSpan, activity_based_authentication_timeout_interval="01:00:00"),
    organization(TextUrl, wac_discovery_endpoint="https://oos.contoso.com/hosting/discovery"),
    organization(Audiences, adfs_audience_uris=["https://mail.contoso.com/owa/", "https://mail.contoso.com/ecp/"]),
    organization(Thumbprints, adfs_sign_certificate_thumbprints=["88970C64278A15D642934DC2961D9CCA5E28DA6B"]),
    organization(PolicyName, default_authentication_policy="No Basic"),
]
FOLDING = [example for example in EXAMPLES if "key" in vars(example.kind) and example.kind is not kinds.Enum]
"""Kinds for which several spellings mean the same. (The choices of an Enum allow one spelling only.)"""


def found_by(example: Example) -> list[str]:
    noun = MODULE_TABLES[example.module][example.label]
    attributes = {option: setting.parameter for option, setting in noun.by_option.items()}
    wish = Wish(
        example.module,
        "ex1.contoso.test",
        {example.label: example.wanted},
        example.arguments,
        {example.label: attributes},
    )
    world = World.from_estate("one_server")
    world.authentication_policies = ("No Basic",)
    return list(broken(world, wish))


def name(example: Example) -> str:
    return example.kind.__name__


def test_every_kind_has_an_example() -> None:
    used = {
        type(setting.kind) for nouns in MODULE_TABLES.values() for noun in nouns.values() for setting in noun.settings
    }
    assert used == {example.kind for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_nothing_is_broken_as_it_is(example: Example) -> None:
    assert found_by(example) == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda right: lambda self, wanted, present: not right(self, wanted, present), id="inverted"),
        pytest.param(lambda right: lambda self, wanted, present: True, id="always_the_same"),
        pytest.param(lambda right: lambda self, wanted, present: False, id="never_the_same"),
    ],
)
@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_a_wrong_comparison_is_noticed(
    example: Example, wrong: Callable[[Same], Same], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example.kind, "same", wrong(example.kind.same))
    assert found_by(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_a_key_that_sees_nothing_is_noticed(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example.kind, "key", lambda self, value: ("", ""))  # rules look at a URL's host
    assert found_by(example)


@pytest.mark.parametrize("example", FOLDING, ids=name)
def test_a_key_that_does_not_fold_is_noticed(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without folding, another spelling of the same value counts as drift."""
    monkeypatch.setattr(example.kind, "key", lambda self, value: value)
    assert found_by(example)
