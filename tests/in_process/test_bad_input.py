# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input gets one clear sentence with the cure, opens no session and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible import template
from in_process import PASSWORD, Connection, Converge

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.virtual_directories import (
    PROTOCOLS,
    SETTING_OPTIONS,
)
from exchange_lab.world import World

FOREIGN = [
    (protocol, sorted(SETTING_OPTIONS - noun.by_option.keys())[0], noun.title) for protocol, noun in PROTOCOLS.items()
]
SAMPLES = {"bool": True, "int": 1, "list": [], "str": ""}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"protocol": "owa", "internal_ulr": "https://mail.contoso.com/owa"}, "Unsupported parameters: internal_ulr"),
        ({"protocol": "pop"}, "must be one of: owa"),
        ({}, "missing required arguments: protocol"),
        ({"protocol": "owa", "forms_authentication": "perhaps"}, "unable to convert to bool"),
        ({"protocol": "owa", "user_context_timeout": "an hour"}, "unable to convert to int"),
        ({"protocol": "owa", "external_authentication_methods": {"a": 1}}, "unable to convert to list"),
        ({"protocol": "owa", "gzip_level": "Error"}, "gzip_level must be one of"),
        ({"protocol": "owa", "user_context_timeout": 0}, "must lie between 1"),
        ({"protocol": "owa", "logon_and_error_language": -1}, "must lie between 0"),
        ({"protocol": "owa", "exchange_timeout": "soon"}, "unable to convert to int"),
        ({"protocol": "owa", "exchange_auth": "digest"}, "exchange_auth must be one of"),
        ({"protocol": "owa", "exchange_version": "CU14"}, "15.2.1544.4"),
        ({"protocol": "owa", "exchange_auth": "basic", "exchange_scheme": "http"}, "exchange_scheme to https"),
        ({"protocol": "owa", "exchange_host": "10.0.0.1"}, "exchange_host to the server's FQDN"),
        ({"protocol": "owa", "internal_url": "mail.contoso.com/owa"}, "write it as https://mail.contoso.com/owa"),
        (
            {"protocol": "owa", "internal_url": "http://mail.contoso.com/owa"},
            "write it as https://mail.contoso.com/owa",
        ),
        ({"protocol": "owa", "internal_url": "https://mail.contoso.com/ews"}, "path '/ews'"),
        ({"protocol": "ecp", "internal_url": "https://mail.contoso.com/ecp?x=1"}, "query"),
        ({"protocol": "owa", "internal_url": "https://*.contoso.com/owa"}, "wildcard"),
        ({"protocol": "owa", "external_download_host_name": "https://dl.contoso.com"}, "not a URL"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_bad_input_is_refused_before_a_session_is_opened(
    world: World, converge: Converge, options: dict[str, Any], says: str
) -> None:
    before = world.snapshot()
    message = converge("exchange_vdir", **options).refused()
    assert says in message
    assert "\n" not in message
    assert converge.sessions == []
    assert world.changes(before, world.snapshot()) == []


@pytest.mark.parametrize(("protocol", "option", "title"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_an_option_of_another_protocol_is_refused_by_name(
    converge: Converge, protocol: str, option: str, title: str
) -> None:
    owner = next(noun for noun in PROTOCOLS.values() if option in noun.by_option)
    kind = owner.by_option[option].kind
    value = kind.choices[0] if kind.choices and not kind.elements else SAMPLES[kind.doc_type]
    message = converge("exchange_vdir", protocol=protocol, **{option: value or "x"}).refused()
    assert option in message and title in message
    assert converge.sessions == []


def test_a_password_in_a_url_is_refused_and_not_repeated(converge: Converge) -> None:
    result = converge("exchange_vdir", protocol="owa", internal_url="https://joe:topsecret@mail.contoso.com/owa")
    assert "holds a user or a password" in result.refused()
    assert "topsecret" not in json.dumps(result.keys)


def test_the_connections_password_is_masked_everywhere(converge: Converge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wrote the password where it does not belong: it must not come back in any key of the result."""
    wish = {"protocol": "owa", "default_theme": PASSWORD, "set_photo_url": f"https://x/{PASSWORD}"}
    done = converge("exchange_vdir", **wish).ok()
    assert done.changed is True
    assert "********" in json.dumps(done.keys["commands"])
    assert "********" in json.dumps(done.keys["diff"])
    assert "********" in json.dumps(done.keys["virtual_directory"])
    for result in (done, converge.again().ok(), converge("exchange_vdir", server=PASSWORD, **wish)):
        assert PASSWORD not in json.dumps(result.keys)
    refused = converge("exchange_vdir", protocol="owa", gzip_level=PASSWORD)
    assert PASSWORD not in refused.refused()


@pytest.mark.parametrize("transport", ["ssh", "local", "ansible.builtin.ssh"])
def test_another_kind_of_connection_is_refused_with_the_cure(
    converge: Converge, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(Connection, "transport", transport)
    message = converge("exchange_vdir", protocol="owa").refused()
    assert transport.rpartition(".")[2] in message and "ansible.builtin.psrp" in message
    monkeypatch.setattr(Connection, "transport", "ansible.builtin.psrp")
    converge("exchange_vdir", protocol="owa").ok()


def test_options_may_be_variables_of_the_host_and_the_task_wins(converge: Converge) -> None:
    variables = {"exchange_timeout": 17, "exchange_auth": "ntlm"}
    converge("exchange_vdir", protocol="owa", variables=variables, exchange_auth="kerberos").ok()
    endpoint = converge.sessions[-1].endpoint
    assert (endpoint.timeout, endpoint.auth) == (17.0, "kerberos")


def test_a_variable_may_be_a_template(converge: Converge) -> None:
    trusted = getattr(template, "trust_as_template", str)  # untrusted text is no template since ansible-core 2.19
    variables = {"exchange_timeout": trusted("{{ 10 + 7 }}")}
    converge("exchange_vdir", protocol="owa", variables=variables).ok()
    assert converge.sessions[-1].endpoint.timeout == 17.0


def test_an_endpoint_that_does_not_answer_is_told_with_the_cure(converge: Converge) -> None:
    message = converge("exchange_vdir", protocol="owa", exchange_host="other.contoso.test").refused()
    assert message == "No server of the lab answers there. Name one."


def test_the_session_is_closed_after_a_failure(converge: Converge) -> None:
    converge("exchange_vdir", protocol="owa", server="EX9").refused()
    assert [session.closed for session in converge.sessions] == [True]
