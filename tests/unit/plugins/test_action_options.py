# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action takes from its task and from its connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader

from ansible_collections.mailops.exchange.plugins.plugin_utils._action.connection import connection_options
from ansible_collections.mailops.exchange.plugins.plugin_utils._action.options import documented_spec, validated
from ansible_collections.mailops.exchange.plugins.plugin_utils._action.plain import plain
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput

SPEC: dict[str, Any] = {
    "protocol": {"type": "str", "required": True, "choices": ["owa", "ecp"]},
    "flag": {"type": "bool"},
    "count": {"type": "int", "default": 3},
    "names": {"type": "list", "elements": "str", "aliases": ["labels"]},
    "tree": {"type": "dict", "options": {"url": {"type": "str"}, "size": {"type": "int", "default": 1}}},
}


EXTRAS = ("ansible_winrm_kerberos_hostname_override", "ansible_winrm_ca_trust_path")
"""Variables that the winrm connection hands through without documenting them."""


# Options


def test_types_defaults_and_aliases() -> None:
    given = {"protocol": "owa", "flag": "yes", "labels": "a,b", "tree": {"url": "x"}}
    found = validated("m", SPEC, given)
    assert {name: found[name] for name in SPEC} == {
        "protocol": "owa",
        "flag": True,
        "count": 3,
        "names": ["a", "b"],
        "tree": {"url": "x", "size": 1},
    }


def test_an_option_that_is_absent_is_none() -> None:
    assert validated("m", SPEC, {"protocol": "owa"})["flag"] is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "missing required arguments: protocol"),
        ({"protocol": "pop"}, "must be one of: owa, ecp"),
        ({"protocol": "owa", "port": 1}, "Unsupported parameters: port"),
        ({"protocol": "owa", "tree": {"uri": "x"}}, "tree.uri"),
        ({"protocol": "owa", "tree": {"size": "big"}}, "unable to convert to int"),
        ({"protocol": "owa", "tree": [1, 2]}, "wrong type"),  # a core that stumbles does not say which
        ({"protocol": "owa", "flag": "perhaps", "count": "x"}, "count"),
    ],
)
def test_what_the_documentation_does_not_allow_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        validated("mailops.exchange.m", SPEC, given)
    assert says in str(refused.value)
    assert "ansible-doc" in refused.value.cure


def test_a_list_for_a_dictionary_with_suboptions_is_refused_whatever_the_core_does() -> None:
    spec = {"items": {"type": "list", "elements": "dict", "options": {"a": {"type": "str"}}}}
    with pytest.raises(BadInput):
        validated("m", spec, {"items": [[1, 2], 3]})


def test_the_spec_is_the_documentation_with_its_fragments() -> None:
    spec = documented_spec("mailops.exchange.exchange_vdir")
    assert spec["protocol"]["required"] is True and "owa" in spec["protocol"]["choices"]
    assert spec["basic_authentication"] == {"type": "bool", "aliases": ["basic_auth_enabled"]}
    assert spec["exchange_timeout"] == {"type": "int", "default": 300}
    assert spec["exchange_verify"]["choices"] == ["fail", "warn"]
    tree = documented_spec("mailops.exchange.exchange_client_access")
    assert tree["mapi"]["options"]["iis_authentication_methods"]["elements"] == "str"


# Plain values


class Tagged(str):
    """As ansible-core hands them out; pypsrp cannot serialize subclasses."""


class TaggedInt(int):
    pass


class Vaulted:
    """As ansible-core 2.18 hands out vaulted values: not a str, but it turns into one."""

    def __str__(self) -> str:
        return "secret"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (Tagged("a"), "a"),
        (TaggedInt(7), 7),
        (1.5, 1.5),
        (b"x", b"x"),
        (Vaulted(), "secret"),
        ({Tagged("k"): [TaggedInt(1), (Tagged("a"),)]}, {"k": [1, ["a"]]}),
        ({"s"}, ["s"]),
    ],
)
def test_plain_values_have_plain_types(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert _types(found) == _types(expected)


def _types(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_types(key): _types(item) for key, item in value.items()}
    return [_types(item) for item in value] if isinstance(value, list) else type(value)


# Connections


def connection(transport: str, **variables: Any) -> Any:
    """A real connection of ansible-core with the variables of a host, set as a task does; it is not opened."""
    made = connection_loader.get(transport, PlayContext(), "/dev/null")
    extras = {name: value for name, value in variables.items() if name in EXTRAS}
    made.set_options(var_options={"ansible_host": "ex1.contoso.com", **variables, "_extras": extras})
    return made


@pytest.mark.parametrize("transport", ["psrp", "winrm", "ansible.builtin.psrp", "ansible.builtin.winrm"])
def test_both_vocabularies_say_the_same(transport: str) -> None:
    credentials = {"ansible_user": "admin@CONTOSO.COM", "ansible_password": "hunter2"}
    found = connection_options(connection(transport, **credentials))
    differing = {"auth", "spn_service", "port", "path"}
    assert {name: value for name, value in found.items() if name not in differing} == {
        "remote_addr": "ex1.contoso.com",
        "remote_user": "admin@CONTOSO.COM",
        "remote_password": "hunter2",
        "scheme": None,
        "spn_host": None,
        "ca_cert": None,
        "configuration_name": "Microsoft.PowerShell",
        "connection_timeout": 30,
    }
    assert found["path"].strip("/") == "wsman"


def test_the_defaults_of_each_connection() -> None:
    psrp, winrm = (connection_options(connection(name, ansible_user="a@B.C")) for name in ("psrp", "winrm"))
    assert (psrp["port"], psrp["auth"], psrp["spn_service"]) == (None, ["negotiate"], "WSMAN")
    assert (winrm["port"], winrm["auth"], winrm["spn_service"]) == (5986, ["kerberos"], "HTTP")
    assert connection_options(connection("winrm", ansible_user="a"))["auth"] == ["basic"]


def test_what_each_connection_calls_the_way_to_windows() -> None:
    variables = {
        "ansible_port": 14585,
        "ansible_psrp_protocol": "http",
        "ansible_psrp_auth": "ntlm",
        "ansible_psrp_path": "other",
        "ansible_psrp_configuration_name": "Mine",
        "ansible_psrp_connection_timeout": 7,
        "ansible_psrp_negotiate_service": "HTTP",
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": ["ntlm"],
        "ansible_winrm_path": "other",
    }
    psrp, winrm = (connection_options(connection(name, **variables)) for name in ("psrp", "winrm"))
    same = {"port": 14585, "scheme": "http", "auth": ["ntlm"], "path": "other", "spn_service": "HTTP"}
    assert same.items() <= psrp.items() and same.items() <= winrm.items()
    assert (psrp["configuration_name"], psrp["connection_timeout"]) == ("Mine", 7)


def test_what_psrp_calls_the_spn_and_the_ca() -> None:
    variables = {"ansible_psrp_negotiate_hostname_override": "ex7.contoso.com", "ansible_psrp_ca_cert": "/ca.pem"}
    found = connection_options(connection("psrp", **variables))
    assert (found["spn_host"], found["ca_cert"]) == ("ex7.contoso.com", "/ca.pem")


def test_what_winrm_calls_the_spn_and_the_ca() -> None:
    variables = {
        "ansible_winrm_kerberos_hostname_override": "ex7.contoso.com",
        "ansible_winrm_ca_trust_path": "/ca.pem",
    }
    found = connection_options(connection("winrm", **variables))
    assert (found["spn_host"], found["ca_cert"]) == ("ex7.contoso.com", "/ca.pem")


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_skipped_validation_is_not_taken_over(transport: str) -> None:
    weak = {f"ansible_{transport}_{name}": "ignore" for name in ("cert_validation", "server_cert_validation")}
    assert connection_options(connection(transport, **weak))["ca_cert"] is None


@pytest.mark.parametrize("transport", ["ssh", "local"])
def test_other_connections_are_refused_with_the_cure(transport: str) -> None:
    with pytest.raises(BadInput) as refused:
        connection_options(connection(transport))
    assert transport in refused.value.sentence
    assert "ansible.builtin.psrp" in refused.value.cure
